import { DIGIT, foldCase, HEX, union } from '../../base/regexp/char-set.ts';
import {
  chars,
  choice,
  loop,
  optional,
  plain,
  type RegexpNode,
  sequence,
  TEXT_END,
  TEXT_START,
} from '../../base/regexp/tree.ts';
import { writeRe2 } from '../../base/regexp/write-linear.ts';
import { LongshoreError } from '../../core/errors.ts';

/*
 * Networks (10.0.0.0/24, 2001:db8::/32) and ranges of addresses, as an expression over the text of an address: so every
 * store compares addresses by their value, in whatever field they stand.
 * IPv4 is found as `10.0.0.5` and as `::ffff:10.0.0.5`; IPv6 in every spelling: any case, leading zeros, `::` in any place.
 */

/** Addresses from `low` to `high`, both included. */
export interface AddressSpan {
  readonly version: 4 | 6;
  readonly low: bigint;
  readonly high: bigint;
}

const LAST = { 4: (1n << 32n) - 1n, 6: (1n << 128n) - 1n } as const;
const MAPPED = 0xffffn << 32n;

/** The span of one address; undefined for any other text. */
export function addressOf(text: string): AddressSpan | undefined {
  const v4 = readV4(text);
  if (v4 !== undefined) return { version: 4, low: v4, high: v4 };
  const v6 = readV6(text);
  if (v6 === undefined) return undefined;
  return v6 >> 32n === 0xffffn
    ? { version: 4, low: v6 - MAPPED, high: v6 - MAPPED }
    : { version: 6, low: v6, high: v6 };
}

/** The span of `address/bits`; undefined for any other text. */
export function networkOf(text: string): AddressSpan | undefined {
  const match = /^([0-9a-f.:]{2,45})\/(\d{1,3})$/i.exec(text);
  const address = match === null ? undefined : addressOf(match[1]!);
  if (match === null || address === undefined) return undefined;
  // ::ffff:10.0.0.0/120 is 10.0.0.0/24.
  const bits = Number(match[2]) - (address.version === 4 && match[1]!.includes(':') ? 96 : 0);
  const width = address.version === 4 ? 32 : 128;
  if (bits < 0 || bits > width) return undefined;
  const free = (1n << BigInt(width - bits)) - 1n;
  return { version: address.version, low: address.low & ~free, high: address.low | free };
}

/** Between two addresses of one kind; an end that is not there is the last of its kind. Undefined if these are no such bounds. */
export function spanBetween(bounds: {
  gt?: unknown;
  gte?: unknown;
  lt?: unknown;
  lte?: unknown;
}): AddressSpan | 'none' | undefined {
  const ends = [bounds.gt, bounds.gte, bounds.lt, bounds.lte].filter(bound => bound !== undefined);
  const spans = ends.map(bound => (typeof bound === 'string' ? addressOf(bound) : undefined));
  const version = spans[0]?.version;
  if (version === undefined || !spans.every(span => span?.version === version)) return undefined;
  let low = 0n;
  let high: bigint = LAST[version];
  const at = (bound: unknown): bigint => addressOf(bound as string)!.low;
  if (bounds.gte !== undefined) low = at(bounds.gte);
  if (bounds.gt !== undefined && at(bounds.gt) >= low) low = at(bounds.gt) + 1n;
  if (bounds.lte !== undefined) high = at(bounds.lte);
  if (bounds.lt !== undefined && at(bounds.lt) <= high) high = at(bounds.lt) - 1n;
  return low > high ? 'none' : { version, low, high };
}

/** An expression for the whole text of such an address. Throws LS_QUERY_LIMIT for an IPv6 range with too many parts. */
export function addressesIn({ version, low, high }: AddressSpan): RegexpNode {
  const addresses =
    version === 4
      ? [optional(MAPPED_HEAD), choice(cover(digits(low, 4, 8), digits(high, 4, 8), 255).map(writeV4))]
      : [choice(distinct(cover(digits(low, 8, 16), digits(high, 8, 16), 0xffff).flatMap(writeV6)))];
  const expression = sequence([TEXT_START, ...addresses, TEXT_END]);
  if (writeRe2(expression).length <= MAX_CHARS) return expression;
  throw new LongshoreError('LS_QUERY_LIMIT', 'the range of addresses has too many parts.', {
    fix: 'Write it as networks: 2001:db8::/32.',
  });
}
const MAX_CHARS = 8_000;

function distinct(nodes: RegexpNode[]): RegexpNode[] {
  return [...new Map(nodes.map(node => [writeRe2(node), node])).values()];
}

function readV4(text: string): bigint | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  let value = 0n;
  for (const octet of match.slice(1)) {
    if (Number(octet) > 255 || (octet.length > 1 && octet.startsWith('0'))) return undefined;
    value = (value << 8n) | BigInt(octet);
  }
  return value;
}

function readV6(text: string): bigint | undefined {
  if (!text.includes(':') || !/^[0-9a-f:.]{2,45}$/i.test(text)) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [left, right] = halves.map(readGroups);
  if (left === undefined || (halves.length === 2 && right === undefined)) return undefined;
  if (halves.length === 1) return left.length === 8 ? joined(left) : undefined;
  const zeros = 8 - left.length - right!.length;
  return zeros < 1 ? undefined : joined([...left, ...new Array<number>(zeros).fill(0), ...right!]);
}

function readGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    const v4 = i === parts.length - 1 ? readV4(part) : undefined;
    if (v4 !== undefined) groups.push(Number(v4 >> 16n), Number(v4 & 0xffffn));
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

const joined = (groups: number[]): bigint => groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n);

function digits(value: bigint, count: number, bits: number): number[] {
  const mask = (1n << BigInt(bits)) - 1n;
  return Array.from({ length: count }, (_, i) => Number((value >> BigInt(bits * (count - 1 - i))) & mask));
}

/** All numbers that begin with these digits, go on with one of a range, and end in any `free` digits. */
interface Piece {
  readonly fixed: readonly number[];
  readonly from: number;
  readonly to: number;
  readonly free: number;
}

/** The numbers between two, digit by digit; `last` is the highest digit. */
function cover(low: readonly number[], high: readonly number[], last: number, fixed: readonly number[] = []): Piece[] {
  const [a, ...lowRest] = low as [number, ...number[]];
  const [b, ...highRest] = high as [number, ...number[]];
  const free = lowRest.length;
  if (free === 0) return [{ fixed, from: a, to: b, free }];
  if (a === b) return cover(lowRest, highRest, last, [...fixed, a]).map(piece => widened(piece, last));
  const pieces: Piece[] = [];
  let [from, to] = [a, b];
  if (lowRest.some(digit => digit !== 0)) {
    pieces.push(
      ...cover(
        lowRest,
        lowRest.map(() => last),
        last,
        [...fixed, a],
      ),
    );
    from++;
  }
  if (from <= to && highRest.some(digit => digit !== last)) {
    pieces.push(
      ...cover(
        highRest.map(() => 0),
        highRest,
        last,
        [...fixed, b],
      ),
    );
    to--;
  }
  if (from <= to) pieces.push({ fixed, from, to, free });
  return pieces.map(piece => widened(piece, last));
}

/** A range of all digits is a free one. */
function widened(piece: Piece, last: number): Piece {
  const { fixed, from, to, free } = piece;
  if (from !== 0 || to !== last || fixed.length === 0) return piece;
  const digit = fixed.at(-1)!;
  return { fixed: fixed.slice(0, -1), from: digit, to: digit, free: free + 1 };
}

const HEX_DIGIT = chars(HEX);
const COLON = plain(':');
const COLONS = plain('::');
const F = chars(foldCase([0x66, 0x66]));
const MAPPED_HEAD = sequence([COLONS, F, F, F, F, COLON]);
const GROUP = sequence([HEX_DIGIT, ...repeated(optional(HEX_DIGIT), 3)]);
/** What may follow some groups: more of them, and an IPv4 address at the end. */
const REST = loop(chars(union(HEX, [0x3a, 0x3a], [0x2e, 0x2e])), 0, Number.POSITIVE_INFINITY);

function repeated(node: RegexpNode, times: number): RegexpNode[] {
  return new Array<RegexpNode>(times).fill(node);
}

function separated(nodes: readonly RegexpNode[], separator: RegexpNode): RegexpNode {
  return sequence(nodes.flatMap((node, i) => (i === 0 ? [node] : [separator, node])));
}

function writeV4({ fixed, from, to, free }: Piece): RegexpNode {
  return separated(
    [...fixed.map(part => plain(String(part))), octet(from, to), ...repeated(octet(0, 255), free)],
    plain('.'),
  );
}

function octet(from: number, to: number): RegexpNode {
  if (from === to) return plain(String(from));
  const parts: RegexpNode[] = [];
  for (let next = from; next <= to; ) {
    if (next === 100 && to >= 199) {
      parts.push(sequence([plain('1'), chars(DIGIT), chars(DIGIT)]));
      next = 200;
      continue;
    }
    const tens = Math.floor(next / 10);
    const end = Math.min(to, tens * 10 + 9);
    parts.push(sequence([plain(tens === 0 ? '' : String(tens)), decimals(next % 10, end % 10)]));
    next = end + 1;
  }
  return choice(parts);
}

const decimals = (from: number, to: number): RegexpNode => chars([0x30 + from, 0x30 + to]);

/** Every spelling: all of the groups that are known written out, or `::` in place of some that may be zero. */
function writeV6({ fixed, from, to, free }: Piece): RegexpNode[] {
  const known = [...fixed.map(group => [group, group] as const), [from, to] as const];
  const groups = known.map(([low, high]) => group(low, high));
  const mayBeZero = known.map(([low]) => low === 0);
  const written = separated(groups, COLON);
  const forms =
    free === 0 ? [written] : [sequence([written, COLON, HEX_DIGIT, REST]), sequence([written, COLONS, REST])];
  for (let left = 0; left < known.length; left++) {
    const head = [separated(groups.slice(0, left), COLON), COLONS];
    // `right`: groups written behind the `::`, counted from the end.
    for (let right = Math.max(0, 8 - known.length); right <= 7 - left; right++) {
      const first = 8 - right;
      if (!mayBeZero.slice(left, first).every(Boolean)) continue;
      const tail =
        first >= known.length ? upTo(free) : separated([...groups.slice(first), ...repeated(GROUP, free)], COLON);
      forms.push(sequence([...head, tail]));
    }
  }
  return forms;
}

/** At most so many groups of any value. */
function upTo(count: number): RegexpNode {
  if (count === 0) return plain('');
  return optional(sequence([GROUP, ...repeated(optional(sequence([COLON, GROUP])), count - 1)]));
}

function group(from: number, to: number): RegexpNode {
  return choice(cover(digits(BigInt(from), 4, 4), digits(BigInt(to), 4, 4), 15).map(writeHex));
}

/** Leading zeros may be left out, though not the last digit. */
function writeHex({ fixed, from, to, free }: Piece): RegexpNode {
  const start = fixed.findIndex(digit => digit !== 0);
  const zeros = repeated(optional(plain('0')), start < 0 ? fixed.length : start);
  const rest = repeated(HEX_DIGIT, free);
  if (start >= 0)
    return sequence([
      ...zeros,
      ...fixed.slice(start).map(digit => hexDigits(digit, digit)),
      hexDigits(from, to),
      ...rest,
    ]);
  if (free === 0) return sequence([...zeros, hexDigits(from, to)]);
  const parts: RegexpNode[] = [];
  if (from === 0) parts.push(sequence([optional(plain('0')), HEX_DIGIT, ...repeated(optional(HEX_DIGIT), free - 1)]));
  if (to > 0) parts.push(sequence([hexDigits(Math.max(1, from), to), ...rest]));
  return sequence([...zeros, choice(parts)]);
}

function hexDigits(from: number, to: number): RegexpNode {
  const decimal = from <= 9 ? [0x30 + from, 0x30 + Math.min(9, to)] : [];
  const letters = to >= 10 ? [0x57 + Math.max(10, from), 0x57 + to] : [];
  return chars(foldCase(union(decimal, letters)));
}

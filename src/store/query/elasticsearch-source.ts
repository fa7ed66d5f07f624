/*
 * Reads the regular expressions that `regexp.ts` and `text.ts` write: alternation, `(?:)`, classes, `.`, `* + ?`, the
 * assertions `^ $ \b \B`, escapes `\xHH`, `\t` and the like, `\` before punctuation. Nothing else occurs in them.
 */

/** Code points from..to, sorted, not touching. */
export type CharSet = readonly (readonly [number, number])[];
export type Assertion = '^' | '$' | 'b' | 'B';

export type Node =
  | { type: 'set'; set: CharSet }
  | { type: 'assertion'; kind: Assertion }
  | { type: 'repeat'; sign: '*' | '+' | '?'; node: Node }
  | { type: 'sequence' | 'alternation'; nodes: Node[] };

const LAST = 0x10ffff;
export const WORD: CharSet = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
];
export const OTHER: CharSet = complement(WORD);

export function parseSource(source: string): Node {
  const reader = { chars: [...source], at: 0 };
  return readAlternation(reader);
}

interface Reader {
  readonly chars: string[];
  at: number;
}

function readAlternation(reader: Reader): Node {
  const nodes = [readSequence(reader)];
  while (reader.chars[reader.at] === '|') {
    reader.at++;
    nodes.push(readSequence(reader));
  }
  return nodes.length === 1 ? nodes[0]! : { type: 'alternation', nodes };
}

function readSequence(reader: Reader): Node {
  const nodes: Node[] = [];
  while (reader.at < reader.chars.length && reader.chars[reader.at] !== '|' && reader.chars[reader.at] !== ')') {
    let node = readAtom(reader);
    for (
      let sign = reader.chars[reader.at];
      sign === '*' || sign === '+' || sign === '?';
      sign = reader.chars[reader.at]
    ) {
      reader.at++;
      node = { type: 'repeat', sign, node };
    }
    nodes.push(node);
  }
  return { type: 'sequence', nodes };
}

function readAtom(reader: Reader): Node {
  const char = reader.chars[reader.at++]!;
  if (char === '(') {
    // `(?:`, or the plain `()` that hides a prefix.
    if (reader.chars[reader.at] === '?') reader.at += 2;
    const inner = readAlternation(reader);
    reader.at++;
    return inner;
  }
  if (char === '[') return { type: 'set', set: readClass(reader) };
  if (char === '.') return { type: 'set', set: ANY };
  if (char === '^' || char === '$') return { type: 'assertion', kind: char };
  if (char !== '\\') return single(char.codePointAt(0)!);
  const next = reader.chars[reader.at];
  if (next === 'b' || next === 'B') {
    reader.at++;
    return { type: 'assertion', kind: next };
  }
  return single(readEscape(reader));
}

const ANY: CharSet = [[0, LAST]];
const single = (code: number): Node => ({ type: 'set', set: [[code, code]] });

const CONTROL: Record<string, number> = { t: 9, n: 10, v: 11, f: 12, r: 13 };

/** Behind the backslash. */
function readEscape(reader: Reader): number {
  const char = reader.chars[reader.at++]!;
  if (char === 'x') {
    const code = Number.parseInt(reader.chars.slice(reader.at, reader.at + 2).join(''), 16);
    reader.at += 2;
    return code;
  }
  return CONTROL[char] ?? char.codePointAt(0)!;
}

/** Behind the bracket. */
function readClass(reader: Reader): CharSet {
  const negated = reader.chars[reader.at] === '^';
  if (negated) reader.at++;
  const ranges: [number, number][] = [];
  while (reader.chars[reader.at] !== ']') {
    const from = readMember(reader);
    let to = from;
    if (reader.chars[reader.at] === '-' && reader.chars[reader.at + 1] !== ']') {
      reader.at++;
      to = readMember(reader);
    }
    ranges.push([from, to]);
  }
  reader.at++;
  const set = normalised(ranges);
  return negated ? complement(set) : set;
}

function readMember(reader: Reader): number {
  const char = reader.chars[reader.at++]!;
  return char === '\\' ? readEscape(reader) : char.codePointAt(0)!;
}

function normalised(ranges: [number, number][]): CharSet {
  const result: [number, number][] = [];
  for (const [from, to] of ranges.sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}

function complement(set: CharSet): CharSet {
  const result: [number, number][] = [];
  let next = 0;
  for (const [from, to] of set) {
    if (from > next) result.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= LAST) result.push([next, LAST]);
  return result;
}

/** What is in both. */
export function restrict(a: CharSet, b: CharSet): CharSet {
  const result: [number, number][] = [];
  for (const [from, to] of a) {
    for (const [low, high] of b) {
      if (low <= to && high >= from) result.push([Math.max(from, low), Math.min(to, high)]);
    }
  }
  return normalised(result);
}

export const isWordOnly = (set: CharSet): boolean => restrict(set, OTHER).length === 0;
export const noWordAtAll = (set: CharSet): boolean => restrict(set, WORD).length === 0;

import { ANY_STAR, itemsOf, type RegexpNode, sequence, TEXT_END, TEXT_START } from '../../base/regexp/tree.ts';
import { didYouMean } from '../../base/text/did-you-mean.ts';
import type { QueryNode } from '../../core/contracts.ts';
import { LongshoreError } from '../../core/errors.ts';
import { LEVELS } from '../../core/event.ts';
import { type Alias, aliasOf, askedOf } from '../../core/schema/aliases.ts';
import { addressesIn, addressOf, networkOf, spanBetween } from './addresses.ts';
import { canonicalField, checkField, DEFAULT_FIELDS, type FieldKind, kindOf } from './fields.ts';
import { levelSpellings, levelsBetween, severityOf } from './levels.ts';
import { readExpression } from './regexp.ts';
import { exactNumberOf, fold, literal, numberOf, wildcard } from './text.ts';
import { isRelative, parseTime } from './times.ts';

/*
 * What a query means, decided once for all back ends: fields have their kind, values their form, default fields are
 * spelled out. A back end only has to know how to ask these few tests of its own storage.
 *
 *   kind      match, phrase          wildcard, regexp           range                     terms
 *   text      substring, any case    found inside, any case     order of text             exact
 *   keyword   whole value, any case  whole value, any case (1)  numbers or text (2)       exact
 *   dynamic   substring, any case;   whole value, any case (1)  numbers or text (2)       exact
 *             numbers and number-like
 *             text by their number
 *   number    equal                  nothing                    numeric                   equal
 *   time      the span that is named -                          span aware                the span
 * (1) an expression is searched for inside the value; the parsers anchor it where Lucene would (see parse.ts).
 * (2) by the bounds: numbers compare with numbers and with text that is a number, anything else with text, any case.
 * In keyword and dynamic fields a network (10.0.0.0/24) finds the addresses in it, and ranges whose bounds are addresses go
 * by their value, see addresses.ts.
 * `level` knows its other names (`warning`), and its ranges go by severity: level:>=WARN is WARN, ERROR and FATAL.
 * A value of an array matches if one of its elements does; objects only exist. Members of objects in lists are found by
 * the path without the list (`items.name`), and a path that an event spells twice by any of its values.
 */

export type Plan =
  | { op: 'true' | 'false' }
  | { op: 'and' | 'or'; nodes: Plan[] }
  | { op: 'not'; node: Plan }
  | { op: 'leaf'; field: string; kind: FieldKind; test: Test };

export type Test =
  /** Something that is not null, also within lists and objects; `ofItsOwn`: not only in members of an object. */
  | { type: 'exists'; ofItsOwn?: true }
  /** The folded value is one of these. Keyword. */
  | { type: 'folded'; values: string[] }
  /** The value is exactly one of these. */
  | { type: 'exact'; strings: string[]; numbers: number[] }
  /** The expression is found in the value (text form of numbers and booleans). */
  | { type: 'pattern'; expression: RegexpNode }
  /** Dynamic: `number` against what is a number, else `expression` in the text form. `text` is what was asked for, folded. */
  | { type: 'value'; expression: RegexpNode; text: string; number: number | bigint | undefined }
  | { type: 'numbers'; bounds: RangeBounds<number | bigint> }
  /** Folded text form. */
  | { type: 'ordered'; texts: RangeBounds<string> }
  /** Inclusive epoch milliseconds. With `relative`, both ends move: ask `resolveSpan` for them. */
  | { type: 'span'; from: TimeBound; to: TimeBound };

export interface RangeBounds<T> {
  gt?: T;
  gte?: T;
  lt?: T;
  lte?: T;
}

/** A fixed time, a time relative to now, or none. */
export type TimeBound = number | { text: string; end: boolean; shift: number } | undefined;

/** Epoch milliseconds of a bound. */
export function resolveBound(bound: TimeBound, now: number): number | undefined {
  if (typeof bound !== 'object') return bound;
  return parseTime(bound.text, now, bound.end) + bound.shift;
}

/** Throws LongshoreError for what no back end can answer. */
export function planQuery(node: QueryNode): Plan {
  const alias = 'field' in node && node.field !== undefined ? aliasOf(canonicalField(node.field)) : undefined;
  return alias === undefined ? planNode(node) : planAlias(node as FieldNode, alias);
}

type FieldNode = Extract<QueryNode, { field?: string }>;

/** An event with a value of its own under the name is asked by it, any other one by the field that the name means. */
function planAlias(node: FieldNode, alias: Alias): Plan {
  const name = canonicalField(node.field!);
  const moved = (): Plan => planNode(asked(node, alias));
  if (name === alias.to || name === 'timestamp') return moved();
  let own: Plan;
  try {
    own = planNode(node);
  } catch (error) {
    if (!(error instanceof LongshoreError)) throw error;
    // What only the stored field can be asked: `@t:>now-1h`.
    return moved();
  }
  let other: Plan;
  try {
    other = moved();
  } catch (error) {
    if (!(error instanceof LongshoreError)) throw error;
    // What only a value of its own can be: `time:12ms`.
    return own;
  }
  if (other.op === 'false') return own;
  // A word that says more than its level (`notice`) has no order among words: its level has.
  if (node.type === 'range' && alias.to === 'level') return other;
  if (node.type === 'exists') return { op: 'or', nodes: [own, other] };
  const has: Plan = { op: 'leaf', field: name, kind: 'dynamic', test: { type: 'exists', ofItsOwn: true } };
  const without: Plan = { op: 'and', nodes: [{ op: 'not', node: has }, other] };
  return own.op === 'false' ? without : { op: 'or', nodes: [own, without] };
}

/** The same question to the stored field. */
function asked(node: FieldNode, alias: Alias): QueryNode {
  const field = alias.to;
  switch (node.type) {
    case 'match':
      return { ...node, field, value: askedOf(alias, node.value) };
    case 'phrase':
      return { ...node, field, value: String(askedOf(alias, node.value)) };
    case 'terms':
      return { ...node, field, values: node.values.map(value => askedOf(alias, value)) };
    case 'range': {
      const range = { ...node, field };
      for (const side of SIDES)
        if (node[side] !== undefined) range[side] = askedOf(alias, node[side]) as string | number;
      return range;
    }
    default:
      return { ...node, field };
  }
}

function planNode(node: QueryNode): Plan {
  switch (node.type) {
    case 'all':
      return { op: 'true' };
    case 'none':
      return { op: 'false' };
    case 'and':
    case 'or':
      return planList(node.type, node.nodes);
    case 'not': {
      const inner = planQuery(node.node);
      return inner.op === 'true' ? { op: 'false' } : inner.op === 'false' ? { op: 'true' } : { op: 'not', node: inner };
    }
    case 'exists':
      return planField(node.field, () => ({ type: 'exists' }));
    case 'match':
    case 'phrase':
      return planField(node.field, (kind, field) => valueTest(kind, field, asStored(field, String(node.value))));
    case 'wildcard':
      return planField(node.field, (kind, field) => wildcardTest(kind, asStored(field, node.pattern)));
    case 'regexp': {
      const expression = readExpression(node.pattern);
      return planField(node.field, kind => (isTextual(kind) ? { type: 'pattern', expression } : undefined));
    }
    case 'range':
      return planField(node.field, (kind, field) => rangeTest(kind, field, node));
    case 'terms':
      return planField(node.field, (kind, field) =>
        termsTest(
          kind,
          node.values.map(value => (typeof value === 'string' ? asStored(field, value) : value)),
        ),
      );
  }
}

/** Docker's names of containers lose their slash on arrival; rules written for other stores still have it. */
function asStored(field: string, value: string): string {
  return field === 'container_name' && value.startsWith('/') ? value.slice(1) : value;
}

function planList(op: 'and' | 'or', list: QueryNode[]): Plan {
  const [neutral, final] = op === 'and' ? (['true', 'false'] as const) : (['false', 'true'] as const);
  const nodes: Plan[] = [];
  for (const child of list) {
    const plan = planQuery(child);
    if (plan.op === final) return plan;
    if (plan.op !== neutral) nodes.push(plan);
  }
  return nodes.length === 0 ? { op: neutral } : nodes.length === 1 ? nodes[0]! : { op, nodes };
}

type TestOf = (kind: FieldKind, field: string) => Test | Test[] | undefined;

/** Of several tests one has to hold. */
function planField(name: string | undefined, test: TestOf): Plan {
  if (name === undefined) {
    return { op: 'or', nodes: DEFAULT_FIELDS.map(field => planField(field, test)) };
  }
  const field = canonicalField(name);
  checkField(field);
  const kind = kindOf(field);
  const found = test(kind, field) ?? [];
  const leaves = (Array.isArray(found) ? found : [found]).map(
    (each): Plan => ({ op: 'leaf', field, kind, test: each }),
  );
  return leaves.length === 0 ? { op: 'false' } : leaves.length === 1 ? leaves[0]! : { op: 'or', nodes: leaves };
}

const isTextual = (kind: FieldKind): boolean => kind !== 'number' && kind !== 'time';

function valueTest(kind: FieldKind, field: string, value: string): Test | Test[] | undefined {
  const test = plainValueTest(kind, field, value);
  return test !== undefined && (kind === 'keyword' || kind === 'dynamic') ? [test, ...networkTest(value)] : test;
}

/** A network finds the addresses in it; an IPv6 address is found however it is spelled. */
function networkTest(value: string): Test[] {
  if (!/^[0-9a-f:]+[:.][0-9a-f:./]*$/i.test(value)) return [];
  const span = networkOf(value) ?? (value.includes(':') ? addressOf(value) : undefined);
  return span === undefined ? [] : [{ type: 'pattern', expression: addressesIn(span) }];
}

function plainValueTest(kind: FieldKind, field: string, value: string): Test | undefined {
  if (kind === 'time') return spanTest({ gte: value, lte: value });
  if (kind === 'exact') return { type: 'exact', strings: [value], numbers: [] };
  const number = exactNumberOf(value);
  if (kind === 'number')
    return number === undefined ? undefined : { type: 'numbers', bounds: { gte: number, lte: number } };
  if (kind === 'keyword') return { type: 'folded', values: field === 'level' ? levelSpellings(value) : [fold(value)] };
  // An empty value is asked for as such; as a substring it would be everything.
  const expression = value === '' ? sequence([TEXT_START, TEXT_END]) : literal(value);
  if (kind === 'text') return { type: 'pattern', expression };
  // Digits behind the point that a double does not hold: compared as text.
  const isExact = typeof number === 'bigint' || Number.isSafeInteger(number) || value.replace(/\D/g, '').length <= 15;
  const exact = isExact ? number : undefined;
  return { type: 'value', expression, text: fold(value), number: exact };
}

function wildcardTest(kind: FieldKind, pattern: string): Test | undefined {
  if (/^\*+$/.test(pattern)) return { type: 'exists' };
  if (!isTextual(kind)) return undefined;
  const items = itemsOf(wildcard(pattern));
  // Of a text, a part is looked for anyway.
  if (kind === 'text') return { type: 'pattern', expression: sequence(items[0] === ANY_STAR ? items.slice(1) : items) };
  return { type: 'pattern', expression: sequence([TEXT_START, ...items, TEXT_END]) };
}

type RangeNode = Extract<QueryNode, { type: 'range' }>;

function rangeTest(kind: FieldKind, field: string, node: RangeNode): Test | undefined {
  if (kind === 'time') return spanTest(node);
  if (field === 'level') return levelRange(node);
  if (kind === 'keyword' || kind === 'dynamic') {
    const span = spanBetween(node);
    if (span !== undefined) return span === 'none' ? undefined : { type: 'pattern', expression: addressesIn(span) };
  }
  const numbers: RangeBounds<number | bigint> = {};
  const texts: RangeBounds<string> = {};
  let anyText = false;
  for (const side of SIDES) {
    const bound = node[side];
    if (bound === undefined) continue;
    texts[side] = fold(fixedText(String(bound)));
    const number = typeof bound === 'number' ? bound : exactNumberOf(bound);
    if (number === undefined) anyText = true;
    else numbers[side] = number;
  }
  if (anyText) return kind === 'number' ? undefined : { type: 'ordered', texts };
  return Object.keys(numbers).length === 0 ? { type: 'exists' } : { type: 'numbers', bounds: numbers };
}

const SIDES = ['gt', 'gte', 'lt', 'lte'] as const;

// Other fields hold times as text: their order is that of the text.
function fixedText(bound: string): string {
  if (!isRelative(bound)) return bound;
  throw new LongshoreError('LS_QUERY_TIME', `${bound} can only be used with @timestamp.`, {
    fix: 'Write the time itself, for instance 2026-11-20T13:55:00Z.',
  });
}

function levelRange(node: RangeNode): Test | undefined {
  let mostSevere = 0;
  let leastSevere = LEVELS.length - 1;
  for (const written of SIDES) {
    const bound = node[written];
    if (bound === undefined) continue;
    // To syslog a smaller number is worse: `level:<=3` is ERROR and worse.
    const side = /^[0-7]$/.test(String(bound)) ? OPPOSITE[written] : written;
    const severity = severityOf(String(bound));
    if (severity === undefined) {
      throw new LongshoreError('LS_QUERY_VALUE', `${JSON.stringify(bound)} is not a level.`, {
        fix: didYouMean(String(bound), LEVELS) ?? `Use one of ${LEVELS.join(', ')}.`,
      });
    }
    if (side === 'gte') leastSevere = Math.min(leastSevere, severity);
    else if (side === 'gt') leastSevere = Math.min(leastSevere, severity - 1);
    else if (side === 'lte') mostSevere = Math.max(mostSevere, severity);
    else mostSevere = Math.max(mostSevere, severity + 1);
  }
  const values = leastSevere < mostSevere ? [] : levelsBetween(mostSevere, leastSevere);
  return values.length === 0 ? undefined : { type: 'folded', values };
}

const OPPOSITE = { gt: 'lt', gte: 'lte', lt: 'gt', lte: 'gte' } as const;

function spanTest(node: Pick<RangeNode, 'gt' | 'gte' | 'lt' | 'lte'>): Test {
  // As Elasticsearch rounds: after a day begins with the next day, until a day includes all of it.
  const from = latest(timeBound(node.gte, false, 0), timeBound(node.gt, true, 1));
  const to = earliest(timeBound(node.lte, true, 0), timeBound(node.lt, false, -1));
  return { type: 'span', from, to };
}

function timeBound(value: string | number | undefined, end: boolean, shift: number): TimeBound {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && isRelative(value)) {
    parseTime(value, 0, end);
    return { text: value, end, shift };
  }
  return parseTime(value, 0, end) + shift;
}

// A range with both gt and gte is a rarity of written filters: the narrower one holds, if it can be told.
const latest = (a: TimeBound, b: TimeBound): TimeBound =>
  typeof a === 'number' && typeof b === 'number' ? Math.max(a, b) : (b ?? a);
const earliest = (a: TimeBound, b: TimeBound): TimeBound =>
  typeof a === 'number' && typeof b === 'number' ? Math.min(a, b) : (b ?? a);

function termsTest(kind: FieldKind, values: (string | number | boolean)[]): Test | Test[] | undefined {
  if (values.length === 0) return undefined;
  if (kind === 'time') {
    throw new LongshoreError('LS_QUERY_VALUE', '@timestamp cannot be compared with a list of values.', {
      fix: 'Use a range.',
    });
  }
  const strings = values.map(String);
  if (kind === 'number') {
    const numbers = strings.map(numberOf).filter(number => number !== undefined);
    return numbers.length === 0 ? undefined : { type: 'exact', strings: [], numbers };
  }
  // With more digits than a number holds, a value is text.
  const numbers = strings.map(exactNumberOf).filter(number => typeof number === 'number');
  const exact: Test = { type: 'exact', strings, numbers };
  return kind === 'exact' ? exact : [exact, ...strings.flatMap(networkTest)];
}

import type { RegexpNode } from '../../base/regexp/tree.ts';
import { writeRe2 } from '../../base/regexp/write-linear.ts';
import type { RangeBounds, Test } from './plan.ts';
import { NUMBER_PATTERN } from './text.ts';

/** Where the parameters of a condition are kept, in the order of its text. */
export interface Writer {
  /** The mark that stands for the value. */
  bind(value: string | number | bigint): string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** `value` is a number in SQL. */
export function writeNumber(value: string, test: Test, writer: Writer): string {
  if (test.type === 'numbers') return writeBounds(value, test.bounds, writer, asDouble);
  if (test.type === 'exact' && test.numbers.length > 0) {
    return `${value} IN (${test.numbers.map(number => asDouble(writer.bind(number))).join(', ')})`;
  }
  return 'FALSE';
}

/** `value` is VARCHAR in SQL. */
export function writeText(value: string, test: Test, writer: Writer): string {
  switch (test.type) {
    case 'folded':
      return oneOf(`lower(${value})`, test.values, writer);
    case 'exact':
      return oneOf(value, test.strings, writer);
    case 'pattern':
      return writePattern(value, test.expression, writer);
    case 'numbers':
      return `CASE WHEN ${isNumber(value)} THEN ${writeExactBounds(value, test.bounds, writer)} ELSE FALSE END`;
    case 'ordered':
      return writeBounds(`lower(${value})`, test.texts, writer, asIs);
    case 'value': {
      const pattern = writePattern(value, test.expression, writer);
      if (test.number === undefined) return pattern;
      // The parameters stand in the order of the text: pattern first.
      const equal = writeExactBounds(value, { gte: test.number, lte: test.number }, writer);
      return `CASE WHEN NOT ${isNumber(value)} THEN ${pattern} ELSE ${equal} END`;
    }
    default:
      return 'FALSE';
  }
}

/** The expression has every letter in all its cases: no flag for them, and the same meaning as in V8. */
export function writePattern(value: string, expression: RegexpNode, writer: Writer): string {
  const source = writeRe2(expression);
  return `regexp_matches(${value}, ${writer.bind(hidesPrefix(source) ? `()${source}` : source)}, 's')`;
}

// DuckDB derives a range from an anchored prefix and fails on its own bounds when they are no valid UTF-8 (`^ſ.`). An empty
// group in front hides the prefix from it, and costs speed.
function hidesPrefix(source: string): boolean {
  if (!/[^\x00-\x7f]|\\x7f/.test(source)) return false;
  return source.replace(/\\.|\[(?:\\.|[^\]\\])*\]/gs, '').includes('^');
}

export function oneOf(value: string, values: string[], writer: Writer): string {
  if (values.length === 0) return 'FALSE';
  const marks = values.map(text => writer.bind(text));
  return marks.length === 1 ? `${value} = ${marks[0]}` : `${value} IN (${marks.join(', ')})`;
}

export const OPERATORS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

/** `value` is VARCHAR with a number in it. Whole numbers with more digits than a double holds are compared by all of them. */
export function writeExactBounds(value: string, bounds: RangeBounds<number | bigint>, writer: Writer): string {
  const isLong = Object.values(bounds).some(bound => typeof bound === 'bigint');
  if (!isLong) return writeBounds(toDouble(value), bounds, writer, asDouble);
  const whole = writeBounds(`try_cast(${value} AS HUGEINT)`, bounds, writer, asWhole);
  const other = writeBounds(toDouble(value), bounds, writer, asDouble);
  return `CASE WHEN regexp_full_match(${value}, '[+-]?[0-9]{1,38}') THEN ${whole} ELSE ${other} END`;
}

function writeBounds<T extends string | number | bigint>(
  value: string,
  bounds: RangeBounds<T>,
  writer: Writer,
  cast: (mark: string, bound: T) => string,
): string {
  const sides: string[] = [];
  for (const side of ['gt', 'gte', 'lt', 'lte'] as const) {
    const bound = bounds[side];
    if (bound !== undefined) sides.push(`${value} ${OPERATORS[side]} ${cast(writer.bind(bound), bound)}`);
  }
  return `(${sides.join(' AND ')})`;
}

const asIs = (mark: string): string => mark;
// A bound with a fraction is compared as one.
const asWhole = (mark: string, bound: string | number | bigint): string =>
  `CAST(${mark} AS ${Number.isInteger(Number(bound)) ? 'HUGEINT' : 'DOUBLE'})`;
const asDouble = (mark: string): string => `CAST(${mark} AS DOUBLE)`;
export const toDouble = (value: string): string => `try_cast(${value} AS DOUBLE)`;
// A constant of ours. 1e400 is written like a number and becomes infinity.
const isNumber = (value: string): string =>
  `(regexp_full_match(${value}, '${NUMBER_PATTERN}') AND isfinite(${toDouble(value)}))`;

import { quoteIdentifier } from './duckdb-path.ts';
import { OPERATORS, oneOf, type Writer, writeExactBounds, writePattern, writeText } from './duckdb-tests.ts';
import type { MessagePiece } from './message-pieces.ts';
import type { RangeBounds, Test } from './plan.ts';

/*
 * Undeclared fields that many events of a segment have are columns of it. A column holds the values of one type; whatever an
 * event has in the field that is of another one stays in the JSON column `fields`, so the one or the other has it, never both.
 */

/** `long`: whole numbers of 64 bits; `double`: numbers as JavaScript writes them. */
export type FoundType = 'long' | 'double' | 'boolean' | 'text';

/** Key at the top of `fields` -> what its column holds. */
export interface FoundColumns extends ReadonlyMap<string, FoundType> {
  /** Keys at the top of what `fields` still has in some event; undefined: not known, it may be any. */
  readonly rest?: ReadonlySet<string> | undefined;
  /** How messages are put together that are not stored; undefined: all are. */
  readonly message?: readonly MessagePiece[] | undefined;
}

export const NONE_FOUND: FoundColumns = new Map();

/** False when no event has anything of an undeclared field in `fields`: what there is stands in its column. */
export function mayBeInFields(field: string, { rest }: FoundColumns): boolean {
  if (rest === undefined || rest.has(field)) return true;
  // Nested objects, and keys with dots, spell a path in many ways.
  return [...rest].some(key => field.startsWith(`${key}.`) || key.startsWith(`${field}.`));
}

export const SQL_TYPES: { readonly [type in FoundType]: string } = {
  long: 'BIGINT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  text: 'VARCHAR',
};

/** The name of the column: no declared field begins so. */
export const foundColumn = (key: string): string => `fields.${key}`;

/** A number in the way in which JavaScript writes it, so far as an expression of SQL does. */
export const doubleText = (value: string): string =>
  `CASE WHEN ${value} = trunc(${value}) AND abs(${value}) < 1e15 THEN CAST(CAST(${value} AS BIGINT) AS VARCHAR) ELSE CAST(${value} AS VARCHAR) END`;

/** The text of the value of a column, as it stands in the JSON, without quotation marks. */
export function foundText(key: string, type: FoundType): string {
  const column = quoteIdentifier(foundColumn(key));
  if (type === 'text') return column;
  return type === 'double' ? doubleText(column) : `CAST(${column} AS VARCHAR)`;
}

/** The test of what columns hold of a field; undefined when there is none for it. */
export function writeFound(field: string, test: Test, found: FoundColumns, writer: Writer): string | undefined {
  if (test.type === 'exists' && test.ofItsOwn !== true) {
    const there = [...found.keys()].filter(key => key === field || key.startsWith(`${field}.`));
    if (there.length === 0) return undefined;
    return `(${there.map(key => `${quoteIdentifier(foundColumn(key))} IS NOT NULL`).join(' OR ')})`;
  }
  const type = found.get(field);
  return type === undefined ? undefined : writeValue(field, type, test, writer);
}

function writeValue(field: string, type: FoundType, test: Test, writer: Writer): string {
  const column = quoteIdentifier(foundColumn(field));
  const text = foundText(field, type);
  if (test.type === 'exists') return `${column} IS NOT NULL`;
  if (type === 'text') return writeText(column, test, writer);
  switch (test.type) {
    case 'pattern':
      return writePattern(text, test.expression, writer);
    case 'ordered':
      return writeText(text, test, writer);
    case 'exact':
      if (type === 'boolean') return oneOf(text, test.strings, writer);
      return numberIn(column, type, test.numbers);
    case 'numbers':
      return type === 'boolean' ? 'FALSE' : within(column, text, type, test.bounds, writer);
    case 'value': {
      const { number } = test;
      if (type === 'boolean' || number === undefined) return writePattern(text, test.expression, writer);
      return within(column, text, type, { gte: number, lte: number }, writer);
    }
    default:
      return 'FALSE';
  }
}

// Numbers are written into the text, which is ours: only so their statistics say which row groups need not be read.
const literal = (number: number, type: FoundType): string => `${number + 0}::${SQL_TYPES[type]}`;

function numberIn(column: string, type: FoundType, numbers: readonly number[]): string {
  if (numbers.length === 0) return 'FALSE';
  if (type === 'double') return `${column} IN (${numbers.map(number => literal(number, type)).join(', ')})`;
  if (numbers.some(isLarge))
    return `CAST(${column} AS DOUBLE) IN (${numbers.map(number => literal(number, 'double')).join(', ')})`;
  const whole = numbers.filter(Number.isInteger);
  return whole.length === 0 ? 'FALSE' : `${column} IN (${whole.map(number => literal(number, type)).join(', ')})`;
}

/** Beyond it a double stands for several whole numbers. */
const isLarge = (number: number): boolean => !(Math.abs(number) < 2 ** 53);

function within(
  column: string,
  text: string,
  type: FoundType,
  bounds: RangeBounds<number | bigint>,
  writer: Writer,
): string {
  const sides: string[] = [];
  for (const side of ['gt', 'gte', 'lt', 'lte'] as const) {
    const bound = bounds[side];
    if (bound === undefined) continue;
    if (typeof bound === 'bigint' || (type === 'long' && isLarge(bound))) return writeExactBounds(text, bounds, writer);
    // Between two whole numbers: the nearer one.
    const nearest = side === 'gte' || side === 'lt' ? Math.ceil(bound) : Math.floor(bound);
    sides.push(`${column} ${OPERATORS[side]} ${literal(type === 'long' ? nearest : bound, type)}`);
  }
  return `(${sides.join(' AND ')})`;
}

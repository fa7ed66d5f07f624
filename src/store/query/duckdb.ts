import type { RegexpNode } from '../../base/regexp/tree.ts';
import { writeRe2 } from '../../base/regexp/write-linear.ts';
import type { QueryNode } from '../../core/contracts.ts';
import { INDEX_PREFIX } from '../../core/schema/fields.ts';
import { elements, jsonExists, jsonHasScalar, quoteIdentifier, valuesAt } from './duckdb-path.ts';
import { isObjectField } from './fields.ts';
import { type Plan, planQuery, type RangeBounds, resolveBound, type Test } from './plan.ts';
import { NUMBER_PATTERN } from './text.ts';

/** A WHERE expression with `?` for its parameters, in their order. */
export interface SqlCondition {
  sql: string;
  params: string[];
}

/**
 * Turns a query into a condition over the columns of the embedded store: `_id` VARCHAR, `seq` BIGINT, `@timestamp`
 * TIMESTAMP (UTC), the declared fields (VARCHAR, `response_time` DOUBLE, objects JSON) and `fields` JSON for the rest.
 * It can be NULL, which counts as false. Nothing that a user wrote stands in the SQL text.
 * `now` (epoch ms) resolves `now-1h`. Throws LongshoreError for what cannot be searched.
 */
export function toDuckdb(node: QueryNode, now: number): SqlCondition {
  const params: string[] = [];
  const bind = (value: string | number | bigint): string => {
    // As text, with a cast beside the mark: a whole number beyond 64 bits would not bind.
    params.push(String(value));
    return '?';
  };
  const sql = write(planQuery(node), { bind, now });
  return { sql, params };
}

interface Writer {
  bind(value: string | number | bigint): string;
  readonly now: number;
}

function write(plan: Plan, writer: Writer): string {
  switch (plan.op) {
    case 'true':
      return 'TRUE';
    case 'false':
      return 'FALSE';
    case 'not':
      // NOT NULL would be NULL: events without the field belong to the result.
      return `((${write(plan.node, writer)}) IS NOT TRUE)`;
    case 'and':
    case 'or':
      return `(${plan.nodes.map(node => write(node, writer)).join(plan.op === 'and' ? ' AND ' : ' OR ')})`;
    case 'leaf':
      return plan.kind === 'dynamic' ? writeDynamic(plan.field, plan.test, writer) : writeColumn(plan, writer);
  }
}

type Leaf = Extract<Plan, { op: 'leaf' }>;

function writeColumn({ field, kind, test }: Leaf, writer: Writer): string {
  const column =
    field === '_index' ? `('${INDEX_PREFIX}' || strftime("@timestamp", '%Y.%m.%d'))` : quoteIdentifier(field);
  if (test.type === 'exists') return `${column} IS NOT NULL`;
  if (test.type === 'span') return writeSpan(column, test, writer);
  if (kind === 'number') return writeNumber(column, test, writer);
  return writeText(column, test, writer);
}

function writeSpan(column: string, test: Extract<Test, { type: 'span' }>, writer: Writer): string {
  const from = resolveBound(test.from, writer.now);
  const to = resolveBound(test.to, writer.now);
  const sides: string[] = [];
  if (from !== undefined) sides.push(`${column} >= epoch_ms(CAST(${writer.bind(from)} AS BIGINT))`);
  if (to !== undefined) sides.push(`${column} <= epoch_ms(CAST(${writer.bind(to)} AS BIGINT))`);
  return sides.length === 0 ? `${column} IS NOT NULL` : `(${sides.join(' AND ')})`;
}

/** `value` is a number in SQL. */
function writeNumber(value: string, test: Test, writer: Writer): string {
  if (test.type === 'numbers') return writeBounds(value, test.bounds, writer, asDouble);
  if (test.type === 'exact' && test.numbers.length > 0) {
    return `${value} IN (${test.numbers.map(number => asDouble(writer.bind(number))).join(', ')})`;
  }
  return 'FALSE';
}

/** `value` is VARCHAR in SQL. */
function writeText(value: string, test: Test, writer: Writer): string {
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
function writePattern(value: string, expression: RegexpNode, writer: Writer): string {
  const source = writeRe2(expression);
  return `regexp_matches(${value}, ${writer.bind(hidesPrefix(source) ? `()${source}` : source)}, 's')`;
}

// DuckDB derives a range from an anchored prefix and fails on its own bounds when they are no valid UTF-8 (`^ſ.`). An empty
// group in front hides the prefix from it, and costs speed.
function hidesPrefix(source: string): boolean {
  if (!/[^\x00-\x7f]|\\x7f/.test(source)) return false;
  return source.replace(/\\.|\[(?:\\.|[^\]\\])*\]/gs, '').includes('^');
}

function oneOf(value: string, values: string[], writer: Writer): string {
  if (values.length === 0) return 'FALSE';
  const marks = values.map(text => writer.bind(text));
  return marks.length === 1 ? `${value} = ${marks[0]}` : `${value} IN (${marks.join(', ')})`;
}

const OPERATORS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

/** `value` is VARCHAR with a number in it. Whole numbers with more digits than a double holds are compared by all of them. */
function writeExactBounds(value: string, bounds: RangeBounds<number | bigint>, writer: Writer): string {
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
const toDouble = (value: string): string => `try_cast(${value} AS DOUBLE)`;
// A constant of ours. 1e400 is written like a number and becomes infinity.
const isNumber = (value: string): string =>
  `(regexp_full_match(${value}, '${NUMBER_PATTERN}') AND isfinite(${toDouble(value)}))`;

/** A path into the JSON columns: one of the values that it leads to has to hold. An array holds with any of its elements. */
function writeDynamic(field: string, test: Test, writer: Writer): string {
  const hint = writeHint(field, test, writer);
  if (test.type === 'exists') {
    const isThere = test.ofItsOwn === true ? jsonHasScalar('v') : jsonExists('v');
    return `len(list_filter(${valuesAt(field, writer.bind, test.ofItsOwn !== true)}, lambda v: ${isThere})) > 0`;
  }
  const found = valuesAt(field, writer.bind);
  // The parameters stand in the order of the text: elements first.
  const anyElement = `len(list_filter(${elements('v')}, lambda x: ${writeJson('x', test, writer)})) > 0`;
  const alone = writeJson('v', test, writer);
  return `(${hint}len(list_filter(${found}, lambda v: CASE json_type(v) WHEN 'ARRAY' THEN ${anyElement} ELSE ${alone} END)) > 0)`;
}

/**
 * Plain text that a value must contain stands in the JSON text as well, and looking there is five times as fast as
 * reading the JSON: the exact test then sees few rows. Only characters that no writer of JSON would escape.
 */
function writeHint(field: string, test: Test, writer: Writer): string {
  if (test.type !== 'value' || test.number !== undefined || !/^[\w .:@=,-]{2,}$/.test(test.text)) return '';
  const head = field.split('.', 1)[0]!;
  const columns = isObjectField(head) ? [head, ...(field === head ? [] : ['fields'])] : ['fields'];
  const hints = columns.map(column =>
    writePattern(`CAST(${quoteIdentifier(column)} AS VARCHAR)`, test.expression, writer),
  );
  return `(${hints.join(' OR ')}) AND `;
}

/** A test of one JSON value that is no array. */
function writeJson(value: string, test: Test, writer: Writer): string {
  const text = `json_extract_string(${value}, '$')`;
  const type = `json_type(${value})`;
  const isScalar = `${type} NOT IN ('OBJECT', 'ARRAY', 'NULL')`;
  const isNumeric = `${type} NOT IN ('OBJECT', 'ARRAY', 'NULL', 'BOOLEAN', 'VARCHAR')`;
  switch (test.type) {
    case 'pattern':
      return `(${isScalar} AND ${writePattern(text, test.expression, writer)})`;
    case 'exact': {
      const asText = `(${type} IN ('VARCHAR', 'BOOLEAN') AND ${oneOf(text, test.strings, writer)})`;
      if (test.numbers.length === 0) return asText;
      return `(${asText} OR (${isNumeric} AND ${writeNumber(toDouble(text), test, writer)}))`;
    }
    case 'numbers':
      return `(${type} NOT IN ('OBJECT', 'ARRAY', 'NULL', 'BOOLEAN') AND ${writeText(text, test, writer)})`;
    case 'ordered':
      return `(${isScalar} AND ${writeText(text, test, writer)})`;
    case 'value': {
      const matches =
        test.number === undefined ? writePattern(text, test.expression, writer) : writeText(text, test, writer);
      return `(${isScalar} AND ${matches})`;
    }
    default:
      return 'FALSE';
  }
}

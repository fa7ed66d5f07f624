import type { QueryNode } from '../../core/contracts.ts';
import { INDEX_PREFIX } from '../../core/schema/fields.ts';
import { elements, jsonExists, jsonHasScalar, quoteIdentifier, valuesAt } from './duckdb-path.ts';
import { oneOf, toDouble, type Writer, writeNumber, writePattern, writeText } from './duckdb-tests.ts';
import { isObjectField } from './fields.ts';
import { type FoundColumns, mayBeInFields, NONE_FOUND, writeFound } from './found-columns.ts';
import { type Plan, planQuery, resolveBound, type Test } from './plan.ts';

/** A WHERE expression with `?` for its parameters, in their order. */
export interface SqlCondition {
  sql: string;
  params: string[];
}

/**
 * Turns a query into a condition over the columns of the embedded store: `_id` VARCHAR, `seq` BIGINT, `@timestamp`
 * TIMESTAMP (UTC), the declared fields (VARCHAR, `response_time` DOUBLE, objects JSON) and `fields` JSON for the rest.
 * It can be NULL, which counts as false. Nothing that a user wrote stands in the SQL text. `found`: undeclared fields that
 * have columns of their own; `fields` holds what is in none of them.
 * `now` (epoch ms) resolves `now-1h`. Throws LongshoreError for what cannot be searched.
 */
export function toDuckdb(node: QueryNode, now: number, found: FoundColumns = NONE_FOUND): SqlCondition {
  const params: string[] = [];
  const bind = (value: string | number | bigint): string => {
    // As text, with a cast beside the mark: a whole number beyond 64 bits would not bind.
    params.push(String(value));
    return '?';
  };
  const sql = write(planQuery(node), { bind, now, found, params });
  return { sql, params };
}

interface Writing extends Writer {
  readonly found: FoundColumns;
  /** Of what is written so far. */
  readonly params: string[];
}

function write(plan: Plan, writer: Writing): string {
  switch (plan.op) {
    case 'true':
      return 'TRUE';
    case 'false':
      return NEVER;
    case 'not':
      // NOT NULL would be NULL: events without the field belong to the result.
      return `((${write(plan.node, writer)}) IS NOT TRUE)`;
    case 'and':
    case 'or':
      return writeList(plan.op, plan.nodes, writer);
    case 'leaf':
      return plan.kind === 'dynamic' ? writeDynamic(plan.field, plan.test, writer) : writeColumn(plan, writer);
  }
}

/** What is never true is left out: a segment that has nothing of a field is not read for it. */
function writeList(op: 'and' | 'or', nodes: readonly Plan[], writer: Writing): string {
  const before = writer.params.length;
  const parts: string[] = [];
  for (const node of nodes) {
    const sql = write(node, writer);
    if (sql !== NEVER) parts.push(sql);
    else if (op === 'and') {
      writer.params.length = before;
      return NEVER;
    }
  }
  return parts.length === 0 ? NEVER : `(${parts.join(op === 'and' ? ' AND ' : ' OR ')})`;
}

/** What a condition is that holds for no event. */
export const NEVER = 'FALSE';

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

/** A path into the JSON columns: one of the values that it leads to has to hold. An array holds with any of its elements. */
function writeDynamic(field: string, test: Test, writer: Writing): string {
  const { found } = writer;
  const isDeclared = isObjectField(field.split('.', 1)[0]!);
  const columns = found.size === 0 ? undefined : writeFound(field, test, found, writer);
  if (!isDeclared && !mayBeInFields(field, found)) return columns ?? NEVER;
  const inJson = writeInJson(field, test, writer);
  if (found.size === 0) return inJson;
  // Few events have anything there.
  const rest = isDeclared ? inJson : `(fields IS NOT NULL AND ${inJson})`;
  return columns === undefined ? rest : `(${columns} OR ${rest})`;
}

function writeInJson(field: string, test: Test, writer: Writer): string {
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

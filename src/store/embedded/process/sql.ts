import type { SortKey } from '../../../core/contracts.ts';
import { DECLARED_FIELDS, type FieldType } from '../../../core/schema/fields.ts';
import { type FoundColumns, NONE_FOUND } from '../../query/found-columns.ts';
import type { Value } from './duckdb.ts';
import { partedColumns, partFields, wholeFields } from './form.ts';
import { withMessages, withoutMessages } from './message-form.ts';
import { identifier, literal } from './quote.ts';
import type { Member } from './usual-members.ts';

/** SQL text only. Values that come from users are bound; paths, numbers and times of our own are written as literals. */
const TYPES: { [type in FieldType]: string } = {
  keyword: 'VARCHAR',
  text: 'VARCHAR',
  number: 'DOUBLE',
  object: 'JSON',
};

/** The columns of all segments and of chunks: [name, type]. Segments have found fields beside them. */
export const COLUMNS: readonly (readonly [name: string, type: string])[] = [
  ['_id', 'VARCHAR'],
  ['seq', 'BIGINT'],
  ['@timestamp', 'TIMESTAMP'],
  ...Object.entries(DECLARED_FIELDS).map(([name, type]) => [name, TYPES[type]] as const),
  ['fields', 'JSON'],
];

const declaredNames = COLUMNS.map(([name]) => name).filter(name => name !== 'fields');
const declaredList = declaredNames.map(identifier).join(', ');
const columnTypes = `{${COLUMNS.map(([name, type]) => `${literal(name)}: '${type}'`).join(', ')}}`;
/** One row of the wire (protocol.ts `WireRow`). */
const wireColumns = COLUMNS.map(([name]) => (name === '@timestamp' ? 'epoch_ms("@timestamp")' : identifier(name))).join(
  ', ',
);

const list = (paths: readonly string[]): string => `[${paths.map(literal).join(', ')}]`;

/** Without room for the longest line the whole read fails; DuckDB takes twice the room. */
const objectSize = (largestBytes: number): number => Math.max(100_000, largestBytes + 1_000);

/** `strict`: one bad line fails the statement. Otherwise it is a row of nulls, or one with a null. */
export function readChunks(paths: readonly string[], largestBytes: number, mode: 'strict' | 'lenient'): string {
  return `read_json(${list(paths)}, format = 'newline_delimited', columns = ${columnTypes}, maximum_object_size = ${objectSize(largestBytes)}${mode === 'lenient' ? ', ignore_errors = true' : ''})`;
}

/** As they are written: some messages may be missing. */
export function readSegments(paths: readonly string[]): string {
  return `read_parquet(${list(paths)})`;
}

/** Segments of this form, with all messages. */
export const readEvents = (paths: readonly string[], found: FoundColumns): string =>
  withMessages(readSegments(paths), found);

/** All columns of events of this form, `fields` as it came. */
export const wholeEvent = (found: FoundColumns): string => `${declaredList}, ${wholeFields(found)} AS fields`;

/** The same as the segments have it, for those that all have this form: nothing of it is put together or parted. */
export const partedEvents = (paths: readonly string[], found: FoundColumns): string =>
  `SELECT ${partedColumns(declaredNames, found)} FROM ${readSegments(paths)}`;

/** What of a line of a chunk makes an event: the others are read as nulls. */
export const IS_EVENT = '_id IS NOT NULL AND seq IS NOT NULL AND "@timestamp" IS NOT NULL';

export type Order = 'desc' | 'asc';

/** The first events in this order. Whole events are sorted: for small limits, where DuckDB keeps only the best ones. */
export function page(from: string, order: Order, limit: number): string {
  return `SELECT ${wireColumns} FROM ${from} ${orderBy(order)} LIMIT ${limit}`;
}

/** As `page`, each event as one JSON array: `_id`, `seq`, time (epoch milliseconds), then these columns, objects as their text. */
export function textPage(from: string, columns: readonly string[], limit: number): string {
  const objects = new Set(COLUMNS.filter(([, type]) => type === 'JSON').map(([name]) => name));
  const values = columns.map(name => (objects.has(name) ? `${identifier(name)}::VARCHAR` : identifier(name)));
  const row = ['_id', 'seq', 'epoch_ms("@timestamp")', ...values].join(', ');
  return `SELECT json_array(${row})::VARCHAR FROM ${from} ${orderBy('asc')} LIMIT ${limit}`;
}

/** Every event, in the order in which it is stored. */
export function everything(path: string, found: FoundColumns): string {
  return `SELECT ${wireColumns} FROM (SELECT ${wholeEvent(found)} FROM ${readEvents([path], found)})`;
}

/** Undeclared fields of some events of a segment without columns for them. */
export const someFields = (path: string): string => `SELECT fields::VARCHAR FROM ${readSegments([path])} LIMIT 300`;

/**
 * The bytes of all messages, many in one value: one by one they cost several times as much. What parts them is no ASCII. Beside
 * them in which row group they are, and the first and last time of their events, epoch milliseconds.
 */
export const messages = (path: string, found: FoundColumns, atOnce: number): string =>
  `SELECT file_row_number // ${GROUP_ROWS}, epoch_ms(min("@timestamp")), epoch_ms(max("@timestamp")), encode(string_agg(message, 'Ā')) FROM ${withMessages(`read_parquet([${literal(path)}], file_row_number = true)`, found)} WHERE message IS NOT NULL GROUP BY file_row_number // ${GROUP_ROWS}, file_row_number // ${atOnce}`;

/** The different values of columns, as one JSON array of each. */
export const differentValues = (path: string, columns: readonly string[]): string =>
  `SELECT ${columns.map(name => `CAST(to_json(list(DISTINCT ${identifier(name)})) AS VARCHAR)`).join(', ')} FROM ${readSegments([path])}`;

/**
 * Columns that have few different values in each row group, the fewest first, as the file says; `level` before all. Beside the name the
 * value of one that has the same in every event, if it is short; else NULL.
 */
export const fewValued = (path: string, most: number, without: readonly string[], limit: number): string =>
  `SELECT path_in_schema, CASE WHEN values = 1 AND nulls = 0 AND low = high AND length(low) < 64 THEN low END FROM
    (SELECT path_in_schema, sum(stats_null_count) AS nulls, min(stats_min_value) AS low, max(stats_max_value) AS high,
      max(CASE WHEN stats_null_count = num_values THEN 0 WHEN type = 'BOOLEAN' THEN 2 ELSE coalesce(stats_distinct_count, ${most + 1}) END) AS values
      FROM parquet_metadata(${list([path])}) GROUP BY path_in_schema)
    WHERE values BETWEEN 1 AND ${most} AND path_in_schema NOT IN (${['@timestamp', ...without].map(literal).join(', ')})
    ORDER BY path_in_schema <> 'level', values LIMIT ${limit}`;

/** What `firstKeys` reads. */
export const KEYS = '"@timestamp", seq';

/** The times (epoch milliseconds) and seqs of the first events; `_id` decides so seldom that it need not be read. */
export function firstKeys(from: string, order: Order, limit: number): string {
  const by = `ORDER BY "@timestamp" ${order}, seq ${order}`;
  return `SELECT epoch_ms("@timestamp"), seq FROM ${from} ${by} LIMIT ${limit}`;
}

/** A condition for the events of these keys (in their order). `few`: by each of them. */
export function amongKeys(order: Order, keys: readonly Value[][], few: boolean): string {
  const [first] = keys[0] as [number];
  const [last, lastSeq] = keys.at(-1) as [number, number];
  const conditions = timeRange(Math.min(first, last), Math.max(first, last));
  // Senders whose times are whole seconds have many events at the last time.
  conditions.push(`("@timestamp" <> ${timestamp(last)} OR seq ${order === 'desc' ? '>=' : '<='} ${lastSeq})`);
  // Row groups and rows without one of them are skipped before the rest of the condition is looked at.
  if (few) conditions.push(`seq IN (${keys.map(key => key[1]).join(', ')})`);
  return conditions.join(' AND ');
}

/** The events of a relation, in no order. */
export const wireRows = (from: string): string => `SELECT ${wireColumns} FROM ${from}`;

const orderBy = (order: Order): string =>
  `ORDER BY ${['"@timestamp"', 'seq', '_id'].map(name => `${name} ${order}`).join(', ')}`;

/** Conditions for a range of event times, epoch milliseconds, inclusive. */
export function timeRange(from: number | undefined, to: number | undefined): string[] {
  const conditions: string[] = [];
  if (from !== undefined) conditions.push(`"@timestamp" >= ${timestamp(Math.ceil(from))}`);
  if (to !== undefined) conditions.push(`"@timestamp" < ${timestamp(Math.floor(to) + 1)}`);
  return conditions;
}

/** The events behind `key` in the given order. Takes one parameter: the `_id` of the key. */
export function behind(key: SortKey, order: Order): string {
  const than = order === 'desc' ? '<' : '>';
  const at = timestamp(key[0]);
  const seq = `${Math.trunc(key[1])}::BIGINT`;
  // The first condition says nothing new, but lets DuckDB skip row groups.
  return `"@timestamp" ${than}= ${at} AND ("@timestamp" ${than} ${at} OR seq ${than} ${seq} OR (seq = ${seq} AND _id ${than} ?))`;
}

const MIN_TIME = Date.UTC(0, 0, 1);
const MAX_TIME = Date.UTC(9999, 11, 31);

function timestamp(ms: number): string {
  const time = Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, MIN_TIME), MAX_TIME);
  return `TIMESTAMP '${new Date(time).toISOString().replace('T', ' ').slice(0, -1)}'`;
}

/**
 * Writes a segment of a relation of whole events. `sorted` by time, or in the order of the files: then no more than a row group is in memory.
 * `ROW_GROUP_SIZE`: small groups let a search for the newest events skip the rest of the segment; `small`: events are so
 * long that a group of them would not fit into memory.
 */
export function copyToSegment(
  from: string,
  order: CopyOrder,
  path: string,
  metadataKey: string,
  metadata: string,
  { found = NONE_FOUND, usual = [], isPassing = false }: CopyOptions = {},
): string {
  const parted = withoutMessages(partFields(from, declaredNames, found, usual), found);
  return copyParted(parted, order, path, metadataKey, metadata, isPassing);
}

/** Rows of a row group. */
export const GROUP_ROWS = 10_240;

export type CopyOrder = 'sorted' | 'as_is' | 'small';

export interface CopyOptions {
  readonly found?: FoundColumns;
  readonly usual?: readonly Member[];
  /** It will soon be part of a larger segment: time counts more than room. */
  readonly isPassing?: boolean;
}

/** As `copyToSegment`, of `partedEvents`. */
export function copyParted(
  parted: string,
  order: CopyOrder,
  path: string,
  metadataKey: string,
  metadata: string,
  isPassing = false,
): string {
  const by = order === 'sorted' ? ' ORDER BY "@timestamp", seq' : '';
  const groups =
    order === 'small' ? 'ROW_GROUP_SIZE 2048, ROW_GROUP_SIZE_BYTES 8000000' : `ROW_GROUP_SIZE ${GROUP_ROWS}`;
  return `COPY (SELECT * FROM (${parted})${by}) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL ${isPassing ? 1 : 3}, WRITE_BLOOM_FILTER false, PARQUET_VERSION v2, ${groups}, KV_METADATA {${metadataKey}: ${literal(metadata)}})`;
}

/** One row: numbers of rows, ids, seqs and times, smallest and largest event time in epoch milliseconds. */
export function census(from: string): string {
  return `SELECT count(*), count(_id), count(seq), count("@timestamp"), epoch_ms(min("@timestamp")), epoch_ms(max("@timestamp")) FROM ${from}`;
}

/** As `census`, but every column is read: a value of the wrong type fails the statement. */
export function fullCensus(from: string): string {
  const counts = COLUMNS.map(([name]) => `count(${identifier(name)})`).join(', ');
  return `SELECT count(*), ${counts} FROM ${from}`;
}

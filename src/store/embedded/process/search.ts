import type { QueryNode, SearchRequest } from '../../../core/contracts.ts';
import { LongshoreError } from '../../../core/errors.ts';
import { toDuckdb } from '../../query/duckdb.ts';
import type { FoundColumns } from '../../query/found-columns.ts';
import type { Total, WireRow } from '../protocol.ts';
import type { Source } from './catalogue.ts';
import { isInterrupt, isOutOfMemory, type Session } from './duckdb.ts';
import type { QueryTurn } from './query-gate.ts';
import { Sieve } from './sieve.ts';
import {
  batches,
  firstStretch,
  guarded,
  inReadingOrder,
  type Relation,
  relation,
  rowsOf,
  type SpansOf,
} from './sources.ts';
import { amongKeys, behind, firstKeys, KEYS, type Order, page, timeRange, wholeEvent, wireRows } from './sql.ts';
import { Edges, TalliedQuery } from './tallied.ts';

export interface SearchLimits {
  total_budget_ms: number;
  max_result_bytes: number;
}

/** Rows of the first statement: about three segments. A page of recent events seldom needs more. */
const FIRST_ROWS = 60_000;
/** Before that: events that are looked through for a page that frequent ones fill, in a part of a segment. */
const FIRST_EVENTS = [10_000, 50_000];
/** Hits that are sorted as whole events: DuckDB keeps the best ones only. */
export const SMALL_PAGE = 500;

/** The page first, from the newest sources on, given to `onRows`; then the total, as far as the time goes. */
export async function search(
  turn: QueryTurn,
  sources: readonly Source[],
  request: SearchRequest,
  limits: SearchLimits,
  onRows: (rows: WireRow[]) => void,
): Promise<Total> {
  if (request.query.type === 'none' || sources.length === 0) {
    onRows([]);
    return { value: 0, relation: 'eq' };
  }
  const sieve = new Sieve(request.query);
  const matching: Condition = Object.assign(condition(request.query, request.from, request.to), {
    spansOf: (source: Source) => sieve.spansOf(source),
  });
  const { rows, complete } = await readPage(turn, sieve, sources, request, matching, limits.max_result_bytes);
  onRows(rows);
  // Now it holds nothing any more, and counts batch by batch.
  if (turn.kind === 'whole') turn.become('heavy');
  const least = rows.length;
  if (request.withoutTotal === true) return { value: least, relation: 'gte' };
  const rest = await sieve.all(sources.filter(source => !complete.sources.has(source)));
  const { value, relation } = await countMatches(turn, rest, request, matching, complete.count, limits.total_budget_ms);
  return { value: Math.max(value, least), relation };
}

/** What an event of a form must fulfil. */
export interface Condition {
  (found: FoundColumns): { readonly sql: string; readonly params: readonly unknown[] };
  /** Where in a source there may be such events. */
  readonly spansOf?: SpansOf;
}

/** `after` aside. */
export function condition(query: QueryNode, from: number | undefined, to: number | undefined): Condition {
  const now = Date.now();
  return found => {
    const { sql, params } = toDuckdb(query, now, found);
    return { sql: [...timeRange(from, to), `(${sql})`].join(' AND '), params };
  };
}

/** Both must hold; the first one for events of every form. */
function both(sql: readonly string[], params: readonly unknown[], matching: Condition): Condition {
  if (sql.length === 0) return matching;
  const { spansOf } = matching;
  const condition: Condition = found => {
    const own = matching(found);
    return { sql: [...sql, own.sql].join(' AND '), params: [...params, ...own.params] };
  };
  return spansOf === undefined ? condition : Object.assign(condition, { spansOf });
}

/** The events of the sources that fulfil a condition, with the columns that are named. */
const matches = (sources: readonly Source[], columns: (found: FoundColumns) => string, matching: Condition): Relation =>
  relation(
    sources,
    found => {
      const { sql, params } = matching(found);
      return { columns: columns(found), where: sql, params };
    },
    matching.spansOf,
  );

interface Page {
  rows: WireRow[];
  /** Sources whose matches are all among the rows, with their number. */
  complete: { sources: Set<Source>; count: number };
}

async function readPage(
  turn: QueryTurn,
  sieve: Sieve,
  sources: readonly Source[],
  request: SearchRequest,
  matching: Condition,
  maxBytes: number,
): Promise<Page> {
  const order = request.order ?? 'desc';
  const { size, after } = request;
  const wanted = after === undefined ? matching : both([behind(after, order)], [after[2]], matching);
  const found: Page = { rows: [], complete: { sources: new Set(), count: 0 } };
  if (size === 0) return found;

  const ordered = inReadingOrder(reachable(sources, request), order);
  for (const events of size > SMALL_PAGE ? [] : FIRST_EVENTS) {
    const end = firstStretch(ordered, order, after?.[0], events);
    if (end === undefined) continue;
    const reaching = ordered.filter(source => (order === 'desc' ? source.maxTime >= end : source.minTime <= end));
    const range = order === 'desc' ? timeRange(end, undefined) : timeRange(undefined, end);
    const batch = await sieve.all(reaching);
    await turn.ready(Math.min(events, rowsOf(batch)));
    const rows = await readRows(turn, batch, both(range, [], wanted), order, size, maxBytes, size);
    if (rows.length === size) return { ...found, rows };
  }
  for await (const batch of batches(sieve.of(ordered), FIRST_ROWS, () => turn.mostRows)) {
    const last = found.rows.length < size ? undefined : (found.rows[size - 1]![2] as number);
    if (last !== undefined && noneBefore(batch, last, order)) break;
    // What comes after the last hit so far cannot be on the page any more.
    await turn.ready(rowsOf(batch));
    const bound = last === undefined ? [] : order === 'desc' ? timeRange(last, undefined) : timeRange(undefined, last);
    const condition = both(bound, [], wanted);
    // Whoever asks for everything, in long stretches, has it read once.
    const rows =
      request.withoutTotal === true && size > SMALL_PAGE
        ? await readAtOnce(turn, batch, condition, order, size, maxBytes)
        : await readRows(turn, batch, condition, order, size, maxBytes);
    if (after === undefined && last === undefined && rows.length < size) {
      for (const source of batch) found.complete.sources.add(source);
      found.complete.count += rows.length;
    }
    found.rows = merge(found.rows, rows, order).slice(0, size);
  }
  return found;
}

/** Sources that can hold something behind `after`. */
function reachable(sources: readonly Source[], { after, order }: SearchRequest): readonly Source[] {
  if (after === undefined) return sources;
  return sources.filter(source => (order === 'asc' ? source.maxTime >= after[0] : source.minTime <= after[0]));
}

/** True when none of the sources, nor any later one in reading order, has an event that comes before `time`. */
function noneBefore(batch: readonly Source[], time: number, order: Order): boolean {
  return order === 'desc' ? batch[0]!.maxTime < time : batch[0]!.minTime > time;
}

/** The first rows of a batch; `least`: of fewer, those of segments need not be among them. */
async function readRows(
  turn: QueryTurn,
  batch: readonly Source[],
  matching: Condition,
  order: Order,
  size: number,
  maxBytes: number,
  least = 1,
): Promise<WireRow[]> {
  const { chunk: chunks = [], segment: segments = [] } = Object.groupBy(batch, source => source.kind);
  let rows: WireRow[] = [];
  const needed = chunks.length === 0 ? least : 1;
  if (segments.length > 0) rows = await readByKeys(turn, segments, matching, order, size, maxBytes, needed);
  if (chunks.length === 0) return rows;
  // Reading a column of JSON means reading all of it: once is better, unless that many events fill the memory.
  const read = size <= SMALL_PAGE ? readAtOnce : readByKeys;
  return merge(rows, await read(turn, chunks, matching, order, size, maxBytes), order).slice(0, size);
}

async function readAtOnce(
  turn: QueryTurn,
  sources: readonly Source[],
  matching: Condition,
  order: Order,
  size: number,
  maxBytes: number,
): Promise<WireRow[]> {
  turn.check();
  const { sql, params } = matches(sources, wholeEvent, matching);
  return readWhole(turn.session, sources, page(sql, order, size), params, maxBytes);
}

/** Two columns say which events are first; whole events are read only from where these are. */
async function readByKeys(
  turn: QueryTurn,
  sources: readonly Source[],
  matching: Condition,
  order: Order,
  size: number,
  maxBytes: number,
  least = 1,
): Promise<WireRow[]> {
  turn.check();
  const found = matches(sources, () => KEYS, matching);
  const keys = await guarded(sources, () => turn.session.rows(firstKeys(found.sql, order, size), found.params));
  if (keys.length < least) return [];
  turn.check();
  const times = [...new Set(keys.map(key => key[0] as number))];
  const holding = sources.filter(({ minTime, maxTime }) => times.some(time => time >= minTime && time <= maxTime));
  const among = amongKeys(order, keys, keys.length < size || keys.length <= SMALL_PAGE);
  const { sql, params } = matches(holding, wholeEvent, both([among], [], matching));
  const rows = await readWhole(turn.session, holding, wireRows(sql), params, maxBytes);
  return merge([], rows, order).slice(0, size);
}

async function readWhole(
  session: Session,
  batch: readonly Source[],
  sql: string,
  params: readonly unknown[],
  maxBytes: number,
): Promise<WireRow[]> {
  const rows: WireRow[] = [];
  let bytes = 0;
  await guarded(batch, () =>
    session.each(sql, params, row => {
      for (const value of row) if (typeof value === 'string') bytes += value.length;
      if (bytes > maxBytes) return false;
      rows.push(row as WireRow);
      return true;
    }),
  );
  if (bytes > maxBytes) throw resultTooLarge(maxBytes);
  return rows;
}

export function resultTooLarge(maxBytes: number): LongshoreError {
  return new LongshoreError('LS_STORE_RESULT_TOO_LARGE', `the hits of this page are larger than ${maxBytes} bytes.`, {
    fix: 'Ask for a smaller size, or raise store.max_result_bytes.',
  });
}

function merge(a: WireRow[], b: WireRow[], order: Order): WireRow[] {
  return [...a, ...b].sort(order === 'desc' ? (x, y) => compareRows(y, x) : compareRows);
}

function compareRows(a: WireRow, b: WireRow): number {
  return (
    (a[2] as number) - (b[2] as number) ||
    (a[1] as number) - (b[1] as number) ||
    (a[0]! < b[0]! ? -1 : a[0]! > b[0]! ? 1 : 0)
  );
}

async function countMatches(
  turn: QueryTurn,
  sources: readonly Source[],
  request: SearchRequest,
  matching: Condition,
  known: number,
  budgetMs: number,
): Promise<Total> {
  let value = known;
  const rest: Source[] = [];
  const edges = new Edges();
  const tallied = new TalliedQuery(request.query);
  for (const source of sources) {
    if (request.query.type === 'all' && source.kind === 'segment' && isInside(source, request)) {
      value += source.rows;
      continue;
    }
    const tally = await tallied.of(source, request);
    tally?.each((_time, _by, events) => {
      value += events;
    });
    if (tally === undefined) rest.push(source);
    else edges.add(source, tally);
  }
  const end = Math.min(performance.now() + budgetMs, turn.deadline);
  const over = AbortSignal.timeout(Math.max(0, Math.ceil(end - performance.now())));
  /** False when the time is over. */
  const count = async (batch: readonly Source[], rows: number, matching: Condition): Promise<boolean> => {
    if (end <= performance.now() || !(await turn.readyBy(rows, over))) return false;
    const left = end - performance.now();
    const found = left <= 0 ? undefined : await countWithin(turn, batch, matching, left);
    value += found ?? 0;
    return found !== undefined;
  };
  for (const { span, sources } of edges) {
    if (!(await count(sources, 0, condition(request.query, span.from, span.to)))) return { value, relation: 'gte' };
  }
  for await (const batch of batches(rest, FIRST_ROWS * 4, () => turn.mostRows)) {
    if (!(await count(batch, rowsOf(batch), matching))) return { value, relation: 'gte' };
  }
  return { value, relation: 'eq' };
}

/** Undefined when the time was not enough. */
async function countWithin(
  turn: QueryTurn,
  batch: readonly Source[],
  matching: Condition,
  timeMs: number,
): Promise<number | undefined> {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    turn.session.interrupt();
  }, timeMs);
  try {
    const { sql, params } = matches(batch, () => '1', matching);
    const rows = await guarded(batch, () => turn.session.rows(`SELECT count(*) FROM ${sql}`, params));
    return rows[0]![0] as number;
  } catch (error) {
    // Others have the memory that counting would take.
    if (isOutOfMemory(error)) return undefined;
    late ||= performance.now() >= turn.deadline;
    if (!late || turn.isCancelled || !isInterrupt(error)) throw error;
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

export function isInside(source: Source, range: { from?: number | undefined; to?: number | undefined }): boolean {
  return (
    (range.from === undefined || source.minTime >= range.from) && (range.to === undefined || source.maxTime <= range.to)
  );
}

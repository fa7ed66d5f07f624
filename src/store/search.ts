import { ANY, count, type OptionsOf, withDefaults } from '../base/options.ts';
import type { HistogramAnswer, HistogramParams, SearchAnswer, SearchParams, SearchRows } from '../core/api/search.ts';
import type {
  CountRow,
  CountsRequest,
  HistogramBucket,
  Predicate,
  QueryNode,
  ScannedPage,
  SearchResult,
  SortKey,
  Store,
  StoredEvent,
  Tail,
  TailResult,
} from '../core/contracts.ts';
import { fieldAt } from '../core/event.ts';
import { histogram as metric } from '../core/metrics.ts';
import { besideTail, mayRepeat, orTailOnly } from './beside-tail.ts';
import { CountTable } from './counts.ts';
import { allPages, type PagesRequest, type ScanPagesRequest, scannedPages } from './pages.ts';
import { orderOf, parameterError, span } from './parameters.ts';
import { compareKeys, decodeCursor, encodeCursor } from './query/cursor.ts';
import { storedField } from './query/fields.ts';
import { freezeTimes } from './query/freeze.ts';
import { bucketStart, emptyBuckets, niceInterval, parseInterval } from './query/interval.ts';
import { queryRefused } from './query/limits.ts';
import { parseQuery } from './query/parse.ts';
import { compilePredicate } from './query/predicate.ts';
import { SearchHints } from './search-hints.ts';
import { Statistics } from './stats/statistics.ts';
import { tailOfTime } from './tail-of-time.ts';

export const searchSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    max_size: count(1, ANY, 10_000, 'Most events that one page may have.'),
    timeout_ms: count(
      1,
      600_000,
      10_000,
      'Time after which a search is given up. One that the store does not end is answered with 504 after three times as long.',
    ),
    max_searches: count(
      1,
      ANY,
      16,
      'Searches, histograms and statistics at the same time; four times as many wait for their turn, more are answered with 503. One client alone has three quarters of the places. The embedded store reads for an eighth of them at once that are light, and, for no more than half as many as there are cores of each, a sixteenth that turn out to be heavy and an eighth that read all at once (statistics, large pages).',
    ),
  },
} as const;

export type SearchOptions = OptionsOf<typeof searchSchema>;

/** `default_size`: events of a page if the search names no size. `max_buckets`: of a histogram. */
const LIMITS = { default_size: 100, max_buckets: 2000 };

const seconds = metric('longshore_search_seconds', 'Time of searches, store and tail together.', ['kind'] as const);

/** Searches what is stored and what is acknowledged but not yet stored as one. */
export class Searcher {
  readonly statistics: Statistics;
  readonly #store: Store;
  readonly #tail: Tail;
  readonly #options: Pick<SearchOptions, 'max_size' | 'timeout_ms'> & typeof LIMITS;
  readonly #hints: SearchHints;

  constructor(store: Store, tail: Tail, options: Partial<SearchOptions & typeof LIMITS> = {}) {
    this.#store = store;
    this.#tail = tail;
    this.#options = { ...LIMITS, ...withDefaults(searchSchema, options), ...options };
    this.#hints = new SearchHints(store);
    this.statistics = new Statistics(store, tail, { ...this.#options, hints: this.#hints });
  }

  /**
   * `onRows` is told the hits of the answer once, before all that match are counted. Throws LongshoreError LS_QUERY_* and
   * LS_SEARCH_PARAMETER for mistakes of the caller; else what the store throws.
   */
  async search(
    params: SearchParams,
    now = Date.now(),
    signal?: AbortSignal,
    onRows?: (rows: SearchRows) => void,
  ): Promise<SearchAnswer> {
    const started = performance.now();
    const page = params.cursor === undefined || params.cursor === '' ? undefined : decodeCursor(params.cursor);
    // On every page `now-1h` is that of the first: otherwise the oldest events would slip away while someone reads.
    const moment = page?.now ?? now;
    const order = page?.order ?? orderOf(params.order);
    const size = this.#size(params.size);
    const query = this.#query(params.query, moment);
    const { from, to } = span(params, moment);
    const hintsOf = page === undefined ? this.#hints.begin(params.query ?? '', query) : undefined;

    // The tail first: a chunk that reaches the store in between is excluded there by its name, so no event is missed.
    const tail = await this.#tail.search({ query, from, to, now: moment }, signal);
    const merging = { order, size, after: page?.after, mayRepeat: mayRepeat(this.#store, tail) };
    const rowsOf = ({ hits, isFull }: MergedPage): SearchRows => {
      const last = hits.at(-1);
      if (last === undefined || !isFull) return { hits };
      return { hits, cursor: encodeCursor({ after: keyOf(last), order, now: moment }) };
    };
    let told: SearchRows | undefined;
    const tell = (found: SearchResult): void => {
      told ??= rowsOf(merge(tail, found, merging));
      onRows?.(told);
    };
    const searching = this.#store.search(
      {
        query: besideTail(this.#store, query, tail),
        from,
        to,
        size,
        order,
        after: page?.after,
        excludeChunks: tail.chunks,
        timeoutMs: this.#options.timeout_ms,
        client: params.client,
        withoutTotal: params.total === 'false',
      },
      signal,
      onRows === undefined ? undefined : hits => tell({ ...NO_HITS, hits }),
    );
    const stored = await orTailOnly(searching, tail, () => NO_HITS);
    const merged = merge(tail, stored, merging);
    if (onRows !== undefined && told === undefined) tell(stored);
    const took = performance.now() - started;
    seconds.observe({ kind: 'search' }, took / 1000);
    const hints = (await hintsOf?.(merged)) ?? [];
    return {
      total: merged.total,
      ...(told ?? rowsOf(merged)),
      ...(hints.length > 0 ? { hints } : {}),
      took_ms: Math.round(took * 10) / 10,
    };
  }

  /** Buckets start at whole multiples of the interval since 1970 and are there when empty, too. */
  async histogram(params: HistogramParams, now = Date.now(), signal?: AbortSignal): Promise<HistogramAnswer> {
    const started = performance.now();
    const query = this.#query(params.query, now);
    const given = span(params, now);
    const by = params.by === undefined || params.by === '' ? undefined : storedField(params.by);
    const { from, to, tail } = await tailOfTime(this.#store, this.#tail, { query, ...given, now }, signal);
    const intervalMs = this.#interval(params, from, to);
    const request = {
      query: besideTail(this.#store, query, tail),
      from,
      to,
      intervalMs,
      by,
      excludeChunks: tail.chunks,
      client: params.client,
    };
    const counting = this.#store.histogram({ ...request, timeoutMs: this.#options.timeout_ms }, signal);
    const stored = await orTailOnly(counting, tail, () => []);

    const buckets = emptyBuckets(from, to, intervalMs, by !== undefined);
    for (const bucket of stored) {
      const target = buckets.get(bucketStart(bucket.at, intervalMs));
      if (target === undefined) continue;
      target.count += bucket.count;
      for (const [value, count] of Object.entries(bucket.by ?? {})) add(target, value, count);
    }
    for (const event of tail.events) {
      const target = buckets.get(bucketStart(timeOf(event), intervalMs));
      if (target === undefined) continue;
      target.count++;
      const value = by === undefined ? undefined : fieldAt(event, by);
      if (value !== undefined && value !== null) add(target, textOf(value), 1);
    }
    seconds.observe({ kind: 'histogram' }, (performance.now() - started) / 1000);
    return { interval_ms: intervalMs, buckets: [...buckets.values()] };
  }

  /** The newest `size` events from `from` to `to` (epoch milliseconds, inclusive), oldest first: what a new rule counts. */
  async newest(query: QueryNode, from: number, to: number, size: number): Promise<StoredEvent[]> {
    const tail = await this.#tail.search({ query, from, to });
    const request = { query, from, to, size, order: 'desc' as const, excludeChunks: tail.chunks };
    const searching = this.#store.search({ ...request, timeoutMs: this.#options.timeout_ms });
    const stored = await orTailOnly(searching, undefined, () => NO_HITS);
    return merge(tail, stored, { order: 'desc', size, after: undefined, mayRepeat: false }).hits.reverse();
  }

  /** What is counted in the store and in the tail. */
  async counts(request: Omit<CountsRequest, 'excludeChunks' | 'timeoutMs'>): Promise<CountRow[]> {
    const { from, stretchMs, stretches } = request;
    const to = from + stretchMs * stretches - 1;
    const asked = {
      ...request,
      query: freezeTimes(request.query, to),
      by: request.by.map(storedField),
      of: request.of && { ...request.of, field: storedField(request.of.field) },
    };
    const tail = await this.#tail.search({ query: asked.query, from, to, now: to });
    const query = besideTail(this.#store, asked.query, tail);
    const timeoutMs = this.#options.timeout_ms;
    const counting = this.#store.counts({ ...asked, query, excludeChunks: tail.chunks, timeoutMs });
    const table = new CountTable(asked);
    for (const row of await counting) table.add(row);
    for (const event of tail.events) table.addEvent(event, timeOf(event));
    return table.rows();
  }

  /** The time of the oldest event that there is, epoch milliseconds; undefined where there is none. */
  async oldest(query: QueryNode = { type: 'all' }, to?: number): Promise<number | undefined> {
    const tail = await this.#tail.search({ query, to });
    const timeoutMs = this.#options.timeout_ms;
    const request = { query, to, size: 1, order: 'asc' as const, withoutTotal: true, timeoutMs };
    const { hits } = await orTailOnly(
      this.#store.search({ ...request, excludeChunks: tail.chunks }),
      tail,
      () => NO_HITS,
    );
    const times = [...hits, ...tail.events].map(timeOf);
    return times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b));
  }

  /** All events from `from` to `to`, the oldest first; see `allPages`. */
  async *pages(request: PagesRequest, signal?: AbortSignal): AsyncGenerator<StoredEvent[]> {
    const tail = await this.#tail.search(request, signal);
    yield* allPages(this.#store, tail, { ...request, query: besideTail(this.#store, request.query, tail) }, signal);
  }

  /** As `pages`, with some fields of each event; see `scannedPages`. */
  async *scan(request: ScanPagesRequest, signal?: AbortSignal): AsyncGenerator<StoredEvent[] | ScannedPage> {
    const tail = await this.#tail.search(request, signal);
    yield* scannedPages(this.#store, tail, { ...request, query: besideTail(this.#store, request.query, tail) }, signal);
  }

  /** For the live tail: compiled once, asked for each event. */
  predicate(query: string): Predicate {
    return compilePredicate(this.#parse(query), Date.now);
  }

  #parse(query: string): QueryNode {
    return parseQuery(query);
  }

  #query(query: string | undefined, now: number): QueryNode {
    return freezeTimes(this.#parse(query ?? ''), now);
  }

  #size(given: string | number | undefined): number {
    const { max_size, default_size } = this.#options;
    if (given === undefined || given === '') return Math.min(default_size, max_size);
    const size = Number(given);
    if (!Number.isInteger(size) || size < 0)
      throw parameterError('size', 'size is not a whole number.', `Write 0 to ${max_size}.`);
    if (size <= max_size) return size;
    queryRefused.inc({ reason: 'size' });
    throw parameterError(
      'size',
      `${size} is more than max_size (${max_size}).`,
      `Ask for at most ${max_size} and page with the cursor.`,
    );
  }

  #interval(params: HistogramParams, from: number, to: number): number {
    const { max_buckets } = this.#options;
    const wanted = Number(params.buckets ?? 80);
    if (!Number.isInteger(wanted) || wanted < 1)
      throw parameterError('buckets', 'buckets is not a whole number.', 'Write 80.');
    const automatic = params.interval === undefined || params.interval === '' || params.interval === 'auto';
    const interval = automatic
      ? niceInterval(Math.max(1, to - from), Math.min(wanted, max_buckets))
      : parseInterval(params.interval!);
    if ((to - from) / interval <= max_buckets) return interval;
    queryRefused.inc({ reason: 'buckets' });
    throw parameterError(
      'interval',
      `the interval gives more than max_buckets (${max_buckets}).`,
      'Use a longer interval.',
    );
  }
}

const NO_HITS: SearchResult = { total: { value: 0, relation: 'gte' }, hits: [] };

const timeOf = (event: StoredEvent): number => Date.parse(event['@timestamp']);
const keyOf = (event: StoredEvent): SortKey => [timeOf(event), event.seq, event._id];

interface MergeOptions {
  order: 'asc' | 'desc';
  size: number;
  after: SortKey | undefined;
  /** Events of the tail may be among those that the store counted. */
  mayRepeat: boolean;
}

/** `isFull`: more may follow. */
type MergedPage = SearchResult & { readonly isFull: boolean };

/** One page out of the matches of the tail and the page of the store. An event in both counts once. */
function merge(tail: TailResult, stored: SearchResult, { order, size, after, mayRepeat }: MergeOptions): MergedPage {
  const direction = order === 'asc' ? 1 : -1;
  const known = new Set<string>();
  const keyed: { key: SortKey; event: StoredEvent }[] = [];
  let repeated = 0;
  for (const event of stored.hits) {
    if (known.has(event._id)) continue;
    known.add(event._id);
    keyed.push({ key: keyOf(event), event });
  }
  for (const event of tail.events) {
    if (known.has(event._id)) {
      repeated++;
      continue;
    }
    known.add(event._id);
    const key = keyOf(event);
    if (after === undefined || compareKeys(key, after) * direction > 0) keyed.push({ key, event });
  }
  keyed.sort((a, b) => compareKeys(a.key, b.key) * direction);
  // Behind a full page the store has more: what the tail has there belongs to a later page. (Of an event that is stored
  // twice a page has one, so it may be full with less than `size`.)
  const edge = size > 0 && stored.hits.length >= size ? keyOf(stored.hits.at(-1)!) : undefined;
  const page = edge === undefined ? keyed : keyed.filter(({ key }) => compareKeys(key, edge) * direction <= 0);
  const fresh = tail.events.length - repeated;
  const value = mayRepeat ? Math.max(stored.total.value, known.size) : stored.total.value + fresh;
  const relation = tail.isComplete && !mayRepeat ? stored.total.relation : 'gte';
  const hits = page.slice(0, size).map(({ event }) => event);
  return { total: { value, relation }, hits, isFull: edge !== undefined || hits.length === size };
}

function add(bucket: HistogramBucket, value: string, count: number): void {
  if (bucket.by !== undefined) bucket.by[value] = (bucket.by[value] ?? 0) + count;
}

const textOf = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

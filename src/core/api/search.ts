import type { HistogramBucket, Predicate, SearchResult, StoredEvent } from '../contracts.ts';
import type { ContainersAnswer, ContainersParams } from './containers.ts';

interface OfClient {
  /** Who asks, as the server knows it: no parameter. The searches of one do not hold up those of another. */
  client?: string | undefined;
}

/** `GET /api/search`, unchecked. Times: ISO, epoch seconds or milliseconds, `now-1h`, `now-1d/d`. */
export interface SearchParams extends OfClient {
  query?: string | undefined;
  from?: string | number | undefined;
  to?: string | number | undefined;
  size?: string | number | undefined;
  cursor?: string | undefined;
  /** `desc` (default) is newest first. A cursor brings its own. */
  order?: string | undefined;
  /** Of times that name none. Default UTC. */
  timezone?: string | undefined;
  /** `false`: nobody asks how many there are in all. */
  total?: string | undefined;
}

/** What is there before all events that match are counted. */
export interface SearchRows {
  readonly hits: StoredEvent[];
  /** Opaque; given back as `cursor` it continues behind the last event. Left out on the last page. */
  readonly cursor?: string;
}

export interface SearchAnswer extends SearchResult, SearchRows {
  /** Sentences for whoever typed the query: a name that no event has, a sign that means something else here. */
  readonly hints?: string[];
  /** Where it was asked for. */
  readonly histogram?: HistogramAnswer;
  readonly took_ms: number;
}

/** `GET /api/histogram`, unchecked. */
export interface HistogramParams extends OfClient {
  query?: string | undefined;
  /** Default: the oldest day there is. */
  from?: string | number | undefined;
  /** Default: now. */
  to?: string | number | undefined;
  /** `30s`, `5m`, milliseconds. Default: a readable step that gives at most `buckets`. */
  interval?: string | number | undefined;
  /** Default 80. */
  buckets?: string | number | undefined;
  /** Splits each bucket by the values of a field. */
  by?: string | undefined;
  /** Of times that name none. Default UTC. */
  timezone?: string | undefined;
}

export interface HistogramAnswer {
  interval_ms: number;
  buckets: HistogramBucket[];
}

/** `GET /api/stats`, unchecked. */
export interface StatsParams extends OfClient {
  query?: string | undefined;
  /** Default: the oldest day there is. */
  from?: string | number | undefined;
  /** Default: now. */
  to?: string | number | undefined;
  /** `count`, `rate`, `avg(f)`, `p95(f)`, ..., with commas. Default: `count`. */
  metrics?: string | undefined;
  /** Fields, with commas. */
  by?: string | undefined;
  /** `5m`, `1d`, `1M`, `auto`. */
  interval?: string | undefined;
  /** Groups at most. Default 10. */
  limit?: string | number | undefined;
  /** One of the metrics. Default: the first one. */
  sort?: string | undefined;
  /** `desc` (default) or `asc`. */
  order?: string | undefined;
  /** Whose days begin the stretches of time, and whose times are meant in `from` and `to`. Default UTC. */
  timezone?: string | undefined;
}

export interface StatsAnswer {
  /** ISO. */
  readonly from: string;
  readonly to: string;
  /** The fields and metrics as they are called in the rows. */
  readonly by: readonly string[];
  readonly metrics: readonly string[];
  /** What `interval` came to, when the answer goes by time. */
  readonly interval?: string;
  /** Events that the query takes, in rows or not. */
  readonly events: number;
  readonly rows: readonly StatsAnswerRow[];
  readonly hints?: readonly string[];
  readonly took_ms: number;
}

export interface StatsAnswerRow {
  /** Start of the stretch of time, ISO. */
  readonly at?: string;
  readonly by?: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, number | null>>;
}

/** `GET /api/context`, unchecked. */
export interface ContextParams extends OfClient {
  /** `_id` of the event. */
  id?: string | undefined;
  /** Its `@timestamp`: found sooner. */
  time?: string | undefined;
  /** Events before it and after it, 0 to 500. Default 10. */
  before?: string | undefined;
  after?: string | undefined;
  /** `container` (default): events of the same container only; `all`. */
  scope?: string | undefined;
}

export interface ContextAnswer {
  /** What the events have in common: `container_id`, else `container_name`, `service` or `tag`; empty for all. */
  readonly same: Readonly<Record<string, string>>;
  /** The oldest first, as `after`. */
  readonly before: readonly StoredEvent[];
  readonly event: StoredEvent;
  readonly after: readonly StoredEvent[];
}

/** `GET /api/fields` with `sample`. */
export interface SeenFields {
  /** The newest events of the query that were looked at. */
  readonly sampled: number;
  /** The most frequent first. */
  readonly seen: readonly SeenField[];
}

export interface SeenField {
  readonly name: string;
  /** How many of them have it. */
  readonly events: number;
  /** How many have a `string`, `number` or `boolean` in it. */
  readonly types: Readonly<Record<string, number>>;
}

/** Throws LongshoreErrors: `LS_QUERY_*` and `LS_SEARCH_*` for mistakes in the parameters, retryable ones when busy. */
export interface SearchApi {
  /** Searches at the same time, and after how long one is given up whatever it does. */
  readonly limits: { readonly max: number; readonly timeoutMs: number };
  /** `onRows` is told the hits of the answer, once, as soon as they are there. */
  search(params: SearchParams, signal?: AbortSignal, onRows?: (rows: SearchRows) => void): Promise<SearchAnswer>;
  histogram(params: HistogramParams, signal?: AbortSignal): Promise<HistogramAnswer>;
  stats(params: StatsParams, signal?: AbortSignal): Promise<StatsAnswer>;
  /** What each container wrote. */
  containers(params: ContainersParams, signal?: AbortSignal): Promise<ContainersAnswer>;
  context(params: ContextParams, signal?: AbortSignal): Promise<ContextAnswer>;
  /** Of the newest `size` events. */
  seenFields(params: SearchParams, signal?: AbortSignal): Promise<SeenFields>;
  /** For the live tail. */
  predicate(query: string): Predicate;
}

import type { HistogramBucket, Predicate, SearchResult } from '../contracts.ts';

/** `GET /api/search`, unchecked. Times: ISO, epoch seconds or milliseconds, `now-1h`, `now-1d/d`. */
export interface SearchParams {
  query?: string | undefined;
  from?: string | number | undefined;
  to?: string | number | undefined;
  size?: string | number | undefined;
  cursor?: string | undefined;
  /** `desc` (default) is newest first. A cursor brings its own. */
  order?: string | undefined;
}

export interface SearchAnswer extends SearchResult {
  /** Opaque; given back as `cursor` it continues behind the last event. Left out on the last page. */
  readonly cursor?: string;
  /** Sentences for whoever typed the query: a name that no event has, a sign that means something else here. */
  readonly hints?: string[];
  readonly took_ms: number;
}

/** `GET /api/histogram`, unchecked. */
export interface HistogramParams {
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
}

export interface HistogramAnswer {
  interval_ms: number;
  buckets: HistogramBucket[];
}

/** Throws LongshoreErrors: `LS_QUERY_*` and `LS_SEARCH_*` for mistakes in the parameters, retryable ones when busy. */
export interface SearchApi {
  /** Searches at the same time, and after how long one is given up whatever it does. */
  readonly limits: { readonly max: number; readonly timeoutMs: number };
  search(params: SearchParams, signal?: AbortSignal): Promise<SearchAnswer>;
  histogram(params: HistogramParams, signal?: AbortSignal): Promise<HistogramAnswer>;
  /** For the live tail. */
  predicate(query: string): Predicate;
}

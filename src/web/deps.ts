import type { FastifyPluginAsync } from 'fastify';
import type { DayInfo, HistogramBucket, Hit, LiveEvents, Predicate } from '../core/contracts.ts';

/** The parameters of `GET /api/search` as they stand in the address: texts, unchecked. */
export interface SearchParams {
  query?: string;
  from?: string;
  to?: string;
  size?: string;
  cursor?: string;
  order?: string;
}

export interface SearchAnswer {
  total: { value: number; relation: 'eq' | 'gte' };
  hits: Hit[];
  /** Opaque; given back as `cursor` it continues after the last hit. Left out at the end. */
  cursor?: string | undefined;
  took_ms: number;
}

/** The parameters of `GET /api/histogram` as they stand in the address: texts, unchecked. */
export interface HistogramParams {
  query?: string;
  from?: string;
  to?: string;
  interval?: string;
  buckets?: string;
  by?: string;
}

export interface HistogramAnswer {
  interval_ms: number;
  buckets: HistogramBucket[];
}

/** Throws LongshoreErrors: `LS_QUERY_*` and `LS_SEARCH_*` for mistakes in the parameters, retryable ones when busy. */
export interface WebSearcher {
  search(params: SearchParams, signal?: AbortSignal): Promise<SearchAnswer>;
  histogram(params: HistogramParams, signal?: AbortSignal): Promise<HistogramAnswer>;
  predicate(query: string): Predicate;
}

export interface ReloadAnswer {
  ok: boolean;
  message: string;
  [more: string]: unknown;
}

/** Everything that the server shows or starts; the wiring gives it. */
export interface WebDeps {
  readonly searcher: WebSearcher;
  readonly live: LiveEvents;
  readonly alerts: { recent(limit: number): unknown[]; rules(): unknown[] };
  reload(): Promise<ReloadAnswer>;
  health(): { status: string; [more: string]: unknown };
  ready(): { ready: boolean; reasons: string[] };
  /** The text of `/metrics`. */
  metrics(): Promise<string>;
  days(): Promise<DayInfo[]>;
  /** Names of the fields that stored events have, declared ones among them. */
  fieldNames(): Promise<string[]>;
  /** Routes that take events in. */
  readonly input?: FastifyPluginAsync | undefined;
}

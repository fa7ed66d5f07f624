import type { FastifyPluginAsync } from 'fastify';
import type { DeadLettersApi } from '../core/api/dead-letters.ts';
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
  /** Sentences for whoever typed the query. */
  hints?: string[];
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
  /** Searches at the same time, and after how long one is given up whatever it does. */
  readonly limits: { readonly max: number; readonly timeoutMs: number };
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
  /** Undefined, as `live`, `days` and `fieldNames`: this process does not search. */
  readonly searcher?: WebSearcher | undefined;
  readonly live?: LiveEvents | undefined;
  readonly alerts?:
    | { recent(limit: number): unknown[] | Promise<unknown[]>; rules(): unknown[] | Promise<unknown[]> }
    | undefined;
  readonly deadLetters?: DeadLettersApi | undefined;
  reload(): Promise<ReloadAnswer>;
  health(): { status: string; [more: string]: unknown };
  ready(): { ready: boolean; reasons: string[] };
  /** The answer of `GET /api/ledger`. */
  ledger?(): Promise<object>;
  /** The text of `/metrics`. */
  metrics(): Promise<string>;
  days?(): Promise<DayInfo[]>;
  /** Names of the fields that stored events have, declared ones among them. */
  fieldNames?(): Promise<string[]>;
  /** A sentence for a route that processes with other roles have; undefined where there is no such route. */
  elsewhere?(method: string, path: string): string | undefined;
  /** Takes a backup and says where it is. Throws LongshoreErrors. */
  backup?: (() => Promise<object>) | undefined;
  /** Routes that take events in. */
  readonly input?: FastifyPluginAsync | undefined;
}

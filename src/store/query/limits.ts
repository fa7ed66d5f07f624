import { counter } from '../../core/metrics.ts';

/** Limits of one query text. All of them answer with LS_QUERY_LIMIT and count. */
export interface QueryLimits {
  max_query_bytes: number;
  max_query_depth: number;
  max_query_clauses: number;
}

export const QUERY_LIMITS: QueryLimits = { max_query_bytes: 16_384, max_query_depth: 32, max_query_clauses: 512 };

/** More parts than this in `a.b.c` are refused: each part doubles the ways in which nested and dotted keys can hold it. */
export const MAX_FIELD_PARTS = 8;

export const queryRefused = counter('longshore_query_refused_total', 'Queries that were refused, by the reason.', [
  'reason',
] as const);

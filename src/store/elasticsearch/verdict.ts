/*
 * What an answer of Elasticsearch means for the events that were sent.
 *
 *   an item      200-299                       stored
 *                409                           stored before (the same `_id`): success
 *                429, 503, 502, 504            busy, shards not there: send it again
 *                429/403 with a block          flood stage, read-only, closed for writing: wait and alarm
 *                401, 403                      not allowed: wait and alarm
 *                404                           no index, and none is made by itself: wait and alarm
 *                400 about the cluster         too many shards, closed index, wrong name, a sort that cannot be: wait and alarm
 *                400 about the document        move fields aside and send again; then it is a dead letter
 *                413 and others of 4xx         a dead letter
 *                other 5xx                     send it again; a dead letter when it alone fails again and again
 *   a request    no answer, 408, 429, 5xx      send it again
 *                401, 403, 404, 3xx            wait and alarm
 *                413                           send its halves
 *                400                           one bad document can do that (an `_id` over 512 bytes): send its halves
 */

/** `stored` and `known` end well, `refused` ends as a dead letter; the others are sent again. */
export type ItemVerdict = 'stored' | 'known' | 'retry' | 'wait' | 'move' | 'refused' | 'suspect';

export interface ElasticError {
  type: string;
  reason: string;
}

export function itemVerdict(status: number, error: ElasticError | undefined): ItemVerdict {
  if (status >= 200 && status < 300) return 'stored';
  if (status === 409) return 'known';
  const blocked = error?.type === 'cluster_block_exception';
  if (status === 429 || status === 503 || status === 502 || status === 504)
    return blocked && status === 429 ? 'wait' : 'retry';
  if (status === 401 || status === 403 || status === 404 || blocked) return 'wait';
  if (status >= 500) return 'suspect';
  if (status === 400 && isAboutCluster(error)) return 'wait';
  return status === 400 ? 'move' : 'refused';
}

function isAboutCluster(error: ElasticError | undefined): boolean {
  if (error === undefined) return false;
  if (CLUSTER_TYPES.has(error.type)) return true;
  // `action would add [2] shards, but this cluster currently has [1000]/[1000] maximum normal shards open`
  if (error.type === 'validation_exception') return /shards open|maximum .*shards/.test(error.reason);
  // `cannot have nested fields when index sort is activated`, `unknown index sort field:[x]`: of templates, when an index is made.
  if (/\bindex sort\b/.test(error.reason)) return true;
  return /pipeline with id \[.*\] does not exist|unknown setting/.test(error.reason);
}

const CLUSTER_TYPES = new Set([
  'index_closed_exception',
  'invalid_index_name_exception',
  'invalid_alias_name_exception',
  'index_template_missing_exception',
  'circuit_breaking_exception',
]);

export type RequestVerdict = 'answered' | 'retry' | 'wait' | 'split';

/** `status` undefined: no answer came. */
export function requestVerdict(status: number | undefined, error: ElasticError | undefined): RequestVerdict {
  if (status === undefined || status === 408 || status === 429 || status >= 500) return 'retry';
  if (status >= 200 && status < 300) return 'answered';
  if (status === 413) return 'split';
  if (status === 400 && !isAboutCluster(error)) return 'split';
  return 'wait';
}

/** The innermost reason is the one that says what is wrong. */
export function errorOf(value: unknown): ElasticError | undefined {
  if (typeof value === 'string') return { type: 'error', reason: value.slice(0, MAX_REASON) };
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, reason, caused_by: cause, root_cause: roots } = value as { [key: string]: unknown };
  const inner = errorOf(cause) ?? (Array.isArray(roots) ? errorOf(roots[0]) : undefined);
  const own = typeof reason === 'string' ? reason : '';
  const all = inner === undefined || own.includes(inner.reason) ? own : `${own}: ${inner.reason}`;
  return { type: typeof type === 'string' ? type : 'error', reason: all.slice(0, MAX_REASON) };
}

/** Of the body of an answer with an HTTP status that is not 2xx. */
export function errorOfBody(body: unknown): ElasticError | undefined {
  if (typeof body === 'object' && body !== null && 'error' in body) return errorOf(body.error);
  return typeof body === 'string' && body !== '' ? errorOf(body) : undefined;
}

const MAX_REASON = 2000;

/**
 * The declared fields of the structured log schema, in the order in which they are written. `keyword`: exact text;
 * `text`: searched by words and substrings; `number`: a finite double; `object`: JSON of any shape.
 * `@timestamp`, `_id` and `seq` (a safe integer: receive time in microseconds, made unique) stand before them.
 */
export const DECLARED_FIELDS = {
  level: 'keyword',
  service: 'keyword',
  container_id: 'keyword',
  message: 'text',
  user_id: 'keyword',
  ip_address: 'keyword',
  /** Milliseconds. */
  response_time: 'number',
  container_name: 'keyword',
  stream: 'keyword',
  tag: 'keyword',
  hostname: 'keyword',
  trace_id: 'keyword',
  labels: 'object',
  kubernetes: 'object',
} as const;

export type DeclaredField = keyof typeof DECLARED_FIELDS;
export type FieldType = (typeof DECLARED_FIELDS)[DeclaredField];

/** Prefix of the daily indices: `docker-logs-YYYY.MM.DD`. */
export const INDEX_PREFIX = 'docker-logs-';

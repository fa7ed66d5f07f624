import { logger } from '../../core/log.ts';
import { counter, gauge } from '../../core/metrics.ts';

export const log = logger('inputs.otlp');

/**
 * Reasons of `errors`: `retry`: answered with 503 or UNAVAILABLE; `record_refused`: a log record that was refused alone; `invalid_utf8`: a
 * request with replaced bytes; `inputs_...`: the code of a refusal in lower case; `not_allowed`, `tls_failed`;
 * `too_many_connections`, `too_many_connections_of_address`: a connection was closed, the one that had waited longest for a request
 * if there was one; `other_protocol`: gRPC at the port of HTTP, the other way round, or neither.
 */
export const metrics = {
  events: counter('longshore_otlp_events_total', 'Events that became durable.'),
  bytes: counter('longshore_otlp_bytes_total', 'Bytes of requests, after decompression.'),
  unacked: gauge('longshore_otlp_unacked_bytes', 'Requests that are being read or are not durable yet.'),
  errors: counter('longshore_otlp_errors_total', 'What went wrong on the OTLP input.', ['reason']),
  connections: gauge('longshore_otlp_connections', 'Open connections for OTLP.'),
};

import type { FrameReason } from '../../base/forward/errors.ts';
import { REPAIRS, type Repair } from '../../base/msgpack/read.ts';
import { counter, gauge } from '../../core/metrics.ts';

/** Why a connection was ended: the closed set behind `longshore_forward_errors_total{reason}`. */
export type ForwardReason =
  | FrameReason
  // Limits.
  | 'too_many_connections'
  | 'too_many_connections_of_address'
  | 'partial_bytes_full'
  | 'handshake_timeout'
  | 'frame_timeout'
  | 'idle_timeout'
  // Who may not.
  | 'network_not_allowed'
  | 'handshake_failed'
  | 'tls_failed'
  // What is behind us did not take the frame.
  | 'not_taken_retryable'
  | 'not_taken_permanent'
  | 'socket'
  | 'unexpected';

export const errorsTotal = counter(
  'longshore_forward_errors_total',
  'Connections ended and frames refused for a fault, by reason.',
  ['reason'],
);
export const repairsTotal = counter('longshore_forward_repairs_total', 'Values kept in another form, by reason.', [
  'reason',
]);
export const setAsideTotal = counter(
  'longshore_forward_records_set_aside_total',
  'Records that are no events; the others of their frame were taken.',
  ['reason'],
);
export const connectionsTotal = counter('longshore_forward_connections_total', 'Connections accepted.');
export const connectionsOpen = gauge('longshore_forward_connections_open', 'Connections now.');
export const framesTotal = counter('longshore_forward_frames_total', 'Frames decoded.');
export const eventsTotal = counter('longshore_forward_events_total', 'Events decoded.');
export const bytesTotal = counter('longshore_forward_bytes_total', 'Bytes read from connections.');
export const acksTotal = counter('longshore_forward_acks_total', 'Frames acknowledged.');
export const pausesTotal = counter(
  'longshore_forward_pauses_total',
  'Times that reading paused because what is behind is slower.',
);
export const heartbeatsTotal = counter('longshore_forward_heartbeats_total', 'UDP heartbeats answered.');
export const unackedBytes = gauge('longshore_forward_unacked_bytes', 'Size of the frames that wait to become durable.');
export const partialBytes = gauge(
  'longshore_forward_partial_bytes',
  'Memory held for frames that have not arrived whole.',
);

/** Moves what a decoder counted into the metrics. */
export function takeRepairs(repairs: Record<Repair, number>): void {
  for (const reason of REPAIRS) {
    if (repairs[reason] === 0) continue;
    repairsTotal.inc({ reason }, repairs[reason]);
    repairs[reason] = 0;
  }
}

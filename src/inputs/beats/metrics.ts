import { counter, gauge } from '../../core/metrics.ts';
import type { LumberjackReason } from './lumberjack.ts';

/** Why a connection of a Beat ends, beside those of `Doors`. */
export type BeatsReason =
  | LumberjackReason
  | 'other_protocol'
  | 'partial_bytes_full'
  | 'frame_timeout'
  | 'idle_timeout'
  | 'not_taken_retryable'
  | 'not_taken_permanent'
  | 'socket'
  | 'unexpected';

export const metrics = {
  events: counter('longshore_beats_events_total', 'Events that became durable.'),
  bytes: counter('longshore_beats_bytes_total', 'Bytes read.'),
  acks: counter('longshore_beats_acks_total', 'Acknowledgements sent, those on the way through a window included.'),
  withoutId: counter(
    'longshore_beats_events_without_id_total',
    'Events that nothing tells from others: sent again, they are stored again.',
  ),
  unacked: gauge('longshore_beats_unacked_bytes', 'Events received that are not durable yet.'),
  errors: counter('longshore_beats_errors_total', 'What went wrong on the Beats input.', ['reason']),
  connections: gauge('longshore_beats_connections', 'Open connections of Beats.'),
};

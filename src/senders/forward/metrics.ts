import { counter, gauge } from '../../core/metrics.ts';

/** `name`: `store`, or the name of a copy. */
export const sentEvents = counter('longshore_forward_out_events_total', 'Events acknowledged by a target.', ['name']);
export const sentMessages = counter('longshore_forward_out_messages_total', 'Messages acknowledged by a target.', [
  'name',
]);
export const sentBytes = counter('longshore_forward_out_bytes_total', 'Bytes of acknowledged messages.', ['name']);
export const resentMessages = counter(
  'longshore_forward_out_resent_total',
  'Messages sent again because a connection ended before the acknowledgement.',
  ['name'],
);
export const targetFailures = counter(
  'longshore_forward_out_failures_total',
  'Failed connections, handshakes and acknowledgements, by target.',
  ['name', 'target'],
);
export const alarmed = gauge('longshore_forward_out_alarm', '1 while no target takes events.', ['name']);

import { counter, gauge } from '../../core/metrics.ts';

/** What an input with sockets counts. */
export type InputMetrics = ReturnType<typeof inputMetrics>;

/**
 * The metrics `longshore_<name>_...` of an input. `what`: its messages, in plural; `title`: the input, in words.
 *
 * Reasons of errors, beside the faults of its messages: `retry`: a rejection that is tried again; `refused`: a message that
 * was refused for good; `abandoned`: messages that were not durable at the end of the stop deadline; `other_protocol`:
 * HTTP, TLS or the forward protocol was spoken; `not_allowed`, `too_many_connections`, `too_many_connections_of_address`,
 * `tls_failed`, `idle`, `socket`; of datagrams: `queue_full`, `kernel` (dropped before they were read).
 */
export function inputMetrics(name: string, title: string, what: string) {
  return {
    events: counter(`longshore_${name}_events_total`, 'Events that became durable.'),
    bytes: counter(`longshore_${name}_bytes_total`, 'Bytes read.'),
    unacked: gauge(`longshore_${name}_unacked_bytes`, `${what} received that are not durable yet.`),
    errors: counter(`longshore_${name}_errors_total`, `What went wrong on the ${title} input.`, ['reason']),
    connections: gauge(`longshore_${name}_connections`, `Open connections of the ${title} input.`),
  };
}

import type { counter, gauge } from '../../core/metrics.ts';

/**
 * What an input with sockets counts. Reasons of `errors`, beside the faults of its messages: `retry`: a rejection that is tried
 * again; `refused`: a message that was refused for good; `abandoned`: messages that were not durable at the end of the stop
 * deadline; `other_protocol`: HTTP, TLS or the forward protocol was spoken; `not_allowed`, `too_many_connections`,
 * `too_many_connections_of_address`, `tls_failed`, `idle`, `socket`; of datagrams: `queue_full`, `kernel` (dropped before they
 * were read).
 */
export interface InputMetrics {
  readonly events: ReturnType<typeof counter>;
  readonly bytes: ReturnType<typeof counter>;
  readonly unacked: ReturnType<typeof gauge>;
  readonly errors: ReturnType<typeof counter<'reason'>>;
  readonly connections: ReturnType<typeof gauge>;
}

import { allowOption } from '../../base/net/options.ts';
import { ANY, bytes, count } from '../../base/options.ts';

/* Settings that every input with connections has. */

export const MAX_CONNECTIONS = count(1, ANY, 512, 'Connections at the same time.');
export const MAX_CONNECTIONS_PER_ADDRESS = count(
  1,
  ANY,
  256,
  'The same for one remote address. Unix sockets are not counted.',
);
export const ALLOW = allowOption('Required when the address is not loopback.');

export const maxUnackedBytes = (what: string, more: string) =>
  bytes(65_536, ANY, 32_000_000, `Received ${what} of all connections that are not yet durable. ${more}`);

export const IDLE_TIMEOUT = count(
  0,
  ANY,
  0,
  'Closes a connection after this silence. 0 (never) is the default because senders lose the line that they write into a closed connection; dead peers are found by TCP keep-alive.',
);

export const RECEIVE_BUFFER = bytes(
  4096,
  1_000_000_000,
  4_000_000,
  'What the kernel is asked to hold of datagrams that are not read yet; it gives `net.core.rmem_max` at most. What comes above it is lost, and counted as `kernel`.',
);

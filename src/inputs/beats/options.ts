import { serverTlsSchema } from '../../base/net/options.ts';
import { bytes, count, LONGEST_MS, type OptionsOf } from '../../base/options.ts';
import { ALLOW, MAX_CONNECTIONS, MAX_CONNECTIONS_PER_ADDRESS, maxUnackedBytes } from '../stream/options.ts';

export const beatsInputSchema = {
  type: 'object',
  additionalProperties: false,
  description:
    "The Lumberjack protocol, versions 2 and 1: Filebeat, Winlogbeat and the other Beats (`output.logstash`), Elastic Agent, Logstash's `lumberjack` output. Off until it is written.",
  properties: {
    address: {
      type: 'string',
      default: '127.0.0.1:5044',
      description:
        '`host:port` to listen on; `:5044` means all interfaces, which needs `allow` or `tls.require_client_cert`.',
    },
    tls: serverTlsSchema('TLS on `address`.'),
    tag: { type: 'string', minLength: 1, maxLength: 255, default: 'beats', description: 'Tag of the events.' },
    max_frame_bytes: bytes(
      65_536,
      256 * 1024 * 1024,
      64_000_000,
      'Largest frame as it arrives, and largest content of a compressed one: a window of a Beat (`bulk_max_size` events, by default 2048) is one. A larger one ends its connection, and its sender would send it again and again.',
    ),
    max_connections: MAX_CONNECTIONS,
    max_connections_per_address: MAX_CONNECTIONS_PER_ADDRESS,
    max_unacked_bytes: maxUnackedBytes('events', 'Above it reading pauses, and the senders wait.'),
    idle_timeout_ms: count(
      0,
      LONGEST_MS,
      0,
      'Closes a connection after this silence, for which its sender connects again and loses nothing; 0: never. Dead peers are found by TCP keep-alive.',
    ),
    allow: ALLOW,
  },
} as const;

/** Settings of the Beats input (`inputs.beats`). */
export type BeatsInputOptions = OptionsOf<typeof beatsInputSchema>;

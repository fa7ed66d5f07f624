import { serverTlsSchema, UNIX_SOCKET } from '../../base/net/options.ts';
import { ANY, bytes, type OptionsOf, text } from '../../base/options.ts';
import {
  ALLOW,
  IDLE_TIMEOUT,
  MAX_CONNECTIONS,
  MAX_CONNECTIONS_PER_ADDRESS,
  maxUnackedBytes,
  RECEIVE_BUFFER,
} from '../stream/options.ts';

export const gelfInputSchema = {
  type: 'object',
  additionalProperties: false,
  description:
    "GELF, Graylog's format: Docker's `gelf` driver, pygelf, gelf-pro, logback. Off until it is written; over HTTP it is `POST /gelf` at `http.address`.",
  properties: {
    address: {
      type: 'string',
      default: '127.0.0.1:12201',
      description: '`host:port` for UDP and TCP; `:12201` means all interfaces, which needs `allow`.',
    },
    protocols: {
      type: 'array',
      items: { enum: ['udp', 'tcp'] },
      default: ['udp', 'tcp'],
      description:
        'What is listened for on `address`: datagrams, in chunks and compressed or not; connections with messages that end with a zero byte or a newline.',
    },
    tls_address: text('`host:port` for TLS. Wants `tls`; all interfaces need `allow` or `tls.require_client_cert`.'),
    tls: serverTlsSchema('Certificate of `tls_address`, where TLS 1.2 is spoken.'),
    unix_socket: UNIX_SOCKET,
    tag: {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      default: 'gelf',
      description: "Tag of the events that bring none (`_tag`, which Docker's driver sends).",
    },
    max_message_bytes: bytes(
      1000,
      ANY,
      1_000_000,
      'Longest message, put together and unpacked. A longer datagram is dropped and counted, a longer text of a connection is cut.',
    ),
    max_connections: MAX_CONNECTIONS,
    max_connections_per_address: MAX_CONNECTIONS_PER_ADDRESS,
    max_unacked_bytes: maxUnackedBytes(
      'messages',
      'Above it reading from connections pauses, which the senders feel; datagrams are dropped and counted. Each of the two has this bound.',
    ),
    max_chunk_bytes: bytes(
      65_536,
      ANY,
      16_000_000,
      'Chunks of messages that are not whole. Above it the oldest messages are given up and counted.',
    ),
    receive_buffer_bytes: RECEIVE_BUFFER,
    idle_timeout_ms: IDLE_TIMEOUT,
    allow: ALLOW,
  },
} as const;

/** Settings of the GELF input (`inputs.gelf`). */
export type GelfInputOptions = OptionsOf<typeof gelfInputSchema>;

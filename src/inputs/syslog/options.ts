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

export const syslogInputSchema = {
  type: 'object',
  additionalProperties: false,
  description:
    "syslog, RFC 3164 and RFC 5424: rsyslog, syslog-ng, `logger`, network devices, Docker's `syslog` driver. Off until it is written.",
  properties: {
    address: {
      type: 'string',
      default: '127.0.0.1:5514',
      description: '`host:port` for UDP and TCP; `:5514` means all interfaces, which needs `allow`.',
    },
    protocols: {
      type: 'array',
      items: { enum: ['udp', 'tcp'] },
      default: ['udp', 'tcp'],
      description:
        'What is listened for on `address`. TCP takes lines and octet counting, told apart for each message.',
    },
    tls_address: text(
      '`host:port` for TLS (RFC 5425), usually `:6514`. Wants `tls`; all interfaces need `allow` or `tls.require_client_cert`.',
    ),
    tls: serverTlsSchema('Certificate of `tls_address`, where TLS 1.2 is spoken.'),
    unix_socket: UNIX_SOCKET,
    unix_datagram_socket: text(
      'Path of a unix socket for datagrams to listen on as well, as `/dev/log` is one. Only on Linux; of several workers one has it.',
    ),
    tag: { type: 'string', minLength: 1, maxLength: 255, default: 'syslog', description: 'Tag of the events.' },
    timezone: text('IANA zone of times that name none, as those of RFC 3164. Left out: `timezone` of the whole.'),
    max_message_bytes: bytes(
      480,
      ANY,
      1_000_000,
      'Longest message. What is longer is cut there, with the number of bytes left out in `truncated_bytes`.',
    ),
    max_connections: MAX_CONNECTIONS,
    max_connections_per_address: MAX_CONNECTIONS_PER_ADDRESS,
    max_unacked_bytes: maxUnackedBytes(
      'messages',
      'Above it reading from connections pauses, which the senders feel; datagrams are dropped and counted. Each of the two has this bound.',
    ),
    receive_buffer_bytes: RECEIVE_BUFFER,
    idle_timeout_ms: IDLE_TIMEOUT,
    allow: ALLOW,
  },
} as const;

/** Settings of the syslog input (`inputs.syslog`). */
export type SyslogInputOptions = OptionsOf<typeof syslogInputSchema>;

import { ALLOW_MEANING } from '../../base/net/options.ts';
import { ANY, bytes, count, type OptionsOf, text } from '../../base/options.ts';

export const tcpJsonInputSchema = {
  type: 'object',
  additionalProperties: false,
  description: 'Lines over TCP: JSON, GELF, syslog and plain text, told apart line by line.',
  properties: {
    address: {
      type: 'string',
      default: '127.0.0.1:5000',
      description: '`host:port` to listen on; `:5000` means all interfaces, which needs `allow`.',
    },
    unix_socket: { type: 'string', description: 'Path of a unix socket to listen on as well.' },
    format: {
      enum: ['auto', 'syslog', 'text'],
      default: 'auto',
      description:
        'What is sent. `auto`: JSON and GELF by their brackets, also without newlines; every other line is text, which the pipelines know as syslog or by its form. `syslog`: all of it, read as `inputs.syslog` does. `text`: each line is a message, brackets or not.',
    },
    timezone: text('IANA zone of times of syslog that name none. Left out: `timezone` of the whole.'),
    tag: { type: 'string', minLength: 1, maxLength: 255, default: 'tcp_json', description: 'Tag of the events.' },
    max_line_bytes: bytes(
      64,
      ANY,
      1_000_000,
      'Longest line. What is longer is cut there and kept as `message`, with the number of bytes left out in `truncated_bytes`.',
    ),
    max_connections: count(1, ANY, 512, 'Connections at the same time.'),
    max_connections_per_address: count(1, ANY, 256, 'The same for one remote address. Unix sockets are not counted.'),
    max_unacked_bytes: bytes(
      65_536,
      ANY,
      32_000_000,
      'Received lines of all connections that are not yet durable. Above it reading pauses, which the senders feel; open lines have the same bound.',
    ),
    idle_timeout_ms: count(
      0,
      ANY,
      0,
      'Closes a connection after this silence. 0 (never) is the default because senders lose the line that they write into a closed connection; dead peers are found by TCP keep-alive.',
    ),
    allow: {
      type: 'array',
      items: { type: 'string' },
      description: `${ALLOW_MEANING} Required when the address is not loopback.`,
    },
  },
} as const;

/** Settings of the TCP input for JSON lines (`inputs.tcp_json`). */
export type TcpJsonInputOptions = OptionsOf<typeof tcpJsonInputSchema>;

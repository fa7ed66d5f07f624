import { ALLOW_MEANING } from '../base/net/options.ts';

/** Settings of the TCP input for JSON lines (`inputs.tcp_json`); see the descriptions. */
export interface TcpJsonInputOptions {
  address: string;
  unix_socket?: string | undefined;
  tag: string;
  max_line_bytes: number;
  max_nesting_depth: number;
  max_connections: number;
  max_connections_per_address: number;
  max_unacked_bytes: number;
  idle_timeout_ms: number;
  allow?: readonly string[] | undefined;
}

export const tcpJsonInputSchema = {
  type: 'object',
  additionalProperties: false,
  description: 'JSON lines over TCP: one JSON object a line, ended by a newline.',
  properties: {
    address: {
      type: 'string',
      default: '127.0.0.1:5000',
      description: '`host:port` to listen on; `:5000` means all interfaces, which needs `allow`.',
    },
    unix_socket: { type: 'string', description: 'Path of a unix socket to listen on as well.' },
    tag: { type: 'string', minLength: 1, maxLength: 255, default: 'tcp_json', description: 'Tag of the events.' },
    max_line_bytes: {
      type: 'number',
      format: 'bytes',
      minimum: 64,
      default: 1_000_000,
      description:
        'Longest line. What is longer is cut there and kept as `message`, with the number of bytes left out in `truncated_bytes`.',
    },
    max_nesting_depth: {
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      default: 64,
      description: 'Deepest nesting of objects and arrays. A line nested deeper is kept as text in `message`.',
    },
    max_connections: { type: 'integer', minimum: 1, default: 512, description: 'Connections at the same time.' },
    max_connections_per_address: {
      type: 'integer',
      minimum: 1,
      default: 256,
      description: 'The same for one remote address. Unix sockets are not counted.',
    },
    max_unacked_bytes: {
      type: 'number',
      format: 'bytes',
      minimum: 65_536,
      default: 32_000_000,
      description:
        'Received lines of all connections that are not yet durable. Above it reading pauses, which the senders feel; open lines have the same bound.',
    },
    idle_timeout_ms: {
      type: 'integer',
      minimum: 0,
      default: 0,
      description:
        'Closes a connection after this silence. 0 (never) is the default because senders lose the line that they write into a closed connection; dead peers are found by TCP keep-alive.',
    },
    allow: {
      type: 'array',
      items: { type: 'string' },
      description: `${ALLOW_MEANING} Required when the address is not loopback.`,
    },
  },
} as const;

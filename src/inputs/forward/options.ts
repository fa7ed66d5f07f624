import { type HostAndPort, parseAddress } from '../../base/net/address.ts';
import { ALLOW_MEANING } from '../../base/net/options.ts';
import type { ServerTls } from '../../base/net/tls-files.ts';

export interface ForwardUser {
  readonly username: string;
  readonly password: string;
}

/** The validated settings of `inputs.forward`; only `address` must be there, the defaults stand in the schema. */
export interface ForwardInputOptions {
  readonly address: string;
  readonly unix_socket?: string | undefined;
  readonly unix_socket_mode?: string | undefined;
  readonly shared_key?: string | undefined;
  readonly self_hostname?: string | undefined;
  readonly users?: readonly ForwardUser[] | undefined;
  readonly allow?: readonly string[] | undefined;
  readonly tls?: ServerTls | undefined;
  readonly heartbeat_udp?: boolean | undefined;
  readonly max_frame_bytes?: number | undefined;
  readonly max_decompressed_bytes?: number | undefined;
  readonly max_records_per_frame?: number | undefined;
  readonly max_values_per_frame?: number | undefined;
  readonly max_nesting_depth?: number | undefined;
  readonly max_connections?: number | undefined;
  readonly max_connections_per_address?: number | undefined;
  readonly max_unacked_bytes?: number | undefined;
  readonly max_unacked_bytes_per_connection?: number | undefined;
  readonly max_unacked_bytes_without_chunk?: number | undefined;
  readonly max_partial_bytes?: number | undefined;
  readonly handshake_timeout_ms?: number | undefined;
  readonly frame_timeout_ms?: number | undefined;
  readonly idle_timeout_ms?: number | undefined;
  readonly keep_alive_ms?: number | undefined;
  readonly accept_parsed?: boolean | undefined;
}

const MB = 1024 * 1024;

/** Every setting that has a default, in one place: the schema prints them, `withDefaults` applies them. */
export const forwardDefaults = {
  unix_socket_mode: '660',
  self_hostname: 'longshore',
  heartbeat_udp: true,
  max_frame_bytes: 64 * MB,
  max_decompressed_bytes: 64 * MB,
  max_records_per_frame: 500_000,
  max_values_per_frame: 2_000_000,
  max_nesting_depth: 64,
  max_connections: 4096,
  max_connections_per_address: 2048,
  max_unacked_bytes: 32 * MB,
  max_unacked_bytes_per_connection: 8 * MB,
  max_unacked_bytes_without_chunk: MB,
  max_partial_bytes: 128 * MB,
  handshake_timeout_ms: 10_000,
  frame_timeout_ms: 120_000,
  idle_timeout_ms: 0,
  keep_alive_ms: 60_000,
} as const;

export type ForwardSettings = ForwardInputOptions & {
  readonly [K in keyof typeof forwardDefaults]-?: NonNullable<ForwardInputOptions[K]>;
};

export function withDefaults(options: ForwardInputOptions): ForwardSettings {
  const settings: Record<string, unknown> = { ...forwardDefaults };
  for (const [name, value] of Object.entries(options)) if (value !== undefined) settings[name] = value;
  return settings as unknown as ForwardSettings;
}

// A string of V8 has at most 2^29 - 24 characters; one record could be one string.
const MAX_BYTES = 256 * MB;
const bytes = (name: keyof typeof forwardDefaults, description: string, maximum: number = Number.MAX_SAFE_INTEGER) =>
  ({ type: 'number', format: 'bytes', minimum: 1024, maximum, default: forwardDefaults[name], description }) as const;
const count = (name: keyof typeof forwardDefaults, description: string, maximum: number = Number.MAX_SAFE_INTEGER) =>
  ({ type: 'integer', minimum: 1, maximum, default: forwardDefaults[name], description }) as const;
const milliseconds = (name: keyof typeof forwardDefaults, minimum: number, description: string) =>
  ({ type: 'integer', minimum, maximum: 2_147_483_647, default: forwardDefaults[name], description }) as const;

export const forwardInputSchema = {
  type: 'object',
  additionalProperties: false,
  description:
    'Fluentd forward protocol v1: Docker (`--log-driver fluentd`), Fluent Bit, Fluentd and the fluent-logger libraries.',
  properties: {
    address: {
      type: 'string',
      default: '127.0.0.1:24224',
      description:
        '`host:port` to listen on, `[host]:port` for IPv6, `:port` for all interfaces; port 0 takes a free one. An address other than loopback wants `shared_key`, `allow`, or `tls.require_client_cert`.',
    },
    unix_socket: {
      type: 'string',
      minLength: 1,
      description: 'Path of a unix socket to listen on as well. No handshake there: the file mode is the lock.',
    },
    unix_socket_mode: {
      type: 'string',
      pattern: '^[0-7]{3,4}$',
      default: forwardDefaults.unix_socket_mode,
      description: 'File mode of the unix socket, octal.',
    },
    shared_key: {
      type: 'string',
      minLength: 1,
      description:
        "Peers must prove that they know this key (Fluentd's `<security> shared_key`). Docker's driver cannot: put its network into `allow`.",
    },
    self_hostname: {
      type: 'string',
      minLength: 1,
      default: forwardDefaults.self_hostname,
      description: "Name given in the handshake; must differ from every peer's own.",
    },
    users: {
      type: 'array',
      description: 'If given, peers must log in as one of these in the handshake. Wants `shared_key`.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['username', 'password'],
        properties: {
          username: { type: 'string', minLength: 1, description: 'Name of the user.' },
          password: { type: 'string', minLength: 1, description: 'Password of the user.' },
        },
      },
    },
    allow: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      description: `${ALLOW_MEANING} With \`shared_key\` the networks listed here need no handshake, and their senders must not be configured with the key; everybody else needs it. Required on an address other than loopback without \`shared_key\` and \`tls.require_client_cert\`.`,
    },
    tls: {
      type: 'object',
      additionalProperties: false,
      required: ['cert_file', 'key_file'],
      description: 'TLS on `address`.',
      properties: {
        cert_file: { type: 'string', minLength: 1, description: 'PEM file with the certificate chain.' },
        key_file: { type: 'string', minLength: 1, description: 'PEM file with the private key.' },
        ca_file: {
          type: 'string',
          minLength: 1,
          description: "PEM file with the authorities of the peers' certificates.",
        },
        require_client_cert: {
          type: 'boolean',
          default: false,
          description: 'Only peers with a certificate that an authority of `ca_file` signed.',
        },
      },
    },
    heartbeat_udp: {
      type: 'boolean',
      default: forwardDefaults.heartbeat_udp,
      description: "Answer Fluentd's UDP heartbeats on the same port.",
    },
    accept_parsed: {
      type: 'boolean',
      description:
        'Whether events of another longshore (`store: { type: forward }`) are taken as it parsed them. Left out: from peers that showed the shared key or a client certificate, from loopback and from the unix socket, because anybody else could say that it is one. What is not taken so goes through the pipelines here once more.',
    },
    max_frame_bytes: bytes('max_frame_bytes', 'Largest frame as it arrives.', MAX_BYTES),
    max_decompressed_bytes: bytes('max_decompressed_bytes', 'Largest content of a compressed frame.', MAX_BYTES),
    max_records_per_frame: count('max_records_per_frame', 'Most events in one frame.'),
    max_values_per_frame: count('max_values_per_frame', 'Most map entries and array elements in one frame.'),
    max_nesting_depth: count('max_nesting_depth', 'Most levels of maps and arrays in a record, itself included.', 1000),
    max_connections: count('max_connections', 'Most connections at once, of each socket.'),
    max_connections_per_address: count(
      'max_connections_per_address',
      'The same for one remote address: for Docker each container is a connection. Unix sockets are not counted.',
    ),
    max_unacked_bytes: bytes(
      'max_unacked_bytes',
      'Reading pauses while frames of this size, of all connections together, wait to become durable.',
    ),
    max_unacked_bytes_per_connection: bytes('max_unacked_bytes_per_connection', 'The same for one connection.'),
    max_unacked_bytes_without_chunk: bytes(
      'max_unacked_bytes_without_chunk',
      'The same for the frames of one connection that ask for no acknowledgement: what we hold of these is lost in a crash.',
    ),
    max_partial_bytes: bytes(
      'max_partial_bytes',
      'Most memory for frames that have not arrived whole, of all connections together; beyond, the largest is dropped with its connection.',
    ),
    handshake_timeout_ms: milliseconds('handshake_timeout_ms', 1, 'Time for TLS and handshake together.'),
    frame_timeout_ms: milliseconds('frame_timeout_ms', 1, 'Time from the first byte of a frame to its last.'),
    idle_timeout_ms: milliseconds(
      'idle_timeout_ms',
      0,
      'Connections silent for so long are closed; 0: never, because a client without acknowledgements loses the first event after it.',
    ),
    keep_alive_ms: milliseconds('keep_alive_ms', 1000, 'TCP keep-alive probes begin after so much silence.'),
  },
} as const;

/** Reads `inputs.forward.address`. Throws `LS_FORWARD_BAD_ADDRESS`. */
export function splitAddress(address: string): HostAndPort {
  return parseAddress(address, { where: 'inputs.forward.address', code: 'LS_FORWARD_BAD_ADDRESS' }, '127.0.0.1:24224');
}

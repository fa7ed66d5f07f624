import { type HostAndPort, parseAddress } from '../../base/net/address.ts';
import { allowOption, serverTlsSchema } from '../../base/net/options.ts';
import { ANY, bytes, count, type Given, LONGEST_MS, type OptionsOf, text, withDefaults } from '../../base/options.ts';
import { MAX_NESTING_DEPTH } from '../json/record.ts';

const MB = 1024 * 1024;
// A string of V8 has at most 2^29 - 24 characters; one record could be one string.
const MAX_FRAME_BYTES = 256 * MB;

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
    unix_socket: text('Path of a unix socket to listen on as well. No handshake there: the file mode is the lock.'),
    unix_socket_mode: {
      type: 'string',
      pattern: '^[0-7]{3,4}$',
      default: '660',
      description: 'File mode of the unix socket, octal.',
    },
    shared_key: text(
      "Peers must prove that they know this key (Fluentd's `<security> shared_key`). Docker's driver cannot: put its network into `allow`.",
    ),
    self_hostname: {
      ...text("Name given in the handshake; must differ from every peer's own."),
      default: 'longshore',
    },
    users: {
      type: 'array',
      description: 'If given, peers must log in as one of these in the handshake. Wants `shared_key`.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['username', 'password'],
        properties: { username: text('Name of the user.'), password: text('Password of the user.') },
      },
    },
    allow: allowOption(
      'With `shared_key` the networks listed here need no handshake, and their senders must not be configured with the key; everybody else needs it. Required on an address other than loopback without `shared_key` and `tls.require_client_cert`.',
    ),
    tls: serverTlsSchema('TLS on `address`.'),
    heartbeat_udp: {
      type: 'boolean',
      default: true,
      description: "Answer Fluentd's UDP heartbeats on the same port.",
    },
    accept_parsed: {
      type: 'boolean',
      description:
        'Whether events of another longshore (`store: { type: forward }`) are taken as it parsed them. Left out: from peers that showed the shared key or a client certificate, from loopback and from the unix socket, because anybody else could say that it is one. What is not taken so goes through the pipelines here once more.',
    },
    max_frame_bytes: bytes(
      1024,
      MAX_FRAME_BYTES,
      64 * MB,
      'Largest frame as it arrives, and largest content of a compressed one.',
    ),
    max_connections: count(1, ANY, 4096, 'Most connections at once, of each socket.'),
    max_connections_per_address: count(
      1,
      ANY,
      2048,
      'The same for one remote address: for Docker each container is a connection. Unix sockets are not counted.',
    ),
    max_unacked_bytes: bytes(
      1024,
      ANY,
      32 * MB,
      'Reading pauses while frames of this size, of all connections together, wait to become durable.',
    ),
    idle_timeout_ms: count(
      0,
      LONGEST_MS,
      0,
      'Connections silent for so long are closed; 0: never, because a client without acknowledgements loses the first event after it.',
    ),
  },
} as const;

/** What nobody has to set. Pauses, and connections that end for one of these, are counted. */
const LIMITS = {
  max_records_per_frame: 500_000,
  /** Map entries and array elements. */
  max_values_per_frame: 2_000_000,
  max_nesting_depth: MAX_NESTING_DEPTH,
  /** Reading pauses while frames of this size, of one connection, wait to become durable. */
  max_unacked_bytes_per_connection: 8 * MB,
  /** The same for frames that ask for no acknowledgement: what we hold of these is lost in a crash. */
  max_unacked_bytes_without_chunk: MB,
  /** Of frames that have not arrived whole, of all connections; beyond, the largest is dropped with its connection. */
  max_partial_bytes: 128 * MB,
  /** For TLS and handshake together. */
  handshake_timeout_ms: 10_000,
  /** From the first byte of a frame to its last. */
  frame_timeout_ms: 120_000,
  /** TCP keep-alive probes begin after so much silence. */
  keep_alive_ms: 60_000,
};
type Limits = typeof LIMITS & { readonly max_decompressed_bytes: number };

/** Settings of `inputs.forward` as they may be given: only `address` must be there. */
export type ForwardInputOptions = Given<typeof forwardInputSchema> & Partial<Limits> & { readonly address: string };

/** What the input works with. */
export type ForwardSettings = OptionsOf<typeof forwardInputSchema> & Limits;

/** The defaults and limits for whatever is not given. */
export function forwardSettings(given: Partial<ForwardInputOptions> = {}): ForwardSettings {
  const settings = withDefaults(forwardInputSchema, given);
  const limits = { ...LIMITS, max_decompressed_bytes: settings.max_frame_bytes };
  return { ...limits, ...given, ...settings } as ForwardSettings;
}

/** Reads `inputs.forward.address`. Throws `LS_FORWARD_BAD_ADDRESS`. */
export function splitAddress(address: string): HostAndPort {
  return parseAddress(address, { where: 'inputs.forward.address', code: 'LS_FORWARD_BAD_ADDRESS' }, '127.0.0.1:24224');
}

import { type HostAndPort, parseTarget } from '../../base/net/address.ts';
import { clientTlsSchema } from '../../base/net/options.ts';
import { bytes, count, type OptionsOf, text } from '../../base/options.ts';
import { LongshoreError } from '../../core/errors.ts';

const milliseconds = (minimum: number, fallback: number, description: string) =>
  count(minimum, 86_400_000, fallback, description);

const targetSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['address'],
  properties: {
    address: text('`host:port`, `[host]:port` for IPv6; without a port 24224.'),
    shared_key: text("The key of the target (Fluentd's `<security> shared_key`)."),
    self_hostname: text(
      'Our name in the handshake; must differ from that of the target. Default: the name of the machine.',
    ),
    username: text('User to log in as, if the target has users. Wants `shared_key`.'),
    password: text('Password of the user.'),
    tls: clientTlsSchema('Speak TLS; `{}` for a target whose certificate a public authority signed.'),
  },
} as const;

/** One receiver that speaks the forward protocol: a longshore, Fluentd, Fluent Bit. */
export type ForwardTarget = OptionsOf<typeof targetSchema>;

export const forwardOutProperties = {
  targets: {
    type: 'array',
    minItems: 1,
    maxItems: 16,
    description:
      'Who takes the events, by the forward protocol: longshore, Fluentd, Fluent Bit. The first is used; the next ones, in their order, while it is down.',
    items: targetSchema,
  },
  compress: {
    enum: ['none', 'gzip', 'zstd'],
    default: 'none',
    description: 'How events are compressed on the wire. longshore takes all, Fluentd gzip, and zstd from 1.19 on.',
  },
  require_ack: {
    type: 'boolean',
    default: true,
    description:
      'Keep each chunk until the target has acknowledged it. Without, what was on the wire when a connection broke is lost.',
  },
  ack_timeout_ms: milliseconds(
    100,
    60_000,
    'A target that acknowledges nothing for so long while something waits is connected to anew and sent the same again.',
  ),
  connect_timeout_ms: milliseconds(50, 10_000, 'Time for connection, TLS and handshake together.'),
  failover_after_ms: milliseconds(
    0,
    5000,
    'A target that cannot be reached for so long is down, and the next one is used. Until then events wait, so that what it may have stored already is not sent elsewhere.',
  ),
  max_retry_interval_ms: milliseconds(10, 30_000, 'Longest pause between two tries to reach a target.'),
  max_in_flight: count(1, 64, 4, 'Chunks on their way at the same time.'),
  max_message_bytes: bytes(
    1024,
    32_000_000,
    4_000_000,
    'A message is ended when its events, before compression, reach this size; one event may be larger. Fluent Bit takes no message above its Buffer_Max_Size (6 MB).',
  ),
} as const;

export const forwardStoreSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['targets'],
  description: 'Nothing is kept here: events go on to another longshore, or to Fluentd.',
  properties: forwardOutProperties,
} as const;

/** How events leave: the settings that `store: { type: forward }` and each of `copies` share, after validation. */
export type ForwardOutOptions = OptionsOf<typeof forwardStoreSchema>;

const DEFAULT_PORT = 24_224;

/** @throws LongshoreError LS_FORWARD_TARGET_ADDRESS */
export function hostAndPort(address: string, where: string): HostAndPort {
  return parseTarget(address, { where, code: 'LS_FORWARD_TARGET_ADDRESS' }, DEFAULT_PORT);
}

/**
 * What no schema can say of targets. `setting`: where they stand, `store` or `copies[0]`. Touches nothing.
 * @throws LongshoreError LS_FORWARD_TARGET_*
 */
export function checkTargets({ targets }: Pick<ForwardOutOptions, 'targets'>, setting: string): void {
  const seen = new Set<string>();
  for (const [i, { address, shared_key, username, password, tls }] of targets.entries()) {
    const where = `${setting}.targets[${i}]`;
    const { host, port } = hostAndPort(address, `${where}.address`);
    const key = `${host}:${port}`;
    if (seen.has(key)) {
      throw new LongshoreError('LS_FORWARD_TARGET_TWICE', `${address} stands there twice.`, {
        where: `${where}.address`,
        fix: 'Another target is another receiver: remove one of the two.',
      });
    }
    seen.add(key);
    if (username !== undefined && shared_key === undefined) {
      throw new LongshoreError('LS_FORWARD_TARGET_USER', 'A user logs in during the shared-key handshake.', {
        where: `${where}.username`,
        fix: "Set the target's shared_key as well.",
      });
    }
    if ((username === undefined) !== (password === undefined)) {
      throw new LongshoreError('LS_FORWARD_TARGET_USER', 'username and password go together.', {
        where: `${where}.${username === undefined ? 'password' : 'username'}`,
        fix: 'Write both or none.',
      });
    }
    if ((tls?.cert_file === undefined) !== (tls?.key_file === undefined)) {
      throw new LongshoreError('LS_FORWARD_TARGET_CERT', 'cert_file and key_file go together.', {
        where: `${where}.tls`,
        fix: 'Write both or none.',
      });
    }
  }
}

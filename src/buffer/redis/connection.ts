import type { Cluster, ClusterOptions, Redis, RedisOptions } from 'ioredis';
import { backoffMs } from '../../base/flow/backoff.ts';
import { readPem } from '../../base/net/tls-files.ts';
import { lazily } from '../../base/process/lazily.ts';
import { messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import { redisTarget } from './address.ts';
import { RedisFailure, redisFailure } from './failure.ts';
import { keysOf } from './keys.ts';
import * as metrics from './metrics.ts';
import type { RedisBufferOptions } from './options.ts';
import { SCRIPTS, type ScriptName } from './scripts.ts';
import { type ServerState, serverState } from './server-state.ts';

const ioredis = lazily<typeof import('ioredis')>('ioredis');
const log = logger('redis');

const CONFIG_MAX_AGE_MS = 60_000;

/** The connections of this process that are down: they fall and rise together, and one sentence says it for all. */
const away = new Set<Connection>();

/**
 * `commands`: every command fails at once while Redis is away, and after `command_timeout_ms`. `worker`: commands wait
 * for Redis to come back, which is what BullMQ's worker expects. `fence`: for commands that block.
 */
export type ConnectionUse = 'commands' | 'worker' | 'fence';

/** One connection (with a Cluster: one to each node) that comes back by itself; the only user of the package `ioredis`. */
export class Connection {
  readonly client: Redis | Cluster;
  readonly #use: ConnectionUse;
  readonly #taggedKey: string;
  #epoch = 0;
  #slot: number | undefined;
  #config: { appendfsync?: string | undefined; save?: string | undefined } | undefined;
  #hasWaitAof = false;
  #askedIn = -1;
  #askedAt = 0;
  #closed = false;

  /** @throws LongshoreError LS_REDIS_URL, LS_REDIS_CA_FILE; never for a Redis that is away. */
  constructor(options: RedisBufferOptions, use: ConnectionUse) {
    this.#use = use;
    this.#taggedKey = keysOf(options.queue).bytes;
    this.client = createClient(options, use);
    metrics.connected.set({ connection: use }, 0);
    this.client.on('ready', () => this.#onReady());
    this.client.on('error', error => this.#onAway(reasonOf(error)));
    this.client.on('close', () => this.#onAway('connection closed'));
  }

  /** Begins to connect, and goes on with it for ever. */
  open(): void {
    if (this.client.status === 'wait') this.client.connect().catch(() => {});
  }

  get isReady(): boolean {
    return this.client.status === 'ready';
  }

  /** Counts the times that the connection came up: what was written in an earlier one may be gone with its server. */
  get epoch(): number {
    return this.#epoch;
  }

  onReady(listener: () => void): void {
    this.client.on('ready', listener);
  }

  /** @throws RedisFailure when it is away, so that nothing is done for nothing. */
  assertReady(): void {
    if (!this.isReady)
      throw new RedisFailure('away', 'Redis is not there.', { fix: 'Start it, or correct `buffer.url`.' });
  }

  script(name: ScriptName, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    const call = (this.client as unknown as Record<string, (...all: unknown[]) => Promise<unknown>>)[name]!;
    return call.call(this.client, ...keys, ...args);
  }

  call(command: string, ...args: (string | number)[]): Promise<unknown> {
    return (this.client as Redis).call(command, ...args);
  }

  /** Which of the keys exist, asked one after another at the server in this order. */
  async exist(keys: readonly string[]): Promise<boolean[]> {
    const pipeline = this.client.pipeline();
    for (const key of keys) pipeline.exists(key);
    const replies = (await pipeline.exec()) ?? [];
    return keys.map((_, i) => {
      const [error, reply] = replies[i] ?? [new Error('no reply')];
      if (error) throw error;
      return Number(reply) === 1;
    });
  }

  /** A write, then the wait for what concerns this server; gives how many [local files, replicas] confirmed. */
  async fence(key: string, replicas: number, hasWaitAof: boolean, timeoutMs: number): Promise<[number, number]> {
    const node = await this.#node();
    await node.call('SET', key, String(Date.now()));
    if (hasWaitAof) {
      const [files, confirmed] = (await node.call('WAITAOF', 1, replicas, timeoutMs)) as [unknown, unknown];
      return [Number(files), Number(confirmed)];
    }
    return [0, Number(await node.call('WAIT', replicas, timeoutMs))];
  }

  /** What the server that has our keys says of itself now. */
  async state(): Promise<ServerState> {
    const node = await this.#node();
    if (this.#askedIn !== this.#epoch || performance.now() - this.#askedAt > CONFIG_MAX_AGE_MS) {
      const epoch = this.#epoch;
      this.#config = await askConfig(node);
      this.#hasWaitAof = await knowsCommand(node, 'waitaof');
      this.#askedIn = epoch;
      this.#askedAt = performance.now();
    }
    // Several sections in one INFO need Redis 7.
    const parts = await Promise.all(['server', 'persistence', 'memory'].map(section => node.call('INFO', section)));
    return serverState(parts.join('\n'), this.#config, this.#hasWaitAof);
  }

  close(): void {
    this.#closed = true;
    away.delete(this);
    metrics.connected.set({ connection: this.#use }, 0);
    this.client.disconnect();
  }

  /** The node that has our keys; with a single Redis, that one. */
  async #node(): Promise<Redis> {
    if (!(this.client instanceof ioredis().Cluster)) return this.client;
    this.#slot ??= Number(await this.client.call('CLUSTER', 'KEYSLOT', this.#taggedKey));
    const owner = this.client.slots[this.#slot]?.[0];
    const node = this.client
      .nodes('master')
      .find(candidate => `${candidate.options.host}:${candidate.options.port}` === owner);
    if (node === undefined) throw new RedisFailure('away', 'The node of the cluster that has our keys is not there.');
    return node;
  }

  #onReady(): void {
    this.#epoch++;
    metrics.connected.set({ connection: this.#use }, 1);
    if (away.delete(this) && away.size === 0) log.info('Redis is reachable again');
  }

  #onAway(error: string): void {
    metrics.connected.set({ connection: this.#use }, 0);
    if (this.#closed || away.has(this)) return;
    away.add(this);
    if (away.size === 1) log.warn({ error }, 'Redis is unreachable; events wait in the spool');
  }
}

/** Why it cannot be reached; for what has a way to be mended, that. */
function reasonOf(error: unknown): string {
  const { kind, what, fix } = redisFailure(error);
  return kind === 'refused' && fix !== undefined ? `${what} ${fix}` : messageOf(error);
}

const RECONNECT = { baseMs: 100, capMs: 2000 };

function createClient(options: RedisBufferOptions, use: ConnectionUse): Redis | Cluster {
  const target = redisTarget(options);
  const failsAtOnce = use === 'commands';
  const common = {
    username: target.username,
    password: target.password,
    ...(target.tls ? { tls: tlsOptions(options) } : {}),
    maxRetriesPerRequest: failsAtOnce ? 0 : null,
    autoResendUnfulfilledCommands: !failsAtOnce,
    commandTimeout: failsAtOnce ? options.command_timeout_ms : undefined,
    // A machine that is gone sends no reset. BullMQ's blocking reads last at most ten seconds.
    socketTimeout: failsAtOnce ? undefined : Math.max(20_000, options.command_timeout_ms * 2),
    connectTimeout: options.command_timeout_ms,
    connectionName: `longshore-${use}`,
    reconnectOnError: (error: Error) => /^(READONLY|UNBLOCKED)/.test(error.message),
  } satisfies RedisOptions;
  const retryStrategy = (failures: number): number => backoffMs(failures, RECONNECT);
  const scripts = { ...SCRIPTS };
  if (options.mode === 'cluster') {
    const { Cluster } = ioredis();
    return new Cluster(target.addresses, {
      redisOptions: common,
      clusterRetryStrategy: retryStrategy,
      enableOfflineQueue: !failsAtOnce,
      slotsRefreshTimeout: options.command_timeout_ms,
      lazyConnect: true,
      scripts,
    } satisfies ClusterOptions);
  }
  const single = {
    ...common,
    db: target.database,
    enableOfflineQueue: !failsAtOnce,
    lazyConnect: true,
    retryStrategy,
    scripts,
  };
  const { Redis } = ioredis();
  if (options.mode === 'single') return new Redis({ ...single, ...target.addresses[0]! });
  return new Redis({
    ...single,
    sentinels: target.addresses,
    name: options.sentinel_name,
    ...(options.sentinel_password === undefined ? {} : { sentinelPassword: options.sentinel_password }),
    ...(target.tls ? { enableTLSForSentinelMode: true, sentinelTLS: tlsOptions(options) } : {}),
    sentinelRetryStrategy: retryStrategy,
    failoverDetector: true,
  });
}

function tlsOptions({ tls_ca_file }: RedisBufferOptions): { ca?: Buffer } {
  if (tls_ca_file === undefined) return {};
  return { ca: readPem(tls_ca_file, { where: 'buffer.tls_ca_file', code: 'LS_REDIS_CA_FILE' }) };
}

/** Managed services refuse CONFIG; then undefined. */
async function askConfig(node: Redis): Promise<{ appendfsync?: string; save?: string } | undefined> {
  try {
    const values = new Map<string, string>();
    for (const name of ['appendfsync', 'save']) {
      const [key, value] = (await node.call('CONFIG', 'GET', name)) as [string?, string?];
      if (key !== undefined) values.set(key, value ?? '');
    }
    const appendfsync = values.get('appendfsync');
    const save = values.get('save');
    return { ...(appendfsync === undefined ? {} : { appendfsync }), ...(save === undefined ? {} : { save }) };
  } catch (error) {
    if (/unknown command|NOPERM|not allowed|disabled/i.test(messageOf(error))) return undefined;
    throw error;
  }
}

async function knowsCommand(node: Redis, name: string): Promise<boolean> {
  try {
    const [found] = (await node.call('COMMAND', 'INFO', name)) as unknown[];
    return found !== null && found !== undefined;
  } catch (error) {
    if (/unknown|NOPERM|not allowed|disabled/i.test(messageOf(error))) return false;
    throw error;
  }
}

import type { Socket } from 'node:net';
import { ByteBudget } from '../../base/flow/byte-budget.ts';
import type { Consumer, Lifecycle } from '../../core/contracts.ts';
import { messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import { LogThrottle } from '../log-throttle.ts';
import { Doors } from '../stream/doors.ts';
import { type Access, readAccess } from '../stream/stream-server.ts';
import { BeatsConnection, type BeatsContext } from './connection.ts';
import { type BeatsReason, metrics } from './metrics.ts';
import type { BeatsInputOptions } from './options.ts';

const log = logger('inputs.beats');
const LOG_INTERVAL_MS = 60_000;
const SWEEP_MS = 1000;
/** Of frames that have not arrived whole, of all connections; beyond, the largest is dropped with its connection. */
const MAX_PARTIAL_BYTES = 128 * 1024 * 1024;

/**
 * The Lumberjack protocol, as Beats speak it.
 *
 * Is: an acknowledgement for each window when all of it is durable, and on the way there for as much of it as is. An event
 * that names itself (its place in a file, `@metadata._id`) is stored once, however often it is sent. Is not: that for events
 * which nothing tells from others; those are stored again when a connection breaks before their acknowledgement.
 */
export class BeatsInput implements Lifecycle {
  readonly #options: BeatsInputOptions;
  readonly #access: Access;
  readonly #doors: Doors;
  readonly #connections = new Set<BeatsConnection>();
  readonly #logThrottle = new LogThrottle(LOG_INTERVAL_MS);
  #sweeper: NodeJS.Timeout | undefined;
  #partialBytes = 0;
  #port: number;

  /** Checks the settings without touching the network. Throws LongshoreErrors. */
  constructor(options: BeatsInputOptions, consumer: Consumer) {
    this.#options = options;
    this.#access = readAccess('beats', options, '127.0.0.1:5044');
    this.#port = this.#access.address.port;
    const context: BeatsContext = {
      ...{ tag: options.tag, consumer },
      maxFrameBytes: options.max_frame_bytes,
      idleTimeoutMs: options.idle_timeout_ms,
      unacked: new ByteBudget(options.max_unacked_bytes),
      partialBytesChanged: by => this.#partialBytesChanged(by),
      ended: (peer, reason, error) => this.#ended(peer, reason, error),
      kept: (peer, fault) => this.#kept(peer, fault),
    };
    this.#doors = new Doors({
      ...{ name: 'beats', metrics, log, logThrottle: this.#logThrottle },
      maxConnections: options.max_connections,
      maxConnectionsPerAddress: options.max_connections_per_address,
      // A peer may end its side and still wait for acknowledgements.
      serverOptions: { allowHalfOpen: true, noDelay: true },
      connect: (socket, peer, gone) => this.#connect(socket, peer, gone, context),
    });
  }

  /** The port listened on; of use when the address said port 0. */
  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    const { address, allows } = this.#access;
    const { tls } = this.#options;
    try {
      this.#port = await this.#doors.listenTcp(address, 'address', allows, tls);
    } catch (error) {
      this.#doors.close();
      throw error;
    }
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS).unref();
    log.info({ address: this.#options.address, port: this.port, tls: tls !== undefined }, 'listening');
  }

  async stop(signal: AbortSignal): Promise<void> {
    await this.#doors.stop(signal);
    clearInterval(this.#sweeper);
  }

  #connect(socket: Socket, peer: string, gone: () => void, context: BeatsContext): BeatsConnection {
    const connection = new BeatsConnection(socket, peer, context, () => {
      this.#connections.delete(connection);
      gone();
    });
    this.#connections.add(connection);
    return connection;
  }

  #sweep(): void {
    const now = performance.now();
    for (const connection of this.#connections) connection.check(now);
  }

  #partialBytesChanged(by: number): void {
    this.#partialBytes += by;
    if (by < 0 || this.#partialBytes <= MAX_PARTIAL_BYTES) return;
    let largest: BeatsConnection | undefined;
    for (const connection of this.#connections) {
      if (!connection.isOpen) continue;
      if (largest === undefined || connection.heldBytes > largest.heldBytes) largest = connection;
    }
    largest?.fail('partial_bytes_full');
  }

  #ended(peer: string, reason: BeatsReason, error: unknown): void {
    metrics.errors.inc({ reason });
    if (!this.#logThrottle.allows(reason)) return;
    const level = reason === 'socket' || reason === 'idle_timeout' ? 'debug' : 'warn';
    const message = error === undefined ? undefined : messageOf(error);
    log[level]({ peer, reason, error: message, hint: HINTS[reason] }, 'connection ended');
  }

  #kept(peer: string, reason: string): void {
    metrics.errors.inc({ reason });
    if (!this.#logThrottle.allows(reason)) return;
    log.info({ peer, tag: this.#options.tag, reason, lines: 1 }, 'lines kept as text');
  }
}

const HINTS: Partial<Record<BeatsReason, string>> = {
  other_protocol:
    'This port takes Beats (output.logstash). HTTP belongs to http.address, the forward protocol to inputs.forward.address, TLS wants inputs.beats.tls.',
  frame_too_large: 'inputs.beats.max_frame_bytes is the limit: raise it, or lower bulk_max_size of the sender.',
  not_taken_retryable: 'The sender sends it again.',
};

import type { Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Consumer, Lifecycle } from '../../core/contracts.ts';
import { messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import { AccessPolicy, plainAddress } from './access.ts';
import { ByteBudget } from './budget.ts';
import { BufferPool } from './buffer-pool.ts';
import { ForwardConnection, type Intake } from './connection.ts';
import { FrameDecoder } from './decode.ts';
import {
  connectionsOpen,
  connectionsTotal,
  errorsTotal,
  type ForwardReason,
  heartbeatsTotal,
  partialBytes,
  takeRepairs,
  unackedBytes,
} from './errors.ts';
import { createForwardServer, listenHeartbeat, listenTcp, listenUnix } from './listen.ts';
import { type ForwardInputOptions, type ForwardSettings, splitAddress, withDefaults } from './options.ts';

/**
 * Fluentd's forward protocol on TCP (or TLS), a unix socket, and UDP for heartbeats.
 *
 * Is: an acknowledgement for each frame with a chunk id, sent when `consume` resolved, in the order in which that happens;
 * reading that pauses while too much is not durable. Is not: a promise to senders that ask for no acknowledgement beyond
 * what TCP gives them. A frame that is not taken, or no frame, ends its connection: the sender sends again.
 */
export class ForwardInput implements Lifecycle {
  readonly #settings: ForwardSettings;
  readonly #policy: AccessPolicy;
  readonly #intake: Intake;
  readonly #connections = new Set<ForwardConnection>();
  /** Sockets in the middle of their TLS handshake, by `address:port` of the peer. */
  readonly #unsecured = new Map<string, Socket>();
  #servers: Server[] = [];
  #udp: UdpSocket | undefined;
  #sweeper: NodeJS.Timeout | undefined;
  #port = 0;
  #heldBytes = 0;
  #isStopping = false;
  readonly #logged = new Map<ForwardReason, number>();
  readonly #log = logger('forward');

  /** @throws LongshoreError on settings that cannot work together; touches neither network nor files. */
  constructor(options: ForwardInputOptions, consumer: Consumer) {
    const settings = withDefaults(options);
    this.#settings = settings;
    this.#policy = new AccessPolicy(settings);
    this.#intake = {
      settings,
      consumer,
      decoder: new FrameDecoder(settings),
      pool: new BufferPool(),
      unacked: new ByteBudget(settings.max_unacked_bytes),
      handshake:
        settings.shared_key === undefined
          ? undefined
          : {
              sharedKey: settings.shared_key,
              selfHostname: settings.self_hostname,
              users: new Map(settings.users?.map(({ username, password }) => [username, password])),
            },
      partialBytesChanged: by => this.#partialBytesChanged(by),
      ended: (peer, reason, error) => this.#ended(peer, reason, error),
      closed: connection => this.#connections.delete(connection),
    };
  }

  /** The TCP port, once started. */
  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    try {
      await this.#listen();
    } catch (error) {
      await this.#closeListeners();
      throw error;
    }
    const { handshake_timeout_ms, frame_timeout_ms, idle_timeout_ms } = this.#settings;
    const shortest = Math.min(handshake_timeout_ms, frame_timeout_ms, idle_timeout_ms || Number.POSITIVE_INFINITY);
    this.#sweeper = setInterval(() => this.#sweep(), Math.min(1000, Math.max(10, shortest / 4)));
    this.#sweeper.unref();
    this.#log.info({ address: this.#settings.address, port: this.#port }, 'listening');
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#isStopping = true;
    const closed = this.#closeListeners();
    for (const connection of this.#connections) connection.drain();
    for (const socket of this.#unsecured.values()) socket.destroy();
    const destroyAll = () => {
      for (const connection of this.#connections) connection.destroy();
    };
    if (signal.aborted) destroyAll();
    else signal.addEventListener('abort', destroyAll);
    // Servers are closed when their last connection is.
    await closed;
    signal.removeEventListener('abort', destroyAll);
    clearInterval(this.#sweeper);
    this.#report();
  }

  async #listen(): Promise<void> {
    const { address, unix_socket, unix_socket_mode, heartbeat_udp } = this.#settings;
    const { host, port } = splitAddress(address);
    for (let attempt = 1; ; attempt++) {
      const server = this.#add(createForwardServer(this.#settings, socket => this.#onTcp(socket)));
      this.#port = await listenTcp(server, host, port);
      if (!heartbeat_udp) break;
      try {
        this.#udp = await listenHeartbeat(server, () => heartbeatsTotal.inc());
        break;
      } catch (error) {
        // The port that was free for TCP is not for UDP: a free one was asked for, so take another.
        if (port !== 0 || attempt === MAX_PORT_ATTEMPTS) throw error;
        for (const connection of this.#connections) connection.destroy();
        await this.#closeListeners();
      }
    }
    if (unix_socket !== undefined) {
      const server = this.#add(createServer({ allowHalfOpen: true }, socket => this.#open(socket, 'unix', false)));
      await listenUnix(server, unix_socket, unix_socket_mode);
    }
  }

  #add(server: Server): Server {
    server.maxConnections = this.#settings.max_connections;
    server.on('drop', peer => this.#ended(plainAddress(peer?.remoteAddress), 'too_many_connections', undefined));
    if (this.#settings.tls !== undefined) server.on('connection', socket => this.#onUnsecured(socket));
    server.on('tlsClientError', (error: Error, socket: Socket) =>
      this.#ended(plainAddress(socket.remoteAddress), 'tls_failed', error),
    );
    this.#servers.push(server);
    return server;
  }

  #onUnsecured(socket: Socket): void {
    const name = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#unsecured.set(name, socket);
    socket.once('close', () => this.#unsecured.delete(name));
  }

  #onTcp(socket: Socket): void {
    this.#unsecured.delete(`${socket.remoteAddress}:${socket.remotePort}`);
    const address = plainAddress(socket.remoteAddress);
    const access = this.#policy.of(address);
    if (access === 'refused') {
      this.#ended(address, 'network_not_allowed', undefined);
      socket.on('error', () => {});
      socket.destroy();
    } else this.#open(socket, address, access === 'handshake');
  }

  #open(socket: Socket, address: string, needsHandshake: boolean): void {
    connectionsTotal.inc();
    const connection = new ForwardConnection(socket, address, needsHandshake, this.#intake);
    this.#connections.add(connection);
    if (this.#isStopping) connection.drain();
  }

  #ended(peer: string, reason: ForwardReason, error: unknown): void {
    errorsTotal.inc({ reason });
    const now = Date.now();
    // One line a reason and while: strangers must not fill our log.
    if (now - (this.#logged.get(reason) ?? 0) < LOG_INTERVAL_MS) return;
    this.#logged.set(reason, now);
    const level = reason === 'socket' || reason === 'idle_timeout' ? 'debug' : 'warn';
    this.#log[level]({ peer, reason, error: error === undefined ? undefined : messageOf(error) }, 'connection ended');
  }

  #partialBytesChanged(by: number): void {
    this.#heldBytes += by;
    if (by < 0 || this.#heldBytes <= this.#settings.max_partial_bytes) return;
    let largest: ForwardConnection | undefined;
    for (const connection of this.#connections) {
      if (largest === undefined || connection.heldBytes > largest.heldBytes) largest = connection;
    }
    largest?.fail('partial_bytes_full');
  }

  #sweep(): void {
    const now = Date.now();
    for (const connection of this.#connections) connection.check(now);
    this.#report();
  }

  #report(): void {
    takeRepairs(this.#intake.decoder.repairs);
    connectionsOpen.set(this.#connections.size);
    unackedBytes.set(this.#intake.unacked.used);
    partialBytes.set(this.#heldBytes);
  }

  /** Resolves when all are closed, connections included. */
  async #closeListeners(): Promise<void> {
    const servers = this.#servers;
    this.#servers = [];
    this.#udp?.close();
    this.#udp = undefined;
    await Promise.all(
      servers.map(async server => {
        if (!server.listening) return;
        const closed = once(server, 'close');
        server.close();
        await closed;
      }),
    );
  }
}

const MAX_PORT_ATTEMPTS = 5;
const LOG_INTERVAL_MS = 10_000;

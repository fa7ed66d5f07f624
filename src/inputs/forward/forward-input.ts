import type { Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { orAborted } from '../../base/flow/abort.ts';
import { ByteBudget } from '../../base/flow/byte-budget.ts';
import { BufferPool } from '../../base/forward/buffer-pool.ts';
import { FrameError } from '../../base/forward/errors.ts';
import { FrameDecoder } from '../../base/forward/frame.ts';
import type { RecordsSetAside } from '../../base/forward/records-set-aside.ts';
import { plainAddress } from '../../base/net/address.ts';
import { PerAddress } from '../../base/net/per-address.ts';
import type { Consumer, Lifecycle } from '../../core/contracts.ts';
import { messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import { LogThrottle } from '../log-throttle.ts';
import { type Access, AccessPolicy } from './access.ts';
import { ForwardConnection } from './connection.ts';
import type { InputContext, Peer } from './context.ts';
import { createForwardServer, listenHeartbeat, listenTcp, listenUnix } from './listen.ts';
import {
  connectionsOpen,
  connectionsTotal,
  errorsTotal,
  type ForwardReason,
  heartbeatsTotal,
  partialBytes,
  setAsideTotal,
  takeRepairs,
  unackedBytes,
} from './metrics.ts';
import { type ForwardInputOptions, type ForwardSettings, forwardSettings, splitAddress } from './options.ts';
import { DOCKER_FORM } from './record-form.ts';

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
  readonly #context: InputContext;
  readonly #connections = new Set<ForwardConnection>();
  /** Sockets in the middle of their TLS handshake, by `address:port` of the peer. */
  readonly #unsecured = new Map<string, Socket>();
  #servers: Server[] = [];
  #udp: UdpSocket | undefined;
  #sweeper: NodeJS.Timeout | undefined;
  #port = 0;
  #heldBytes = 0;
  #isStopping = false;
  readonly #perAddress: PerAddress;
  /** Wakes the stop: the last connection is gone. */
  readonly #empty = Promise.withResolvers<void>();
  // One line a reason and while: strangers must not fill our log.
  readonly #logThrottle = new LogThrottle(LOG_INTERVAL_MS);
  readonly #log = logger('forward');

  /** @throws LongshoreError on settings that cannot work together; touches neither network nor files. */
  constructor(options: ForwardInputOptions, consumer: Consumer) {
    const settings = forwardSettings(options);
    this.#settings = settings;
    this.#policy = new AccessPolicy(settings);
    this.#perAddress = new PerAddress(settings.max_connections_per_address);
    this.#context = {
      settings,
      consumer,
      decoder: new FrameDecoder(settings, DOCKER_FORM),
      pool: new BufferPool(),
      unacked: new ByteBudget(settings.max_unacked_bytes),
      handshake: settings.shared_key === undefined ? undefined : { ...settings, shared_key: settings.shared_key },
      partialBytesChanged: by => this.#partialBytesChanged(by),
      ended: (peer, reason, error, tag) => this.#ended(peer, reason, error, tag),
      setAside: (peer, tag, setAside) => this.#setAside(peer, tag, setAside),
      notTrusted: peer => this.#notTrusted(peer),
      closed: connection => this.#closed(connection),
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
    for (const connection of this.#connections) connection.finish();
    for (const socket of this.#unsecured.values()) socket.destroy();
    const destroyAll = () => {
      for (const connection of this.#connections) connection.destroy();
    };
    if (signal.aborted) destroyAll();
    else signal.addEventListener('abort', destroyAll);
    // Servers are closed when their last connection is; what broken ones had sent may still be on its way.
    await closed;
    if (this.#connections.size > 0) await orAborted(this.#empty.promise, signal);
    signal.removeEventListener('abort', destroyAll);
    clearInterval(this.#sweeper);
    this.#report();
  }

  async #listen(): Promise<void> {
    const { address, unix_socket, unix_socket_mode, heartbeat_udp, accept_parsed } = this.#settings;
    const at = splitAddress(address);
    for (let attempt = 1; ; attempt++) {
      const server = this.#add(createForwardServer(this.#settings, socket => this.#onTcp(socket)));
      this.#port = await listenTcp(server, at);
      if (!heartbeat_udp) break;
      try {
        this.#udp = await listenHeartbeat(server, address => {
          heartbeatsTotal.inc();
          return this.#policy.of(plainAddress(address)) !== 'refused';
        });
        break;
      } catch (error) {
        // The port that was free for TCP is not for UDP: a free one was asked for, so take another.
        if (at.port !== 0 || attempt === MAX_PORT_ATTEMPTS) throw error;
        for (const connection of this.#connections) connection.destroy();
        await this.#closeListeners();
      }
    }
    if (unix_socket !== undefined) {
      const unix: Peer = { address: 'unix', needsHandshake: false, acceptsParsed: accept_parsed ?? true };
      const server = this.#add(createServer({ allowHalfOpen: true }, socket => this.#open(socket, unix)));
      await listenUnix(server, unix_socket, unix_socket_mode);
    }
  }

  #add(server: Server): Server {
    server.maxConnections = this.#settings.max_connections;
    server.on('drop', peer => this.#ended(plainAddress(peer?.remoteAddress), 'too_many_connections'));
    if (this.#settings.tls !== undefined) server.on('connection', socket => this.#onUnsecured(socket));
    server.on('tlsClientError', (error: Error, socket: Socket) => {
      this.#ended(plainAddress(socket.remoteAddress), 'tls_failed', error);
      // Node leaves it open when the handshake took too long, or the peer went away in the middle of it.
      socket.destroy();
    });
    this.#servers.push(server);
    return server;
  }

  #onUnsecured(socket: Socket): void {
    if (this.#admit(socket) === undefined) return;
    const name = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#unsecured.set(name, socket);
    socket.once('close', () => this.#unsecured.delete(name));
  }

  /** `socket`: of plain TCP, or after the handshake of TLS. */
  #onTcp(socket: Socket): void {
    const isTls = this.#settings.tls !== undefined;
    if (isTls) this.#unsecured.delete(`${socket.remoteAddress}:${socket.remotePort}`);
    const address = plainAddress(socket.remoteAddress);
    const access = isTls ? this.#policy.of(address) : this.#admit(socket);
    if (access === undefined || access === 'refused') return;
    const acceptsParsed = this.#policy.acceptsParsed(address, access);
    this.#open(socket, { address, needsHandshake: access === 'handshake', acceptsParsed });
  }

  /** What a new connection has to do; undefined, and it is closed, if it may not stay. Before TLS, so that strangers cost little. */
  #admit(socket: Socket): Access | undefined {
    const address = plainAddress(socket.remoteAddress);
    const access = this.#policy.of(address);
    if (access === 'refused') this.#refuse(socket, address, 'network_not_allowed');
    else if (!this.#perAddress.enter(address)) this.#refuse(socket, address, 'too_many_connections_of_address');
    else {
      socket.once('close', () => this.#perAddress.leave(address));
      return access;
    }
    return undefined;
  }

  #open(socket: Socket, peer: Peer): void {
    // Those of broken connections are counted here and nowhere else.
    const most = this.#settings.max_connections * this.#servers.length;
    if (this.#connections.size >= most && !this.#isStopping) {
      this.#refuse(socket, peer.address, 'too_many_connections');
      return;
    }
    connectionsTotal.inc();
    const connection = new ForwardConnection(socket, peer, this.#context);
    this.#connections.add(connection);
    if (this.#isStopping) connection.finish();
  }

  #refuse(socket: Socket, address: string, reason: ForwardReason): void {
    this.#ended(address, reason);
    socket.on('error', () => {});
    socket.destroy();
  }

  #closed(connection: ForwardConnection): void {
    this.#connections.delete(connection);
    if (this.#isStopping && this.#connections.size === 0) this.#empty.resolve();
  }

  #ended(peer: string, reason: ForwardReason, error?: unknown, tag?: string): void {
    errorsTotal.inc({ reason });
    if (!this.#logThrottle.allows(reason)) return;
    const level = reason === 'socket' || reason === 'idle_timeout' ? 'debug' : 'warn';
    const message = error === undefined ? undefined : messageOf(error);
    const fault = error instanceof FrameError ? error : undefined;
    this.#log[level](
      { peer, tag: tag ?? fault?.tag, reason, error: message, ...fault?.place, hint: HINTS[reason] },
      'connection ended',
    );
  }

  #setAside(peer: string, tag: string, setAside: RecordsSetAside): void {
    for (const [reason, count] of setAside.counts) setAsideTotal.inc({ reason }, count);
    const { reason, at, excerpt } = setAside.first;
    if (!this.#logThrottle.allows(`set aside: ${reason}`)) return;
    this.#log.warn(
      { peer, tag, reason, records: setAside.total, first: at, excerpt },
      'records set aside: they are no events; the others of their frame were taken',
    );
  }

  #notTrusted(peer: string): void {
    if (!this.#logThrottle.allows('not trusted')) return;
    this.#log.warn(
      { peer },
      'events that another longshore has parsed are parsed again: set inputs.forward.shared_key, or accept_parsed: true',
    );
  }

  #partialBytesChanged(by: number): void {
    this.#heldBytes += by;
    if (by < 0 || this.#heldBytes <= this.#settings.max_partial_bytes) return;
    let largest: ForwardConnection | undefined;
    for (const connection of this.#connections) {
      if (connection.isEnding) continue;
      if (largest === undefined || connection.heldBytes > largest.heldBytes) largest = connection;
    }
    largest?.fail('partial_bytes_full');
  }

  #sweep(): void {
    const now = performance.now();
    for (const connection of this.#connections) connection.check(now);
    this.#report();
  }

  #report(): void {
    takeRepairs(this.#context.decoder.repairs);
    connectionsOpen.set(this.#connections.size);
    unackedBytes.set(this.#context.unacked.used);
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
const HINTS: Partial<Record<ForwardReason, string>> = {
  garbage: 'Something else than the forward protocol was spoken: HTTP, TLS, JSON lines, or syslog.',
  frame_too_large: 'inputs.forward.max_frame_bytes is the limit.',
  too_many_connections: 'inputs.forward.max_connections is the limit.',
  too_many_connections_of_address: 'inputs.forward.max_connections_per_address is the limit.',
  network_not_allowed: 'inputs.forward.allow lists the networks that may send.',
};

import { createServer, type Server, type ServerOpts, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { orAborted } from '../../base/flow/abort.ts';
import { type HostAndPort, plainAddress } from '../../base/net/address.ts';
import { listen } from '../../base/net/listen.ts';
import { PerAddress } from '../../base/net/per-address.ts';
import { type ServerTls, serverTlsOptions } from '../../base/net/tls-files.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { LogThrottle } from '../log-throttle.ts';
import type { InputMetrics } from './metrics.ts';

const TLS_HANDSHAKE_MS = 10_000;

/** A connection that was let in. */
export interface DoorConnection {
  /** Takes what has already arrived, then no more. Resolves when all of it is durable. */
  finish(): Promise<void>;
  /** Gives up what is not durable yet. */
  abandon(): void;
}

export interface DoorsDeps {
  /** The name in `inputs`. */
  readonly name: string;
  readonly metrics: Pick<InputMetrics, 'errors' | 'connections'>;
  readonly log: Logger;
  readonly logThrottle: LogThrottle;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly serverOptions?: ServerOpts;
  readonly tlsOptions?: TlsOptions;
  /** `peer`: its address, or `unix`. `gone` is to be told when the socket is closed and all that was read is settled. */
  connect(socket: Socket, peer: string, gone: () => void): DoorConnection;
}

/** Where the peers of one input come in: its sockets, with or without TLS, and who is let in. */
export class Doors {
  readonly #deps: DoorsDeps;
  readonly #servers: Server[] = [];
  readonly #connections = new Set<DoorConnection>();
  readonly #perAddress: PerAddress;
  #stopping = false;

  constructor(deps: DoorsDeps) {
    this.#deps = deps;
    this.#perAddress = new PerAddress(deps.maxConnectionsPerAddress);
  }

  /** Resolves with the port. `setting`: the part of `inputs.<name>` that says where. `allows`: by `plainAddress`. */
  listenTcp(
    address: HostAndPort,
    setting: string,
    allows: (peer: string) => boolean,
    tls?: ServerTls,
  ): Promise<number> {
    return this.#listen(this.#server(allows, tls), address, setting);
  }

  async listenUnix(path: string, setting: string): Promise<void> {
    await this.#listen(this.#server(undefined), { path }, setting);
  }

  /** Nobody is let in any more, as after a start that failed. */
  close(): void {
    for (const server of this.#servers) server.close();
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping = true;
    this.close();
    const finished = Promise.all([...this.#connections].map(connection => connection.finish()));
    await orAborted(finished, signal);
    for (const connection of this.#connections) connection.abandon();
  }

  /** `allows`: undefined for a unix socket, where the file is the lock. */
  #server(allows: ((peer: string) => boolean) | undefined, tls?: ServerTls): Server {
    const options: ServerOpts = { keepAlive: true, keepAliveInitialDelay: 60_000, ...this.#deps.serverOptions };
    const onPeer = (socket: Socket): void => this.#accept(socket, allows);
    if (tls === undefined) return createServer(options, onPeer);
    const where = `inputs.${this.#deps.name}.tls`;
    const server = createTlsServer({
      ...options,
      ...serverTlsOptions(tls, { where, code: 'LS_INPUTS_TLS_FILE' }),
      handshakeTimeout: TLS_HANDSHAKE_MS,
      ...this.#deps.tlsOptions,
    });
    // Those in the middle of their handshake count, too.
    server.maxConnections = this.#deps.maxConnections;
    server.on('drop', peer => this.#countRefused(plainAddress(peer?.remoteAddress), 'too_many_connections'));
    server.on('secureConnection', onPeer);
    server.on('tlsClientError', (error, socket) => {
      this.#countRefused(plainAddress(socket.remoteAddress), 'tls_failed', error);
      socket.destroy();
    });
    return server;
  }

  async #listen(server: Server, target: HostAndPort | { path: string }, setting: string): Promise<number> {
    this.#servers.push(server);
    const where = `inputs.${this.#deps.name}.${setting}`;
    const codes = { inUse: 'LS_INPUTS_ADDRESS_IN_USE', failed: 'LS_INPUTS_LISTEN_FAILED' } as const;
    const port = await listen(server, target, { where, ...codes });
    server.on('error', error => this.#deps.log.warn({ error: messageOf(error) }, 'server error'));
    return port;
  }

  #accept(socket: Socket, allows: ((peer: string) => boolean) | undefined): void {
    const isUnix = allows === undefined;
    const peer = isUnix ? 'unix' : plainAddress(socket.remoteAddress);
    const refused =
      !isUnix && !allows(peer)
        ? 'not_allowed'
        : this.#connections.size >= this.#deps.maxConnections
          ? 'too_many_connections'
          : !isUnix && !this.#perAddress.enter(peer)
            ? 'too_many_connections_of_address'
            : undefined;
    if (refused !== undefined || this.#stopping) {
      if (refused !== undefined) this.#countRefused(peer, refused);
      else if (!isUnix) this.#perAddress.leave(peer);
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    const { connections } = this.#deps.metrics;
    const connection = this.#deps.connect(socket, peer, () => {
      this.#connections.delete(connection);
      if (!isUnix) this.#perAddress.leave(peer);
      connections.dec();
    });
    this.#connections.add(connection);
    connections.inc();
  }

  #countRefused(peer: string, reason: string, error?: Error): void {
    const { metrics, log, logThrottle } = this.#deps;
    metrics.errors.inc({ reason });
    if (!logThrottle.allows(reason)) return;
    log.warn({ peer, reason, ...(error === undefined ? {} : { error: messageOf(error) }) }, 'connection refused');
  }
}

import { createServer, type Server, type ServerOpts, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { orAborted } from '../../base/flow/abort.ts';
import { ByteBudget } from '../../base/flow/byte-budget.ts';
import { allowList, type HostAndPort, isLoopback, parseAddress, plainAddress } from '../../base/net/address.ts';
import { listen } from '../../base/net/listen.ts';
import { PerAddress } from '../../base/net/per-address.ts';
import { type ServerTls, serverTlsOptions } from '../../base/net/tls-files.ts';
import type { Consumer } from '../../core/contracts.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { LogThrottle } from '../log-throttle.ts';
import { StreamConnection, type StreamContext } from './connection.ts';
import type { InputMetrics } from './metrics.ts';
import type { Batch, StreamProtocol } from './protocol.ts';

const LOG_INTERVAL_MS = 60_000;
const TLS_HANDSHAKE_MS = 10_000;

/** What all inputs with an address have to say about who may send. */
export interface Access {
  readonly address: HostAndPort;
  /** By `plainAddress`. */
  readonly allows: (peer: string) => boolean;
}

/**
 * Judges `address` and `allow` of `inputs.<name>` without touching the network. `setting`: the name of `address` there.
 * @throws LongshoreError for what is no address or network, and for an address that anybody could reach
 */
export function readAccess(
  name: string,
  options: {
    readonly address: string;
    readonly allow?: readonly string[] | undefined;
    readonly tls?: ServerTls | undefined;
  },
  example: string,
  setting = 'address',
): Access {
  const where = `inputs.${name}`;
  const address = parseAddress(
    options.address,
    { where: `${where}.${setting}`, code: 'LS_INPUTS_ADDRESS_INVALID' },
    example,
  );
  const allows = allowList(options.allow, { where: `${where}.allow`, code: 'LS_INPUTS_NETWORK_INVALID' });
  checkClientCert(where, options.tls);
  const hasCerts = options.tls?.require_client_cert === true;
  if (!isLoopback(address.host) && options.allow === undefined && !hasCerts) {
    throw new LongshoreError('LS_INPUTS_ALLOW_REQUIRED', `${options.address} can be reached from other machines.`, {
      where: `${where}.${setting}`,
      fix: `List the networks that may send in '${where}.allow', for example ['10.0.0.0/8', '172.16.0.0/12'].`,
    });
  }
  return { address, allows };
}

function checkClientCert(where: string, tls: ServerTls | undefined): void {
  if (tls?.require_client_cert !== true || tls.ca_file !== undefined) return;
  throw new LongshoreError('LS_INPUTS_NO_CA', 'Client certificates are required, but no authority is named.', {
    where: `${where}.tls.require_client_cert`,
    fix: `Set '${where}.tls.ca_file'.`,
  });
}

/** How a door with TLS differs from the others. */
export interface TlsDoor {
  readonly tls: ServerTls;
  readonly allows: Access['allows'];
}

export interface StreamServerDeps<B extends Batch> {
  /** The name in `inputs`. */
  readonly name: string;
  readonly protocol: StreamProtocol<B>;
  readonly consumer: Consumer;
  readonly metrics: InputMetrics;
  readonly log: Logger;
  readonly access: Access;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly maxUnackedBytes: number;
  readonly windowBytes: number;
  readonly idleTimeoutMs: number;
}

/**
 * Connections that bring messages and hear no acknowledgement: what was read is kept in memory until the consumer has
 * taken it, and reading pauses while that is too much.
 */
export class StreamServer<B extends Batch> {
  readonly #deps: StreamServerDeps<B>;
  readonly #context: StreamContext<B>;
  readonly #servers: Server[] = [];
  readonly #connections = new Set<StreamConnection<B>>();
  readonly #perAddress: PerAddress;
  readonly #logThrottle = new LogThrottle(LOG_INTERVAL_MS);
  #stopping = false;

  constructor(deps: StreamServerDeps<B>) {
    this.#deps = deps;
    const { protocol, consumer, metrics, log, windowBytes, idleTimeoutMs } = deps;
    this.#context = {
      ...{ protocol, consumer, metrics, log, windowBytes, idleTimeoutMs },
      logThrottle: this.#logThrottle,
      unacked: new ByteBudget(deps.maxUnackedBytes),
      held: new ByteBudget(deps.maxUnackedBytes),
    };
    this.#perAddress = new PerAddress(deps.maxConnectionsPerAddress);
  }

  /** Resolves with the port. `setting`: the part of `inputs.<name>` that says where. */
  async listenTcp(address: HostAndPort, setting: string, door?: TlsDoor): Promise<number> {
    const allows = door?.allows ?? this.#deps.access.allows;
    return this.#listen(this.#server(allows, door?.tls), address, setting);
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
  #server(allows: Access['allows'] | undefined, tls?: ServerTls): Server {
    const options: ServerOpts = { keepAlive: true, keepAliveInitialDelay: 60_000 };
    const onPeer = (socket: Socket): void => this.#accept(socket, allows);
    if (tls === undefined) return createServer(options, onPeer);
    const where = `inputs.${this.#deps.name}.tls`;
    const server = createTlsServer({
      ...options,
      ...serverTlsOptions(tls, { where, code: 'LS_INPUTS_TLS_FILE' }),
      handshakeTimeout: TLS_HANDSHAKE_MS,
      // With 1.3 the server sends tickets that these peers never read: when one closes, its system resets the connection for
      // that, and its last messages are lost. Node cannot leave the tickets out.
      maxVersion: 'TLSv1.2',
    });
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

  #accept(socket: Socket, allows: Access['allows'] | undefined): void {
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
    const connection = new StreamConnection(socket, peer, this.#context, () => {
      this.#connections.delete(connection);
      if (!isUnix) this.#perAddress.leave(peer);
      connections.dec();
    });
    this.#connections.add(connection);
    connections.inc();
  }

  #countRefused(peer: string, reason: string, error?: Error): void {
    const { metrics, log } = this.#deps;
    metrics.errors.inc({ reason });
    if (!this.#logThrottle.allows(reason)) return;
    log.warn({ peer, reason, ...(error === undefined ? {} : { error: messageOf(error) }) }, 'connection refused');
  }
}

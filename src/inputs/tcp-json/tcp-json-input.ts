import { createServer, type Server, type Socket } from 'node:net';

import { orAborted } from '../../base/flow/abort.ts';
import { ByteBudget } from '../../base/flow/byte-budget.ts';
import { allowList, type HostAndPort, isLoopback, parseAddress, plainAddress } from '../../base/net/address.ts';
import { listen } from '../../base/net/listen.ts';
import { PerAddress } from '../../base/net/per-address.ts';
import type { Consumer, Lifecycle } from '../../core/contracts.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import { gauge } from '../../core/metrics.ts';
import { LogThrottle } from '../log-throttle.ts';
import { errors, TcpJsonConnection } from './connection.ts';
import type { TcpJsonInputOptions } from './options.ts';

const log = logger('inputs.tcp_json');
const connections = gauge('longshore_tcp_json_connections', 'Open TCP connections for JSON lines.');
const LOG_INTERVAL_MS = 60_000;

/**
 * JSON lines over TCP. There is no acknowledgement on the wire, so what was read is kept in memory until the consumer
 * has taken it, and reading pauses while that is more than `max_unacked_bytes`.
 */
export class TcpJsonInput implements Lifecycle {
  readonly #options: TcpJsonInputOptions;
  readonly #consumer: Consumer;
  readonly #allowed: (peer: string) => boolean;
  readonly #address: HostAndPort;
  readonly #servers: Server[] = [];
  readonly #connections = new Set<TcpJsonConnection>();
  readonly #perAddress: PerAddress;
  readonly #logThrottle = new LogThrottle(LOG_INTERVAL_MS);
  readonly #unacked: ByteBudget;
  readonly #held: ByteBudget;
  #stopping = false;

  /** Checks the settings without touching the network. Throws LongshoreErrors. */
  constructor(options: TcpJsonInputOptions, consumer: Consumer) {
    this.#options = options;
    this.#consumer = consumer;
    this.#unacked = new ByteBudget(options.max_unacked_bytes);
    this.#held = new ByteBudget(options.max_unacked_bytes);
    const setting = { where: 'inputs.tcp_json.address', code: 'LS_INPUTS_ADDRESS_INVALID' } as const;
    this.#address = parseAddress(options.address, setting, '127.0.0.1:5000');
    const allow = { where: 'inputs.tcp_json.allow', code: 'LS_INPUTS_NETWORK_INVALID' } as const;
    this.#allowed = allowList(options.allow, allow);
    this.#perAddress = new PerAddress(options.max_connections_per_address);
    if (!isLoopback(this.#address.host) && options.allow === undefined) {
      throw new LongshoreError('LS_INPUTS_ALLOW_REQUIRED', `${options.address} can be reached from other machines.`, {
        where: 'inputs.tcp_json.address',
        fix: "List the networks that may send in 'inputs.tcp_json.allow', for example ['10.0.0.0/8', '172.16.0.0/12'].",
      });
    }
  }

  /** The port listened on; of use when the address said port 0. */
  get port(): number {
    const address = this.#servers[0]?.address();
    return typeof address === 'object' && address !== null ? address.port : this.#address.port;
  }

  async start(): Promise<void> {
    try {
      await this.#listen(this.#address, 'inputs.tcp_json.address');
      const path = this.#options.unix_socket;
      if (path !== undefined) await this.#listen({ path }, 'inputs.tcp_json.unix_socket');
    } catch (error) {
      for (const server of this.#servers) server.close();
      throw error;
    }
    log.info({ address: this.#options.address, port: this.port, unix_socket: this.#options.unix_socket }, 'listening');
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping = true;
    for (const server of this.#servers) server.close();
    const finished = Promise.all([...this.#connections].map(connection => connection.finish()));
    await orAborted(finished, signal);
    for (const connection of this.#connections) connection.abandon();
  }

  async #listen(target: HostAndPort | { path: string }, where: string): Promise<void> {
    const isUnix = 'path' in target;
    const server = createServer({ keepAlive: true, keepAliveInitialDelay: 60_000 }, socket =>
      this.#accept(socket, isUnix),
    );
    this.#servers.push(server);
    await listen(server, target, { where, inUse: 'LS_INPUTS_ADDRESS_IN_USE', failed: 'LS_INPUTS_LISTEN_FAILED' });
    server.on('error', error => log.warn({ error: messageOf(error) }, 'server error'));
  }

  #accept(socket: Socket, isUnix: boolean): void {
    const peer = isUnix ? 'unix' : plainAddress(socket.remoteAddress);
    const refused =
      !isUnix && !this.#allowed(peer)
        ? 'not_allowed'
        : this.#isFull()
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
    const connection = new TcpJsonConnection(socket, peer, this.#options, this.#consumer, {
      unacked: this.#unacked,
      held: this.#held,
      gone: () => {
        this.#connections.delete(connection);
        if (!isUnix) this.#perAddress.leave(peer);
        connections.dec();
      },
      logThrottle: this.#logThrottle,
    });
    this.#connections.add(connection);
    connections.inc();
  }

  #countRefused(peer: string, reason: string): void {
    errors.inc({ reason });
    if (this.#logThrottle.allows(reason)) log.warn({ peer, reason }, 'connection refused');
  }

  #isFull(): boolean {
    return this.#connections.size >= this.#options.max_connections;
  }
}

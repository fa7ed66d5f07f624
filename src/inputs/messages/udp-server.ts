import cluster from 'node:cluster';
import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { untilSilent } from '../../base/flow/until-silent.ts';
import { type HostAndPort, plainAddress } from '../../base/net/address.ts';
import { listenError } from '../../base/net/listen.ts';
import type { InputMetrics } from '../stream/metrics.ts';
import type { Access } from '../stream/stream-server.ts';
import type { DatagramQueue } from './datagram-queue.ts';
import { KernelDrops } from './kernel-drops.ts';

const DROPS_INTERVAL_MS = 10_000;

export interface UdpServerDeps {
  /** The name in `inputs`. */
  readonly name: string;
  readonly access: Access;
  readonly metrics: InputMetrics;
  readonly queue: DatagramQueue;
  /** What the kernel holds until it is read; it may give less (`net.core.rmem_max`). */
  readonly receiveBufferBytes: number;
  onDatagram(peer: string, datagram: Buffer): void;
}

/**
 * A UDP port. Reading never pauses: there is nobody to hold up. Workers have a socket each, and the kernel gives all that
 * one sender's socket sends to the same one.
 */
export class UdpServer {
  readonly #deps: UdpServerDeps;
  #socket: Socket | undefined;
  #drops: KernelDrops | undefined;
  #timer: NodeJS.Timeout | undefined;
  #received = 0;

  constructor(deps: UdpServerDeps) {
    this.#deps = deps;
  }

  /** Resolves with the port. Throws a LongshoreError that names `inputs.<name>.address`. */
  async listen({ host, port }: HostAndPort): Promise<number> {
    let socket: Socket;
    try {
      socket = await this.#bind(host === '' || isIP(host) === 6 ? 'udp6' : 'udp4', host, port).catch(cause => {
        // All interfaces of a machine without IPv6.
        if (host !== '' || cause.code !== 'EAFNOSUPPORT') throw cause;
        return this.#bind('udp4', host, port);
      });
    } catch (cause) {
      const codes = { inUse: 'LS_INPUTS_ADDRESS_IN_USE', failed: 'LS_INPUTS_LISTEN_FAILED' } as const;
      throw listenError(cause, `UDP ${host}:${port}`, { where: `inputs.${this.#deps.name}.address`, ...codes });
    }
    this.#socket = socket;
    socket.on('message', (datagram, { address }) => this.#read(datagram, plainAddress(address)));
    socket.on('error', () => this.#deps.queue.count('socket'));
    try {
      socket.setRecvBufferSize(this.#deps.receiveBufferBytes);
    } catch {
      // The system's own size is left.
    }
    const bound = socket.address().port;
    this.#drops = new KernelDrops(bound);
    this.#timer = setInterval(() => void this.#countDrops(), DROPS_INTERVAL_MS).unref();
    return bound;
  }

  async #bind(type: 'udp4' | 'udp6', host: string, port: number): Promise<Socket> {
    const socket = createSocket({ type, reusePort: cluster.isWorker });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once('error', reject);
    socket.bind({ port, ...(host === '' ? {} : { address: host }), exclusive: cluster.isWorker }, resolve);
    try {
      await promise;
    } catch (error) {
      socket.close();
      throw error;
    }
    socket.off('error', reject);
    return socket;
  }

  /** Reads what has already arrived, then no more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#socket = undefined;
    await untilSilent(() => this.#received);
    await this.#countDrops();
    await new Promise<void>(resolve => socket.close(resolve));
  }

  #read(datagram: Buffer, peer: string): void {
    const { access, metrics, queue } = this.#deps;
    this.#received++;
    if (!access.allows(peer)) {
      queue.count('not_allowed');
      queue.warn('not_allowed', peer, 'datagrams dropped: their sender is not in `allow`');
      return;
    }
    metrics.bytes.inc(datagram.length);
    this.#deps.onDatagram(peer, datagram);
  }

  async #countDrops(): Promise<void> {
    const dropped = (await this.#drops?.sinceLast()) ?? 0;
    if (dropped === 0) return;
    const { queue } = this.#deps;
    queue.count('kernel', dropped);
    queue.warn('kernel', '', 'the kernel dropped datagrams: they came faster than they were read');
  }
}

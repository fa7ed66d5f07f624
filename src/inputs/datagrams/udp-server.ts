import cluster from 'node:cluster';
import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type HostAndPort, plainAddress } from '../../base/net/address.ts';
import { listenError } from '../../base/net/listen.ts';
import type { InputMetrics } from '../stream/metrics.ts';
import type { Access } from '../stream/stream-server.ts';
import type { DatagramQueue } from './datagram-queue.ts';
import { KernelDrops } from './kernel-drops.ts';

/** At a stop, what the kernel holds is still read: until nothing comes for a moment, but not for longer than this. */
const DRAIN_MS = 1000;
const DRAIN_SILENCE_MS = 20;
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
  readonly #socket: Socket;
  #drops: KernelDrops | undefined;
  #timer: NodeJS.Timeout | undefined;
  #received = 0;
  #isBound = false;

  constructor(deps: UdpServerDeps, { host }: HostAndPort) {
    this.#deps = deps;
    const type = host === '' || isIP(host) === 6 ? 'udp6' : 'udp4';
    this.#socket = createSocket({ type, reusePort: cluster.isWorker });
    this.#socket.on('message', (datagram, { address }) => this.#read(datagram, plainAddress(address)));
  }

  /** Resolves with the port. Throws a LongshoreError that names `inputs.<name>.address`. */
  async listen({ host, port }: HostAndPort): Promise<number> {
    const socket = this.#socket;
    const setting = {
      where: `inputs.${this.#deps.name}.address`,
      inUse: 'LS_INPUTS_ADDRESS_IN_USE',
      failed: 'LS_INPUTS_LISTEN_FAILED',
    } as const;
    await new Promise<void>((resolve, reject) => {
      socket.once('error', cause => {
        socket.close();
        reject(listenError(cause, `UDP ${host}:${port}`, setting));
      });
      socket.bind({ port, ...(host === '' ? {} : { address: host }), exclusive: cluster.isWorker }, resolve);
    });
    this.#isBound = true;
    socket.removeAllListeners('error');
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

  /** Reads what has already arrived, then no more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    if (!this.#isBound) return;
    this.#isBound = false;
    const until = Date.now() + DRAIN_MS;
    for (let before = -1; before !== this.#received && Date.now() < until; ) {
      before = this.#received;
      await wait(DRAIN_SILENCE_MS);
    }
    await this.#countDrops();
    await new Promise<void>(resolve => this.#socket.close(resolve));
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

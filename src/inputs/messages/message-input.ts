import cluster from 'node:cluster';
import { listenError } from '../../base/net/listen.ts';
import type { ServerTls } from '../../base/net/tls-files.ts';
import { UnixDatagrams } from '../../base/net/unix-datagrams.ts';
import type { Consumer, Lifecycle } from '../../core/contracts.ts';
import { LongshoreError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { foreignProtocol } from '../stream/foreign-protocol.ts';
import { halvesOf, type MessageBatch, MessageFraming } from '../stream/message-framing.ts';
import type { InputMetrics } from '../stream/metrics.ts';
import type { Decoded, StreamProtocol } from '../stream/protocol.ts';
import { type Access, readAccess, StreamServer } from '../stream/stream-server.ts';
import { DatagramQueue } from './datagram-queue.ts';
import { UdpServer } from './udp-server.ts';

/** Settings that the inputs for messages share. */
export interface MessageInputOptions {
  readonly address: string;
  readonly protocols: readonly ('udp' | 'tcp')[];
  readonly tls_address?: string | undefined;
  readonly tls?: ServerTls | undefined;
  readonly unix_socket?: string | undefined;
  readonly unix_datagram_socket?: string | undefined;
  readonly tag: string;
  readonly max_message_bytes: number;
  readonly max_connections: number;
  readonly max_connections_per_address: number;
  readonly max_unacked_bytes: number;
  readonly receive_buffer_bytes: number;
  readonly idle_timeout_ms: number;
  readonly allow?: readonly string[] | undefined;
}

/** What one of them does its own way. */
export interface MessageKind {
  /** The name in `inputs`, and `Frame.source`. */
  readonly name: string;
  /** What its messages are called: `syslog`, `GELF`. */
  readonly title: string;
  readonly defaultPort: number;
  readonly defaultTlsPort: number;
  /** Whether messages of a connection may have their length in front. */
  readonly isCounted: boolean;
  readonly metrics: InputMetrics;
  readonly log: Logger;
  decode(messages: readonly Buffer[], cutBytes: number, peer: string, receivedAt: number): Decoded;
  /** Puts what a datagram completes into the queue. The buffer belongs to it. */
  onDatagram(peer: string, datagram: Buffer, queue: DatagramQueue): void;
}

/** What of one connection may be lost at a crash: reading pauses until it is durable. */
const WINDOW_BYTES = 256 * 1024;

/** Messages by UDP, TCP, TLS and a unix socket, none of which has acknowledgements. */
export class MessageInput implements Lifecycle {
  readonly #kind: MessageKind;
  readonly #options: MessageInputOptions;
  readonly #access: Access;
  readonly #tlsAccess: Access | undefined;
  readonly #streams: StreamServer<MessageBatch>;
  readonly #udp: UdpServer | undefined;
  /** Messages of datagrams. */
  protected readonly queue: DatagramQueue;
  #datagrams: UnixDatagrams | undefined;
  #port: number;
  #tlsPort: number | undefined;

  /** Checks the settings without touching the network. Throws LongshoreErrors. */
  constructor(kind: MessageKind, options: MessageInputOptions, consumer: Consumer) {
    const { name, metrics, log } = kind;
    this.#kind = kind;
    this.#options = options;
    this.#access = readAccess(name, options, `127.0.0.1:${kind.defaultPort}`);
    this.#tlsAccess = tlsAccess(kind, options);
    this.#port = this.#access.address.port;
    this.#streams = new StreamServer({
      ...{ name, consumer, metrics, log, access: this.#access },
      protocol: protocolOf(kind, options),
      maxConnections: options.max_connections,
      maxConnectionsPerAddress: options.max_connections_per_address,
      maxUnackedBytes: options.max_unacked_bytes,
      windowBytes: WINDOW_BYTES,
      idleTimeoutMs: options.idle_timeout_ms,
    });
    this.queue = new DatagramQueue({
      ...{ source: name, tag: options.tag, consumer, metrics, log },
      maxBytes: options.max_unacked_bytes,
      decode: (messages, peer, receivedAt) => kind.decode(messages, 0, peer, receivedAt),
    });
    if (!options.protocols.includes('udp')) return;
    const udp = {
      ...{ name, access: this.#access, metrics, queue: this.queue },
      receiveBufferBytes: options.receive_buffer_bytes,
      onDatagram: (peer: string, datagram: Buffer) => kind.onDatagram(peer, datagram, this.queue),
    };
    this.#udp = new UdpServer(udp);
  }

  /** The port listened on; of use when the address said port 0. */
  get port(): number {
    return this.#port;
  }

  get tlsPort(): number | undefined {
    return this.#tlsPort;
  }

  async start(): Promise<void> {
    const { address, protocols, tls_address, tls, unix_socket, unix_datagram_socket } = this.#options;
    try {
      if (protocols.includes('tcp')) this.#port = await this.#streams.listenTcp(this.#access.address, 'address');
      // A free port is the same for both.
      if (this.#udp !== undefined) this.#port = await this.#udp.listen({ ...this.#access.address, port: this.#port });
      if (this.#tlsAccess !== undefined) {
        const door = { tls: tls!, allows: this.#tlsAccess.allows };
        this.#tlsPort = await this.#streams.listenTcp(this.#tlsAccess.address, 'tls_address', door);
      }
      if (unix_socket !== undefined) await this.#streams.listenUnix(unix_socket, 'unix_socket');
      if (unix_datagram_socket !== undefined) await this.#listenUnixDatagrams(unix_datagram_socket);
    } catch (error) {
      this.#streams.close();
      await this.#udp?.stop();
      await this.#datagrams?.close();
      throw error;
    }
    const { log } = this.#kind;
    log.info(
      { address, port: this.port, protocols, tls_address, tls_port: this.#tlsPort, unix_socket, unix_datagram_socket },
      'listening',
    );
  }

  async stop(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#streams.stop(signal), this.#stopDatagrams(signal)]);
  }

  async #stopDatagrams(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#udp?.stop(), this.#datagrams?.close()]);
    await this.queue.finish(signal);
  }

  async #listenUnixDatagrams(path: string): Promise<void> {
    const { name, metrics, onDatagram } = this.#kind;
    try {
      this.#datagrams = await UnixDatagrams.open(path, async datagrams => {
        for (const datagram of datagrams) {
          metrics.bytes.inc(datagram.length);
          onDatagram('unix', datagram, this.queue);
        }
        await this.queue.room();
      });
    } catch (cause) {
      // Another worker of ours has it.
      if (cluster.isWorker && (cause as NodeJS.ErrnoException).code === 'EADDRINUSE') return;
      const codes = { inUse: 'LS_INPUTS_ADDRESS_IN_USE', failed: 'LS_INPUTS_LISTEN_FAILED' } as const;
      throw listenError(cause, path, { where: `inputs.${name}.unix_datagram_socket`, ...codes });
    }
  }
}

function tlsAccess(kind: MessageKind, { tls_address, tls, allow }: MessageInputOptions): Access | undefined {
  if (tls_address === undefined) return undefined;
  const { name, defaultTlsPort } = kind;
  if (tls === undefined) {
    throw new LongshoreError('LS_INPUTS_TLS_MISSING', 'TLS wants a certificate, and none is named.', {
      where: `inputs.${name}.tls_address`,
      fix: `Set 'inputs.${name}.tls' with cert_file and key_file.`,
    });
  }
  return readAccess(name, { address: tls_address, allow, tls }, `127.0.0.1:${defaultTlsPort}`, 'tls_address');
}

function protocolOf(kind: MessageKind, options: MessageInputOptions): StreamProtocol<MessageBatch> {
  const { name, title } = kind;
  const advice = `this port takes ${title}. HTTP belongs to http.address, the forward protocol to inputs.forward.address, TLS to inputs.${name}.tls_address`;
  const notHttp =
    'HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n' +
    `This is the port of longshore for ${title} (inputs.${name}). HTTP is spoken at http.address.\n`;
  return {
    source: name,
    tag: options.tag,
    framing: () => new MessageFraming(options.max_message_bytes, kind.isCounted),
    decode: ({ messages, cutBytes }, peer, receivedAt) => kind.decode(messages, cutBytes, peer, receivedAt),
    halves: halvesOf,
    foreign: first => {
      const protocol = foreignProtocol(first);
      return protocol && { name: protocol, advice, answer: protocol === 'HTTP' ? notHttp : '' };
    },
  };
}

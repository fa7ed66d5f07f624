import { findZone, type Zone } from '../../base/time/zone.ts';
import type { Consumer, Lifecycle } from '../../core/contracts.ts';
import { LongshoreError } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import { DatagramQueue } from '../datagrams/datagram-queue.ts';
import { UdpServer } from '../datagrams/udp-server.ts';
import { foreignProtocol } from '../stream/foreign-protocol.ts';
import { inputMetrics } from '../stream/metrics.ts';
import type { StreamProtocol } from '../stream/protocol.ts';
import { type Access, readAccess, StreamServer } from '../stream/stream-server.ts';
import { decodeSyslog } from './decode.ts';
import { halvesOf, type SyslogBatch, SyslogFraming, trimmed } from './framing.ts';
import type { SyslogInputOptions } from './options.ts';

const log = logger('inputs.syslog');
const metrics = inputMetrics('syslog', 'syslog', 'Messages');
/** What of one connection may be lost at a crash: reading pauses until it is durable. */
const WINDOW_BYTES = 256 * 1024;
const EXAMPLE = '127.0.0.1:5514';

/** syslog over UDP, TCP, TLS and unix sockets. There is no acknowledgement on the wire. */
export class SyslogInput implements Lifecycle {
  readonly #options: SyslogInputOptions;
  readonly #access: Access;
  readonly #tlsAccess: Access | undefined;
  readonly #streams: StreamServer<SyslogBatch>;
  readonly #queue: DatagramQueue;
  readonly #udp: UdpServer | undefined;
  #port: number;
  #tlsPort: number | undefined;

  /** Checks the settings without touching the network. Throws LongshoreErrors. */
  constructor(options: SyslogInputOptions, consumer: Consumer) {
    this.#options = options;
    this.#access = readAccess('syslog', options, EXAMPLE);
    this.#tlsAccess = tlsAccess(options);
    this.#port = this.#access.address.port;
    const zone = zoneOf(options.timezone);
    this.#streams = new StreamServer({
      name: 'syslog',
      protocol: protocolOf(options, zone),
      ...{ consumer, metrics, log, access: this.#access },
      maxConnections: options.max_connections,
      maxConnectionsPerAddress: options.max_connections_per_address,
      maxUnackedBytes: options.max_unacked_bytes,
      windowBytes: WINDOW_BYTES,
      idleTimeoutMs: options.idle_timeout_ms,
    });
    this.#queue = new DatagramQueue({
      ...{ source: 'syslog', tag: options.tag, consumer, metrics, log },
      maxBytes: options.max_unacked_bytes,
      decode: (messages, peer, receivedAt) => decodeSyslog(messages, 0, peer, receivedAt, zone),
    });
    if (options.protocols.includes('udp')) {
      const deps = {
        ...{ name: 'syslog', access: this.#access, metrics, queue: this.#queue },
        receiveBufferBytes: options.receive_buffer_bytes,
        onDatagram: (peer: string, datagram: Buffer) => this.#datagram(peer, datagram),
      };
      this.#udp = new UdpServer(deps, this.#access.address);
    }
  }

  /** The port listened on; of use when the address said port 0. */
  get port(): number {
    return this.#port;
  }

  get tlsPort(): number | undefined {
    return this.#tlsPort;
  }

  async start(): Promise<void> {
    const { address, protocols, tls_address, tls, unix_socket } = this.#options;
    try {
      if (protocols.includes('tcp')) this.#port = await this.#streams.listenTcp(this.#access.address, 'address');
      // Port 0 is the same for both.
      if (this.#udp !== undefined) this.#port = await this.#udp.listen({ ...this.#access.address, port: this.#port });
      if (this.#tlsAccess !== undefined)
        this.#tlsPort = await this.#streams.listenTcp(this.#tlsAccess.address, 'tls_address', {
          tls: tls!,
          allows: this.#tlsAccess.allows,
        });
      if (unix_socket !== undefined) await this.#streams.listenUnix(unix_socket, 'unix_socket');
    } catch (error) {
      this.#streams.close();
      await this.#udp?.stop();
      throw error;
    }
    log.info({ address, port: this.port, protocols, tls_address, unix_socket }, 'listening');
  }

  async stop(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#streams.stop(signal), this.#stopDatagrams(signal)]);
  }

  async #stopDatagrams(signal: AbortSignal): Promise<void> {
    await this.#udp?.stop();
    await this.#queue.finish(signal);
  }

  #datagram(peer: string, datagram: Buffer): void {
    const message = trimmed(datagram, 0, datagram.length);
    if (message.length > 0) this.#queue.add(peer, message);
  }
}

function zoneOf(timezone: string | undefined): Zone {
  const zone = findZone(timezone ?? 'UTC');
  if (zone !== undefined) return zone;
  throw new LongshoreError('LS_CONFIG_TIMEZONE', `there is no time zone '${timezone}'.`, {
    where: 'inputs.syslog.timezone',
    fix: 'Write an IANA name such as UTC, Europe/Berlin or Asia/Seoul.',
  });
}

function tlsAccess({ tls_address, tls, allow }: SyslogInputOptions): Access | undefined {
  if (tls_address === undefined) return undefined;
  if (tls === undefined) {
    throw new LongshoreError('LS_INPUTS_TLS_MISSING', 'TLS wants a certificate, and none is named.', {
      where: 'inputs.syslog.tls_address',
      fix: "Set 'inputs.syslog.tls' with cert_file and key_file.",
    });
  }
  return readAccess('syslog', { address: tls_address, allow, tls }, '127.0.0.1:6514', 'tls_address');
}

function protocolOf({ tag, max_message_bytes }: SyslogInputOptions, zone: Zone): StreamProtocol<SyslogBatch> {
  return {
    source: 'syslog',
    tag,
    framing: () => new SyslogFraming(max_message_bytes),
    decode: ({ messages, cutBytes }, peer, receivedAt) => decodeSyslog(messages, cutBytes, peer, receivedAt, zone),
    halves: halvesOf,
    foreign: first => {
      const name = foreignProtocol(first);
      return name === undefined ? undefined : { name, advice: ADVICE, answer: name === 'HTTP' ? NOT_HTTP : '' };
    },
  };
}

const ADVICE =
  'this port takes syslog. HTTP belongs to http.address, the forward protocol to inputs.forward.address, TLS to inputs.syslog.tls_address';
const NOT_HTTP =
  'HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n' +
  'This is the port of longshore for syslog (inputs.syslog). HTTP is spoken at http.address.\n';

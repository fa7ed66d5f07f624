import { zoneOfSetting } from '../../base/time/zone.ts';
import type { Consumer, Lifecycle } from '../../core/contracts.ts';
import { logger } from '../../core/log.ts';
import { counter, gauge } from '../../core/metrics.ts';
import { MAX_NESTING_DEPTH } from '../json/record.ts';
import { foreignProtocol } from '../stream/foreign-protocol.ts';
import type { StreamProtocol } from '../stream/protocol.ts';
import { type Access, readAccess, StreamServer } from '../stream/stream-server.ts';
import { TcpFraming } from './framing.ts';
import { decodeLines, halves, type Lines } from './lines.ts';
import type { TcpJsonInputOptions } from './options.ts';
import { decodeSyslogLines, decodeText } from './told.ts';

const log = logger('inputs.tcp_json');
/** Faults of messages: `not_json`, `not_an_object`, `too_deep`: a line kept as text; `cut`: one above the limit; `invalid_utf8`: a read with replaced bytes. */
const metrics = {
  events: counter('longshore_tcp_json_events_total', 'Events that became durable.'),
  bytes: counter('longshore_tcp_json_bytes_total', 'Bytes read.'),
  unacked: gauge('longshore_tcp_json_unacked_bytes', 'Lines received that are not durable yet.'),
  errors: counter('longshore_tcp_json_errors_total', 'What went wrong on the TCP JSON input.', ['reason']),
  connections: gauge('longshore_tcp_json_connections', 'Open TCP connections for JSON lines.'),
};

/**
 * JSON lines over TCP. There is no acknowledgement on the wire, so what was read is kept in memory until the consumer
 * has taken it, and reading pauses while that is more than `max_unacked_bytes`.
 */
export class TcpJsonInput implements Lifecycle {
  readonly #options: TcpJsonInputOptions;
  readonly #access: Access;
  readonly #server: StreamServer<Lines>;
  #port: number;

  /** Checks the settings without touching the network. Throws LongshoreErrors. */
  constructor(options: TcpJsonInputOptions, consumer: Consumer) {
    this.#options = options;
    this.#access = readAccess('tcp_json', options, '127.0.0.1:5000');
    this.#port = this.#access.address.port;
    this.#server = new StreamServer({
      name: 'tcp_json',
      protocol: protocolOf(options),
      ...{ consumer, metrics, log, access: this.#access },
      maxConnections: options.max_connections,
      maxConnectionsPerAddress: options.max_connections_per_address,
      maxUnackedBytes: options.max_unacked_bytes,
      windowBytes: Number.POSITIVE_INFINITY,
      idleTimeoutMs: options.idle_timeout_ms,
    });
  }

  /** The port listened on; of use when the address said port 0. */
  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    const { address, unix_socket } = this.#options;
    try {
      this.#port = await this.#server.listenTcp(this.#access.address, 'address');
      if (unix_socket !== undefined) await this.#server.listenUnix(unix_socket, 'unix_socket');
    } catch (error) {
      this.#server.close();
      throw error;
    }
    log.info({ address, port: this.port, unix_socket }, 'listening');
  }

  async stop(signal: AbortSignal): Promise<void> {
    await this.#server.stop(signal);
  }
}

function protocolOf(options: TcpJsonInputOptions): StreamProtocol<Lines> {
  const { tag, max_line_bytes, format } = options;
  return {
    source: 'tcp_json',
    tag,
    framing: () => new TcpFraming(max_line_bytes, format === 'auto'),
    decode: decoderOf(options),
    halves,
    foreign: first => {
      const name = foreignProtocol(first);
      return name === undefined ? undefined : { name, advice: ADVICE, answer: name === 'HTTP' ? NOT_HTTP : '' };
    },
  };
}

/** Throws LS_SCHEMA_TIMEZONE. */
function decoderOf({ format, timezone = 'UTC' }: TcpJsonInputOptions): StreamProtocol<Lines>['decode'] {
  if (format === 'text') return decodeText;
  if (format === 'auto') return lines => decodeLines(lines, MAX_NESTING_DEPTH);
  const zone = zoneOfSetting(timezone, 'inputs.tcp_json.timezone');
  return (lines, peer, receivedAt) => decodeSyslogLines(lines, peer, receivedAt, zone);
}

const ADVICE =
  'this port takes JSON lines. HTTP belongs to http.address, the forward protocol to inputs.forward.address; TLS is not spoken here';
const NOT_HTTP =
  'HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n' +
  'This is the TCP port of longshore for JSON lines (inputs.tcp_json). HTTP is spoken at http.address.\n';

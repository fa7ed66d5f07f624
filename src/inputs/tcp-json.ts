import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Consumer, Lifecycle } from '../core/contracts.ts';
import { isRetryable, LongshoreError, messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import { counter, gauge } from '../core/metrics.ts';
import { Delivery } from './tcp-json-delivery.ts';
import { decodeLines, LineSplitter, type Lines } from './tcp-json-lines.ts';
import { allowList, isLoopback, listen, parseAddress, peerAddress } from './tcp-json-listen.ts';
import type { TcpJsonInputOptions } from './tcp-json-options.ts';

export { type TcpJsonInputOptions, tcpJsonInputSchema } from './tcp-json-options.ts';

const log = logger('inputs.tcp_json');
const connections = gauge('longshore_tcp_json_connections', 'Open TCP connections for JSON lines.');
const events = counter('longshore_tcp_json_events_total', 'Events that became durable.');
const bytesRead = counter('longshore_tcp_json_bytes_total', 'Bytes read.');
const unacked = gauge('longshore_tcp_json_unacked_bytes', 'Lines received that are not durable yet.');
/**
 * `not_json`, `not_an_object`, `too_deep`: a line kept as text; `cut`: a line above the limit; `invalid_utf8`: a read with
 * replaced bytes; `retry`: a rejection that is tried again; `refused`: a frame that was refused for good; `abandoned`: a
 * frame that was not durable at the end of the stop deadline; `not_allowed`, `too_many_connections`, `idle`, `socket`.
 */
const errors = counter('longshore_tcp_json_errors_total', 'What went wrong on the TCP JSON input.', ['reason']);

/** Lines on their way to the consumer. */
interface Pending extends Lines {
  readonly receivedAt: number;
  events: number;
}

const RETRY_BACKOFF_MS = 100;
/** At a stop, what lies in the kernel is still read: until the peer is silent for a moment, but not for longer than this. */
const DRAIN_MS = 1000;
const DRAIN_SILENCE_MS = 20;

/**
 * JSON lines over TCP. There is no acknowledgement on the wire, so what was read is kept in memory until the consumer
 * has taken it, and reading pauses while that is more than `max_unacked_bytes`.
 */
export class TcpJsonInput implements Lifecycle {
  readonly #options: TcpJsonInputOptions;
  readonly #consumer: Consumer;
  readonly #allowed: (peer: string) => boolean;
  readonly #address: { host: string; port: number };
  readonly #servers: Server[] = [];
  readonly #connections = new Set<Connection>();
  #unackedBytes = 0;
  #heldBytes = 0;
  #stopping = false;

  /** Checks the settings without touching the network. Throws LongshoreErrors. */
  constructor(options: TcpJsonInputOptions, consumer: Consumer) {
    this.#options = options;
    this.#consumer = consumer;
    this.#address = parseAddress(options.address, 'inputs.tcp_json.address');
    this.#allowed = allowList(options.allow, 'inputs.tcp_json.allow');
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
    await Promise.race([finished, aborted(signal)]);
    for (const connection of this.#connections) connection.abandon();
  }

  async #listen(target: { host: string; port: number } | { path: string }, setting: string): Promise<void> {
    const server = createServer({ keepAlive: true, keepAliveInitialDelay: 60_000 }, socket => this.#accept(socket));
    this.#servers.push(server);
    await listen(server, target, setting);
    server.on('error', error => log.warn({ error: messageOf(error) }, 'server error'));
  }

  #accept(socket: Socket): void {
    const peer = peerAddress(socket.remoteAddress);
    const refused = !this.#allowed(peer) ? 'not_allowed' : this.#isFull() ? 'too_many_connections' : undefined;
    if (refused !== undefined || this.#stopping) {
      if (refused !== undefined) errors.inc({ reason: refused });
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, peer, this.#options, this.#consumer, {
      unacked: (bytes: number) => this.#addUnacked(bytes),
      held: (bytes: number) => {
        this.#heldBytes += bytes;
        return this.#heldBytes <= this.#options.max_unacked_bytes;
      },
      gone: () => {
        this.#connections.delete(connection);
        connections.dec();
      },
    });
    this.#connections.add(connection);
    connections.inc();
  }

  #isFull(): boolean {
    return this.#connections.size >= this.#options.max_connections;
  }

  /** Counts lines that wait for the consumer in or out; false asks the caller to pause. */
  #addUnacked(bytes: number): boolean {
    this.#unackedBytes += bytes;
    unacked.inc(bytes);
    const below = this.#unackedBytes <= this.#options.max_unacked_bytes;
    if (bytes < 0 && below) for (const connection of this.#connections) connection.resume();
    return below;
  }
}

interface Bounds {
  unacked(bytes: number): boolean;
  held(bytes: number): boolean;
  gone(): void;
}

/** One peer: its socket, its open line, its lines on the way. */
class Connection {
  readonly #socket: Socket;
  readonly #peer: string;
  readonly #options: TcpJsonInputOptions;
  readonly #consumer: Consumer;
  readonly #bounds: Bounds;
  readonly #splitter: LineSplitter;
  readonly #delivery: Delivery<Pending>;
  #ended = false;
  #warned = false;

  constructor(socket: Socket, peer: string, options: TcpJsonInputOptions, consumer: Consumer, bounds: Bounds) {
    this.#socket = socket;
    this.#peer = peer;
    this.#options = options;
    this.#consumer = consumer;
    this.#bounds = bounds;
    this.#splitter = new LineSplitter(options.max_line_bytes);
    this.#delivery = new Delivery<Pending>({
      send: pending => this.#send(pending),
      canRetry: error => isRetryable(error) || !(error instanceof LongshoreError),
      settled: (pending, error) => this.#settled(pending, error),
      retrying: error => this.#retrying(error),
      backoffMs: RETRY_BACKOFF_MS,
    });
    socket.on('data', read => this.#read(read));
    socket.on('error', () => errors.inc({ reason: 'socket' }));
    socket.on('close', () => this.#closed());
    if (options.idle_timeout_ms > 0) socket.setTimeout(options.idle_timeout_ms, () => this.#idleTooLong());
  }

  resume(): void {
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  /** Reads what has already arrived, then no more. Resolves when all of it is durable. */
  async finish(): Promise<void> {
    const until = Date.now() + DRAIN_MS;
    for (let before = -1; before !== this.#socket.bytesRead && Date.now() < until; ) {
      before = this.#socket.bytesRead;
      await wait(DRAIN_SILENCE_MS);
    }
    this.#endOfLines();
    this.#socket.destroy();
    await this.#delivery.idle();
  }

  /** Gives up what is not durable yet. */
  abandon(): void {
    this.#endOfLines();
    this.#socket.destroy();
    for (const pending of this.#delivery.abandon()) {
      errors.inc({ reason: 'abandoned' });
      this.#bounds.unacked(-pending.bytes.length);
    }
  }

  #read(read: Buffer): void {
    if (this.#ended) return;
    bytesRead.inc(read.length);
    const heldBefore = this.#splitter.heldBytes;
    const complete = this.#splitter.push(read);
    if (!this.#bounds.held(this.#splitter.heldBytes - heldBefore)) this.#splitter.freeze();
    const receivedAt = Date.now();
    for (const lines of complete) this.#offer(lines, receivedAt);
  }

  #offer(lines: Lines, receivedAt: number): void {
    if (!this.#bounds.unacked(lines.bytes.length)) this.#socket.pause();
    this.#delivery.offer({ bytes: lines.bytes, cutBytes: lines.cutBytes, receivedAt, events: -1 });
  }

  /** Decodes anew for each try: the records of a frame belong to the consumer, even if it refuses them. */
  #send(pending: Pending): Promise<void> {
    const { records, faults } = decodeLines(pending, this.#options.max_nesting_depth);
    if (pending.events === -1) for (const reason of faults) errors.inc({ reason });
    pending.events = records.length;
    if (records.length === 0) return Promise.resolve();
    return this.#consumer.consume({
      source: 'tcp_json',
      sender: this.#peer,
      tag: this.#options.tag,
      receivedAt: pending.receivedAt,
      records,
      times: new Array<number>(records.length).fill(Number.NaN),
      bytes: pending.bytes.length,
    });
  }

  #settled(pending: Pending, error: unknown): void {
    if (error === undefined) events.inc(pending.events);
    else {
      errors.inc({ reason: 'refused' });
      this.#warn(error, 'lines refused for good');
    }
    this.#bounds.unacked(-pending.bytes.length);
  }

  #retrying(error: unknown): void {
    errors.inc({ reason: 'retry' });
    this.#warn(error, 'lines not taken yet, trying again');
  }

  #warn(error: unknown, text: string): void {
    if (this.#warned) return;
    this.#warned = true;
    log.warn({ peer: this.#peer, error: messageOf(error) }, text);
  }

  #idleTooLong(): void {
    if (this.#socket.isPaused()) {
      this.#socket.setTimeout(this.#options.idle_timeout_ms);
      return;
    }
    errors.inc({ reason: 'idle' });
    this.#socket.destroy();
  }

  #endOfLines(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#bounds.held(-this.#splitter.heldBytes);
    const last = this.#splitter.end();
    if (last !== undefined) this.#offer(last, Date.now());
  }

  #closed(): void {
    this.#endOfLines();
    void this.#delivery.idle().then(() => this.#bounds.gone());
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}

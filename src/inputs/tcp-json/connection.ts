import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import type { ByteBudget, Waiter } from '../../base/flow/byte-budget.ts';
import { leftOver } from '../../base/net/left-over.ts';
import type { Consumer } from '../../core/contracts.ts';
import { isRetryable, LongshoreError, messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import { counter, gauge } from '../../core/metrics.ts';

import { MAX_NESTING_DEPTH } from '../json/record.ts';
import type { LogThrottle } from '../log-throttle.ts';
import { CountedSplitter, isCounted } from './counted.ts';
import { LineDelivery } from './delivery.ts';
import { foreignProtocol } from './foreign-protocol.ts';
import { decodeLines, halves, LineSplitter, type Lines } from './lines.ts';
import type { TcpJsonInputOptions } from './options.ts';

const log = logger('inputs.tcp_json');
const events = counter('longshore_tcp_json_events_total', 'Events that became durable.');
const bytesRead = counter('longshore_tcp_json_bytes_total', 'Bytes read.');
const unackedBytes = gauge('longshore_tcp_json_unacked_bytes', 'Lines received that are not durable yet.');
/**
 * `not_json`, `not_an_object`, `too_deep`: a line kept as text; `cut`: a line above the limit; `invalid_utf8`: a read with
 * replaced bytes; `retry`: a rejection that is tried again; `refused`: a line that was refused for good; `abandoned`: a
 * frame that was not durable at the end of the stop deadline; `other_protocol`: HTTP, TLS or the forward protocol was spoken;
 * `not_allowed`, `too_many_connections`, `too_many_connections_of_address`, `idle`, `socket`.
 */
export const errors = counter('longshore_tcp_json_errors_total', 'What went wrong on the TCP JSON input.', ['reason']);

/** Lines on their way to the consumer. */
interface Pending extends Lines {
  readonly receivedAt: number;
  events: number;
}

/** At a stop, what lies in the kernel is still read: until the peer is silent for a moment, but not for longer than this. */
const DRAIN_MS = 1000;
const DRAIN_SILENCE_MS = 20;

/** What the connections of one input share. */
export interface SharedBounds {
  /** Lines that are not durable yet. */
  readonly unacked: ByteBudget;
  /** Lines that have not ended yet. */
  readonly held: ByteBudget;
  gone(): void;
  readonly logThrottle: LogThrottle;
}

/** One peer: its socket, its open line, its lines on the way. */
export class TcpJsonConnection implements Waiter {
  readonly #socket: Socket;
  readonly #peer: string;
  readonly #options: TcpJsonInputOptions;
  readonly #consumer: Consumer;
  readonly #bounds: SharedBounds;
  #splitter: LineSplitter | CountedSplitter;
  readonly #delivery: LineDelivery<Pending>;
  #isFirst = true;
  #ended = false;
  #warned = false;

  constructor(socket: Socket, peer: string, options: TcpJsonInputOptions, consumer: Consumer, bounds: SharedBounds) {
    this.#socket = socket;
    this.#peer = peer;
    this.#options = options;
    this.#consumer = consumer;
    this.#bounds = bounds;
    this.#splitter = new LineSplitter(options.max_line_bytes);
    this.#delivery = new LineDelivery<Pending>({
      send: pending => this.#send(pending),
      canRetry: error => isRetryable(error) || !(error instanceof LongshoreError),
      settled: (pending, error) => this.#settled(pending, error),
      retrying: error => this.#retrying(error),
    });
    socket.on('data', read => this.#read(read));
    socket.on('error', () => errors.inc({ reason: 'socket' }));
    socket.on('close', () => this.#closed());
    if (options.idle_timeout_ms > 0) socket.setTimeout(options.idle_timeout_ms, () => this.#idleTooLong());
  }

  goOn(): void {
    this.#socket.resume();
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
      this.#give(pending);
    }
  }

  #read(read: Buffer): void {
    if (this.#ended) return;
    bytesRead.inc(read.length);
    if (this.#isFirst) {
      this.#isFirst = false;
      const protocol = foreignProtocol(read);
      if (protocol !== undefined) {
        this.#refuseProtocol(protocol);
        return;
      }
      if (isCounted(read)) this.#splitter = new CountedSplitter(this.#options.max_line_bytes);
    }
    const heldBefore = this.#splitter.heldBytes;
    const complete = this.#splitter.push(read);
    this.#bounds.held.take(this.#splitter.heldBytes - heldBefore);
    if (this.#bounds.held.isFull) this.#splitter.freeze();
    const receivedAt = Date.now();
    for (const lines of complete) this.#offer(lines, receivedAt);
  }

  #offer(lines: Lines, receivedAt: number): void {
    const { unacked } = this.#bounds;
    unacked.take(lines.bytes.length);
    unackedBytes.inc(lines.bytes.length);
    if (unacked.isFull) {
      this.#socket.pause();
      unacked.wait(this);
    }
    this.#delivery.offer({ ...lines, receivedAt, events: -1 });
  }

  /** Decodes anew for each try: the records of a frame belong to the consumer, even if it refuses them. */
  #send(pending: Pending): Promise<void> {
    const { records, faults } = decodeLines(pending, MAX_NESTING_DEPTH);
    if (pending.events === -1 && faults.length > 0) this.#countFaults(faults);
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
    const parts = error === undefined ? undefined : halves(pending);
    if (error === undefined) events.inc(pending.events);
    else if (parts === undefined) {
      errors.inc({ reason: 'refused' });
      this.#warn(error, 'a line refused for good');
    }
    this.#give(pending);
    // Of many lines one may be to blame: the others are good.
    for (const part of parts ?? []) this.#offer(part, pending.receivedAt);
  }

  #give({ bytes }: Pending): void {
    unackedBytes.dec(bytes.length);
    this.#bounds.unacked.give(bytes.length);
  }

  #countFaults(faults: readonly string[]): void {
    for (const reason of faults) errors.inc({ reason });
    const [reason] = faults;
    if (!this.#bounds.logThrottle.allows(reason!)) return;
    log.info({ peer: this.#peer, tag: this.#options.tag, reason, lines: faults.length }, 'lines kept as text');
  }

  #refuseProtocol(protocol: 'HTTP' | 'TLS' | 'forward'): void {
    errors.inc({ reason: 'other_protocol' });
    this.#ended = true;
    if (this.#bounds.logThrottle.allows(protocol)) {
      log.warn(
        { peer: this.#peer, protocol },
        'connection ended: this port takes JSON lines. HTTP belongs to http.address, the forward protocol to inputs.forward.address; TLS is not spoken here',
      );
    }
    this.#socket.end(protocol === 'HTTP' ? NOT_HTTP : '');
    this.#socket.destroySoon();
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
    for (const read of leftOver(this.#socket)) this.#read(read);
    if (this.#ended) return;
    this.#ended = true;
    this.#bounds.held.give(this.#splitter.heldBytes);
    const last = this.#splitter.end();
    if (last !== undefined) this.#offer(last, Date.now());
  }

  #closed(): void {
    this.#endOfLines();
    this.#bounds.unacked.forget(this);
    void this.#delivery.idle().then(() => this.#bounds.gone());
  }
}

const NOT_HTTP =
  'HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n' +
  'This is the TCP port of longshore for JSON lines (inputs.tcp_json). HTTP is spoken at http.address.\n';

import { orAborted } from '../../base/flow/abort.ts';
import { ByteBudget } from '../../base/flow/byte-budget.ts';
import type { Consumer } from '../../core/contracts.ts';
import { isRetryable, LongshoreError, messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { LogThrottle } from '../log-throttle.ts';
import { Delivery } from '../stream/delivery.ts';
import type { InputMetrics } from '../stream/metrics.ts';
import type { Decoded } from '../stream/protocol.ts';

const LOG_INTERVAL_MS = 60_000;

/** Messages of one peer that came within one turn of the event loop. */
interface Messages {
  readonly peer: string;
  readonly receivedAt: number;
  readonly bytes: Buffer[];
  size: number;
  events: number;
}

export interface DatagramQueueDeps {
  /** `Frame.source`: the name of the input. */
  readonly source: string;
  readonly tag: string;
  readonly consumer: Consumer;
  readonly metrics: InputMetrics;
  readonly log: Logger;
  /** Messages that are not durable yet; what comes above it is dropped and counted. */
  readonly maxBytes: number;
  decode(messages: readonly Buffer[], peer: string, receivedAt: number): Decoded;
}

/**
 * Messages that nobody sends again, on their way to the consumer. What comes in one turn of the event loop is one frame a
 * peer; a refusal that may pass is tried again until it is taken.
 */
export class DatagramQueue {
  readonly #deps: DatagramQueueDeps;
  readonly #waiting: ByteBudget;
  readonly #delivery: Delivery<Messages>;
  readonly #logThrottle = new LogThrottle(LOG_INTERVAL_MS);
  #open = new Map<string, Messages>();

  constructor(deps: DatagramQueueDeps) {
    this.#deps = deps;
    this.#waiting = new ByteBudget(deps.maxBytes);
    this.#delivery = new Delivery<Messages>({
      send: messages => this.#send(messages),
      canRetry: error => isRetryable(error) || !(error instanceof LongshoreError),
      settled: (messages, error) => this.#settled(messages, error),
      retrying: error => {
        this.count('retry');
        this.warn('retry', '', 'messages not taken yet, trying again', error);
      },
    });
  }

  /** Takes a message over, which has the buffer to itself. */
  add(peer: string, message: Buffer): void {
    if (this.#waiting.isFull) {
      this.count('queue_full');
      this.warn('queue_full', peer, 'datagrams dropped: too many wait to become durable');
      return;
    }
    // Each costs more than its bytes.
    const size = message.length + OVERHEAD_BYTES;
    this.#take(size);
    if (this.#open.size === 0) setImmediate(() => this.flush());
    let messages = this.#open.get(peer);
    if (messages === undefined) {
      messages = { peer, receivedAt: Date.now(), bytes: [], size: 0, events: -1 };
      this.#open.set(peer, messages);
    }
    messages.bytes.push(message);
    messages.size += size;
  }

  /** Resolves when there is room for more: for senders that can wait. */
  room(): Promise<void> {
    if (this.#waiting.used < this.#waiting.limit / 2) return Promise.resolve();
    return new Promise(resolve => {
      const waiter = { goOn: () => void this.room().then(resolve) };
      this.#waiting.wait(waiter);
    });
  }

  /** Hands on what has come so far. */
  flush(): void {
    const open = this.#open;
    if (open.size === 0) return;
    this.#open = new Map();
    for (const messages of open.values()) this.#delivery.offer(messages);
  }

  /** Nothing comes any more: resolves when all is durable, or gives it up when the signal aborts. */
  async finish(signal: AbortSignal): Promise<void> {
    this.flush();
    await orAborted(this.#delivery.idle(), signal);
    for (const messages of this.#delivery.abandon()) {
      this.count('abandoned');
      this.#give(messages);
    }
  }

  count(reason: string, by = 1): void {
    this.#deps.metrics.errors.inc({ reason }, by);
  }

  /** A line in the log, of each kind one a minute. */
  warn(kind: string, peer: string, text: string, error?: unknown): void {
    if (!this.#logThrottle.allows(kind)) return;
    const details = error === undefined ? {} : { error: messageOf(error) };
    this.#deps.log.warn({ ...(peer === '' ? {} : { peer }), reason: kind, ...details }, text);
  }

  #send(messages: Messages): Promise<void> {
    const { source, tag, consumer, decode } = this.#deps;
    const { peer, receivedAt } = messages;
    const { records, times, faults } = decode(messages.bytes, peer, receivedAt);
    if (messages.events === -1) for (const reason of faults) this.count(reason);
    messages.events = records.length;
    if (records.length === 0) return Promise.resolve();
    return consumer.consume({
      ...{ source, sender: peer, tag, receivedAt, records },
      times: times ?? new Array<number>(records.length).fill(Number.NaN),
      bytes: messages.size - messages.bytes.length * OVERHEAD_BYTES,
    });
  }

  #settled(messages: Messages, error: unknown): void {
    this.#give(messages);
    if (error === undefined) this.#deps.metrics.events.inc(messages.events);
    else if (messages.bytes.length > 1) {
      // Of many one may be to blame: the others are good.
      for (const message of messages.bytes) this.#again(messages, message);
    } else {
      this.count('refused');
      this.warn('refused', messages.peer, 'a message refused for good', error);
    }
  }

  #again({ peer, receivedAt, events }: Messages, message: Buffer): void {
    const size = message.length + OVERHEAD_BYTES;
    this.#take(size);
    this.#delivery.offer({ peer, receivedAt, bytes: [message], size, events });
  }

  #take(size: number): void {
    this.#waiting.take(size);
    this.#deps.metrics.unacked.inc(size);
  }

  #give({ size }: Messages): void {
    this.#waiting.give(size);
    this.#deps.metrics.unacked.dec(size);
  }
}

const OVERHEAD_BYTES = 100;

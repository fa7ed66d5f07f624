import type { Alerter, Notification, SendResult } from './alerters/alerter.ts';
import { notificationsTotal, outboxGauge } from './metrics.ts';

/** A notification on its way. Plain JSON. */
export interface OutboxItem extends Notification {
  /** Sent as `Idempotency-Key` with each try. */
  readonly id: string;
  /** The alert it tells of. */
  readonly alert: string;
  readonly rule: string;
  /** Position among the alerters of the rule. */
  readonly slot: number;
  readonly alerter: string;
  /** Epoch milliseconds. */
  createdAt: number;
  attempts: number;
  /** Not tried before; epoch milliseconds. */
  nextAt: number;
}

export type Outcome = 'sent' | 'retried' | 'dead' | 'dropped';

export interface OutboxLimits {
  readonly alert_time_limit_ms: number;
  readonly retry_min_ms: number;
  readonly retry_max_ms: number;
  readonly max_outbox_notifications: number;
  readonly max_outbox_bytes: number;
}

export interface OutboxDependencies {
  readonly limits: OutboxLimits;
  readonly fetch: typeof fetch;
  readonly now: () => number;
  readonly random: () => number;
  /** Whether anything may be sent now; what may not is asked about again soon. */
  readonly maySend?: (() => boolean) | undefined;
  /** The alerter that an item goes through, as the rules are now. */
  readonly alerter: (item: OutboxItem) => Alerter | undefined;
  /** Something changed that should be written. `reason` has no secrets. */
  readonly onOutcome: (item: OutboxItem, outcome: Outcome, reason: string | undefined) => void;
}

const ASK_AGAIN_MS = 250;

interface Queue {
  readonly items: OutboxItem[];
  busy: boolean;
  failures: number;
  /** Nothing of this queue is tried before; epoch milliseconds. */
  blockedUntil: number;
}

/**
 * Delivers notifications, each at least once and with the same key each time. An item is tried only after `release`
 * said that it is durable. Each place (alerter and address) has its own queue with one request at a time, so that a
 * hanging one delays nobody else; what is refused for itself does not hold up what comes after it.
 */
export class Outbox {
  readonly #deps: OutboxDependencies;
  readonly #queues = new Map<string, Queue>();
  /** Ids of items that are not durable yet. */
  readonly #held = new Set<string>();
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #started = false;
  #count = 0;
  #bytes = 0;

  constructor(deps: OutboxDependencies) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#count;
  }

  add(item: OutboxItem): void {
    const queue = this.#queueOf(item);
    queue.items.push(item);
    this.#held.add(item.id);
    this.#count++;
    this.#bytes += item.body.length;
    outboxGauge.set(this.#count);
    const { max_outbox_notifications, max_outbox_bytes } = this.#deps.limits;
    while (this.#count > 1 && (this.#count > max_outbox_notifications || this.#bytes > max_outbox_bytes)) {
      if (!this.#dropOldest()) break;
    }
  }

  /** All items, for writing. */
  items(): OutboxItem[] {
    return [...this.#queues.values()].flatMap(queue => queue.items);
  }

  /** These items are durable now: try them. */
  release(ids: Iterable<string>): void {
    for (const id of ids) this.#held.delete(id);
    this.pump();
  }

  start(): void {
    this.#started = true;
    this.pump();
  }

  /** Ends waiting at once; what is on the wire may finish until `signal` aborts. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#started = false;
    clearTimeout(this.#timer);
    const abort = (): void => this.#stop.abort();
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    await Promise.all(this.#running);
    signal.removeEventListener('abort', abort);
  }

  /** Starts what may be sent now, and wakes up when the next item may be. */
  pump(): void {
    if (!this.#started) return;
    if (this.#deps.maySend?.() === false) {
      if (this.#count > 0) this.#wakeUpIn(ASK_AGAIN_MS);
      return;
    }
    const now = this.#deps.now();
    let wakeAt = Number.POSITIVE_INFINITY;
    for (const queue of this.#queues.values()) {
      if (queue.busy || queue.items.length === 0) continue;
      if (queue.blockedUntil > now) {
        wakeAt = Math.min(wakeAt, queue.blockedUntil);
        continue;
      }
      let next: OutboxItem | undefined;
      for (const item of queue.items) {
        if (this.#held.has(item.id)) continue;
        if (item.nextAt <= now) {
          next = item;
          break;
        }
        wakeAt = Math.min(wakeAt, item.nextAt);
      }
      if (next !== undefined) this.#track(this.#deliver(queue, next));
    }
    clearTimeout(this.#timer);
    if (wakeAt !== Number.POSITIVE_INFINITY) this.#wakeUpIn(wakeAt - now);
  }

  /** The wall clock was set back by so many milliseconds: what is left of each wait stays. */
  setBack(byMs: number): void {
    for (const queue of this.#queues.values()) {
      queue.blockedUntil -= byMs;
      for (const item of queue.items) {
        item.nextAt -= byMs;
        item.createdAt -= byMs;
      }
    }
    this.pump();
  }

  #wakeUpIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.pump(), Math.min(2 ** 30, Math.max(1, ms)));
    this.#timer.unref();
  }

  #track(delivery: Promise<void>): void {
    this.#running.add(delivery);
    void delivery.finally(() => {
      this.#running.delete(delivery);
      this.pump();
    });
  }

  async #deliver(queue: Queue, item: OutboxItem): Promise<void> {
    queue.busy = true;
    let result: SendResult;
    try {
      const alerter = this.#deps.alerter(item);
      if (alerter === undefined) {
        this.#finish(queue, item, 'dead', 'the rule or its alerter is gone');
        return;
      }
      const context = { fetch: this.#deps.fetch, idempotencyKey: item.id, signal: this.#stop.signal };
      result = await alerter.send(item, context);
    } catch (error) {
      result = { ok: false, scope: 'message', reason: error instanceof Error ? error.name : 'failed' };
    } finally {
      queue.busy = false;
    }
    if (result.ok) {
      queue.failures = 0;
      queue.blockedUntil = 0;
      this.#finish(queue, item, 'sent', undefined);
    } else if (!this.#stop.signal.aborted) {
      this.#retry(queue, item, result);
    }
  }

  #retry(queue: Queue, item: OutboxItem, result: SendResult & { ok: false }): void {
    const { limits, now, random } = this.#deps;
    const at = now();
    item.attempts++;
    const failures = result.scope === 'place' ? ++queue.failures : item.attempts;
    const backOff = Math.min(limits.retry_max_ms, limits.retry_min_ms * 2 ** Math.min(30, failures - 1));
    // Half fixed, half random: many processes that failed together do not come back together.
    const wait = result.retryAfterMs ?? backOff / 2 + (backOff / 2) * random();
    item.nextAt = at + wait;
    if (result.scope === 'place') queue.blockedUntil = at + wait;
    if (item.nextAt - item.createdAt > limits.alert_time_limit_ms) this.#finish(queue, item, 'dead', result.reason);
    else this.#report(item, 'retried', result.reason);
  }

  #finish(queue: Queue, item: OutboxItem, outcome: Outcome, reason: string | undefined): void {
    const at = queue.items.indexOf(item);
    if (at < 0) return;
    queue.items.splice(at, 1);
    this.#held.delete(item.id);
    this.#count--;
    this.#bytes -= item.body.length;
    outboxGauge.set(this.#count);
    this.#report(item, outcome, reason);
    for (const [name, one] of this.#queues)
      if (one.items.length === 0 && one.blockedUntil <= this.#deps.now()) this.#queues.delete(name);
  }

  #report(item: OutboxItem, outcome: Outcome, reason: string | undefined): void {
    notificationsTotal.inc({ alerter: item.alerter, outcome });
    this.#deps.onOutcome(item, outcome, reason);
  }

  #dropOldest(): boolean {
    let oldest: { queue: Queue; item: OutboxItem } | undefined;
    for (const queue of this.#queues.values()) {
      // The first of a busy queue may be on the wire.
      const item = queue.items[queue.busy ? 1 : 0];
      if (item !== undefined && (oldest === undefined || item.createdAt < oldest.item.createdAt))
        oldest = { queue, item };
    }
    if (oldest === undefined) return false;
    this.#finish(oldest.queue, oldest.item, 'dropped', 'the outbox is full');
    return true;
  }

  #queueOf(item: OutboxItem): Queue {
    const name = this.#deps.alerter(item)?.queue(item.target) ?? 'gone';
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = { items: [], busy: false, failures: 0, blockedUntil: 0 };
      this.#queues.set(name, queue);
    }
    return queue;
  }
}

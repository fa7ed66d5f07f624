import type { OutboxItem } from './outbox.ts';

/** A request that has gone on for so long lets another one start. */
const SLOW_MS = 3000;
/** Requests to one place at a time: one, and more only beside slow ones. */
const MAX_REQUESTS = 4;
/** Of those, what failed before. */
const MAX_RETRIES = 2;

/** What failed before comes after what was not tried yet, but for no longer than this. */
const OVERDUE_MS = 10_000;

/** What may be tried now, and when to look again (epoch milliseconds). */
export interface Next {
  readonly item: OutboxItem | undefined;
  readonly wakeAt: number;
}

/**
 * What waits for one place (alerter and address). Rules take turns, and what failed goes behind the others of its rule:
 * neither a noisy rule nor a message that the place never takes holds up the rest.
 */
export class PlaceQueue {
  /** In the order of their turns. */
  readonly #rules = new Map<string, OutboxItem[]>();
  readonly #sending = new Map<OutboxItem, number>();
  /** Successes at the time when an item failed last. */
  readonly #successesAt = new WeakMap<OutboxItem, number>();
  /** Since the last success. */
  failures = 0;
  /** Nothing of this queue is tried before; epoch milliseconds. */
  blockedUntil = 0;
  #successes = 0;
  /** Messages that arrived, which is not durable yet. */
  unwritten = 0;

  get isEmpty(): boolean {
    return this.#rules.size === 0;
  }

  add(item: OutboxItem): void {
    const list = this.#rules.get(item.rule);
    if (list === undefined) this.#rules.set(item.rule, [item]);
    else list.push(item);
  }

  *items(): IterableIterator<OutboxItem> {
    for (const list of this.#rules.values()) yield* list;
  }

  isSending(item: OutboxItem): boolean {
    return this.#sending.has(item);
  }

  /** False when it is not there. */
  remove(item: OutboxItem): boolean {
    const list = this.#rules.get(item.rule);
    const at = list?.indexOf(item) ?? -1;
    if (list === undefined || at < 0) return false;
    list.splice(at, 1);
    if (list.length === 0) this.#rules.delete(item.rule);
    return true;
  }

  next(now: number, isHeld: (item: OutboxItem) => boolean): Next {
    let wakeAt = Number.POSITIVE_INFINITY;
    // A crash now would repeat those; one is enough. Whoever made them durable wakes it up.
    if (this.unwritten > 0) return { item: undefined, wakeAt };
    if (this.blockedUntil > now) return { item: undefined, wakeAt: this.blockedUntil };
    let slow = 0;
    let retries = 0;
    for (const [item, startedAt] of this.#sending) {
      if (item.attempts > 0) retries++;
      if (now - startedAt >= SLOW_MS) slow++;
      else wakeAt = Math.min(wakeAt, startedAt + SLOW_MS);
    }
    if (this.#sending.size > slow) return { item: undefined, wakeAt };
    // Whoever ends wakes it up.
    if (this.#sending.size >= MAX_REQUESTS) return { item: undefined, wakeAt: Number.POSITIVE_INFINITY };
    let again: OutboxItem | undefined;
    for (const list of this.#rules.values()) {
      for (const item of list) {
        if (this.#sending.has(item) || isHeld(item) || (item.attempts > 0 && retries >= MAX_RETRIES)) continue;
        if (item.nextAt > now) wakeAt = Math.min(wakeAt, item.nextAt);
        else if (item.attempts === 0 || now - item.nextAt > OVERDUE_MS) return { item: this.#turn(item), wakeAt };
        else again ??= item;
      }
    }
    return { item: again && this.#turn(again), wakeAt };
  }

  /** The rule of this item comes after all others next time. */
  #turn(item: OutboxItem): OutboxItem {
    const list = this.#rules.get(item.rule)!;
    this.#rules.delete(item.rule);
    this.#rules.set(item.rule, list);
    return item;
  }

  started(item: OutboxItem, now: number): void {
    this.#sending.set(item, now);
  }

  ended(item: OutboxItem): void {
    this.#sending.delete(item);
  }

  succeeded(): void {
    this.#successes++;
    this.failures = 0;
    this.blockedUntil = 0;
  }

  /** It goes behind the others of its rule. True: others were taken since it failed before. */
  failed(item: OutboxItem): boolean {
    const before = this.#successesAt.get(item);
    this.#successesAt.set(item, this.#successes);
    if (this.remove(item)) this.add(item);
    return before !== undefined && before < this.#successes;
  }

  setBack(byMs: number): void {
    this.blockedUntil -= byMs;
    for (const [item, startedAt] of this.#sending) this.#sending.set(item, startedAt - byMs);
    for (const item of this.items()) {
      item.nextAt -= byMs;
      item.createdAt -= byMs;
    }
  }
}

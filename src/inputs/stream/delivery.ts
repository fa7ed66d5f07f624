import { Backoff } from '../../base/flow/backoff.ts';

/** One piece of work that must be done in the end, if it can be done at all. */
interface Item<T> {
  readonly value: T;
  readonly order: number;
}

export interface DeliveryDeps<T> {
  /** Hands the value on; called again after a retryable rejection. */
  send(value: T): Promise<void>;
  /** False: the same value will be refused again, so it is given up. */
  canRetry(error: unknown): boolean;
  /** Called once for each value when it is done (`error` undefined) or given up. */
  settled(value: T, error: unknown): void;
  /** Called at each rejection that is going to be tried again. */
  retrying(error: unknown): void;
}

/**
 * Hands the messages of one connection on in their order, many at a time while all goes well. After a retryable rejection
 * nothing new is sent: the refused and the waiting values stay in order, and the oldest one is tried until it is taken.
 */
export class Delivery<T> {
  readonly #deps: DeliveryDeps<T>;
  #waiting: Item<T>[] = [];
  #inFlight = 0;
  #order = 0;
  readonly #backoff = new Backoff({ baseMs: 100, capMs: 5000 });
  #abandoned = false;
  #timer: NodeJS.Timeout | undefined;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(deps: DeliveryDeps<T>) {
    this.#deps = deps;
  }

  /** True while a refusal holds the values back. */
  get blocked(): boolean {
    return this.#backoff.failures > 0;
  }

  offer(value: T): void {
    const item = { value, order: this.#order++ };
    if (this.blocked) this.#waiting.push(item);
    else this.#send(item);
  }

  /** Resolves as soon as nothing is in flight or waiting. */
  idle(): Promise<void> {
    if (this.#inFlight === 0 && this.#waiting.length === 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers<void>();
    return this.#idle.promise;
  }

  /** Gives up what is not done; what is in flight may still succeed. Returns the values that nobody took. */
  abandon(): T[] {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#abandoned = true;
    const left = this.#waiting.map(item => item.value);
    this.#waiting = [];
    if (this.#inFlight === 0) this.#idle?.resolve();
    return left;
  }

  #send(item: Item<T>): void {
    this.#inFlight++;
    void this.#attempt(item);
  }

  async #attempt(item: Item<T>): Promise<void> {
    try {
      await this.#deps.send(item.value);
    } catch (error) {
      this.#inFlight--;
      if (this.#deps.canRetry(error)) this.#retryLater(item, error);
      else this.#settle(item, error);
      return;
    }
    this.#inFlight--;
    this.#settle(item, undefined);
  }

  #settle(item: Item<T>, error: unknown): void {
    this.#deps.settled(item.value, error);
    // Someone answered, so the way is open again (a refusal for good is an answer, too).
    if (this.blocked && this.#timer === undefined) {
      this.#backoff.reset();
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const next of waiting) this.#send(next);
    }
    if (this.#inFlight === 0 && this.#waiting.length === 0) this.#idle?.resolve();
  }

  #retryLater(item: Item<T>, error: unknown): void {
    if (this.#abandoned) {
      this.#settle(item, error);
      return;
    }
    this.#deps.retrying(error);
    const at = this.#waiting.findIndex(other => other.order > item.order);
    this.#waiting.splice(at === -1 ? this.#waiting.length : at, 0, item);
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const oldest = this.#waiting.shift();
      if (oldest !== undefined) this.#send(oldest);
    }, this.#backoff.next());
  }
}

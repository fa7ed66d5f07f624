import { MINUTE_MS } from '../../base/time/duration.ts';

const MOST_KEYS = 10_000;

/** Failed logins of the last minutes: who has too many waits. Times are epoch milliseconds. */
export class Attempts {
  readonly #most: number;
  readonly #failures = new Map<string, { count: number; since: number }>();

  /** `most` failures within a minute. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Milliseconds to wait before the next try; 0: none. */
  wait(key: string, now: number): number {
    const found = this.#failures.get(key);
    if (found === undefined || found.count < this.#most) return 0;
    return Math.max(0, found.since + MINUTE_MS - now);
  }

  failed(key: string, now: number): void {
    const found = this.#failures.get(key);
    if (found !== undefined && now - found.since < MINUTE_MS) {
      found.count++;
      return;
    }
    this.#failures.delete(key);
    if (this.#failures.size >= MOST_KEYS) this.#failures.delete(this.#failures.keys().next().value!);
    this.#failures.set(key, { count: 1, since: now });
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }
}

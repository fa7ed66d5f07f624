/** Lets through one log line of a kind and interval: strangers must not fill the log. */
export class LogThrottle {
  readonly #intervalMs: number;
  readonly #last = new Map<string, number>();

  /** Kinds are few: nothing that comes from outside. */
  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  allows(kind: string, now = Date.now()): boolean {
    const last = this.#last.get(kind);
    if (last !== undefined && now - last < this.#intervalMs && now >= last) return false;
    this.#last.set(kind, now);
    return true;
  }
}

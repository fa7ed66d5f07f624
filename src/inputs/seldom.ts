/** Says for each kind of event whether it is time for another line in the log: strangers must not fill it. */
export class Seldom {
  readonly #intervalMs: number;
  readonly #last = new Map<string, number>();

  /** `intervalMs`: at most one line of a kind in so long. Kinds are few: nothing that comes from outside. */
  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  isTime(kind: string, now = Date.now()): boolean {
    const last = this.#last.get(kind);
    if (last !== undefined && now - last < this.#intervalMs && now >= last) return false;
    this.#last.set(kind, now);
    return true;
  }
}

/** Hits of a rule by second of event time, for `num_hits`: how many there were within the last `spanMs`. */
export class HitCounter {
  readonly #spanMs: number;
  readonly #counts = new Map<number, number>();

  constructor(spanMs: number) {
    this.#spanMs = spanMs;
  }

  add(time: number): void {
    const second = Math.floor(time / 1000);
    this.#counts.set(second, (this.#counts.get(second) ?? 0) + 1);
    if (this.#counts.size > 2 * (this.#spanMs / 1000) + 64) this.#prune(time);
  }

  /** Hits after `end - span`; those ahead of `end` count. */
  total(end: number): number {
    this.#prune(end);
    let total = 0;
    for (const count of this.#counts.values()) total += count;
    return total;
  }

  save(): [number, number][] {
    return [...this.#counts];
  }

  restore(saved: readonly [number, number][]): void {
    for (const [second, count] of saved) this.#counts.set(second, count);
  }

  #prune(end: number): void {
    const oldest = Math.floor((end - this.#spanMs) / 1000);
    for (const second of this.#counts.keys()) if (second <= oldest) this.#counts.delete(second);
  }
}

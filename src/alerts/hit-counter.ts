/** Of less than one second with hits in so many the others are left out. */
const SPARSE = 6;

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

  /** The first second, and the counts from there on: for a long burst less than pairs. Pairs where that is less. */
  save(): readonly unknown[] {
    const seconds = [...this.#counts.keys()];
    if (seconds.length === 0) return [];
    const first = seconds.reduce((least, second) => Math.min(least, second), Number.POSITIVE_INFINITY);
    const last = seconds.reduce((most, second) => Math.max(most, second), Number.NEGATIVE_INFINITY);
    if (last - first > SPARSE * seconds.length) return [...this.#counts];
    const counts: number[] = [];
    for (let second = first; second <= last; second++) counts.push(this.#counts.get(second) ?? 0);
    return [first, counts];
  }

  restore(saved: unknown): void {
    if (!Array.isArray(saved)) return;
    const [first, counts] = saved;
    if (typeof first === 'number' && Array.isArray(counts)) {
      for (const [i, count] of counts.entries()) if (count > 0) this.#counts.set(first + i, count);
    } else for (const [second, count] of saved as [number, number][]) this.#counts.set(second, count);
  }

  #prune(end: number): void {
    const oldest = Math.floor((end - this.#spanMs) / 1000);
    for (const second of this.#counts.keys()) if (second <= oldest) this.#counts.delete(second);
  }
}

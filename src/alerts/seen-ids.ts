/**
 * Which events a rule has counted: the latest ids, in two generations, so that forgetting costs nothing.
 * Holds at least the last `generation` ids and at most twice as many.
 */
export class SeenIds {
  readonly #generation: number;
  #current = new Set<string>();
  #previous = new Set<string>();

  constructor(generation = 4096) {
    this.#generation = generation;
  }

  /** False when it was there before. */
  add(id: string): boolean {
    if (this.#current.has(id) || this.#previous.has(id)) return false;
    this.#current.add(id);
    if (this.#current.size >= this.#generation) {
      this.#previous = this.#current;
      this.#current = new Set();
    }
    return true;
  }

  save(): string[] {
    return [...this.#previous, ...this.#current];
  }

  restore(ids: readonly string[]): void {
    for (const id of ids) this.add(id);
  }
}

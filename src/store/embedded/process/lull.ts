/** When no light query runs. */
export class Lull {
  readonly #patienceMs: number;
  readonly #waiting = new Set<() => void>();

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  get isWorthWaiting(): boolean {
    return this.#patienceMs > 0;
  }

  /** Resolves when it begins, or when that takes too long. */
  async wait(): Promise<void> {
    const begun = Promise.withResolvers<void>();
    const timer = setTimeout(begun.resolve, this.#patienceMs);
    this.#waiting.add(begun.resolve);
    await begun.promise;
    clearTimeout(timer);
    this.#waiting.delete(begun.resolve);
  }

  begin(): void {
    for (const resolve of this.#waiting) resolve();
  }
}

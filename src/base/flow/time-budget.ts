/** Seconds' worth that can be saved: a process may have to wait for its core. */
const SAVED_SECONDS = 2;

/** So many milliseconds of each second may be spent; what was not spent is saved for a moment. */
export class TimeBudget {
  readonly #perSecond: number;
  #left: number;
  #at = performance.now();

  constructor(msPerSecond: number) {
    this.#perSecond = msPerSecond;
    this.#left = SAVED_SECONDS * msPerSecond;
  }

  /** Milliseconds; negative when more was spent than there was. */
  get left(): number {
    return this.#left;
  }

  /** `start` and `end`: of what was done, by `performance.now()`. */
  spend(start: number, end: number): void {
    const saved = ((end - this.#at) * this.#perSecond) / 1000;
    this.#left = Math.min(SAVED_SECONDS * this.#perSecond, this.#left + saved - (end - start));
    this.#at = end;
  }
}

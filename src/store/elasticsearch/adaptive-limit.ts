/*
 * How many bulk requests at the same time: one more for every round that went well while all places were taken, half when
 * Elasticsearch says that it has too much (429, a timeout), at most once per `cooldownMs` for one wave of refusals.
 */
export class AdaptiveLimit {
  readonly #max: number;
  readonly #cooldownMs: number;
  #limit: number;
  #lastCut = Number.NEGATIVE_INFINITY;

  constructor(max: number, cooldownMs = 1_000) {
    this.#max = max;
    this.#cooldownMs = cooldownMs;
    this.#limit = Math.min(2, max);
  }

  /** A whole number from 1 to the maximum. */
  get value(): number {
    return Math.floor(this.#limit);
  }

  /** `inFlight`: requests that ran when this one ended, itself included. */
  succeeded(inFlight: number): void {
    if (inFlight >= this.value) this.#limit = Math.min(this.#max, this.#limit + 1 / this.value);
  }

  overloaded(nowMs: number): void {
    if (nowMs - this.#lastCut < this.#cooldownMs) return;
    this.#lastCut = nowMs;
    this.#limit = Math.max(1, this.value / 2);
  }
}

import { abortableDelay } from './abort.ts';

export interface BackoffLimits {
  /** The longest pause after the first failure, milliseconds. */
  readonly baseMs: number;
  /** No pause is longer, milliseconds. */
  readonly capMs: number;
}

/**
 * The pause after so many failures in a row (1: the first), in milliseconds: `baseMs`, twice that, four times that, ... up to
 * `capMs`. Half of it is chance, so that many who failed together do not come back together.
 */
export function backoffMs(failures: number, { baseMs, capMs }: BackoffLimits, random = Math.random): number {
  const longest = Math.min(capMs, baseMs * 2 ** Math.min(30, failures - 1));
  return longest * (0.5 + random() / 2);
}

/** Counts failures in a row, and says how long to wait before the next try. */
export class Backoff {
  readonly #limits: BackoffLimits;
  readonly #random: () => number;
  #failures = 0;

  /** `random`: 0 to 1. */
  constructor(limits: BackoffLimits, random = Math.random) {
    this.#limits = limits;
    this.#random = random;
  }

  get failures(): number {
    return this.#failures;
  }

  /** It failed (again): milliseconds until the next try. */
  next(): number {
    return backoffMs(++this.#failures, this.#limits, this.#random);
  }

  /** It failed (again): resolves when it may be tried again, or at once when the signal aborts. */
  wait(signal: AbortSignal): Promise<void> {
    return abortableDelay(this.next(), signal);
  }

  /** It went well: the next failure is the first again. */
  reset(): void {
    this.#failures = 0;
  }
}

/** Less than this nobody waits: many joins end together. */
const MIN_MS = 5;
/** A clock that was set back must not make it wait for so long, nor longer than a timer can. */
const MAX_MS = 60_000;

/** Says when joins are to be looked at; always the earliest moment of those that were asked for. */
export class JoinTimer {
  readonly #onDue: () => void;
  #timer: NodeJS.Timeout | undefined;
  #deadline = Number.POSITIVE_INFINITY;

  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  /** Epoch milliseconds; undefined: nothing waits. */
  arm(deadline: number | undefined, now: number): void {
    if (deadline === undefined || deadline >= this.#deadline) return;
    clearTimeout(this.#timer);
    this.#deadline = deadline;
    this.#timer = setTimeout(this.#onDue, Math.min(MAX_MS, Math.max(MIN_MS, deadline - now)));
    this.#timer.unref();
  }

  /** What it was armed for is being done. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#deadline = Number.POSITIVE_INFINITY;
  }
}

const FIRST_PAUSE_MS = 60_000;
const MAX_PAUSE_MS = 600_000;

/** Facts for the log line: how long it lasts, and how often it was tried in vain. */
export interface OutageFacts {
  readonly seconds: number;
  readonly failures: number;
}

/**
 * Keeps a failure that comes again and again from filling the log: it is told at once, then after one, two, four, ...
 * minutes, at most each ten, and its end is told once. One that comes and goes is told no more often than that.
 */
export class Outage {
  readonly #now: () => number;
  #since: number | undefined;
  #failures = 0;
  #nextAt = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #isTold = false;

  /** `now`: milliseconds that never go back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** It failed (again). `say` is called when that is worth a line. */
  failed(say: (facts: OutageFacts) => void): void {
    const now = this.#now();
    this.#since ??= now;
    this.#failures++;
    if (now < this.#nextAt) return;
    // Quiet for so long: what comes now is something new.
    if (now - this.#nextAt > MAX_PAUSE_MS) this.#pauseMs = FIRST_PAUSE_MS;
    this.#nextAt = now + this.#pauseMs;
    this.#pauseMs = Math.min(MAX_PAUSE_MS, this.#pauseMs * 2);
    this.#isTold = true;
    say({ seconds: Math.round((now - this.#since) / 1000), failures: this.#failures });
  }

  /** It works. `say` is called when the failure was told. */
  over(say: (facts: OutageFacts) => void): void {
    if (this.#since === undefined) return;
    const facts = { seconds: Math.round((this.#now() - this.#since) / 1000), failures: this.#failures };
    const wasTold = this.#isTold;
    this.#since = undefined;
    this.#failures = 0;
    this.#isTold = false;
    if (wasTold) say(facts);
  }
}

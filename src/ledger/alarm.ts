/** How long a ledger may be out of balance before somebody is called. */
const PATIENCE_MS = 10_000;

/** Raised once for each amount that is missing for long enough, cleared when nothing is. Time is any clock in milliseconds. */
export class LossAlarm {
  #since: number | undefined;
  #raisedFor = 0;

  see(missing: number, now: number): 'raised' | 'cleared' | undefined {
    if (missing === 0) {
      const wasRaised = this.#raisedFor !== 0;
      this.#since = undefined;
      this.#raisedFor = 0;
      return wasRaised ? 'cleared' : undefined;
    }
    this.#since ??= now;
    if (now - this.#since < PATIENCE_MS || missing === this.#raisedFor) return undefined;
    this.#raisedFor = missing;
    return 'raised';
  }
}

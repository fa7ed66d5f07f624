import type { Behind, Positions } from './state.ts';

/** So cheap a part goes with every write; milliseconds. */
const CHEAP_MS = 4;
/** Writing a part takes at most one part in this many of the time. */
const COST_FACTOR = 20;
/** So far behind is the most that comes again after a crash. */
const MAX_LAG_MS = 10_000;
const MAX_MATCHED = 10_000;

/**
 * What of a rule is durable. A part that is costly to write lags behind the rest of the state for a moment: then that has
 * the matches found since, so that the hits which come again after a crash raise nothing twice.
 */
export class RulePart {
  isChanged = true;
  #positions: Positions = {};
  #matched: string[] = [];
  #pending: { positions: Positions; matched: string[] } | undefined;
  #writtenAt = Number.NEGATIVE_INFINITY;
  #costMs = 0;
  /** Matches that the rest of the state had already. */
  #known: Set<string> | undefined;

  /** False: this match is not new. */
  matched(match: string): boolean {
    if (this.#known?.delete(match) === true) return false;
    this.#matched.push(match);
    return true;
  }

  get isCostly(): boolean {
    return this.#costMs >= CHEAP_MS;
  }

  /** For how long it can stay out of writes, milliseconds; `now` is one of `performance.now()`. */
  mayLagMs(now: number): number {
    if (!this.isCostly || this.#matched.length > MAX_MATCHED) return 0;
    return Math.max(0, this.#writtenAt + Math.min(MAX_LAG_MS, this.#costMs * COST_FACTOR) - now);
  }

  behind(): Behind {
    return { positions: this.#positions, matched: this.#matched };
  }

  /** It was made ready for writing as of these positions, which took so many milliseconds. */
  taken(positions: Positions, costMs: number, now: number): void {
    this.#pending = { positions, matched: this.#matched };
    this.#matched = [];
    this.isChanged = false;
    // What the disk takes is about as much again.
    this.#costMs = costMs * 2;
    this.#writtenAt = now;
  }

  written(isDurable: boolean): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    if (isDurable) {
      this.#positions = pending.positions;
      this.#known = undefined;
      return;
    }
    this.#matched = [...pending.matched, ...this.#matched];
    this.isChanged = true;
  }

  restore({ positions, matched }: Behind): void {
    this.#positions = positions;
    this.#known = new Set(matched);
  }
}

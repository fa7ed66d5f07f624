import type { Behind, Positions } from './state.ts';

/** A part of so few characters goes with every write. */
const CHEAP_CHARS = 262_144;
/** About what a thousand characters take to be made and written, milliseconds: no more than one part in 20 of the time. */
const COST_MS = 0.05;
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
  #isCostly = false;
  /** Matches that the rest of the state had already. */
  #known: Set<string> | undefined;

  /** False: this match is not new. */
  matched(match: string): boolean {
    if (this.#known?.delete(match) === true) return false;
    this.#matched.push(match);
    return true;
  }

  get isCostly(): boolean {
    return this.#isCostly;
  }

  /** For how long it can stay out of writes, milliseconds, where it has so many characters; `now` is one of `performance.now()`. */
  mayLagMs(chars: number, now: number): number {
    if (chars < CHEAP_CHARS || this.#matched.length > MAX_MATCHED) return 0;
    return Math.max(0, this.#writtenAt + Math.min(MAX_LAG_MS, (chars / 1000) * COST_MS * COST_FACTOR) - now);
  }

  behind(): Behind {
    return { positions: this.#positions, matched: this.#matched };
  }

  /** It was made ready for writing as of these positions, and has so many characters. */
  taken(positions: Positions, chars: number, now: number): void {
    this.#pending = { positions, matched: this.#matched };
    this.#matched = [];
    this.isChanged = false;
    this.#isCostly = chars >= CHEAP_CHARS;
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

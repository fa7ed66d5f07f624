import type { Fields } from '../core/event.ts';
import type { Rule } from './rules/rule.ts';
import type { Match } from './types/kind.ts';

/** A match of a rule that pauses. Plain JSON. */
export interface HeldMatch {
  readonly rule: string;
  /** What its alert would silence. */
  readonly silence: string;
  readonly document: Fields;
  readonly told: Pick<Match, 'time' | 'key' | 'id'>;
  /** Id of its alert. */
  readonly instance?: string | undefined;
}

export interface SavedHeld {
  readonly rule: string;
  readonly matches: readonly HeldMatch[];
  readonly left_out: number;
}

/** Matches found outside the minutes of `limit_execution`: they wait until the rule may run again. Pure; bounded for each rule. */
export class HeldMatches {
  readonly #limit: number;
  readonly #onLimit: () => void;
  readonly #rules = new Map<string, { matches: HeldMatch[]; silences: Set<string>; leftOut: number }>();

  constructor(limit: number, onLimit: () => void) {
    this.#limit = limit;
    this.#onLimit = onLimit;
  }

  has(rule: string): boolean {
    return this.#rules.has(rule);
  }

  /** A match that waits already will silence others of this key: all of them go on at the same instant. */
  isSilencing(rule: Rule, silence: string): boolean {
    return rule.realertMs > 0 && this.#rules.get(rule.name)?.silences.has(silence) === true;
  }

  add(match: HeldMatch): void {
    const held = this.#of(match.rule);
    held.silences.add(match.silence);
    if (held.matches.length < this.#limit) {
      held.matches.push(match);
      return;
    }
    held.leftOut++;
    this.#onLimit();
  }

  takeOut(rule: string): { matches: readonly HeldMatch[]; leftOut: number } {
    const held = this.#of(rule);
    this.#rules.delete(rule);
    return held;
  }

  rules(): string[] {
    return [...this.#rules.keys()];
  }

  save(): SavedHeld[] {
    return [...this.#rules].map(([rule, { matches, leftOut }]) => ({ rule, matches, left_out: leftOut }));
  }

  restore(saved: readonly SavedHeld[]): void {
    for (const { rule, matches, left_out } of saved) {
      const held = this.#of(rule);
      held.leftOut += left_out;
      for (const match of matches) {
        held.matches.push(match);
        held.silences.add(match.silence);
      }
    }
  }

  #of(rule: string) {
    let held = this.#rules.get(rule);
    if (held === undefined) {
      held = { matches: [], silences: new Set(), leftOut: 0 };
      this.#rules.set(rule, held);
    }
    return held;
  }
}

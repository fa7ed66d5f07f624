import { type Fields, isFields } from '../core/event.ts';
import { Pages } from './pages.ts';
import type { Rule } from './rules/rule.ts';
import type { SavedParts } from './state-parts.ts';
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
  /** Of a former version; they are in pages now. */
  readonly matches: readonly HeldMatch[];
  readonly left_out: number;
}

const PER_PAGE = 16;

/** Matches found outside the minutes of `limit_execution`: they wait until the rule may run again. Pure; bounded for each rule. */
export class HeldMatches {
  readonly #limit: number;
  readonly #onLimit: (rule: string) => void;
  readonly #rules = new Map<string, { matches: HeldMatch[]; silences: Set<string>; leftOut: number }>();
  readonly pages = new Pages<HeldMatch>('held', PER_PAGE, { isOrdered: true });

  constructor(limit: number, onLimit: (rule: string) => void) {
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
      this.pages.add(match);
      return;
    }
    held.leftOut++;
    this.#onLimit(match.rule);
  }

  takeOut(rule: string): { matches: readonly HeldMatch[]; leftOut: number } {
    const held = this.#of(rule);
    this.#rules.delete(rule);
    for (const match of held.matches) this.pages.remove(match);
    return held;
  }

  rules(): string[] {
    return [...this.#rules.keys()];
  }

  /** What is not in pages: how many are only counted. */
  save(): SavedHeld[] {
    return [...this.#rules].flatMap(([rule, { leftOut }]) =>
      leftOut === 0 ? [] : [{ rule, matches: [], left_out: leftOut }],
    );
  }

  restore(parts: SavedParts, counted: readonly SavedHeld[]): void {
    const former = counted.flatMap(({ matches }) => matches);
    for (const match of former) this.pages.add(match);
    for (const match of [...this.pages.restore(parts, heldOf)]) {
      const held = this.#of(match.rule);
      held.matches.push(match);
      held.silences.add(match.silence);
    }
    for (const { rule, left_out } of counted) this.#of(rule).leftOut += left_out;
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

/** One as it was written; undefined for something else. */
function heldOf(value: unknown): HeldMatch | undefined {
  if (!isFields(value) || !isFields(value['document']) || !isFields(value['told'])) return undefined;
  return ['rule', 'silence'].every(name => typeof value[name] === 'string')
    ? (value as unknown as HeldMatch)
    : undefined;
}

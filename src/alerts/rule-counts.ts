import { isFields } from '../core/event.ts';
import { Pages } from './pages.ts';
import type { AlertState, RuleCounters } from './state.ts';

const KIND = 'counters';
const PER_PAGE = 32;
const FOLLOW_MS = 1000;

interface Counted {
  readonly rule: string;
  counters: RuleCounters;
}

/**
 * What rules have counted, for processes that look on: a rule's own part has it, too, among all else that it knows.
 * It is about a second old.
 */
export class RuleCounts {
  readonly pages = new Pages<Counted>(KIND, PER_PAGE);
  readonly #counted = new Map<string, Counted>();
  #followedAt = Number.NEGATIVE_INFINITY;

  /** These rules there are. */
  follow(rules: ReadonlyMap<string, { readonly counters: RuleCounters }>, isNow: boolean): void {
    const at = performance.now();
    if (!isNow && at - this.#followedAt < FOLLOW_MS) return;
    this.#followedAt = at;
    for (const [rule, { counters }] of rules) {
      const known = this.#counted.get(rule);
      if (known === undefined) {
        const counted = { rule, counters: { ...counters } };
        this.#counted.set(rule, counted);
        this.pages.add(counted);
        continue;
      }
      const { hits, matches, alerts, suppressed } = known.counters;
      const isSame = matches === counters.matches && alerts === counters.alerts && suppressed === counters.suppressed;
      if (hits === counters.hits && isSame) continue;
      known.counters = { ...counters };
      this.pages.changed(known);
    }
    for (const [rule, counted] of this.#counted) {
      if (rules.has(rule)) continue;
      this.#counted.delete(rule);
      this.pages.remove(counted);
    }
  }
}

/** Of each rule in a state. */
export function countersOf({
  counters = {},
  parts,
}: Pick<AlertState, 'counters' | 'parts'>): Map<string, RuleCounters> {
  const paged = new Pages<Counted>(KIND, PER_PAGE).restore(parts, countedOf);
  return new Map([...Object.entries(counters), ...paged.map(one => [one.rule, one.counters] as const)]);
}

/** One as it was written; undefined for something else. */
function countedOf(value: unknown): Counted | undefined {
  if (!isFields(value) || typeof value['rule'] !== 'string' || !isFields(value['counters'])) return undefined;
  return value as unknown as Counted;
}

import { isFields } from '../core/event.ts';
import { Pages } from './pages.ts';
import type { AlertState, RuleFigures } from './state.ts';

const KIND = 'counters';
const PER_PAGE = 32;
/** Of more rules than these, counters are written this seldom. */
const FEW = 256;
const FOLLOW_MS = 1000;

interface Counted {
  readonly rule: string;
  counters: RuleFigures;
}

/**
 * What rules have counted, for processes that look on: a rule's own part has it, too, among all else that it knows.
 * Where there are many rules it is about a second older than the rest.
 */
export class RuleCounts {
  readonly pages = new Pages<Counted>(KIND, PER_PAGE);
  readonly #counted = new Map<string, Counted>();
  #followedAt = Number.NEGATIVE_INFINITY;

  /** These rules there are. `figuresOf`: of one of them. */
  follow<T>(rules: ReadonlyMap<string, T>, figuresOf: (one: T) => RuleFigures, isNow: boolean): void {
    const at = performance.now();
    if (!isNow && rules.size > FEW && at - this.#followedAt < FOLLOW_MS) return;
    this.#followedAt = at;
    for (const [rule, one] of rules) {
      const counters = figuresOf(one);
      const known = this.#counted.get(rule);
      if (known === undefined) {
        const counted = { rule, counters };
        this.#counted.set(rule, counted);
        this.pages.add(counted);
        continue;
      }
      const change = changeOf(known.counters, counters);
      known.counters = counters;
      if (change !== undefined) this.pages.changed(known, change === 'time');
    }
    for (const [rule, counted] of this.#counted) {
      if (rules.has(rule)) continue;
      this.#counted.delete(rule);
      this.pages.remove(counted);
    }
  }
}

const COMPARED = [
  ...(['hits', 'matches', 'alerts', 'suppressed', 'late', 'last_alert'] as const),
  ...(['keys', 'forgotten_keys', 'future_events'] as const),
];

/** That a rule was evaluated once more is written within some seconds. */
function changeOf(before: RuleFigures, now: RuleFigures): 'time' | 'more' | undefined {
  if (COMPARED.some(name => before[name] !== now[name])) return 'more';
  if (before.last_error?.at !== now.last_error?.at) return 'more';
  return before.last_evaluation === now.last_evaluation ? undefined : 'time';
}

/** Of each rule in a state. */
export function countersOf({ counters = {}, parts }: Pick<AlertState, 'counters' | 'parts'>): Map<string, RuleFigures> {
  const paged = new Pages<Counted>(KIND, PER_PAGE).restore(parts, countedOf);
  return new Map([...Object.entries(counters), ...paged.map(one => [one.rule, one.counters] as const)]);
}

/** One as it was written; undefined for something else. */
function countedOf(value: unknown): Counted | undefined {
  if (!isFields(value) || typeof value['rule'] !== 'string' || !isFields(value['counters'])) return undefined;
  return value as unknown as Counted;
}

import type { Fields } from '../core/event.ts';
import { ruleErrorsTotal } from './metrics.ts';
import type { Rule } from './rules/rule.ts';

/** Names of the rules whose filter holds for an event; undefined when none does. */
export type RuleMatcher = (event: Fields) => readonly string[] | undefined;

/** Compiles the filters of the enabled rules. Called for each event, in every worker: it allocates for hits only. */
export function compileMatcher(rules: readonly Rule[]): RuleMatcher {
  const enabled = rules.filter(rule => rule.enabled);
  const names = enabled.map(rule => rule.name);
  const predicates = enabled.map(rule => rule.predicate);
  const count = predicates.length;
  const holds = (i: number, event: Fields): boolean => {
    try {
      return predicates[i]!(event);
    } catch {
      ruleErrorsTotal.inc({ rule: names[i]! });
      return false;
    }
  };
  return event => {
    let hits: string[] | undefined;
    for (let i = 0; i < count; i++) {
      if (!holds(i, event)) continue;
      if (hits === undefined) hits = [names[i]!];
      else hits.push(names[i]!);
    }
    return hits;
  };
}

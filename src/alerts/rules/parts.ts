import { didYouMean } from '../../base/text/did-you-mean.ts';
import type { LongshoreError } from '../../core/errors.ts';
import { namesOf, partsOf } from '../types/composite.ts';
import type { Problems } from './problems.ts';
import type { Rule } from './rule.ts';

/** A rule that was read, with what is said of it. */
export interface ReadRule {
  readonly rule: Rule;
  readonly problems: Problems;
}

/** Names of the rules that a rule is made of; empty for one that counts events. */
export const partNames = ({ kind, options }: Rule): string[] =>
  kind.isFedByRules === true ? namesOf(partsOf(options)) : [];

/** The rules themselves, and all that they are made of, at any depth. In the order of `all`. */
export function withParts(rules: readonly Rule[], all: readonly Rule[]): Rule[] {
  const wanted = new Set<string>();
  const add = (rule: Rule | undefined): void => {
    if (rule === undefined || wanted.has(rule.name)) return;
    wanted.add(rule.name);
    for (const name of partNames(rule)) add(all.find(one => one.name === name && one.enabled));
  };
  rules.forEach(add);
  const others = all.filter(rule => wanted.has(rule.name) && !rules.some(({ name }) => name === rule.name));
  return [...rules, ...others];
}

/**
 * Says what is wrong with rules over other rules: parts that there are not, and rules that are made of themselves. Gives
 * the rules that cannot run. `leftOut`: names of rules that have mistakes of their own.
 */
export function checkParts(
  read: readonly ReadRule[],
  leftOut: ReadonlySet<string>,
): ReadonlyMap<Rule, LongshoreError[]> {
  const known = new Map(read.filter(({ rule }) => rule.enabled).map(one => [one.rule.name, one]));
  const wrong = new Map<Rule, LongshoreError[]>();
  for (const { rule, problems } of known.values()) {
    const cycle = cycleOf(rule.name, name => partNames(known.get(name)?.rule ?? rule).filter(one => known.has(one)));
    if (cycle !== undefined)
      problems.error('LS_ALERTS_RULE', `the rule is a part of itself: ${cycle.join(' -> ')}.`, {
        option: placeOf(rule, cycle[1]!).option,
        fix: 'Take one of them out.',
      });
  }
  // A rule whose part cannot run cannot run itself.
  for (let found = true; found; ) {
    found = false;
    for (const { rule, problems } of [...known.values()]) {
      for (const name of partNames(rule)) {
        if (known.has(name)) continue;
        const isOff = read.some(one => one.rule.name === name && !one.rule.enabled);
        const what = isOff
          ? `the rule ${JSON.stringify(name)} is switched off`
          : `there is no rule ${JSON.stringify(name)}`;
        const fix = didYouMean(
          name,
          [...known.keys()].filter(one => one !== rule.name),
        );
        const isBroken = leftOut.has(name) || [...wrong.keys()].some(one => one.name === name);
        problems.error('LS_ALERTS_RULE', isBroken ? `its part ${JSON.stringify(name)} has mistakes.` : `${what}.`, {
          ...placeOf(rule, name),
          fix: isBroken ? 'Mend that one.' : isOff ? 'Switch it on, or leave it out here.' : fix,
        });
      }
      if (problems.errors.length === 0) continue;
      wrong.set(rule, problems.errors);
      known.delete(rule.name);
      found = true;
    }
  }
  return wrong;
}

/** The way from a rule to itself. */
function cycleOf(name: string, partsOfRule: (name: string) => readonly string[]): string[] | undefined {
  const seen = new Set<string>();
  const walk = (way: readonly string[]): string[] | undefined => {
    for (const part of partsOfRule(way.at(-1)!)) {
      if (part === name) return [...way, part];
      if (seen.has(part)) continue;
      seen.add(part);
      const found = walk([...way, part]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return walk([name]);
}

function placeOf({ options }: Rule, name: string): { option: string; path: (string | number)[] } {
  for (const option of ['all', 'any', 'not']) {
    const list = options[option];
    const at = Array.isArray(list) ? list.indexOf(name) : -1;
    if (at >= 0) return { option, path: [at] };
  }
  return { option: 'type', path: [] };
}

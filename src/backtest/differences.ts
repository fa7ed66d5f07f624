import type { Rule } from '../alerts/rules/rule.ts';
import { MINUTE_MS } from '../base/time/duration.ts';
import type { BacktestAlert, BacktestDifference, BacktestRule } from '../core/api/backtest.ts';

/** Rules of one name; where both sides have a single rule, these two. Pure. */
export function differencesOf(
  old: readonly BacktestRule[],
  now: readonly BacktestRule[],
  rules: readonly Pick<Rule, 'name' | 'timeframeMs'>[],
): BacktestDifference[] {
  const isPair = old.length === 1 && now.length === 1;
  const names = [...new Set([...now, ...old].map(rule => rule.name))];
  const pairs = isPair
    ? [[old[0], now[0]] as const]
    : names.map(name => [old.find(rule => rule.name === name), now.find(rule => rule.name === name)] as const);
  return pairs.map(([before, after]) => {
    const own = rules.filter(({ name }) => name === before?.name || name === after?.name);
    const withinMs = Math.max(MINUTE_MS, ...own.map(rule => rule.timeframeMs));
    const alerts = paired(before?.fired ?? [], after?.fired ?? [], withinMs);
    return { old: before?.name ?? '', new: after?.name ?? '', ...alerts };
  });
}

/** Alerts of one key, each with the first one of the other side that is near enough and has no other. */
function paired(
  old: readonly BacktestAlert[],
  now: readonly BacktestAlert[],
  withinMs: number,
): Pick<BacktestDifference, 'only_old' | 'only_new' | 'both'> {
  const waiting = Map.groupBy(now, keyOf);
  const both: BacktestDifference['both'][number][] = [];
  const taken = new Set<BacktestAlert>();
  const only_old = old.filter(alert => {
    const others = waiting.get(keyOf(alert)) ?? [];
    while (others[0] !== undefined && timeOf(others[0]) < timeOf(alert) - withinMs) others.shift();
    const [other] = others;
    if (other === undefined || timeOf(other) > timeOf(alert) + withinMs) return true;
    others.shift();
    taken.add(other);
    both.push({ old: alert, new: other });
    return false;
  });
  return { only_old, only_new: now.filter(alert => !taken.has(alert)), both };
}

const keyOf = ({ key, resolved }: BacktestAlert): string => JSON.stringify([key ?? null, resolved === true]);
const timeOf = ({ at }: BacktestAlert): number => Date.parse(at);

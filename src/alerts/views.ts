import { isoTime } from '../base/time/iso.ts';
import type { RuleStatus } from '../core/api/alerts.ts';
import { pythonStr } from './python/str.ts';
import { recentOf } from './recent.ts';
import { countersOf } from './rule-counts.ts';
import { lastErrorOf, NO_COUNTERS, type RuleRuntime } from './rule-runtime.ts';
import type { Rule } from './rules/rule.ts';
import { silencesOf } from './silences.ts';
import type { AlertState, RuleFigures } from './state.ts';
import { windowView } from './window-view.ts';

const MAX_SILENCED = 100;

/** What another process that evaluates these rules has written of them. */
export function statusOfState(
  rules: readonly Rule[],
  state: AlertState,
  active: ReadonlyMap<string, number>,
  now: number,
): RuleStatus[] {
  const silenced = silencesOf(state)
    .filter(([, until]) => now < until)
    .map(([key, until]) => [key, until] as const);
  const counted = countersOf(state);
  const recent = recentOf(state);
  return rules.map(rule => {
    if (!rule.enabled) return ruleStatus(rule, undefined, silenced);
    const counters = counted.get(rule.name);
    const last = recent.findLast(view => view.rule === rule.name)?.at;
    const status = ruleStatus(rule, undefined, silenced, active.get(rule.name));
    return { last_alert: last, ...status, ...counters };
  });
}

type Failure = { readonly at: number; readonly what: string };

const latest = (...failures: (Failure | undefined)[]): Failure | undefined =>
  failures.filter(one => one !== undefined).toSorted((a, b) => b.at - a.at)[0];

/** What a rule has done, for whoever looks at it from another process, too. */
export function figuresOf(rule: Rule, runtime: RuleRuntime | undefined): RuleFigures {
  const error = latest(lastErrorOf(rule), rule.textFailure.last);
  return {
    ...(runtime?.counters ?? NO_COUNTERS),
    keys: runtime?.keys ?? 0,
    forgotten_keys: runtime?.forgottenKeys ?? 0,
    future_events: runtime?.futureEvents ?? 0,
    last_evaluation: timeOf(runtime?.lastEvaluationAt),
    last_error: error && { at: isoTime(error.at), what: error.what },
  };
}

/** `silenced`: keys that are silent now, with the time until then in epoch milliseconds. */
export function ruleStatus(
  rule: Rule,
  runtime: RuleRuntime | undefined,
  silenced: readonly (readonly [string, number])[],
  activeAlerts = 0,
  nextDue?: number | undefined,
): RuleStatus {
  const own = silenced.filter(([key]) => key === rule.realertKey || key.startsWith(`${rule.realertKey}.`));
  return {
    name: rule.name,
    type: rule.type,
    where: rule.where,
    enabled: rule.enabled,
    description: pythonStr(rule.options['description'] ?? ''),
    ...(rule.kind.levels === undefined ? {} : { levels: rule.kind.levels }),
    filling: runtime?.waiting !== undefined,
    ...figuresOf(rule, runtime),
    ...(runtime?.comparison && { comparison: runtime.comparison.view() }),
    window: windowView(rule),
    next_due: timeOf(nextDue),
    active_alerts: activeAlerts,
    silenced: own
      .slice(0, MAX_SILENCED)
      .map(([key, until]) => ({ key: key.slice(rule.realertKey.length + 1), until: isoTime(until) })),
    alerters: rule.alerters.map(({ type, missing }) => ({ type, missing })),
    fields: rule.fields,
  };
}

const timeOf = (at: number | undefined): string | undefined => (at === undefined ? undefined : isoTime(at));

import { isoTime } from '../base/time/iso.ts';
import { pythonStr } from './python/str.ts';
import type { RuleRuntime } from './rule-runtime.ts';
import type { Rule } from './rules/rule.ts';
import type { MainState } from './state.ts';

/** An alert as `GET /api/alerts` shows it. */
export interface AlertView {
  readonly id: string;
  /** When it was raised: ISO, wall clock. */
  readonly at: string;
  readonly rule: string;
  /** Text of the query key; absent without one. */
  readonly key?: string | undefined;
  readonly title: string;
  /** Cut after some thousand characters. */
  readonly body: string;
  /** Matches told of. */
  readonly matches: number;
  readonly num_hits: number;
  /** Time of the first match: ISO. */
  readonly event_time: string;
  readonly event_id?: string | undefined;
  readonly deliveries: Delivery[];
}

export interface Delivery {
  readonly alerter: string;
  /** `log_only`: no address is configured. */
  state: 'pending' | 'sent' | 'retrying' | 'dead' | 'dropped' | 'log_only';
  attempts: number;
  last_error?: string | undefined;
}

/** A rule as the API shows it. */
export interface RuleStatus {
  readonly name: string;
  readonly type: string;
  readonly where: string;
  readonly enabled: boolean;
  readonly description: string;
  /** Reading the past from the store. */
  readonly filling: boolean;
  /** Since the first start. */
  readonly hits: number;
  readonly matches: number;
  readonly alerts: number;
  readonly suppressed: number;
  /** Keys with a window in memory. */
  readonly keys: number;
  /** Keys that max_keys_per_rule or max_window_events pushed out: their windows began anew. */
  readonly forgotten_keys: number;
  /** Events ahead of the clock of this machine, which wait until their time. */
  readonly future_events: number;
  /** ISO; absent if there was none since the start of the process. */
  readonly last_alert?: string | undefined;
  readonly silenced: readonly { key: string; until: string }[];
  /** `missing`: the option without which it only logs; `alert` where it cannot run here. */
  readonly alerters: readonly { type: string; missing?: string | undefined }[];
  readonly fields: readonly string[];
}

const MAX_SILENCED = 100;

/** What another process that evaluates these rules has written of them. */
export function statusOfState(rules: readonly Rule[], state: MainState, now: number): RuleStatus[] {
  const silenced = state.silences.filter(([, until]) => now < until).map(([key, until]) => [key, until] as const);
  return rules.map(rule => {
    if (!rule.enabled) return ruleStatus(rule, undefined, silenced);
    const counters = Object.hasOwn(state.counters, rule.name) ? state.counters[rule.name] : undefined;
    const last = state.recent.findLast(view => view.rule === rule.name)?.at;
    return { ...ruleStatus(rule, undefined, silenced), ...counters, last_alert: last };
  });
}

/** `silenced`: keys that are silent now, with the time until then in epoch milliseconds. */
export function ruleStatus(
  rule: Rule,
  runtime: RuleRuntime | undefined,
  silenced: readonly (readonly [string, number])[],
): RuleStatus {
  const own = silenced.filter(([key]) => key === rule.realertKey || key.startsWith(`${rule.realertKey}.`));
  return {
    name: rule.name,
    type: rule.type,
    where: rule.where,
    enabled: rule.enabled,
    description: pythonStr(rule.options['description'] ?? ''),
    filling: runtime?.waiting !== undefined,
    ...(runtime?.counters ?? { hits: 0, matches: 0, alerts: 0, suppressed: 0 }),
    keys: runtime?.keys ?? 0,
    forgotten_keys: runtime?.forgottenKeys ?? 0,
    future_events: runtime?.futureEvents ?? 0,
    last_alert: runtime?.lastAlertAt === undefined ? undefined : isoTime(runtime.lastAlertAt),
    silenced: own
      .slice(0, MAX_SILENCED)
      .map(([key, until]) => ({ key: key.slice(rule.realertKey.length + 1), until: isoTime(until) })),
    alerters: rule.alerters.map(({ type, missing }) => ({ type, missing })),
    fields: rule.fields,
  };
}

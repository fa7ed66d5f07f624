import type { RuleFileLeftOut } from '../alerts/rules/load.ts';
import type { RuleMistake, RuleStatus, RuleView } from '../core/api/alerts.ts';
import type { LongshoreError } from '../core/errors.ts';
import type { UserContent } from './user-content.ts';

/** Every rule file, also those that give no rule. */
export function ruleViews(
  statuses: readonly RuleStatus[],
  { skippedRules, rulesOff }: Pick<UserContent, 'skippedRules' | 'rulesOff'>,
): RuleView[] {
  const running = statuses.map((status): RuleView => {
    const skipped = skippedRules.find(file => file.isFormerRunning && status.where.startsWith(`${file.path}:`));
    if (skipped !== undefined) return { ...status, state: 'former_version', mistakes: skipped.errors.map(mistakeOf) };
    return { ...status, state: status.enabled ? 'active' : 'disabled', mistakes: [] };
  });
  const skipped = skippedRules.filter(file => !file.isFormerRunning).map(file => leftOutView(file, 'skipped'));
  return [...running, ...rulesOff.map(file => leftOutView(file, 'disabled')), ...skipped];
}

function leftOutView({ path, name, type, errors }: RuleFileLeftOut, state: 'disabled' | 'skipped'): RuleView {
  return {
    ...{ name, type, where: errors[0]?.where ?? `${path}:1`, enabled: false, description: '', filling: false },
    ...{ hits: 0, matches: 0, alerts: 0, suppressed: 0, late: 0, keys: 0, forgotten_keys: 0, future_events: 0 },
    ...{ active_alerts: 0, silenced: [], alerters: [], fields: [] },
    state,
    mistakes: errors.map(mistakeOf),
  };
}

function mistakeOf({ where, what, fix, code }: LongshoreError): RuleMistake {
  return { where, what, fix, code };
}

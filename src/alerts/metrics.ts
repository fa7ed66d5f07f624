import { counter, gauge } from '../core/metrics.ts';

export const hitsTotal = counter('longshore_alert_hits_total', 'Events that a rule took in.', ['rule']);
export const matchesTotal = counter('longshore_alert_matches_total', 'Matches of a rule, suppressed ones too.', [
  'rule',
]);
export const suppressedTotal = counter('longshore_alert_suppressed_total', 'Matches that realert kept silent.', [
  'rule',
]);
export const notificationsTotal = counter(
  'longshore_alert_notifications_total',
  'Notifications by outcome: sent, retried, dead (given up), dropped (the outbox was full), log_only (no address).',
  ['alerter', 'outcome'],
);
export const outboxGauge = gauge('longshore_alert_outbox', 'Notifications waiting for delivery.');
export const instancesGauge = gauge(
  'longshore_alert_instances',
  'Alerts that there are now, by rule: pending, firing, or suppressed by a silence. Rules without alerts have none.',
  ['rule', 'state'],
);
export const ruleErrorsTotal = counter('longshore_alert_rule_errors_total', 'Failures while evaluating a rule.', [
  'rule',
]);
export const limitedTotal = counter(
  'longshore_alert_limited_total',
  'How often a limit of the alerts room bit, and for which rule.',
  ['limit', 'rule'],
);
export const stateWriteErrorsTotal = counter(
  'longshore_alert_state_write_errors_total',
  'Failed writes of the alert state.',
);

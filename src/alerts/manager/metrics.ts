import { counter, gauge } from '../../core/metrics.ts';

export const routedNotifications = counter(
  'longshore_alertmanager_notifications_total',
  'Notifications of routed groups by outcome: sent, retried, failed (until the next interval).',
  ['integration', 'outcome'],
);
export const receivedAlerts = counter(
  'longshore_alertmanager_alerts_received_total',
  'Alerts that came in, by outcome.',
  ['outcome'],
);
export const routedAlerts = gauge('longshore_alertmanager_alerts', 'Alerts that are known, suppressed ones too.');
export const routedGroups = gauge('longshore_alertmanager_groups', 'Groups of alerts.');
export const alertmanagerLimited = counter(
  'longshore_alertmanager_limited_total',
  'How often a limit of routed alerts bit.',
  ['limit'],
);
export const templateFailures = counter(
  'longshore_alertmanager_template_failures_total',
  'Templates that failed; a plain text was sent in their place.',
);

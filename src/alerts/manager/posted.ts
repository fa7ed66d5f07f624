import { isoTime } from '../../base/time/iso.ts';
import type { AlertsQuery, PostedAlertView } from '../../core/api/alerts.ts';
import { isResolved } from '../routing/alert-book.ts';
import type { SilenceStore } from '../silencing/silence-store.ts';
import type { Alertmanager } from './alertmanager.ts';

export type PostedSource = Pick<Alertmanager, 'dispatcher' | 'deliveries' | 'refresh' | 'externalUrl' | 'now'>;

/**
 * The alerts that last and were posted by other programs, the latest first. `own`: fingerprints of alerts of rules of this
 * service, which may go through the same routes.
 */
export async function postedAlerts(
  manager: PostedSource,
  own: ReadonlySet<string>,
  silences: SilenceStore,
  { limit, state, rule }: AlertsQuery,
): Promise<PostedAlertView[]> {
  if (state === 'pending' || state === 'resolved') return [];
  await manager.refresh();
  const { dispatcher } = manager;
  const now = manager.now();
  const address = `${manager.externalUrl()}/`;
  const found = [...dispatcher.alerts()]
    .filter(alert => !isResolved(alert, now) && !own.has(alert.fingerprint) && !alert.generatorUrl.startsWith(address))
    .filter(({ labels }) => rule === undefined || labels['alertname'] === rule)
    .map(alert => ({ alert, inhibitedBy: dispatcher.statusOf(alert.labels, now).inhibitedBy }))
    .map(one => ({ ...one, silencing: silences.silencing(one.alert.labels, now) }))
    .filter(one => state === undefined || state === 'active' || state === stateOf(one))
    .sort((a, b) => b.alert.startsAt - a.alert.startsAt)
    .slice(0, limit);
  const deliveries = await manager.deliveries(new Set(found.map(({ alert }) => alert.fingerprint)));
  return found.map(({ alert, inhibitedBy, silencing }) => ({
    fingerprint: alert.fingerprint,
    state: stateOf({ inhibitedBy, silencing }),
    labels: alert.labels,
    annotations: alert.annotations,
    source: alert.generatorUrl,
    starts_at: isoTime(alert.startsAt),
    updated_at: isoTime(alert.updatedAt),
    ends_at: isoTime(alert.endsAt),
    duration_ms: Math.max(0, now - alert.startsAt),
    receivers: dispatcher.receiversOf(alert.fingerprint),
    silenced_by: silencing.map(({ id, createdBy, comment }) => ({ id, created_by: createdBy, comment })),
    inhibited_by: inhibitedBy,
    deliveries: deliveries.get(alert.fingerprint) ?? [],
  }));
}

const stateOf = (one: Readonly<Record<'silencing' | 'inhibitedBy', readonly unknown[]>>): PostedAlertView['state'] =>
  one.silencing.length + one.inhibitedBy.length > 0 ? 'suppressed' : 'firing';

import { isoTime } from '../../base/time/iso.ts';
import type { AlertInstanceView, AlertsAnswer, AlertsQuery, AlertView } from '../../core/api/alerts.ts';
import { pythonStr } from '../python/str.ts';
import type { Silence } from '../silencing/silence.ts';
import type { SilenceStore } from '../silencing/silence-store.ts';
import type { Instance } from './instance.ts';

/** What `GET /api/alerts` answers. `told`: messages, newest first; `instances`: the latest last. */
export function alertsAnswer(
  told: readonly AlertView[],
  instances: readonly Instance[],
  silences: SilenceStore,
  { limit, state, rule }: AlertsQuery,
  now: number,
  queryOf: (instance: Instance) => string | undefined = () => undefined,
): AlertsAnswer {
  const isWanted = (one: { readonly rule: string }): boolean => rule === undefined || one.rule === rule;
  const byId = new Map(instances.map(instance => [instance.id, instance]));
  const views = instances
    .filter(isWanted)
    .map(one => ({ ...instanceView(one, told, silences.silencing(one.labels, now), now), query: queryOf(one) }));
  const newest = views.toReversed();
  const isShown = (view: AlertInstanceView): boolean =>
    state === undefined || view.state === state || (state === 'active' && view.state !== 'resolved');
  const history = told.filter(isWanted).map(view => withInstance(view, byId.get(view.instance ?? ''), now));
  return {
    alerts: history.filter(view => state === undefined || isOfState(view, byId, state)).slice(0, limit),
    active: newest.filter(view => view.state !== 'resolved' && isShown(view)).slice(0, limit),
    resolved: newest.filter(view => view.state === 'resolved' && isShown(view)).slice(0, limit),
  };
}

/** Messages go with the alert that they told of. */
function isOfState(view: AlertView, byId: ReadonlyMap<string, Instance>, state: string): boolean {
  const instance = byId.get(view.instance ?? '');
  const isOver = view.resolved === true || (instance !== undefined && instance.endsAt !== undefined);
  return state === 'resolved' ? isOver : !isOver;
}

/** With what caused the alert, and when it was over. */
function withInstance(view: AlertView, instance: Instance | undefined, now: number): AlertView {
  if (instance === undefined) return view;
  const { startsAt, endsAt, events, samples } = instance;
  return {
    ...view,
    starts_at: isoTime(startsAt),
    ends_at: endsAt === undefined ? undefined : isoTime(endsAt),
    duration_ms: (endsAt ?? now) - startsAt,
    events,
    samples: samples.map(sample => ({ ...sample, time: isoTime(sample.time) })),
  };
}

function instanceView(
  instance: Instance,
  told: readonly AlertView[],
  silencing: readonly Silence[],
  now: number,
): AlertInstanceView {
  const { key, startsAt, lastAt, endsAt, incident, samples } = instance;
  const last = incident === undefined ? undefined : told.find(view => view.instance === incident);
  return {
    id: instance.id,
    rule: instance.rule,
    state: stateOf(instance, silencing),
    key: key === null ? undefined : pythonStr(key),
    labels: instance.labels,
    key_labels: instance.keyLabels,
    annotations: instance.annotations,
    fingerprint: instance.fingerprint,
    starts_at: isoTime(startsAt),
    last_match: isoTime(lastAt),
    ends_at: endsAt === undefined ? undefined : isoTime(endsAt),
    reason: instance.reason,
    duration_ms: (endsAt ?? Math.max(now, startsAt)) - startsAt,
    matches: instance.matches,
    hits: instance.hits,
    value: instance.value,
    silenced_by:
      endsAt === undefined
        ? silencing.map(({ id, createdBy, comment }) => ({ id, created_by: createdBy, comment }))
        : [],
    told: incident !== undefined,
    events: instance.events,
    samples: samples.map(sample => ({ ...sample, time: isoTime(sample.time) })),
    deliveries: last?.deliveries ?? [],
  };
}

export function stateOf(instance: Instance, silencing: readonly Silence[]): AlertInstanceView['state'] {
  if (instance.endsAt !== undefined) return 'resolved';
  if (!instance.isFiring) return 'pending';
  return silencing.length > 0 ? 'suppressed' : 'firing';
}

import type { AlertDelivery, AlertView } from '../../core/api/alerts.ts';
import type { Instance } from '../instances/instance.ts';
import type { Alertmanager } from './alertmanager.ts';

/** What a rule's own list says of an alert that goes through the routes. */
const ROUTES = 'routes';

/** Messages of rules with what became of those that the routes made of their alerts, in place of `routes`. */
export async function withRouted(
  told: readonly AlertView[],
  instances: readonly Instance[],
  manager: Pick<Alertmanager, 'deliveries'> | undefined,
): Promise<readonly AlertView[]> {
  const routed = told.filter(({ deliveries }) => deliveries.some(({ alerter }) => alerter === ROUTES));
  if (routed.length === 0 || manager === undefined) return told;
  const fingerprints = new Map(
    instances.flatMap(({ id, incident = id, fingerprint }) => [[id, fingerprint] as const, [incident, fingerprint]]),
  );
  const wanted = new Set(routed.flatMap(({ instance = '' }) => fingerprints.get(instance) ?? []));
  const known = await manager.deliveries(wanted);
  return told.map(view => {
    if (!routed.includes(view)) return view;
    const fingerprint = fingerprints.get(view.instance ?? '');
    const ofRoutes = fingerprint === undefined ? [] : (known.get(fingerprint) ?? [PENDING]);
    const others = view.deliveries.filter(({ alerter }) => alerter !== ROUTES);
    return { ...view, deliveries: [...others, ...ofRoutes] };
  });
}

/** Its group is not told yet. */
const PENDING: AlertDelivery = { alerter: ROUTES, state: 'pending', attempts: 0 };

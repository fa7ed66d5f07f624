import { DAY_MS } from '../base/time/duration.ts';
import type { DoraFigures, ServiceFigures } from '../core/api/dora.ts';
import { bandsOf } from './bands.ts';

/** Times are epoch milliseconds. */
export interface Deployment {
  readonly service: string;
  readonly time: number;
  readonly failed: boolean;
  readonly isRollback: boolean;
  readonly commitTime: number | undefined;
}

export interface Incident {
  /** `` where the alert names none. */
  readonly service: string;
  readonly startsAt: number;
  /** Undefined while it lasts. */
  readonly endsAt: number | undefined;
  /** It ended because its rule did: nothing was restored. */
  readonly isDropped: boolean;
}

export interface Span {
  readonly from: number;
  readonly to: number;
  /** So many days of it are known. */
  readonly days: number;
  readonly failureWindowMs: number;
}

/** Deployments of the time before count for who was followed or taken back, and no more. */
export function figuresOf(
  deployments: readonly Deployment[],
  incidents: readonly Incident[],
  span: Span,
): { services: ServiceFigures[]; total: DoraFigures } {
  const failed = failedOf(deployments, incidents, span.failureWindowMs);
  const isIn = (time: number): boolean => time >= span.from && time <= span.to;
  const counted = deployments.filter(one => !one.isRollback && isIn(one.time));
  const begun = incidents.filter(({ startsAt }) => isIn(startsAt));
  const names = new Set([...counted, ...begun].map(({ service }) => service));
  const of = (wanted: string | undefined): DoraFigures => {
    const isWanted = ({ service }: { readonly service: string }): boolean => wanted === undefined || service === wanted;
    return measure(counted.filter(isWanted), begun.filter(isWanted), failed, span.days);
  };
  const services = [...names].map(service => ({ service, ...of(service) }));
  services.sort((a, b) => b.deployments - a.deployments || (a.service < b.service ? -1 : 1));
  return { services, total: of(undefined) };
}

function measure(
  deployments: readonly Deployment[],
  incidents: readonly Incident[],
  failed: ReadonlySet<Deployment>,
  days: number,
): DoraFigures {
  const failures = deployments.filter(one => failed.has(one)).length;
  const leads = deployments.flatMap(({ time, commitTime }) =>
    commitTime === undefined || commitTime > time ? [] : [(time - commitTime) / 1000],
  );
  const restored = incidents.flatMap(({ startsAt, endsAt, isDropped }) =>
    endsAt === undefined || isDropped ? [] : [(endsAt - startsAt) / 1000],
  );
  const figures = {
    deployments: deployments.length,
    deployments_per_day: round(deployments.length / days),
    failed_deployments: failures,
    change_failure_ratio: deployments.length === 0 ? null : round(failures / deployments.length),
    lead_time_seconds: median(leads),
    incidents: incidents.length,
    open_incidents: incidents.filter(({ endsAt }) => endsAt === undefined).length,
    time_to_restore_seconds: median(restored),
  };
  return { ...figures, bands: bandsOf(figures) };
}

/** Marked so, taken back by the next one, or followed by an incident of the service before anything else was deployed. */
function failedOf(
  deployments: readonly Deployment[],
  incidents: readonly Incident[],
  windowMs: number,
): Set<Deployment> {
  const failed = new Set<Deployment>();
  const byService = Map.groupBy(deployments, ({ service }) => service);
  for (const own of byService.values()) {
    own.sort((a, b) => a.time - b.time);
    for (const [i, one] of own.entries()) {
      if (one.failed && !one.isRollback) failed.add(one);
      const before = own.slice(0, i).findLast(({ isRollback }) => !isRollback);
      if (one.isRollback && before !== undefined) failed.add(before);
    }
  }
  for (const { service, startsAt } of incidents) {
    const last = byService.get(service)?.findLast(({ time }) => time <= startsAt);
    if (last !== undefined && !last.isRollback && startsAt - last.time <= windowMs) failed.add(last);
  }
  return failed;
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return round((sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2);
}

/** To a millionth: shares and rates are no more exact. */
const round = (value: number): number => Math.round(value * 1e6) / 1e6;

/** Days from one time to another, at least one. */
export const daysBetween = (from: number, to: number): number => Math.max(1, round((to - from) / DAY_MS));

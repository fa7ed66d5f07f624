import type { Labels } from '../silencing/matcher.ts';
import type { ToldAlert } from './dispatcher.ts';

/** What templates and webhooks get of a group; names are those of Alertmanager's `Data`. */
export interface GroupData {
  readonly receiver: string;
  readonly status: 'firing' | 'resolved';
  readonly alerts: readonly AlertData[];
  readonly groupLabels: Labels;
  readonly commonLabels: Labels;
  readonly commonAnnotations: Labels;
  readonly externalURL: string;
  /** Longshore's own; absent where there is none. */
  readonly links?: GroupLinks;
}

/** Addresses for people about a group. */
export interface GroupLinks {
  /** The page's search around its events. */
  readonly search?: string | undefined;
  /** The page with the events and alerts of its rule. */
  readonly rule?: string | undefined;
  /** A page that asks whether to silence it. */
  readonly silence?: string | undefined;
}

export interface AlertData {
  readonly status: 'firing' | 'resolved';
  readonly labels: Labels;
  readonly annotations: Labels;
  /** As Go writes times in JSON. */
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
  readonly fingerprint: string;
}

export interface GroupFacts {
  readonly receiver: string;
  readonly groupLabels: Labels;
  readonly alerts: readonly ToldAlert[];
  readonly externalUrl: string;
  readonly links?: GroupLinks | undefined;
}

export function groupData({ receiver, groupLabels, alerts, externalUrl, links }: GroupFacts): GroupData {
  return {
    receiver,
    status: alerts.some(({ endsAt }) => endsAt === undefined) ? 'firing' : 'resolved',
    alerts: alerts.map(alertData),
    groupLabels,
    commonLabels: common(alerts.map(({ labels }) => labels)),
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
    externalURL: externalUrl,
    ...(links === undefined ? {} : { links }),
  };
}

function alertData({ labels, annotations, startsAt, endsAt, generatorUrl, fingerprint }: ToldAlert): AlertData {
  return {
    status: endsAt === undefined ? 'firing' : 'resolved',
    labels,
    annotations,
    startsAt: goTime(startsAt),
    endsAt: endsAt === undefined ? NO_TIME : goTime(endsAt),
    generatorURL: generatorUrl,
    fingerprint,
  };
}

/** What all of them have alike. */
export function common(all: readonly Labels[]): Labels {
  const [first = {}, ...others] = all;
  let names = Object.keys(first);
  for (const other of others) {
    if (names.length === 0) break;
    names = names.filter(name => Object.hasOwn(other, name) && other[name] === first[name]);
  }
  return Object.fromEntries(names.map(name => [name, first[name]!]));
}

/** How Go writes that there is none. */
export const NO_TIME = '0001-01-01T00:00:00Z';

/** RFC 3339, without noughts at the end of its milliseconds. */
export function goTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.?0*Z$/, 'Z');
}

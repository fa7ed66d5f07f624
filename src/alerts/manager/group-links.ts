import { type Linker, silenceAddress } from '../links.ts';
import { common, type GroupLinks } from '../routing/group-data.ts';
import type { Rule } from '../rules/rule.ts';
import type { Labels } from '../silencing/matcher.ts';
import type { LinkedGroup } from './telling.ts';

export interface GroupLinkDependencies {
  /** The rules that run here. */
  readonly rules: () => readonly Rule[];
  /** Of the page's search, and of a rule. */
  readonly links: () => Linker;
  /** Under which people reach the page, without a slash at its end. */
  readonly publicUrl: () => string;
  /** What a silence for these labels is asked with; undefined while it cannot. */
  readonly tokenOf: (labels: Labels) => string | undefined;
}

/** Links of a group's message: to the search around what its rule found, to the rule, and to a silence for the group's labels. */
export function groupLinks(
  { labels, alerts }: LinkedGroup,
  { rules, links, publicUrl, tokenOf }: GroupLinkDependencies,
): GroupLinks | undefined {
  const shared = common(alerts.map(alert => alert.labels));
  const rule = rules().find(({ name }) => name === shared['alertname']);
  const isFiring = alerts.some(({ endsAt }) => endsAt === undefined);
  const token = isFiring ? tokenOf(silenced(labels, shared)) : undefined;
  const ofRule = rule && links()({ rule, key: keyOf(rule, shared), ...timesOf(alerts), instance: undefined });
  const found: GroupLinks = {
    ...(ofRule && { search: ofRule.search, rule: ofRule.rule }),
    ...(token === undefined ? {} : { silence: silenceAddress(publicUrl(), token) }),
  };
  return Object.keys(found).length === 0 ? undefined : found;
}

/** Groups by nothing have no labels: then what all alerts have alike is meant, where that names one alert. */
function silenced(labels: Labels, shared: Labels): Labels {
  if (Object.keys(labels).length > 0) return labels;
  return shared['alertname'] === undefined ? {} : shared;
}

function keyOf({ queryKey }: Rule, shared: Labels): Labels {
  const names = queryKey.map(name => name.replace(/\.keyword$/, ''));
  return Object.fromEntries(names.flatMap(name => (Object.hasOwn(shared, name) ? [[name, shared[name]!]] : [])));
}

function timesOf(alerts: LinkedGroup['alerts']): { from: number; to: number | undefined } {
  const ends = alerts.map(({ endsAt }) => endsAt ?? Number.POSITIVE_INFINITY);
  const to = Math.max(...ends);
  return { from: Math.min(...alerts.map(({ startsAt }) => startsAt)), to: Number.isFinite(to) ? to : undefined };
}

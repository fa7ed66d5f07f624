import { loadRules } from '../../src/alerts/rules/load.ts';
import type { Rule } from '../../src/alerts/rules/rule.ts';
import type { AlertSettings } from '../../src/alerts/settings.ts';
import type { RedisBufferOptions } from '../../src/buffer/redis/options.ts';
import { filtersToQuery } from '../../src/store/query/filters.ts';
import { compilePredicate } from '../../src/store/query/predicate.ts';

/** What `evaluator-process.ts` is started with. */
export interface ProcessOptions {
  options: RedisBufferOptions;
  node: string;
  rules: string[];
  settings: Partial<AlertSettings>;
  silentMs?: number;
}

export function evaluatorRules(texts: readonly string[]): readonly Rule[] {
  const { rules, errors } = loadRules(
    texts.map((text, i) => ({ path: `rules/${i}.yaml`, text })),
    { filters: filtersToQuery, predicate: node => compilePredicate(node, Date.now), alerterDefaults: {}, env: {} },
  );
  if (errors[0] !== undefined) throw errors[0];
  return rules;
}

/** At least `count` events within ten minutes, told to the webhook; `more` are lines of the rule. */
export const burst = (url: string, count: number, more = 'realert: { minutes: 60 }\n'): string =>
  `name: burst\ntype: frequency\nindex: docker-logs-*\nnum_events: ${count}\ntimeframe: { minutes: 10 }\n${more}` +
  `alert: post\nhttp_post_url: ${url}\n`;

export const each = (url: string): string =>
  `name: each\ntype: any\nindex: docker-logs-*\nrealert: { minutes: 0 }\nalert: post\nhttp_post_url: ${url}\n`;

/** Told to be over when no event comes for so long. */
export const passing = (url: string, seconds: number): string =>
  `name: passing\ntype: frequency\nindex: docker-logs-*\nnum_events: 2\ntimeframe: { minutes: 1 }\nquery_key: service\n` +
  `realert: { minutes: 0 }\nresolve_after: { seconds: ${seconds} }\nsend_resolved: true\nalert: post\nhttp_post_url: ${url}\n`;

export const silence = (url: string, seconds: number): string =>
  `name: silence\ntype: flatline\nindex: docker-logs-*\nthreshold: 1\ntimeframe: { seconds: ${seconds} }\n` +
  `realert: { minutes: 60 }\nalert: post\nhttp_post_url: ${url}\n`;

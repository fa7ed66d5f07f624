import { any } from './any.ts';
import { flatline } from './flatline.ts';
import { frequency } from './frequency.ts';
import type { RuleKind } from './kind.ts';

/** The rule types that run here. */
export const RULE_KINDS: readonly RuleKind[] = [any, frequency, flatline];

/** Types that ElastAlert 2 has and this version does not run yet. */
export const RULE_TYPES_TO_COME: readonly string[] = [
  'spike',
  'cardinality',
  'metric_aggregation',
  'spike_aggregation',
  'percentage_match',
  'new_term',
  'change',
  'blacklist',
  'whitelist',
];

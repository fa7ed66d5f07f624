import { any } from './any.ts';
import { cardinality } from './cardinality.ts';
import { change } from './change.ts';
import { composite } from './composite.ts';
import { flatline } from './flatline.ts';
import { frequency } from './frequency.ts';
import type { RuleKind } from './kind.ts';
import { blacklist, whitelist } from './lists.ts';
import { metricAggregation } from './metric-aggregation.ts';
import { newPattern } from './new-pattern.ts';
import { newTerm } from './new-term.ts';
import { percentageMatch } from './percentage-match.ts';
import { spike } from './spike.ts';
import { spikeAggregation } from './spike-aggregation.ts';

/** The rule types that run here. */
export const RULE_KINDS: readonly RuleKind[] = [
  ...[any, frequency, flatline, spike, cardinality, metricAggregation, percentageMatch],
  ...[newTerm, change, blacklist, whitelist, spikeAggregation],
  ...[composite, newPattern],
];

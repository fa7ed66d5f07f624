import { type LoadedRules, loadRules } from '../alerts/rules/load.ts';
import type { RuleText } from '../core/api/backtest.ts';
import { filtersToQuery, filterWarnings } from '../store/query/filters.ts';
import { compilePredicate } from '../store/query/predicate.ts';
import { requirementsOf } from '../store/query/required.ts';
import { DrivenClock } from './driven-engine.ts';

export interface CompileOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Options below those of the rules, by alerter. */
  readonly alerterDefaults: Record<string, Record<string, unknown>>;
  /** Options of the configuration for rules that do not have them themselves. */
  readonly ruleDefaults?: Readonly<Record<string, unknown>> | undefined;
  readonly imports?: readonly RuleText[] | undefined;
  /** No file is read from the disk: the texts come from elsewhere. */
  readonly isClosed?: boolean | undefined;
}

/** Rules whose filters go by the driven clock. */
export interface RuleSet extends LoadedRules {
  readonly clock: DrivenClock;
}

/** Loads rule files as the service does. */
export function compileRules(
  files: readonly RuleText[],
  { env, alerterDefaults, ruleDefaults, imports, isClosed }: CompileOptions,
): RuleSet {
  const clock = new DrivenClock();
  const loaded = loadRules(files, {
    filters: filtersToQuery,
    filterWarnings,
    predicate: node => compilePredicate(node, () => clock.now),
    requirements: requirementsOf,
    alerterDefaults,
    ruleDefaults,
    env,
    isClosed,
    ...(imports === undefined ? {} : { imports }),
  });
  return { ...loaded, clock };
}

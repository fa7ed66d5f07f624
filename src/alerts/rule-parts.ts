import { leastPositions } from './progress.ts';
import type { RuleRuntime } from './rule-runtime.ts';
import { type Behind, type Positions, ruleLines } from './state.ts';
import type { PlannedChange } from './state-writer.ts';

/** What rules know, as it is to be written now. */
export interface PlannedParts extends Pick<PlannedChange, 'rules' | 'positions' | 'restInMs' | 'isLight' | 'done'> {
  readonly behind: Readonly<Record<string, Behind>>;
}

/** `mayLag`: parts that are costly may be left out for a moment. */
export function planParts(
  runtimes: ReadonlyMap<string, RuleRuntime>,
  positions: Positions,
  mayLag: boolean,
): PlannedParts {
  const behind: Record<string, Behind> = Object.create(null);
  const rules = new Map<string, readonly string[] | undefined>();
  const taken: RuleRuntime[] = [];
  const startedAt = performance.now();
  let restInMs: number | undefined;
  for (const [name, runtime] of runtimes) {
    // A window that is being filled is not complete: after a restart it fills again.
    if (runtime.waiting !== undefined) continue;
    const { part } = runtime;
    // What a rule over other rules missed is not told again.
    const lagMs = mayLag && runtime.rule.kind.isFedByRules !== true ? part.mayLagMs(startedAt) : 0;
    if (!part.isChanged) rules.set(name, undefined);
    else if (lagMs > 0) {
      rules.set(name, undefined);
      behind[name] = part.behind();
      restInMs = Math.min(restInMs ?? lagMs, lagMs);
    } else {
      const from = performance.now();
      rules.set(name, ruleLines(runtime.save()));
      part.taken(positions, performance.now() - from, startedAt);
      taken.push(runtime);
    }
  }
  const done = (isDurable: boolean): void => {
    for (const { part } of taken) part.written(isDurable);
  };
  const isLight = !taken.some(({ part }) => part.isCostly);
  return { behind, rules, positions: leastPositions(positions, Object.values(behind)), restInMs, isLight, done };
}

import type { Paged } from './pages.ts';
import { leastPositions } from './progress.ts';
import type { RuleRuntime } from './rule-runtime.ts';
import type { Rule } from './rules/rule.ts';
import type { AlertState, Behind, Positions } from './state.ts';
import type { Extent, PartChanges } from './state-parts.ts';
import type { PlannedChange } from './state-writer.ts';

/** What rules know, as it is to be written now. */
export interface PlannedRules extends Pick<PlannedChange, 'positions' | 'restInMs' | 'isLight' | 'done'> {
  readonly behind: Readonly<Record<string, Behind>>;
}

/** Takes what is to be written of rules. `mayLag`: what is costly may be left out for a moment. */
export function takeRules(
  runtimes: ReadonlyMap<string, RuleRuntime>,
  positions: Positions,
  { to, extent, mayLag }: { readonly to: PartChanges; readonly extent: Extent; readonly mayLag: boolean },
): PlannedRules {
  const behind: Record<string, Behind> = Object.create(null);
  const taken: RuleRuntime[] = [];
  const startedAt = performance.now();
  let restInMs: number | undefined;
  for (const [name, runtime] of runtimes) {
    // A window that is being filled is not complete: after a restart it fills again.
    if (runtime.waiting !== undefined) {
      runtime.state.takeWaiting(runtime.waiting, extent === 'all', to);
      continue;
    }
    const { part } = runtime;
    if (!part.isChanged && extent !== 'all') continue;
    // What a rule over other rules missed is not told again.
    const isPatient = mayLag && extent === 'due' && runtime.rule.kind.isFedByRules !== true;
    const lagMs = isPatient ? part.mayLagMs(runtime.state.estimate(), startedAt) : 0;
    if (lagMs > 0) {
      behind[name] = part.behind();
      restInMs = Math.min(restInMs ?? lagMs, lagMs);
      continue;
    }
    part.taken(positions, runtime.state.take(extent === 'all', to), startedAt);
    taken.push(runtime);
  }
  const done = (isDurable: boolean): void => {
    for (const { part } of taken) part.written(isDurable);
  };
  const isLight = !taken.some(({ part }) => part.isCostly);
  return { behind, positions: leastPositions(positions, Object.values(behind)), restInMs, isLight, done };
}

/** Whether a window of the one goes on as one of the other. */
export const countsAlike = (before: Rule, now: Rule): boolean =>
  before.windowFingerprint === now.windowFingerprint &&
  JSON.stringify([before.options, listsOf(before)]) === JSON.stringify([now.options, listsOf(now)]);

const listsOf = ({ lists }: Rule): unknown => Object.entries(lists).map(([name, texts]) => [name, ...texts]);

/** Parts that nobody knows any more: of a rule that was edited or taken away while nobody wrote. */
export function dropUnknown(
  { parts }: AlertState,
  paged: readonly Paged[],
  runtimes: Iterable<RuleRuntime>,
  to: PartChanges,
): void {
  const unknown = new Set(Object.keys(parts));
  for (const pages of paged) for (const name of pages.names()) unknown.delete(name);
  for (const { state } of runtimes) for (const name of state.names()) unknown.delete(name);
  for (const name of unknown) to.drop(name);
}

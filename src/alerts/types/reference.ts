import type { Rule } from '../rules/rule.ts';

/** What a rule measures of a window. */
export interface ComparedMeasure {
  readonly as: 'count' | 'values' | 'avg' | 'sum' | 'min' | 'max';
  /** Left out where events are counted. */
  readonly field?: string | undefined;
}

/** What was counted, or measured, in the window that another is compared with. */
export interface ReferenceWindow {
  /** Epoch milliseconds; what is at `from` belongs to the window before. */
  readonly from: number;
  readonly to: number;
  /** The keys that had events, by `referenceKey`. */
  readonly keys: ReadonlyMap<string, ReferenceKey>;
}

export interface ReferenceKey {
  /** The values of the parts of the query key, as texts. */
  readonly parts: readonly string[];
  /** Undefined where there is nothing to tell: no number of which a mean could be made. */
  readonly measure: number | undefined;
}

/** What a rule compares with, as far as it is known. */
export interface Reference {
  /** For the window that ends then. `unknown`: the store has not answered. `none`: it has nothing of that time. */
  at(end: number): ReferenceWindow | 'unknown' | 'none';
}

/** A key of the past and one of the stream are the same by the texts of their parts. */
export const referenceKey = (parts: readonly unknown[]): string => JSON.stringify(parts.map(textOf));

function textOf(part: unknown): string {
  return typeof part === 'object' && part !== null ? JSON.stringify(part) : String(part);
}

/** A window is judged so many times in its length at most. */
const MAX_PARTS = 60;
const MIN_PART_MS = 1000;

/**
 * How often a window that is compared is judged: each `run_every`, at whole multiples of it, as far as that is a part of
 * the timeframe without a rest.
 */
export function judgeEveryMs({ timeframeMs, runEveryMs }: Pick<Rule, 'timeframeMs' | 'runEveryMs'>): number {
  const most = Math.min(MAX_PARTS, Math.floor(timeframeMs / Math.max(runEveryMs, MIN_PART_MS)));
  for (let parts = most; parts > 1; parts--) if (timeframeMs % parts === 0) return timeframeMs / parts;
  return timeframeMs;
}

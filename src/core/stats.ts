import type { QueryNode } from './contracts.ts';

/** A number that is made of some events. `of` is a stored field; without one, events are counted. */
export type StatsMetric =
  | { readonly kind: 'count'; readonly of?: string | undefined }
  | { readonly kind: 'sum' | 'avg' | 'min' | 'max' | 'uniq'; readonly of: string }
  /** `percent`: 0 to 100. */
  | { readonly kind: 'percentile'; readonly of: string; readonly percent: number };

/** Equal stretches of time, one after the other. */
export interface TimeSteps {
  /** Where the first one begins, epoch milliseconds. */
  readonly from: number;
  readonly stepMs: number;
  readonly count: number;
}

/** Numbers of the events that a query takes: over all of them, by the values of fields, over time. */
export interface StatsRequest {
  readonly query: QueryNode;
  /** Epoch milliseconds, inclusive. */
  readonly from: number;
  readonly to: number;
  /** Stored fields. Events that lack one of them belong to no group. */
  readonly by: readonly string[];
  readonly metrics: readonly StatsMetric[];
  /** Which groups are given: the first ones by a metric. By a percentile or `uniq` among the most frequent groups only. */
  readonly rank: { readonly metric: number; readonly order: 'asc' | 'desc' };
  /** Groups at most. */
  readonly limit: number;
  /** Each group's numbers are given for each of these, in order and without a gap; undefined: for the whole time. */
  readonly steps?: readonly TimeSteps[] | undefined;
  /** Events of the same query and time that the store does not have, or that `excludeChunks` leaves out. */
  readonly beside: readonly BesideEvent[];
  readonly excludeChunks?: readonly string[] | undefined;
  readonly timeoutMs?: number | undefined;
  readonly client?: string | undefined;
}

/** What of an event is counted. */
export interface BesideEvent {
  /** Epoch milliseconds. */
  readonly time: number;
  /** The texts of `by`, and of the fields of the metrics (`metricFields`), null where there is none. */
  readonly by: readonly (string | null)[];
  readonly values: readonly (string | null)[];
}

export interface StatsRow {
  /** The values of `by`, as texts. */
  readonly by: readonly string[];
  /** Which stretch of time, counted over all steps; undefined without steps. Stretches without an event are left out. */
  readonly step?: number | undefined;
  /** In the order of the metrics; null where no event has a value. */
  readonly values: readonly (number | null)[];
}

export interface StatsResult {
  /** Events that the query takes, in groups or not. */
  readonly events: number;
  /** Rows of one group side by side, the groups in their rank. */
  readonly rows: readonly StatsRow[];
}

/** The fields of the metrics, each once. */
export function metricFields(metrics: readonly StatsMetric[]): string[] {
  return [...new Set(metrics.flatMap(({ of }) => (of === undefined ? [] : [of])))];
}

/** Ranked by a percentile or by `uniq`: among so many groups, those with the most events. */
export const MAX_RANKED_GROUPS = 1000;
/** Values with more UTF-16 units make no group, in either store. */
export const MAX_GROUP_UNITS = 8191;

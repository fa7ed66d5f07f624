import { DAY_MS } from '../../base/time/duration.ts';
import type { ElasticsearchRetentionOptions } from './options.ts';

export interface IndexOnDisk {
  name: string;
  /** `YYYY.MM.DD`. */
  day: string;
  /** Of all copies. */
  bytes: number;
  events: number;
}

export interface IndexRetentionState {
  /** Epoch milliseconds. */
  now: number;
  /** When an index was last deleted for its age, milliseconds ago of a clock that cannot jump; undefined if never. */
  sinceAgeDropMs?: number | undefined;
  indices: readonly IndexOnDisk[];
}

export interface IndexDrop {
  reason: 'age' | 'bytes';
  index: IndexOnDisk;
}

/**
 * What has to go now, as in the embedded store. By age: one index at a time and one an `age_drop_interval_ms`, older than
 * `max_age_days` before the smaller of the clock and the newest day: a clock that is wrong, or events that come from the
 * future, cost a day until somebody notices. By bytes: the oldest first; the newest stays, for an index is written as a whole.
 */
export function decideIndexRetention(state: IndexRetentionState, options: ElasticsearchRetentionOptions): IndexDrop[] {
  const indices = state.indices.toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
  const newest = indices.at(-1);
  if (newest === undefined) return [];
  const drops: IndexDrop[] = [];
  const lastDay = Math.min(dayNumber(newest.day), Math.floor(state.now / DAY_MS));
  const rested = state.sinceAgeDropMs === undefined || state.sinceAgeDropMs >= options.age_drop_interval_ms;
  if (rested && lastDay - dayNumber(indices[0]!.day) > options.max_age_days) {
    drops.push({ reason: 'age', index: indices.shift()! });
  }
  let bytes = 0;
  for (const index of indices) bytes += index.bytes;
  while (options.max_bytes !== undefined && bytes > options.max_bytes && indices.length > 1) {
    const index = indices.shift()!;
    drops.push({ reason: 'bytes', index });
    bytes -= index.bytes;
  }
  return drops;
}

/** Days since 1970 of `YYYY.MM.DD`. */
function dayNumber(day: string): number {
  return Math.floor(Date.parse(`${day.replaceAll('.', '-')}T00:00:00Z`) / DAY_MS);
}

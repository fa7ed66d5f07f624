import { isOldestDue } from '../retention.ts';
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
 * What has to go now. By age: one index at a time. By bytes: the oldest first; the newest stays, for an index is written as
 * a whole.
 */
export function decideIndexRetention(state: IndexRetentionState, options: ElasticsearchRetentionOptions): IndexDrop[] {
  const indices = state.indices.toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
  if (indices.length === 0) return [];
  const drops: IndexDrop[] = [];
  if (isOldestDue(indices, state, options)) drops.push({ reason: 'age', index: indices.shift()! });
  let bytes = 0;
  for (const index of indices) bytes += index.bytes;
  while (options.max_bytes !== undefined && bytes > options.max_bytes && indices.length > 1) {
    const index = indices.shift()!;
    drops.push({ reason: 'bytes', index });
    bytes -= index.bytes;
  }
  return drops;
}

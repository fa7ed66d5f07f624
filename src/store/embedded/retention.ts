import { isOldestDue } from '../retention.ts';
import type { RetentionOptions } from './options.ts';
import type { DropReason } from './protocol.ts';

export interface DayOnDisk {
  /** `YYYY.MM.DD`. */
  day: string;
  /** Segments and chunks. */
  bytes: number;
  segments: { name: string; bytes: number; maxTime: number }[];
}

export interface RetentionState {
  /** Epoch milliseconds. */
  now: number;
  /** When a day was last dropped for its age, epoch milliseconds of a clock that cannot jump; undefined if never. */
  sinceAgeDropMs?: number | undefined;
  /** Free on the disk; undefined when not known. */
  freeBytes?: number | undefined;
  days: readonly DayOnDisk[];
}

export type Drop =
  | { reason: DropReason; day: string }
  /** Today alone is too much: its oldest segments. */
  | { reason: DropReason; day: string; segments: string[] };

/**
 * What has to go now.
 * By age: one day at a time. By bytes and by free disk: whole days, the oldest first; of the newest day only segments, the oldest first.
 */
export function decideRetention(state: RetentionState, options: RetentionOptions): Drop[] {
  const days = state.days.toSorted((a, b) => (a.day < b.day ? -1 : 1));
  if (days.length === 0) return [];
  const drops: Drop[] = [];

  if (isOldestDue(days, state, options)) drops.push({ reason: 'age', day: days.shift()!.day });

  let bytes = 0;
  for (const day of days) bytes += day.bytes;
  let free = state.freeBytes ?? Number.POSITIVE_INFINITY;
  for (const drop of drops) free += state.days.find(each => each.day === drop.day)!.bytes;

  while (days.length > 0) {
    const reason = pressure(bytes, free, options);
    if (reason === undefined) break;
    const day = days.shift()!;
    if (days.length > 0) {
      drops.push({ reason, day: day.day });
      bytes -= day.bytes;
      free += day.bytes;
      continue;
    }
    const segments: string[] = [];
    for (const segment of day.segments.toSorted((a, b) => a.maxTime - b.maxTime)) {
      if (pressure(bytes, free, options) === undefined) break;
      segments.push(segment.name);
      bytes -= segment.bytes;
      free += segment.bytes;
    }
    if (segments.length > 0) drops.push({ reason, day: day.day, segments });
  }
  return drops;
}

function pressure(bytes: number, free: number, options: RetentionOptions): DropReason | undefined {
  if (options.max_bytes !== undefined && bytes > options.max_bytes) return 'bytes';
  if (free < options.min_free_bytes) return 'free_disk';
  return undefined;
}

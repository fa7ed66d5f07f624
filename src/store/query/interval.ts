import { DAY_MS, HOUR_MS, MINUTE_MS, parseDuration, SECOND_MS } from '../../base/time/duration.ts';
import type { HistogramBucket } from '../../core/contracts.ts';
import { LongshoreError } from '../../core/errors.ts';

/** Steps that people read easily, in milliseconds. */
const NICE: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map(n => n * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map(n => n * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map(n => n * HOUR_MS),
  ...[1, 2, 7, 14, 30, 90, 365].map(n => n * DAY_MS),
];

/** The smallest readable step that divides the span into at most `buckets`. */
export function niceInterval(spanMs: number, buckets: number): number {
  return NICE.find(step => spanMs / step <= buckets) ?? NICE.at(-1)! * Math.ceil(spanMs / NICE.at(-1)! / buckets);
}

/** Milliseconds of `30s`, `1m`, `500ms`, `1d` or a number of milliseconds. Throws LS_SEARCH_PARAMETER. */
export function parseInterval(text: string | number): number {
  const ms = parseDuration(String(text));
  if (!Number.isSafeInteger(ms) || ms < 1) {
    throw new LongshoreError(
      'LS_SEARCH_PARAMETER',
      `${JSON.stringify(String(text).slice(0, 50))} is not an interval.`,
      {
        where: 'interval',
        fix: 'Write 30s, 5m, 1h, 1d, or milliseconds.',
      },
    );
  }
  return ms;
}

/** Start of the bucket that a time belongs to: whole multiples of the interval since 1970. */
export const bucketStart = (time: number, intervalMs: number): number => Math.floor(time / intervalMs) * intervalMs;

/** Every bucket from the one of `from` to the one of `to`, empty. */
export function emptyBuckets(
  from: number,
  to: number,
  intervalMs: number,
  split: boolean,
): Map<number, HistogramBucket> {
  const buckets = new Map<number, HistogramBucket>();
  for (let at = bucketStart(from, intervalMs); at <= to; at += intervalMs) {
    buckets.set(at, split ? { at, count: 0, by: Object.create(null) as Record<string, number> } : { at, count: 0 });
  }
  return buckets;
}

import type { HistogramBucket } from '../../core/contracts.ts';
import { LongshoreError } from '../../core/errors.ts';

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Steps that people read easily, in milliseconds. */
const NICE: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map(n => n * 1000),
  ...[1, 2, 5, 10, 15, 30].map(n => n * 60_000),
  ...[1, 2, 3, 6, 12].map(n => n * 3_600_000),
  ...[1, 2, 7, 14, 30, 90, 365].map(n => n * 86_400_000),
];

/** The smallest readable step that divides the span into at most `buckets`. */
export function niceInterval(spanMs: number, buckets: number): number {
  return NICE.find(step => spanMs / step <= buckets) ?? NICE.at(-1)! * Math.ceil(spanMs / NICE.at(-1)! / buckets);
}

/** Milliseconds of `30s`, `1m`, `500ms`, `1d` or a number of milliseconds. Throws LS_SEARCH_PARAMETER. */
export function parseInterval(text: string | number): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)?$/.exec(String(text).trim());
  const ms = match === null ? Number.NaN : Math.round(Number(match[1]) * UNITS[match[2] ?? 'ms']!);
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

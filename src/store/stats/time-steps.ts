import { daysOf } from '../../base/time/civil.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, parseDuration, SECOND_MS, WEEK_MS } from '../../base/time/duration.ts';
import type { Zone } from '../../base/time/zone.ts';
import type { TimeSteps } from '../../core/stats.ts';
import { parameterError } from '../parameters.ts';
import { niceInterval } from '../query/interval.ts';
import { queryRefused } from '../query/limits.ts';

/*
 * Stretches of time as a wall shows them. Up to an hour they are all of one length. Longer ones begin where the clocks of the
 * zone show a whole multiple (midnight, 06:00, a Monday, the first of a month), so the day on which clocks change is longer
 * or shorter than others.
 */

/** Months, or milliseconds. */
export type Interval =
  | { readonly ms: number; readonly text: string }
  | { readonly months: number; readonly text: string };

const WORDS: Readonly<Record<string, string>> = {
  ...{ second: '1s', minute: '1m', hour: '1h', day: '1d', week: '1w', month: '1M', quarter: '3M', year: '12M' },
};

/** `5m`, `1d`, `1M` (months), `1y`, `day`, or milliseconds. Throws LS_SEARCH_PARAMETER. */
export function readInterval(given: string): Interval {
  const text = WORDS[given.trim().toLowerCase()] ?? given.trim();
  const [, count, unit] = /^(\d{1,4})\s*(M|q|y)$/.exec(text) ?? [];
  const months = Number(count) * (unit === 'y' ? 12 : unit === 'q' ? 3 : 1);
  if (unit !== undefined && months > 0) return { months, text: `${months}M` };
  const ms = parseDuration(text);
  if (Number.isSafeInteger(ms) && ms >= 1 && ms <= MAX_MS) return { ms, text: shortText(ms) };
  throw parameterError(
    'interval',
    `${JSON.stringify(given.slice(0, 50))} is not an interval.`,
    'Write 30s, 5m, 1h, 1d, 1w, 1M (a month), auto, or milliseconds.',
  );
}

const MAX_MS = 100 * 365 * DAY_MS;
/** A chart has about so many. */
const AUTOMATIC = 60;

/** The stretches from the one of `from` to the one of `to`. Throws LS_SEARCH_PARAMETER for more than `max`. */
export function timeSteps(
  given: string,
  { from, to, zone, max }: { from: number; to: number; zone: Zone; max: number },
): { text: string; steps: TimeSteps[] } {
  const automatic = given.trim() === '' || given.trim().toLowerCase() === 'auto';
  const auto = automatic ? niceInterval(Math.max(1, to - from), Math.min(AUTOMATIC, max)) : 0;
  const interval: Interval = automatic ? { ms: auto, text: shortText(auto) } : readInterval(given);
  const shortest = 'ms' in interval ? interval.ms : interval.months * 28 * DAY_MS;
  // The first one and the last one may be cut.
  if ((to - from) / shortest > max) throw tooMany(max, (to - from) / max);
  const steps: TimeSteps[] = [];
  let total = 0;
  const begins = 'ms' in interval && interval.ms <= HOUR_MS ? undefined : boundaries(interval, from, zone);
  if (begins === undefined) {
    const { ms } = interval as { ms: number };
    const offset = zone.offsetAt(from);
    const first = Math.floor((from + offset) / ms) * ms - offset;
    total = Math.floor((to - first) / ms) + 1;
    steps.push({ from: first, stepMs: ms, count: total });
  } else {
    let start = begins(0);
    for (let i = 1; start <= to && total <= max; i++) {
      const next = begins(i);
      const last = steps.at(-1);
      // Where clocks skip midnight two may begin at once.
      if (next > start) {
        if (last?.stepMs === next - start) steps[steps.length - 1] = { ...last, count: last.count + 1 };
        else steps.push({ from: start, stepMs: next - start, count: 1 });
        total++;
      }
      start = Math.max(start, next);
    }
  }
  if (total > max) throw tooMany(max, (to - from) / max);
  return { text: interval.text, steps };
}

/** Where the stretches begin, the first one at or before `from`. */
function boundaries(interval: Interval, from: number, zone: Zone): (index: number) => number {
  const utc = (local: number): number => local - zone.offsetAtLocal(local);
  const local = from + zone.offsetAt(from);
  if ('months' in interval) {
    const date = new Date(local);
    const month = date.getUTCFullYear() * 12 + date.getUTCMonth();
    const first = Math.floor(month / interval.months) * interval.months;
    return index => {
      const at = first + index * interval.months;
      return utc(daysOf(Math.floor(at / 12), (((at % 12) + 12) % 12) + 1, 1) * DAY_MS);
    };
  }
  const { ms } = interval;
  const zero = ms % WEEK_MS === 0 ? MONDAY : 0;
  const first = Math.floor((local - zero) / ms) * ms + zero;
  // In the hour that the clock shows twice, the first may already be over.
  const shift = utc(first) > from ? 1 : 0;
  return index => utc(first + (index - shift) * ms);
}
// 1970-01-05 was a Monday.
const MONDAY = 4 * DAY_MS;

/** Start and length of every stretch. */
export function* stretches(steps: readonly TimeSteps[]): Generator<{ from: number; ms: number }> {
  for (const { from, stepMs, count } of steps)
    for (let i = 0; i < count; i++) yield { from: from + i * stepMs, ms: stepMs };
}

/** Which stretch a time is in, counted over all of them; undefined outside. */
export function stepOf(steps: readonly TimeSteps[], time: number): number | undefined {
  let before = 0;
  for (const { from, stepMs, count } of steps) {
    const index = Math.floor((time - from) / stepMs);
    if (index >= 0 && index < count) return before + index;
    before += count;
  }
  return undefined;
}

const UNITS = [
  ['d', DAY_MS],
  ['h', HOUR_MS],
  ['m', MINUTE_MS],
  ['s', SECOND_MS],
] as const;

function shortText(ms: number): string {
  if (ms % WEEK_MS === 0) return `${ms / WEEK_MS}w`;
  for (const [unit, size] of UNITS) if (ms % size === 0) return `${ms / size}${unit}`;
  return `${ms}ms`;
}

function tooMany(max: number, leastMs: number): Error {
  queryRefused.inc({ reason: 'buckets' });
  const fitting = niceInterval(leastMs * max, max);
  return parameterError(
    'interval',
    `the interval gives more than ${max} stretches of time.`,
    `Write ${shortText(fitting)} or longer, or a shorter time range.`,
  );
}

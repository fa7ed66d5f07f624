import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, WEEK_MS } from '../../base/time/duration.ts';
import { isFields } from '../../core/event.ts';

const UNITS: Record<string, number> = {
  weeks: WEEK_MS,
  days: DAY_MS,
  hours: HOUR_MS,
  minutes: MINUTE_MS,
  seconds: SECOND_MS,
  milliseconds: 1,
};

export const UNIT_NAMES = Object.keys(UNITS);

/** What now and such a time apart from now are is still a date, for Python, for SQL and for JSON. */
const MAX_MS = 365_000 * DAY_MS;

/** Milliseconds of `{ minutes: 5 }`: units add up and may have fractions. A text says what is wrong with the value. */
export function durationMs(value: unknown): number | string {
  if (!isFields(value)) {
    const written = typeof value === 'string' || typeof value === 'number' ? ` not ${JSON.stringify(value)}` : '';
    return `must be written with its unit, as { minutes: 5 },${written}`.replace(/,$/, '');
  }
  let total = 0;
  for (const [unit, count] of Object.entries(value)) {
    if (!Object.hasOwn(UNITS, unit)) return `has the unknown unit "${unit}" (known: ${UNIT_NAMES.join(', ')})`;
    if (typeof count !== 'number' || !Number.isFinite(count)) return `needs a number for ${unit}`;
    total += count * UNITS[unit]!;
  }
  if (Math.abs(total) > MAX_MS) return 'is longer than 1000 years';
  return Math.round(total);
}

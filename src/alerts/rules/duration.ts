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

/** Milliseconds of `{ minutes: 5 }`: units add up and may have fractions. A text says what is wrong with the value. */
export function durationMs(value: unknown): number | string {
  if (!isFields(value)) {
    const written = typeof value === 'string' || typeof value === 'number' ? ` not ${JSON.stringify(value)}` : '';
    return `must be written with its unit, as { minutes: 5 },${written}`.replace(/,$/, '');
  }
  let total = 0;
  for (const [unit, count] of Object.entries(value)) {
    const size = UNITS[unit];
    if (size === undefined) return `has the unknown unit "${unit}" (known: ${UNIT_NAMES.join(', ')})`;
    if (typeof count !== 'number' || !Number.isFinite(count)) return `needs a number for ${unit}`;
    total += count * size;
  }
  return Math.round(total);
}

/** `str(timedelta)`: `0:05:00`, `1 day, 0:00:00`. */
export function pythonTimedelta(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  const rest = ms - days * DAY_MS;
  const seconds = Math.floor(rest / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  const fraction = rest % 1000 === 0 ? '' : `.${String(rest % 1000).padStart(3, '0')}000`;
  const prefix = days === 0 ? '' : `${days} day${Math.abs(days) === 1 ? '' : 's'}, `;
  return prefix + clock + fraction;
}

import { daysIn, daysOf } from '../../base/time/civil.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, WEEK_MS } from '../../base/time/duration.ts';
import { epochOf } from '../../base/time/epoch.ts';
import { readTime, unitRead } from '../../base/time/text.ts';
import { wallTime } from '../../base/time/wall.ts';
import { offsetOf, type Zone, zoneOf } from '../../base/time/zone.ts';
import { LongshoreError } from '../../core/errors.ts';

/*
 * Times as people and Elasticsearch write them:
 *   2026-11-20T13:55:36.123Z   and every shorter form down to the year; `T` may be a blank; without a zone it is UTC
 *   20/Nov/2026:13:55:36 +0000 | 2026-11-20 1:55:36 PM AEDT | ... every form that events are read in (time/text.ts)
 *   1795182936 | 1795182936123 epoch seconds (under 1e11) or milliseconds; 16 digits are micro-, 19 nanoseconds
 *   now | now-1h | now-1d/d | 2026-11-20||+1M/d
 * Units: y M w d h H m s. `/d` rounds to the unit. A time with less than milliseconds (`2026-11-20`) means the whole
 * span: its start where a range begins, its last millisecond where a range ends.
 */

const UTC = zoneOf('UTC');
const ISO =
  /^(\d{4})(?:[-./](\d{1,2})(?:[-./](\d{1,2})(?:[T ](\d{1,2})(?::(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?)?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i;
const MATH = /^(?:[+-]\d{1,9}[yMwdhHms]|\/[yMwdhHms])*$/;

/** True for a time that moves: it is relative to now. */
export function isRelative(time: string | number): boolean {
  return typeof time === 'string' && /^now(?![a-z])/i.test(time.trim());
}

/**
 * Epoch milliseconds of a time; `end` takes the last millisecond of the span that it names. `zone`: of dates that name none, and
 * whose days `now/d` means. Throws LS_QUERY_TIME.
 */
export function parseTime(time: string | number, now: number, end = false, zone = UTC): number {
  if (typeof time === 'number') return fromEpoch(time, time);
  const text = time.trim();
  if (isRelative(text)) return applyMath(now, text.slice(3), end, text, zone);
  const bars = text.indexOf('||');
  if (bars >= 0)
    return applyMath(absolute(text.slice(0, bars), now, false, text, zone), text.slice(bars + 2), end, text, zone);
  return absolute(text, now, end, text, zone);
}

function absolute(text: string, now: number, end: boolean, whole: string, byDefault: Zone): number {
  if (/^-?\d{5,13}(\.\d+)?$/.test(text)) return fromEpoch(Number(text), whole);
  const match = ISO.exec(text);
  if (match === null) return asInEvents(text, now, end, whole, byDefault);
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const parts = [year, month ?? 1, day ?? 1, hour ?? 0, minute ?? 0, second ?? 0, (fraction ?? '').padEnd(9, '0')];
  const start = Math.floor(wallTime(parts.map(Number), UTC));
  if (Number.isNaN(start)) return asInEvents(text, now, end, whole, byDefault);
  const unit =
    fraction !== undefined ? undefined : second ? 's' : minute ? 'm' : hour ? 'h' : day ? 'd' : month ? 'M' : 'y';
  const local = end && unit !== undefined ? shift(start, 1, unit) - 1 : start;
  if (zone === undefined) return local - byDefault.offsetAtLocal(local);
  const offset = zone === 'Z' || zone === 'z' ? 0 : offsetOf(zone);
  if (offset === undefined) throw badTime(whole);
  return local - offset;
}

function asInEvents(text: string, now: number, end: boolean, whole: string, zone: Zone): number {
  const time = Math.floor(readTime(text, now, zone));
  if (Number.isNaN(time)) throw badTime(whole);
  const unit = unitRead();
  return end && unit !== 'f' ? shift(time, 1, unit) - 1 : time;
}

function fromEpoch(value: number, shown: string | number): number {
  const ms = epochOf(value);
  if (!Number.isFinite(ms) || Math.abs(ms) > 8.64e15) throw badTime(String(shown));
  return Math.floor(ms);
}

function applyMath(start: number, math: string, end: boolean, whole: string, zone: Zone): number {
  const steps = math.replaceAll(' ', '');
  if (!MATH.test(steps)) throw badTime(whole);
  let time = start;
  for (const [step] of steps.matchAll(/\/[a-zA-Z]|[+-]\d+[a-zA-Z]/g)) {
    const unit = step.at(-1)!;
    if (step[0] !== '/') time = shift(time, Number(step.slice(0, -1)), unit);
    else {
      const local = floor(time + zone.offsetAt(time), unit);
      const bound = end ? shift(local, 1, unit) : local;
      time = bound - zone.offsetAtLocal(bound) - (end ? 1 : 0);
    }
  }
  if (!Number.isFinite(time) || Math.abs(time) > 8.64e15) throw badTime(whole);
  return time;
}

const FIXED: Record<string, number> = {
  w: WEEK_MS,
  d: DAY_MS,
  h: HOUR_MS,
  H: HOUR_MS,
  m: MINUTE_MS,
  s: SECOND_MS,
};

function shift(time: number, count: number, unit: string): number {
  const fixed = FIXED[unit];
  if (fixed !== undefined) return time + count * fixed;
  const date = new Date(time);
  const months = date.getUTCFullYear() * 12 + date.getUTCMonth() + (unit === 'y' ? count * 12 : count);
  const year = Math.floor(months / 12);
  const month = months - year * 12 + 1;
  // The last day of a shorter month, as Elasticsearch does it: 31 January + 1 month = 28 February.
  const day = Math.min(date.getUTCDate(), daysIn(year, month));
  return daysOf(year, month, day) * DAY_MS + time - Math.floor(time / DAY_MS) * DAY_MS;
}

function floor(time: number, unit: string): number {
  if (unit === 'w') return Math.floor((time - MONDAY) / FIXED['w']!) * FIXED['w']! + MONDAY;
  const fixed = FIXED[unit];
  if (fixed !== undefined) return Math.floor(time / fixed) * fixed;
  const date = new Date(time);
  return daysOf(date.getUTCFullYear(), unit === 'y' ? 1 : date.getUTCMonth() + 1, 1) * DAY_MS;
}
// 1970-01-05 was a Monday.
const MONDAY = 4 * DAY_MS;

function badTime(text: string): LongshoreError {
  return new LongshoreError('LS_QUERY_TIME', `${JSON.stringify(text.slice(0, 100))} is not a time.`, {
    fix: 'Write 2026-11-20T13:55:00Z, 2026-11-20, epoch milliseconds, now, now-1h or now-1d/d.',
  });
}

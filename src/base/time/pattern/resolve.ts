import { latestYear } from '../missing-year.ts';
import type { Reading } from './reading.ts';
import { dayOfWeekDate, localDay } from './weeks.ts';

/** Epoch milliseconds of what was read; NaN for what no calendar or clock has. */
export function resolve(read: Reading, now: number): number {
  if (!settlePeriod(read) || !read.settleClock() || !settleDay(read)) return Number.NaN;
  const { month, day, yearday } = read;
  if (yearday > 0 && (month > 0 || day > 0)) return Number.NaN;
  if (read.era === 0 && read.hasYear) read.year = 1 - read.year;
  if (!read.hasYear && month === 0 && day === 0 && yearday === 0) return nearestClock(read, now);
  if (month === 0) read.month = 1;
  if (day === 0) read.day = 1;
  return Math.floor(read.hasYear ? read.instantIn(read.year) : latestYear(now, read.instantIn));
}

/** The hour of half a day and the name of a part of the day: 5 in the afternoon. */
function settlePeriod(read: Reading): boolean {
  const { period, hour } = read;
  if (period === undefined || read.half >= 0) return true;
  if (period.includes(hour)) return true;
  if (hour < 12 && period.includes(hour + 12)) read.half = 1;
  return read.half === 1 || hour > 12;
}

/** Year, month and day of a day that is written otherwise; false for one that does not exist. */
function settleDay(read: Reading): boolean {
  let days = read.epochDay;
  if (read.weekYear >= 0 && !read.hasYear) {
    if (read.week > 0) {
      const { weekRules } = read;
      const day = read.localDay > 0 ? read.localDay : read.isoDay > 0 ? localDay(read.isoDay, weekRules) : 1;
      days = dayOfWeekDate(read.weekYear, read.week, day, weekRules);
      if (Number.isNaN(days)) return false;
    } else {
      // `YYYY-MM-dd` is nearly always meant as the year.
      read.year = read.weekYear;
      read.hasYear = true;
    }
  }
  if (Number.isNaN(days)) return true;
  const date = new Date(days * 86_400_000);
  read.year = date.getUTCFullYear();
  read.hasYear = true;
  read.month = date.getUTCMonth() + 1;
  read.day = date.getUTCDate();
  read.yearday = 0;
  return true;
}

/** Of a time of the day alone: today's, or yesterday's around midnight. */
function nearestClock(read: Reading, now: number): number {
  const offset = Number.isNaN(read.offset) ? (read.named ?? read.zone).offsetAt(now) : read.offset;
  const today = new Date(now + offset);
  read.month = today.getUTCMonth() + 1;
  read.day = today.getUTCDate();
  const ms = Math.floor(read.instantIn(today.getUTCFullYear()));
  return ms - now > 43_200_000 ? ms - 86_400_000 : now - ms > 43_200_000 ? ms + 86_400_000 : ms;
}

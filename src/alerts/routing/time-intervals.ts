import { daysIn } from '../../base/time/civil.ts';
import type { Zone } from '../../base/time/zone.ts';

/** Both ends belong to it. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A part of all time. What is undefined holds always; of each list one entry has to hold. */
export interface TimeInterval {
  /** Minutes of the day; `to` does not belong to it. */
  readonly times?: readonly Range[] | undefined;
  /** 0 is Sunday. */
  readonly weekdays?: readonly Range[] | undefined;
  /** 1 is the first; -1 the last. */
  readonly daysOfMonth?: readonly Range[] | undefined;
  /** 1 is January. */
  readonly months?: readonly Range[] | undefined;
  readonly years?: readonly Range[] | undefined;
  readonly zone: Zone;
}

/** Whether a time (epoch milliseconds) lies in one of them. */
export function isInside(intervals: readonly TimeInterval[], at: number): boolean {
  return intervals.some(interval => contains(interval, at));
}

function contains({ times, weekdays, daysOfMonth, months, years, zone }: TimeInterval, at: number): boolean {
  // The wall clock there, as if it were UTC.
  const wall = new Date(at + zone.offsetAt(at));
  const year = wall.getUTCFullYear();
  const month = wall.getUTCMonth() + 1;
  const day = wall.getUTCDate();
  const minute = wall.getUTCHours() * 60 + wall.getUTCMinutes();
  const isIn = (ranges: readonly Range[] | undefined, value: number): boolean =>
    ranges === undefined || ranges.some(({ from, to }) => from <= value && value <= to);
  return (
    (times === undefined || times.some(({ from, to }) => from <= minute && minute < to)) &&
    (daysOfMonth === undefined || daysOfMonth.some(range => isDayIn(range, day, daysIn(year, month)))) &&
    isIn(months, month) &&
    isIn(weekdays, wall.getUTCDay()) &&
    isIn(years, year)
  );
}

/** Days beyond the end of a shorter month are its last one; a range that begins beyond it has none. */
function isDayIn({ from, to }: Range, day: number, last: number): boolean {
  const begin = from < 0 ? last + from + 1 : from;
  const end = to < 0 ? last + to + 1 : to;
  return begin <= last && begin <= day && day <= Math.min(end, last);
}

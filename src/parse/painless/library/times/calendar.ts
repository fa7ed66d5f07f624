import { daysIn, daysOf, isLeap } from '../../../../base/time/civil.ts';

/** A day of the calendar, from its number since 1970-01-01. */
export interface Civil {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
}

export function civilOf(epochDay: number): Civil {
  const shifted = epochDay + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * ofYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: ofYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

/** The same day of a month, or its last one where it is shorter. */
export const clampedDay = (year: number, month: number, day: number): number =>
  daysOf(year, month, Math.min(day, daysIn(year, month)));

/** Monday is 1. */
export const weekdayOf = (epochDay: number): number => ((((epochDay + 3) % 7) + 7) % 7) + 1;

export const dayOfYear = (epochDay: number, year: number): number => epochDay - daysOf(year, 1, 1) + 1;
export const lengthOfYear = (year: number): number => (isLeap(year) ? 366 : 365);

/** Week and week-based year by ISO 8601. */
export function isoWeek(epochDay: number): { year: number; week: number } {
  const thursday = epochDay - weekdayOf(epochDay) + 4;
  const { year } = civilOf(thursday);
  return { year, week: Math.floor((thursday - daysOf(year, 1, 1)) / 7) + 1 };
}

/** The Monday of a week by ISO 8601. */
export function mondayOf(year: number, week: number): number {
  const fourth = daysOf(year, 1, 4);
  return fourth - weekdayOf(fourth) + 1 + (week - 1) * 7;
}

export { daysIn, daysOf, isLeap };

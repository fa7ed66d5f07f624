import { ScriptFailure } from '../../failure.ts';
import { wrapLong } from '../numbers.ts';
import { clampedDay, dayOfYear, daysIn, daysOf, isoWeek, lengthOfYear, mondayOf, weekdayOf } from './calendar.ts';
import { type Field, field as fieldNamed, NANOS_OF_DAY, type Unit } from './fields.ts';
import { atZone, floorDiv, floorMod, instantOf, moved, partsOf, Temporal } from './temporal.ts';

/*
 * Fields and units of points of time, whatever their kind: read, set, add.
 */

type Read = (self: Temporal) => number;

const DATE_FIELDS: Readonly<Record<string, Read>> = {
  YEAR: self => self.civil.year,
  YEAR_OF_ERA: self => (self.civil.year >= 1 ? self.civil.year : 1 - self.civil.year),
  ERA: self => (self.civil.year >= 1 ? 1 : 0),
  MONTH_OF_YEAR: self => self.civil.month,
  PROLEPTIC_MONTH: self => self.civil.year * 12 + self.civil.month - 1,
  DAY_OF_MONTH: self => self.civil.day,
  DAY_OF_YEAR: self => dayOfYear(self.day!, self.civil.year),
  DAY_OF_WEEK: self => weekdayOf(self.day!),
  EPOCH_DAY: self => self.day!,
  ALIGNED_DAY_OF_WEEK_IN_MONTH: self => ((self.civil.day - 1) % 7) + 1,
  ALIGNED_DAY_OF_WEEK_IN_YEAR: self => ((dayOfYear(self.day!, self.civil.year) - 1) % 7) + 1,
  ALIGNED_WEEK_OF_MONTH: self => Math.floor((self.civil.day - 1) / 7) + 1,
  ALIGNED_WEEK_OF_YEAR: self => Math.floor((dayOfYear(self.day!, self.civil.year) - 1) / 7) + 1,
  QUARTER_OF_YEAR: self => Math.floor((self.civil.month - 1) / 3) + 1,
  DAY_OF_QUARTER: self => self.day! - daysOf(self.civil.year, Math.floor((self.civil.month - 1) / 3) * 3 + 1, 1) + 1,
  WEEK_OF_WEEK_BASED_YEAR: self => isoWeek(self.day!).week,
  WEEK_BASED_YEAR: self => isoWeek(self.day!).year,
};

const TIME_FIELDS: Readonly<Record<string, (nano: number) => number>> = {
  NANO_OF_SECOND: nano => nano % 1e9,
  NANO_OF_DAY: nano => nano,
  MICRO_OF_SECOND: nano => Math.floor((nano % 1e9) / 1000),
  MICRO_OF_DAY: nano => Math.floor(nano / 1000),
  MILLI_OF_SECOND: nano => Math.floor((nano % 1e9) / 1e6),
  MILLI_OF_DAY: nano => Math.floor(nano / 1e6),
  SECOND_OF_MINUTE: nano => Math.floor(nano / 1e9) % 60,
  SECOND_OF_DAY: nano => Math.floor(nano / 1e9),
  MINUTE_OF_HOUR: nano => Math.floor(nano / 60e9) % 60,
  MINUTE_OF_DAY: nano => Math.floor(nano / 60e9),
  HOUR_OF_AMPM: nano => Math.floor(nano / 3600e9) % 12,
  CLOCK_HOUR_OF_AMPM: nano => Math.floor(nano / 3600e9) % 12 || 12,
  HOUR_OF_DAY: nano => Math.floor(nano / 3600e9),
  CLOCK_HOUR_OF_DAY: nano => Math.floor(nano / 3600e9) || 24,
  AMPM_OF_DAY: nano => (nano >= 43_200e9 ? 1 : 0),
};

/** Kinds that have not all of the fields of their parts. */
const ONLY: Readonly<Record<string, readonly string[]>> = {
  Instant: ['NANO_OF_SECOND', 'MICRO_OF_SECOND', 'MILLI_OF_SECOND', 'INSTANT_SECONDS'],
  Year: ['YEAR', 'YEAR_OF_ERA', 'ERA'],
  YearMonth: ['YEAR', 'YEAR_OF_ERA', 'ERA', 'MONTH_OF_YEAR', 'PROLEPTIC_MONTH'],
  MonthDay: ['MONTH_OF_YEAR', 'DAY_OF_MONTH'],
};

/** The value of a field; undefined where there is no such. INSTANT_SECONDS may be beyond exact numbers: see `getLong`. */
export function readField(self: Temporal, name: string): number | undefined {
  const only = ONLY[self.kind];
  if (only !== undefined && !only.includes(name)) return undefined;
  const known = self.fields?.get(name);
  if (known !== undefined) return known;
  if (self.day !== undefined && Object.hasOwn(DATE_FIELDS, name)) return DATE_FIELDS[name]!(self);
  if (self.nano !== undefined && Object.hasOwn(TIME_FIELDS, name)) return TIME_FIELDS[name]!(self.nano);
  if (name === 'OFFSET_SECONDS') return self.offset;
  if (name === 'INSTANT_SECONDS' && self.offset !== undefined && self.day !== undefined && self.nano !== undefined)
    return Number(self.epochSeconds);
  return undefined;
}

export function getLong(self: Temporal, field: Field): bigint {
  const value = readField(self, field.name);
  if (value === undefined) throw self.unsupported(field.toText());
  return field.name === 'INSTANT_SECONDS' ? self.epochSeconds : BigInt(value);
}

const LARGE = ['NANO_OF_DAY', 'MICRO_OF_DAY', 'EPOCH_DAY', 'PROLEPTIC_MONTH', 'INSTANT_SECONDS'];

/** As an int. Throws UnsupportedTemporalTypeException, also for fields that are no ints. */
export function getInt(self: Temporal, field: Field): number {
  if (LARGE.includes(field.name))
    throw new ScriptFailure(
      'UnsupportedTemporalTypeException',
      `Invalid field '${field.toText()}' for get() method, use getLong() instead`,
    );
  return Number(getLong(self, field));
}

/** With another value of a field. Throws DateTimeException, UnsupportedTemporalTypeException. */
export function withField(self: Temporal, field: Field, value: bigint): Temporal {
  const { name } = field;
  field.check(Number(value));
  if (readField(self, name) === undefined) throw self.unsupported(field.toText());
  if (name === 'INSTANT_SECONDS') {
    const nanos = value * 1_000_000_000n + BigInt(self.nano! % 1e9);
    return self.kind === 'ZonedDateTime'
      ? atZone(nanos, self.zone!)
      : new Temporal(self.kind, { ...partsOf(nanos + BigInt(self.offset!) * 1_000_000_000n), offset: self.offset });
  }
  const number = field.check(Number(value));
  if (name === 'OFFSET_SECONDS') {
    if (self.kind === 'ZonedDateTime') return self;
    return new Temporal(self.kind, { day: self.day, nano: self.nano, offset: number });
  }
  if (Object.hasOwn(TIME_FIELDS, name)) return moved(self, self.day, withTime(self.nano!, name, number));
  return moved(self, withDate(self, name, number), self.nano);
}

function withTime(nano: number, name: string, value: number): number {
  const hour = Math.floor(nano / 3600e9);
  switch (name) {
    case 'NANO_OF_SECOND':
      return nano - (nano % 1e9) + value;
    case 'MICRO_OF_SECOND':
      return nano - (nano % 1e9) + value * 1000;
    case 'MILLI_OF_SECOND':
      return nano - (nano % 1e9) + value * 1e6;
    case 'NANO_OF_DAY':
      return value;
    case 'MICRO_OF_DAY':
      return value * 1000;
    case 'MILLI_OF_DAY':
      return value * 1e6;
    case 'SECOND_OF_MINUTE':
      return nano + (value - (Math.floor(nano / 1e9) % 60)) * 1e9;
    case 'SECOND_OF_DAY':
      return value * 1e9 + (nano % 1e9);
    case 'MINUTE_OF_HOUR':
      return nano + (value - (Math.floor(nano / 60e9) % 60)) * 60e9;
    case 'MINUTE_OF_DAY':
      return value * 60e9 + (nano % 60e9);
    case 'HOUR_OF_AMPM':
      return nano + (value - (hour % 12)) * 3600e9;
    case 'CLOCK_HOUR_OF_AMPM':
      return nano + ((value % 12) - (hour % 12)) * 3600e9;
    case 'AMPM_OF_DAY':
      return nano + (value - (hour >= 12 ? 1 : 0)) * 43_200e9;
    default:
      return nano + ((value % 24) - hour) * 3600e9;
  }
}

/** Throws DateTimeException for a day that the month or year has not. */
export function checkedDay(year: number, month: number, day: number): number {
  fieldNamed('YEAR').check(year);
  fieldNamed('MONTH_OF_YEAR').check(month);
  fieldNamed('DAY_OF_MONTH').check(day);
  if (day <= daysIn(year, month)) return daysOf(year, month, day);
  if (day === 29) throw invalidDate(`Invalid date 'February 29' as '${year}' is not a leap year`);
  throw invalidDate(`Invalid date '${MONTH_NAMES[month - 1]} ${day}'`);
}

export function yearDay(year: number, day: number): number {
  fieldNamed('DAY_OF_YEAR').check(day);
  if (day > lengthOfYear(year))
    throw invalidDate(`Invalid date 'DayOfYear 366' as '${fieldNamed('YEAR').check(year)}' is not a leap year`);
  return daysOf(year, 1, 1) + day - 1;
}

const invalidDate = (message: string): ScriptFailure =>
  new ScriptFailure('DateTimeException', message, 'the calendar has no such day');

export const MONTH_NAMES = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
];

function withDate(self: Temporal, name: string, value: number): number {
  const { year, month, day } = self.civil;
  switch (name) {
    case 'YEAR':
      return clampedDay(value, month, day);
    case 'YEAR_OF_ERA':
      return clampedDay(year >= 1 ? value : 1 - value, month, day);
    case 'ERA':
      return clampedDay((year >= 1 ? 1 : 0) === value ? year : 1 - year, month, day);
    case 'MONTH_OF_YEAR':
      return clampedDay(year, value, day);
    case 'PROLEPTIC_MONTH':
      return clampedDay(Math.floor(value / 12), (((value % 12) + 12) % 12) + 1, day);
    case 'DAY_OF_MONTH':
      return checkedDay(year, month, value);
    case 'DAY_OF_YEAR':
      return yearDay(year, value);
    case 'EPOCH_DAY':
      return value;
    case 'WEEK_BASED_YEAR': {
      const { week } = isoWeek(self.day!);
      const last = isoWeek(mondayOf(value + 1, 1) - 1).week;
      return mondayOf(value, Math.min(week, last)) + weekdayOf(self.day!) - 1;
    }
    case 'QUARTER_OF_YEAR':
      return clampedDay(year, month + (value - Math.floor((month - 1) / 3) - 1) * 3, day);
    case 'ALIGNED_WEEK_OF_MONTH':
    case 'ALIGNED_WEEK_OF_YEAR':
    case 'WEEK_OF_WEEK_BASED_YEAR':
      return self.day! + (value - DATE_FIELDS[name]!(self)) * 7;
    default:
      return self.day! + value - DATE_FIELDS[name]!(self);
  }
}

/** So many units later. Throws where the kind has no such unit. */
export function plus(self: Temporal, amount: bigint, unit: Unit): Temporal {
  if (!supports(self, unit)) throw self.unsupported(unit.toText(), 'unit');
  if (unit.nanos === undefined) {
    const months = BigInt(self.civil.year * 12 + self.civil.month - 1) + amount * BigInt(unit.months);
    const year = fieldNamed('YEAR').check(Number(floorDiv(months, 12n)));
    return moved(self, clampedDay(year, Number(floorMod(months, 12n)) + 1, self.civil.day), self.nano);
  }
  const nanos = amount * unit.nanos;
  if (self.day === undefined) return moved(self, undefined, Number(floorMod(self.localNanos + nanos, NANOS_OF_DAY)));
  if (self.kind === 'Instant') return instantOf(self.epochNanos + nanos);
  if (self.kind === 'ZonedDateTime' && !unit.isDateBased) return atZone(self.epochNanos + nanos, self.zone!);
  const { day, nano } = partsOf(self.localNanos + nanos);
  return moved(self, day, self.nano === undefined ? undefined : nano);
}

export function supports(self: Temporal, { name, isDateBased }: Unit): boolean {
  if (name === 'FOREVER' || name === 'ERAS') return false;
  if (self.kind === 'Instant') return !isDateBased || name === 'DAYS';
  if (self.kind === 'Year' || self.kind === 'YearMonth') {
    if (name === 'MONTHS') return self.kind === 'YearMonth';
    return isDateBased && name !== 'DAYS' && name !== 'WEEKS';
  }
  if (self.kind === 'MonthDay' || self.kind === 'Parsed') return false;
  return isDateBased ? self.day !== undefined : self.nano !== undefined;
}

/** How many whole units there are from one to another, which is seen as of the same kind and zone. */
export function until(from: Temporal, to: Temporal, unit: Unit): bigint {
  if (!supports(from, unit)) throw from.unsupported(unit.toText(), 'unit');
  const isByInstant = from.kind === 'Instant' || !unit.isDateBased;
  if (unit.nanos !== undefined && (isByInstant || from.nano === undefined)) {
    const nanos = isByInstant ? to.epochNanos - from.epochNanos : to.localNanos - from.localNanos;
    return wrapLong(nanos / unit.nanos);
  }
  if (unit.nanos !== undefined) return wrapLong((to.localNanos - from.localNanos) / unit.nanos);
  return BigInt(Math.trunc(monthsBetween(from, to) / unit.months));
}

/** Whole months, as the clocks show them. */
export function monthsBetween(from: Temporal, to: Temporal): number {
  const rest = (self: Temporal): bigint => BigInt(self.civil.day) * NANOS_OF_DAY + BigInt(self.nano ?? 0);
  const months = (to.civil.year - from.civil.year) * 12 + to.civil.month - from.civil.month;
  if (months > 0 && rest(to) < rest(from)) return months - 1;
  return months < 0 && rest(to) > rest(from) ? months + 1 : months;
}

/** Cut down to whole units. */
export function truncated(self: Temporal, unit: Unit): Temporal {
  if (unit.nanos === undefined || NANOS_OF_DAY % unit.nanos !== 0n)
    throw new ScriptFailure('UnsupportedTemporalTypeException', 'Unit is too large to be used for truncation');
  const nano = Number((BigInt(self.neededNano()) / unit.nanos) * unit.nanos);
  return moved(self, self.day, nano);
}

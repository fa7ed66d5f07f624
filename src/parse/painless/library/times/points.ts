import { ScriptFailure } from '../../failure.ts';
import { checkedDay, yearDay } from './access.ts';
import { daysOf } from './calendar.ts';
import { field, NANOS_OF_DAY } from './fields.ts';
import { type Formatter, ISO } from './formatter.ts';
import { unparsed } from './parse-time.ts';
import { unable } from './resolve-time.ts';
import { atZone, instantOf, type Kind, ofLocal, partsOf, Temporal } from './temporal.ts';
import { type ZoneId, zoneOffset } from './zones.ts';

/*
 * Making points of time of each kind: from numbers, from other points, from texts.
 */

export function timeOf(hour: number, minute: number, second = 0, nano = 0): number {
  field('HOUR_OF_DAY').check(hour);
  field('MINUTE_OF_HOUR').check(minute);
  field('SECOND_OF_MINUTE').check(second);
  field('NANO_OF_SECOND').check(nano);
  return hour * 3600e9 + minute * 60e9 + second * 1e9 + nano;
}

export const localDate = (day: number): Temporal => new Temporal('LocalDate', { day });
export const localTime = (nano: number): Temporal => new Temporal('LocalTime', { nano });
export const localDateTime = (day: number, nano: number): Temporal => new Temporal('LocalDateTime', { day, nano });
export const dateOf = (year: number, month: number, day: number): Temporal => localDate(checkedDay(year, month, day));
export const yearDayOf = (year: number, day: number): Temporal => localDate(yearDay(year, day));
export const offsetDateTime = (day: number, nano: number, offset: number): Temporal =>
  new Temporal('OffsetDateTime', { day, nano, offset });
export const yearOf = (year: number): Temporal =>
  new Temporal('Year', { day: daysOf(field('YEAR').check(year), 1, 1) });
export const yearMonthOf = (year: number, month: number): Temporal =>
  new Temporal('YearMonth', { day: checkedDay(year, month, 1) });
export const monthDayOf = (month: number, day: number): Temporal =>
  new Temporal('MonthDay', { day: checkedDay(2000, month, day) });

export const fromEpochSecond = (seconds: bigint, nanos: bigint): Temporal =>
  instantOf(seconds * 1_000_000_000n + nanos);
export const fromEpochMilli = (millis: bigint): Temporal => instantOf(millis * 1_000_000n);

/** As `from` of each class. Throws DateTimeException where the other has not what it takes. */
export function asKind(kind: Kind, from: Temporal): Temporal {
  if (!(from instanceof Temporal)) throw unable(kind);
  if (from.kind === kind) return from;
  const { day, nano, offset, zone } = from;
  const isInstant = from.kind === 'Instant';
  const hasDate = day !== undefined && !isInstant && !['Year', 'YearMonth', 'MonthDay'].includes(from.kind);
  const hasTime = nano !== undefined && !isInstant;
  switch (kind) {
    case 'LocalDate':
      if (hasDate) return localDate(day);
      break;
    case 'LocalTime':
      if (hasTime) return localTime(nano);
      break;
    case 'LocalDateTime':
      if (hasDate && hasTime) return localDateTime(day, nano);
      break;
    case 'Instant':
      if (day !== undefined && nano !== undefined && (offset !== undefined || zone !== undefined))
        return instantOf((offset === undefined ? ofLocal(day, nano, zone!) : from).epochNanos);
      break;
    case 'OffsetDateTime':
      if (hasDate && hasTime && offset !== undefined) return offsetDateTime(day, nano, offset);
      break;
    case 'OffsetTime':
      if (hasTime && offset !== undefined) return new Temporal('OffsetTime', { nano, offset });
      break;
    case 'ZonedDateTime':
      if (hasDate && hasTime) return zonedFrom(day, nano, offset, zone);
      break;
    case 'Year':
      if (from.fields?.has('YEAR')) return yearOf(from.fields.get('YEAR')!);
      if (day !== undefined && !isInstant && from.kind !== 'MonthDay') return yearOf(from.civil.year);
      break;
    case 'YearMonth':
      if (from.fields?.has('YEAR') && from.fields.has('MONTH_OF_YEAR'))
        return yearMonthOf(from.fields.get('YEAR')!, from.fields.get('MONTH_OF_YEAR')!);
      if (hasDate) return yearMonthOf(from.civil.year, from.civil.month);
      break;
    case 'MonthDay':
      if (from.fields?.has('MONTH_OF_YEAR') && from.fields.has('DAY_OF_MONTH'))
        return monthDayOf(from.fields.get('MONTH_OF_YEAR')!, from.fields.get('DAY_OF_MONTH')!);
      if (hasDate) return monthDayOf(from.civil.month, from.civil.day);
      break;
  }
  throw unable(kind);
}

/** With an offset and a region, the offset says the instant and the region the clock. */
function zonedFrom(day: number, nano: number, offset: number | undefined, zone: ZoneId | undefined): Temporal {
  if (offset === undefined) {
    if (zone === undefined) throw unable('ZonedDateTime');
    return ofLocal(day, nano, zone);
  }
  if (zone === undefined || zone.seconds !== undefined)
    return new Temporal('ZonedDateTime', { day, nano, offset, zone: zoneOffset(offset) });
  return atZone(BigInt(day) * NANOS_OF_DAY + BigInt(nano) - BigInt(offset) * 1_000_000_000n, zone);
}

/** `parse` of each class. Throws DateTimeParseException. */
export function parsed(kind: Kind, text: string, formatter: Formatter = DEFAULTS[kind]!): Temporal {
  const found = formatter.read(text);
  try {
    return asKind(kind, found);
  } catch (error) {
    if (error instanceof ScriptFailure && error.exception === 'DateTimeException')
      throw unparsed(text, `could not be parsed: ${error.message}`);
    throw error;
  }
}

const DEFAULTS: Partial<Record<Kind, Formatter>> = {
  LocalDate: ISO.ISO_LOCAL_DATE,
  LocalTime: ISO.ISO_LOCAL_TIME,
  LocalDateTime: ISO.ISO_LOCAL_DATE_TIME,
  OffsetDateTime: ISO.ISO_OFFSET_DATE_TIME,
  OffsetTime: ISO.ISO_OFFSET_TIME,
  ZonedDateTime: ISO.ISO_ZONED_DATE_TIME,
  Instant: ISO.ISO_INSTANT,
  Year: ISO.YEAR,
  YearMonth: ISO.YEAR_MONTH,
  MonthDay: ISO.MONTH_DAY,
};

export const sameInstant = (self: Temporal, zone: ZoneId): Temporal => atZone(self.epochNanos, zone);

/** The same instant with another offset. */
export function atOffset(epochNanos: bigint, offset: number): Temporal {
  const { day, nano } = partsOf(epochNanos + BigInt(offset) * 1_000_000_000n);
  return offsetDateTime(day, nano, offset);
}

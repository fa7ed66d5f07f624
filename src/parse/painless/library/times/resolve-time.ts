import { ScriptFailure } from '../../failure.ts';
import { checkedDay, yearDay } from './access.ts';
import { clampedDay, isoWeek, mondayOf } from './calendar.ts';
import { chronoFields, type Field, QUARTER_OF_YEAR, WEEK_BASED_YEAR, WEEK_OF_WEEK_BASED_YEAR } from './fields.ts';
import { type Reading, unparsed } from './parse-time.ts';
import { type Kind, Temporal } from './temporal.ts';

export type Style = 'STRICT' | 'SMART' | 'LENIENT';

const byName = new Map<string, Field>(
  [...chronoFields, QUARTER_OF_YEAR, WEEK_BASED_YEAR, WEEK_OF_WEEK_BASED_YEAR].map(field => [field.name, field]),
);

/** What was read, as a point with as many parts as it has. Throws DateTimeParseException for fields that fit no calendar. */
export function resolve({ fields, zone }: Reading, text: string, style: Style): Temporal {
  try {
    for (const [name, value] of fields) {
      const isMidnight = name === 'HOUR_OF_DAY' && value === 24 && style !== 'STRICT';
      if (!isMidnight) byName.get(name)?.check(value);
    }
    const rest = new Map(fields);
    const day = dayOf(rest, style);
    const [nano, excess] = nanoOf(rest, style);
    const offset = take(rest, 'OFFSET_SECONDS');
    return new Temporal('Parsed', { day: day === undefined ? undefined : day + excess, nano, offset, zone }, rest);
  } catch (error) {
    if (error instanceof ScriptFailure && error.exception === 'DateTimeException')
      throw unparsed(text, `could not be parsed: ${error.message}`);
    throw error;
  }
}

function take(fields: Map<string, number>, name: string): number | undefined {
  const value = fields.get(name);
  fields.delete(name);
  return value;
}

function dayOf(fields: Map<string, number>, style: Style): number | undefined {
  const epochDay = take(fields, 'EPOCH_DAY');
  if (epochDay !== undefined) return epochDay;
  const era = fields.get('ERA');
  const ofEra = fields.get('YEAR_OF_ERA');
  if (ofEra !== undefined && !(style === 'STRICT' && era === undefined)) {
    fields.delete('YEAR_OF_ERA');
    fields.delete('ERA');
    const year = era === 0 ? 1 - ofEra : ofEra;
    if (fields.has('YEAR') && fields.get('YEAR') !== year)
      throw new ScriptFailure('DateTimeException', 'Conflict found: the years differ');
    fields.set('YEAR', year);
  }
  const day = calendarDay(fields, style);
  const weekday = day === undefined ? undefined : take(fields, 'DAY_OF_WEEK');
  if (weekday !== undefined && ((((day! + 3) % 7) + 7) % 7) + 1 !== weekday)
    throw new ScriptFailure('DateTimeException', 'Conflict found: the day of the week is another');
  return day;
}

function calendarDay(fields: Map<string, number>, style: Style): number | undefined {
  const has = (...names: string[]): boolean => names.every(name => fields.has(name));
  if (has('YEAR', 'MONTH_OF_YEAR', 'DAY_OF_MONTH')) {
    const [year, month, day] = [take(fields, 'YEAR')!, take(fields, 'MONTH_OF_YEAR')!, take(fields, 'DAY_OF_MONTH')!];
    return style === 'STRICT' ? checkedDay(year, month, day) : clampedDay(year, month, day);
  }
  if (has('YEAR', 'DAY_OF_YEAR')) return yearDay(take(fields, 'YEAR')!, take(fields, 'DAY_OF_YEAR')!);
  if (has('WEEK_BASED_YEAR', 'WEEK_OF_WEEK_BASED_YEAR', 'DAY_OF_WEEK')) {
    const year = take(fields, 'WEEK_BASED_YEAR')!;
    const week = take(fields, 'WEEK_OF_WEEK_BASED_YEAR')!;
    if (week === 53 && style !== 'LENIENT' && isoWeek(mondayOf(year, 53)).year !== year)
      throw new ScriptFailure('DateTimeException', `Invalid value for WeekOfWeekBasedYear: ${week}`);
    return mondayOf(year, week) + take(fields, 'DAY_OF_WEEK')! - 1;
  }
  return undefined;
}

/** Nanosecond of the day, and days that it goes beyond (24:00). */
function nanoOf(fields: Map<string, number>, style: Style): [nano: number | undefined, days: number] {
  const clock24 = take(fields, 'CLOCK_HOUR_OF_DAY');
  if (clock24 !== undefined) fields.set('HOUR_OF_DAY', clock24 % 24);
  const clock12 = take(fields, 'CLOCK_HOUR_OF_AMPM');
  if (clock12 !== undefined) fields.set('HOUR_OF_AMPM', clock12 % 12);
  if (fields.has('AMPM_OF_DAY') && fields.has('HOUR_OF_AMPM'))
    fields.set('HOUR_OF_DAY', take(fields, 'AMPM_OF_DAY')! * 12 + take(fields, 'HOUR_OF_AMPM')!);
  for (const [name, factor] of WHOLE) {
    const value = take(fields, name);
    if (value !== undefined) return [value * factor, 0];
  }
  const hour = fields.get('HOUR_OF_DAY');
  if (hour === undefined) return [undefined, 0];
  const minute = fields.get('MINUTE_OF_HOUR');
  if (minute === undefined && (style === 'STRICT' || fields.has('SECOND_OF_MINUTE') || fields.has('NANO_OF_SECOND')))
    return [undefined, 0];
  const milli = take(fields, 'MILLI_OF_SECOND');
  const micro = take(fields, 'MICRO_OF_SECOND');
  const second = take(fields, 'SECOND_OF_MINUTE') ?? 0;
  const nano =
    take(fields, 'NANO_OF_SECOND') ?? (milli !== undefined ? milli * 1e6 : micro !== undefined ? micro * 1e3 : 0);
  fields.delete('HOUR_OF_DAY');
  fields.delete('MINUTE_OF_HOUR');
  const total = hour * 3600e9 + (minute ?? 0) * 60e9 + second * 1e9 + nano;
  if (hour === 24) {
    if (total !== 86_400e9)
      throw new ScriptFailure('DateTimeException', 'Invalid value for HourOfDay (valid values 0 - 23): 24');
    return [0, 1];
  }
  return [total, 0];
}

const WHOLE: readonly (readonly [name: string, nanos: number])[] = [
  ['NANO_OF_DAY', 1],
  ['MICRO_OF_DAY', 1e3],
  ['MILLI_OF_DAY', 1e6],
  ['SECOND_OF_DAY', 1e9],
  ['MINUTE_OF_DAY', 60e9],
];

/** For messages. */
export const unable = (kind: Kind): ScriptFailure =>
  new ScriptFailure('DateTimeException', `Unable to obtain ${kind} from TemporalAccessor`);

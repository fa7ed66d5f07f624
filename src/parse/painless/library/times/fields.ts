import { ScriptFailure } from '../../failure.ts';
import { javaClass } from '../define.ts';
import { enumClass, JavaEnum } from '../enums.ts';
import type { JavaClass } from '../java-class.ts';

/** A field of java.time: `ChronoField` and what `IsoFields` has. */
export class Field extends JavaEnum {
  readonly min: number;
  readonly max: number;

  constructor(javaName: string, name: string, ordinal: number, text: string, min: number, max: number) {
    super(javaName, name, ordinal, text);
    this.min = min;
    this.max = max;
  }
  check(value: number): number {
    if (value >= this.min && value <= this.max) return value;
    throw new ScriptFailure(
      'DateTimeException',
      `Invalid value for ${this.toText()} (valid values ${this.min} - ${this.max}): ${value}`,
      `the value is not valid for ${this.toText()}`,
    );
  }
}

/** A unit of java.time. `nanos` is undefined for months and longer ones, which have `months` then. */
export class Unit extends JavaEnum {
  readonly nanos: bigint | undefined;
  readonly months: number;

  constructor(
    javaName: string,
    name: string,
    ordinal: number,
    text: string,
    nanos: bigint | undefined,
    months: number,
  ) {
    super(javaName, name, ordinal, text);
    this.nanos = nanos;
    this.months = months;
  }
  get isDateBased(): boolean {
    return this.ordinal >= DAYS_ORDINAL && this.name !== 'FOREVER';
  }
}

export const MAX_YEAR = 999_999_999;
export const NANOS_OF_DAY = 86_400_000_000_000n;
const MAX_DAY = 365_241_780_471;
const MIN_DAY = -365_243_219_162;

const FIELDS: readonly (readonly [name: string, text: string, min: number, max: number])[] = [
  ['NANO_OF_SECOND', 'NanoOfSecond', 0, 999_999_999],
  ['NANO_OF_DAY', 'NanoOfDay', 0, 86_399_999_999_999],
  ['MICRO_OF_SECOND', 'MicroOfSecond', 0, 999_999],
  ['MICRO_OF_DAY', 'MicroOfDay', 0, 86_399_999_999],
  ['MILLI_OF_SECOND', 'MilliOfSecond', 0, 999],
  ['MILLI_OF_DAY', 'MilliOfDay', 0, 86_399_999],
  ['SECOND_OF_MINUTE', 'SecondOfMinute', 0, 59],
  ['SECOND_OF_DAY', 'SecondOfDay', 0, 86_399],
  ['MINUTE_OF_HOUR', 'MinuteOfHour', 0, 59],
  ['MINUTE_OF_DAY', 'MinuteOfDay', 0, 1439],
  ['HOUR_OF_AMPM', 'HourOfAmPm', 0, 11],
  ['CLOCK_HOUR_OF_AMPM', 'ClockHourOfAmPm', 1, 12],
  ['HOUR_OF_DAY', 'HourOfDay', 0, 23],
  ['CLOCK_HOUR_OF_DAY', 'ClockHourOfDay', 1, 24],
  ['AMPM_OF_DAY', 'AmPmOfDay', 0, 1],
  ['DAY_OF_WEEK', 'DayOfWeek', 1, 7],
  ['ALIGNED_DAY_OF_WEEK_IN_MONTH', 'AlignedDayOfWeekInMonth', 1, 7],
  ['ALIGNED_DAY_OF_WEEK_IN_YEAR', 'AlignedDayOfWeekInYear', 1, 7],
  ['DAY_OF_MONTH', 'DayOfMonth', 1, 31],
  ['DAY_OF_YEAR', 'DayOfYear', 1, 366],
  ['EPOCH_DAY', 'EpochDay', MIN_DAY, MAX_DAY],
  ['ALIGNED_WEEK_OF_MONTH', 'AlignedWeekOfMonth', 1, 5],
  ['ALIGNED_WEEK_OF_YEAR', 'AlignedWeekOfYear', 1, 53],
  ['MONTH_OF_YEAR', 'MonthOfYear', 1, 12],
  ['PROLEPTIC_MONTH', 'ProlepticMonth', -11_999_999_988, 11_999_999_999],
  ['YEAR_OF_ERA', 'YearOfEra', 1, 1_000_000_000],
  ['YEAR', 'Year', -MAX_YEAR, MAX_YEAR],
  ['ERA', 'Era', 0, 1],
  ['INSTANT_SECONDS', 'InstantSeconds', -31_557_014_167_219_200, 31_556_889_864_403_200],
  ['OFFSET_SECONDS', 'OffsetSeconds', -64_800, 64_800],
];

const CHRONO_FIELD = 'java.time.temporal.ChronoField';
export const chronoFields: readonly Field[] = FIELDS.map(
  ([name, text, min, max], i) => new Field(CHRONO_FIELD, name, i, text, min, max),
);

const fieldsByName = new Map(chronoFields.map(field => [field.name, field]));
export const field = (name: string): Field => fieldsByName.get(name)!;

const iso = (name: string, text: string, min: number, max: number): Field =>
  new Field('java.time.temporal.IsoFields', name, 0, text, min, max);
export const QUARTER_OF_YEAR = iso('QUARTER_OF_YEAR', 'QuarterOfYear', 1, 4);
export const DAY_OF_QUARTER = iso('DAY_OF_QUARTER', 'DayOfQuarter', 1, 92);
export const WEEK_OF_WEEK_BASED_YEAR = iso('WEEK_OF_WEEK_BASED_YEAR', 'WeekOfWeekBasedYear', 1, 53);
export const WEEK_BASED_YEAR = iso('WEEK_BASED_YEAR', 'WeekBasedYear', -MAX_YEAR, MAX_YEAR);

const UNITS: readonly (readonly [name: string, text: string, nanos: bigint | undefined, months: number])[] = [
  ['NANOS', 'Nanos', 1n, 0],
  ['MICROS', 'Micros', 1000n, 0],
  ['MILLIS', 'Millis', 1_000_000n, 0],
  ['SECONDS', 'Seconds', 1_000_000_000n, 0],
  ['MINUTES', 'Minutes', 60_000_000_000n, 0],
  ['HOURS', 'Hours', 3_600_000_000_000n, 0],
  ['HALF_DAYS', 'HalfDays', NANOS_OF_DAY / 2n, 0],
  ['DAYS', 'Days', NANOS_OF_DAY, 0],
  ['WEEKS', 'Weeks', NANOS_OF_DAY * 7n, 0],
  ['MONTHS', 'Months', undefined, 1],
  ['YEARS', 'Years', undefined, 12],
  ['DECADES', 'Decades', undefined, 120],
  ['CENTURIES', 'Centuries', undefined, 1200],
  ['MILLENNIA', 'Millennia', undefined, 12_000],
  ['ERAS', 'Eras', undefined, 12_000_000_000],
  ['FOREVER', 'Forever', undefined, 0],
];
const DAYS_ORDINAL = 7;
const CHRONO_UNIT = 'java.time.temporal.ChronoUnit';
export const chronoUnits: readonly Unit[] = UNITS.map(
  ([name, text, nanos, months], i) => new Unit(CHRONO_UNIT, name, i, text, nanos, months),
);
const unitsByName = new Map(chronoUnits.map(unit => [unit.name, unit]));
export const unit = (name: string): Unit => unitsByName.get(name)!;

/** How many nanoseconds a month has on the average. */
const MONTH_NANOS = 2_629_746_000_000_000n;
export const estimatedNanos = (of: Unit): bigint => of.nanos ?? BigInt(of.months) * MONTH_NANOS;

const weekly = (name: string, text: string, months: number): Unit =>
  new Unit('java.time.temporal.IsoFields', name, DAYS_ORDINAL + 2, text, undefined, months);

export const chronoFieldClass: JavaClass = enumClass(CHRONO_FIELD, chronoFields, {
  extends: 'TemporalField',
  methods: {
    'int checkValidIntValue(long)': (self: Field, value: bigint) => self.check(Number(value)),
    'long checkValidValue(long)': (self: Field, value: bigint) => BigInt(self.check(Number(value))),
  },
});

export const chronoUnitClass: JavaClass = enumClass(CHRONO_UNIT, chronoUnits, { extends: 'TemporalUnit' });

export const isoFieldsClass: JavaClass = javaClass('java.time.temporal.IsoFields', {
  is: () => false,
  constants: {
    'TemporalField QUARTER_OF_YEAR': QUARTER_OF_YEAR,
    'TemporalField DAY_OF_QUARTER': DAY_OF_QUARTER,
    'TemporalField WEEK_OF_WEEK_BASED_YEAR': WEEK_OF_WEEK_BASED_YEAR,
    'TemporalField WEEK_BASED_YEAR': WEEK_BASED_YEAR,
    'TemporalUnit QUARTER_YEARS': weekly('QUARTER_YEARS', 'QuarterYears', 3),
    'TemporalUnit WEEK_BASED_YEARS': weekly('WEEK_BASED_YEARS', 'WeekBasedYears', 12),
  },
});

import { javaClass } from '../define.ts';
import type { JavaEnum } from '../enums.ts';
import type { JavaClass } from '../java-class.ts';
import type { Locale } from '../locale.ts';
import { checkedDay, plus, readField, supports, until, withField } from './access.ts';
import { Duration } from './amounts.ts';
import { daysIn, daysOf, isLeap, lengthOfYear, weekdayOf } from './calendar.ts';
import { estimatedNanos, Field, field, Unit, unit } from './fields.ts';
import { asKind, localDate, monthDayOf, timeOf, yearMonthOf, yearOf } from './points.ts';
import { moved, Temporal } from './temporal.ts';
import {
  adders,
  adjusted,
  byClock,
  byInstant,
  comparisons,
  format,
  getters,
  isLeapYear,
  isOf,
  made,
  sameKind,
  temporal,
  withers,
} from './temporal-methods.ts';
import { months } from './weekdays.ts';
import { type ZoneId, zoneOffset } from './zones.ts';

/*
 * Parts of dates, and what works on any point: units, fields, adjusters.
 */

const common = 'Temporal TemporalAccessor TemporalAdjuster Comparable';

const yearClass = javaClass('java.time.Year', {
  extends: common,
  is: isOf('Year'),
  statics: {
    ...made('Year'),
    'boolean isLeap(long)': (year: bigint) => isLeap(Number(year)),
    'Year of(int)': yearOf,
  },
  methods: {
    ...temporal('Year'),
    ...adders('Year', ['Years']),
    ...comparisons('Year', byClock, false),
    'String format(DateTimeFormatter)': format,
    'LocalDate atDay(int)': (self: Temporal, day: number) => localDate(self.day! + field('DAY_OF_YEAR').check(day) - 1),
    'YearMonth atMonth(int)': (self: Temporal, month: number) => yearMonthOf(self.civil.year, month),
    'LocalDate atMonthDay(MonthDay)': (self: Temporal, at: Temporal) => inYear(at, self.civil.year),
    'int getValue()': (self: Temporal) => self.civil.year,
    'boolean isLeap()': isLeapYear,
    'int length()': (self: Temporal) => lengthOfYear(self.civil.year),
  },
  constants: { 'int MAX_VALUE': 999_999_999, 'int MIN_VALUE': -999_999_999 },
});

const inYear = ({ civil }: Temporal, year: number): Temporal =>
  localDate(daysOf(year, civil.month, Math.min(civil.day, daysIn(year, civil.month))));

const yearMonthClass = javaClass('java.time.YearMonth', {
  extends: common,
  is: isOf('YearMonth'),
  statics: { ...made('YearMonth'), 'YearMonth of(int, int)': yearMonthOf },
  methods: {
    ...temporal('YearMonth'),
    ...getters(['getYear', 'getMonthValue']),
    ...withers('YearMonth', ['getYear', 'getMonthValue']),
    ...adders('YearMonth', ['Years', 'Months']),
    ...comparisons('YearMonth', byClock, false),
    'String format(DateTimeFormatter)': format,
    'LocalDate atDay(int)': ({ civil }: Temporal, day: number) => localDate(checkedDay(civil.year, civil.month, day)),
    'LocalDate atEndOfMonth()': ({ day, civil }: Temporal) => localDate(day! + daysIn(civil.year, civil.month) - 1),
    'Month getMonth()': (self: Temporal) => months[self.civil.month - 1],
    'boolean isLeapYear()': isLeapYear,
    'boolean isValidDay(int)': ({ civil }: Temporal, day: number) => day >= 1 && day <= daysIn(civil.year, civil.month),
    'int lengthOfMonth()': ({ civil }: Temporal) => daysIn(civil.year, civil.month),
    'int lengthOfYear()': ({ civil }: Temporal) => lengthOfYear(civil.year),
  },
});

const monthDayClass = javaClass('java.time.MonthDay', {
  extends: 'TemporalAccessor TemporalAdjuster Comparable',
  is: isOf('MonthDay'),
  statics: { ...made('MonthDay'), 'MonthDay of(int, int)': monthDayOf },
  methods: {
    ...getters(['getMonthValue', 'getDayOfMonth']),
    ...comparisons('MonthDay', byClock, false),
    'String format(DateTimeFormatter)': format,
    'LocalDate atYear(int)': inYear,
    'Month getMonth()': (self: Temporal) => months[self.civil.month - 1],
    'boolean isValidYear(int)': ({ civil }: Temporal, year: number) =>
      !(civil.month === 2 && civil.day === 29) || isLeap(year),
    'MonthDay withDayOfMonth(int)': ({ civil }: Temporal, day: number) => monthDayOf(civil.month, day),
    'MonthDay withMonth(int)': ({ civil }: Temporal, month: number) =>
      monthDayOf(month, Math.min(civil.day, daysIn(2000, month))),
  },
});

const offsetTimeClass = javaClass('java.time.OffsetTime', {
  extends: common,
  is: isOf('OffsetTime'),
  statics: {
    ...made('OffsetTime'),
    'OffsetTime of(LocalTime, ZoneOffset)': (time: Temporal, offset: ZoneId) =>
      new Temporal('OffsetTime', { nano: time.nano, offset: offset.seconds }),
    'OffsetTime of(int, int, int, int, ZoneOffset)': (h: number, m: number, s: number, n: number, offset: ZoneId) =>
      new Temporal('OffsetTime', { nano: timeOf(h, m, s, n), offset: offset.seconds }),
  },
  methods: {
    ...temporal('OffsetTime'),
    ...getters(['getHour', 'getMinute', 'getSecond', 'getNano']),
    ...withers('OffsetTime', ['getHour', 'getMinute', 'getSecond', 'getNano']),
    ...adders('OffsetTime', ['Hours', 'Minutes', 'Seconds', 'Nanos']),
    ...comparisons('OffsetTime', byInstant),
    'String format(DateTimeFormatter)': format,
    'ZoneOffset getOffset()': (self: Temporal) => zoneOffset(self.offset!),
    'LocalTime toLocalTime()': (self: Temporal) => asKind('LocalTime', self),
  },
});

const isTime = (of: JavaEnum): boolean => (of instanceof Unit ? !of.isDateBased : of.ordinal < 15);

const temporalUnitClass = javaClass('java.time.temporal.TemporalUnit', {
  is: value => value instanceof Unit,
  methods: {
    'Temporal addTo(Temporal, long)': (self: Unit, to: Temporal, amount: bigint) => plus(to, amount, self),
    'long between(Temporal, Temporal)': (self: Unit, from: Temporal, to: Temporal) =>
      until(from, sameKind(from, to), self),
    'Duration getDuration()': (self: Unit) => new Duration(estimatedNanos(self)),
    'boolean isDateBased()': (self: Unit) => self.isDateBased,
    'boolean isDurationEstimated()': (self: Unit) => self.ordinal >= unit('DAYS').ordinal,
    'boolean isSupportedBy(Temporal)': (self: Unit, by: Temporal) => supports(by, self),
    'boolean isTimeBased()': isTime,
  },
});

const temporalFieldClass = javaClass('java.time.temporal.TemporalField', {
  is: value => value instanceof Field,
  methods: {
    'Temporal adjustInto(Temporal, long)': (self: Field, to: Temporal, value: bigint) => withField(to, self, value),
    'long getFrom(TemporalAccessor)': (self: Field, of: Temporal) => {
      const value = readField(of, self.name);
      if (value === undefined) throw of.unsupported(self.toText());
      return BigInt(value);
    },
    'boolean isDateBased()': (self: Field) => !isTime(self) && self.ordinal < 28,
    'boolean isSupportedBy(TemporalAccessor)': (self: Field, by: Temporal) => readField(by, self.name) !== undefined,
    'boolean isTimeBased()': isTime,
    'String getDisplayName(Locale)': (self: Field, _: Locale) => self.toText(),
  },
});

type Adjuster = (to: Temporal) => Temporal;

const onDay =
  (choose: (to: Temporal) => number): Adjuster =>
  to =>
    moved(to, choose(to), to.nano);

/** So many days on from a day to the next of a weekday. */
const ahead = (from: number, weekday: JavaEnum): number => (weekday.ordinal + 1 - weekdayOf(from) + 7) % 7;
const back = (from: number, weekday: JavaEnum): number => (weekdayOf(from) - weekday.ordinal - 1 + 7) % 7;

const firstOf = ({ civil }: Temporal): number => daysOf(civil.year, civil.month, 1);
const lastOf = ({ civil }: Temporal): number => daysOf(civil.year, civil.month, daysIn(civil.year, civil.month));

function inMonth(count: number, weekday: JavaEnum): Adjuster {
  return onDay(to => {
    if (count >= 0) {
      const first = firstOf(to);
      return first + ahead(first, weekday) + (count - 1) * 7;
    }
    const last = lastOf(to);
    return last - back(last, weekday) + (count + 1) * 7;
  });
}

const adjustersClass = javaClass('java.time.temporal.TemporalAdjusters', {
  is: () => false,
  statics: {
    'TemporalAdjuster dayOfWeekInMonth(int, DayOfWeek)': inMonth,
    'TemporalAdjuster firstDayOfMonth()': () => onDay(firstOf),
    'TemporalAdjuster firstDayOfNextMonth()': () => onDay(to => lastOf(to) + 1),
    'TemporalAdjuster firstDayOfNextYear()': () => onDay(to => daysOf(to.civil.year + 1, 1, 1)),
    'TemporalAdjuster firstDayOfYear()': () => onDay(to => daysOf(to.civil.year, 1, 1)),
    'TemporalAdjuster firstInMonth(DayOfWeek)': (weekday: JavaEnum) => inMonth(1, weekday),
    'TemporalAdjuster lastDayOfMonth()': () => onDay(lastOf),
    'TemporalAdjuster lastDayOfYear()': () => onDay(to => daysOf(to.civil.year + 1, 1, 1) - 1),
    'TemporalAdjuster lastInMonth(DayOfWeek)': (weekday: JavaEnum) => inMonth(-1, weekday),
    'TemporalAdjuster next(DayOfWeek)': (weekday: JavaEnum) =>
      onDay(to => to.neededDay() + (ahead(to.neededDay(), weekday) || 7)),
    'TemporalAdjuster nextOrSame(DayOfWeek)': (weekday: JavaEnum) =>
      onDay(to => to.neededDay() + ahead(to.neededDay(), weekday)),
    'TemporalAdjuster ofDateAdjuster(UnaryOperator)': (make: (date: Temporal) => Temporal) =>
      onDay(to => make(asKind('LocalDate', to)).neededDay()),
    'TemporalAdjuster previous(DayOfWeek)': (weekday: JavaEnum) =>
      onDay(to => to.neededDay() - (back(to.neededDay(), weekday) || 7)),
    'TemporalAdjuster previousOrSame(DayOfWeek)': (weekday: JavaEnum) =>
      onDay(to => to.neededDay() - back(to.neededDay(), weekday)),
  },
});

const temporalAdjusterClass = javaClass('java.time.temporal.TemporalAdjuster', {
  is: value => value instanceof Temporal || typeof value === 'function',
  lambda: 'Temporal adjustInto(Temporal)',
  methods: {
    'Temporal adjustInto(Temporal)': (self: Parameters<typeof adjusted>[1], to: Temporal) => adjusted(to, self),
  },
});

export const smallerClasses: readonly JavaClass[] = [
  yearClass,
  yearMonthClass,
  monthDayClass,
  offsetTimeClass,
  temporalUnitClass,
  temporalFieldClass,
  temporalAdjusterClass,
  adjustersClass,
];

import { ScriptFailure } from '../../failure.ts';
import { enumClass, JavaEnum } from '../enums.ts';
import type { JavaClass } from '../java-class.ts';
import type { Locale } from '../locale.ts';
import { MONTH_NAMES } from './access.ts';
import { daysIn, daysOf, weekdayOf } from './calendar.ts';
import { monthName, type TextStyle, textStyleOf, weekdayName } from './names.ts';
import type { Temporal } from './temporal.ts';

const DAYS = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'];
const DAY_OF_WEEK = 'java.time.DayOfWeek';
const MONTH = 'java.time.Month';

export const weekdays: readonly JavaEnum[] = DAYS.map((name, i) => new JavaEnum(DAY_OF_WEEK, name, i));
export const months: readonly JavaEnum[] = MONTH_NAMES.map((name, i) => new JavaEnum(MONTH, name, i));

export const weekday = (epochDay: number): JavaEnum => weekdays[weekdayOf(epochDay) - 1]!;

function numbered(all: readonly JavaEnum[], number: number, what: string): JavaEnum {
  const found = all[number - 1];
  if (found === undefined) throw new ScriptFailure('DateTimeException', `Invalid value for ${what}: ${number}`);
  return found;
}

const turned =
  (all: readonly JavaEnum[], sign: number) =>
  (self: JavaEnum, by: bigint): JavaEnum => {
    const count = all.length;
    return all[(((self.ordinal + sign * Number(by % BigInt(count))) % count) + count) % count]!;
  };

const lengthOf = (self: JavaEnum, inLeapYear: boolean): number => daysIn(inLeapYear ? 2000 : 2001, self.ordinal + 1);

function dated(at: Temporal, what: string): Temporal {
  if (at.day !== undefined && at.kind !== 'Instant') return at;
  throw new ScriptFailure('DateTimeException', `Unable to obtain ${what} from TemporalAccessor`);
}

const common = 'TemporalAccessor TemporalAdjuster';

export const dayOfWeekClass: JavaClass = enumClass(DAY_OF_WEEK, weekdays, {
  extends: common,
  statics: {
    'DayOfWeek from(TemporalAccessor)': (at: Temporal | JavaEnum) =>
      at instanceof JavaEnum ? at : weekday(dated(at, 'DayOfWeek').day!),
    'DayOfWeek of(int)': (number: number) => numbered(weekdays, number, 'DayOfWeek'),
  },
  methods: {
    'String getDisplayName(TextStyle, Locale)': (self: JavaEnum, style: TextStyle, locale: Locale) =>
      weekdayName(self.ordinal + 1, textStyleOf(style), locale.tag),
    'int getValue()': (self: JavaEnum) => self.ordinal + 1,
    'DayOfWeek minus(long)': turned(weekdays, -1),
    'DayOfWeek plus(long)': turned(weekdays, 1),
  },
});

export const monthClass: JavaClass = enumClass(MONTH, months, {
  extends: common,
  statics: {
    'Month from(TemporalAccessor)': (at: Temporal | JavaEnum) =>
      at instanceof JavaEnum ? at : months[dated(at, 'Month').civil.month - 1],
    'Month of(int)': (number: number) => numbered(months, number, 'MonthOfYear'),
  },
  methods: {
    'int firstDayOfYear(boolean)': (self: JavaEnum, inLeapYear: boolean) => {
      const year = inLeapYear ? 2000 : 2001;
      return daysOf(year, self.ordinal + 1, 1) - daysOf(year, 1, 1) + 1;
    },
    'Month firstMonthOfQuarter()': (self: JavaEnum) => months[self.ordinal - (self.ordinal % 3)],
    'String getDisplayName(TextStyle, Locale)': (self: JavaEnum, style: TextStyle, locale: Locale) =>
      monthName(self.ordinal + 1, textStyleOf(style), locale.tag),
    'int getValue()': (self: JavaEnum) => self.ordinal + 1,
    'int length(boolean)': lengthOf,
    'int maxLength()': (self: JavaEnum) => lengthOf(self, true),
    'int minLength()': (self: JavaEnum) => lengthOf(self, false),
    'Month minus(long)': turned(months, -1),
    'Month plus(long)': turned(months, 1),
  },
});

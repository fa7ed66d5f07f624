import type { Body } from '../define.ts';
import type { JavaObject } from '../java-object.ts';
import { compare } from '../numbers.ts';
import { plus, readField, truncated, withField } from './access.ts';
import { added } from './amounts.ts';
import { isLeap } from './calendar.ts';
import { field, type Unit, unit } from './fields.ts';
import type { Formatter } from './formatter.ts';
import { asKind, atOffset, parsed, sameInstant } from './points.ts';
import { type Kind, moved, Temporal } from './temporal.ts';
import { months, weekday } from './weekdays.ts';

/*
 * What the classes of points of time have in common, as tables of methods.
 */

export type Bodies = Record<string, Body>;
type Adjuster = Temporal | ((to: Temporal) => Temporal);

export const isOf =
  (...kinds: readonly Kind[]) =>
  (value: unknown): boolean =>
    value instanceof Temporal && kinds.includes(value.kind);

/** `int getHour()` and the like. */
const GETTERS: Readonly<Record<string, string>> = {
  getYear: 'YEAR',
  getMonthValue: 'MONTH_OF_YEAR',
  getDayOfMonth: 'DAY_OF_MONTH',
  getDayOfYear: 'DAY_OF_YEAR',
  getHour: 'HOUR_OF_DAY',
  getMinute: 'MINUTE_OF_HOUR',
  getSecond: 'SECOND_OF_MINUTE',
  getNano: 'NANO_OF_SECOND',
};
export const DATE_GETTERS = ['getYear', 'getMonthValue', 'getDayOfMonth', 'getDayOfYear'];
export const TIME_GETTERS = ['getHour', 'getMinute', 'getSecond', 'getNano'];

export function getters(names: readonly string[]): Bodies {
  return Object.fromEntries(names.map(name => [`int ${name}()`, (self: Temporal) => readField(self, GETTERS[name]!)!]));
}

/** `withHour(int)` and the like. */
export function withers(kind: string, names: readonly string[]): Bodies {
  return Object.fromEntries(
    names.map(getter => {
      const name = getter.replace('get', 'with').replace('MonthValue', 'Month');
      const of = field(GETTERS[getter]!);
      return [`${kind} ${name}(int)`, (self: Temporal, value: number) => withField(self, of, BigInt(value))];
    }),
  );
}

export const DATE_UNITS = ['Years', 'Months', 'Weeks', 'Days'];
export const TIME_UNITS = ['Hours', 'Minutes', 'Seconds', 'Nanos'];

/** `plusDays(long)`, `minusDays(long)` and the like. */
export function adders(kind: string, names: readonly string[]): Bodies {
  return Object.fromEntries(
    names.flatMap(name => {
      const of = unit(name.toUpperCase());
      return [
        [`${kind} plus${name}(long)`, (self: Temporal, amount: bigint) => plus(self, amount, of)],
        [`${kind} minus${name}(long)`, (self: Temporal, amount: bigint) => plus(self, -amount, of)],
      ];
    }),
  );
}

export function adjusted(self: Temporal, adjuster: Adjuster): Temporal {
  if (typeof adjuster === 'function') return adjuster(self);
  const { kind, day, nano } = adjuster;
  if (kind === 'Instant' && self.kind === 'ZonedDateTime') return sameInstant(adjuster, self.zone!);
  if (kind === 'Year') return withField(self, field('YEAR'), BigInt(adjuster.civil.year));
  if (self.kind === 'Instant' || adjuster.kind === self.kind) return asKind(self.kind, adjuster);
  if (day !== undefined) self.neededDay();
  if (nano !== undefined) self.neededNano();
  return moved(self, day ?? self.day, nano ?? self.nano);
}

/** What every `Temporal` has, with its own class as what is given. */
export function temporal(kind: string): Bodies {
  return {
    [`${kind} plus(TemporalAmount)`]: (self: Temporal, amount: JavaObject) => added(self, amount, 1n),
    [`${kind} minus(TemporalAmount)`]: (self: Temporal, amount: JavaObject) => added(self, amount, -1n),
    [`${kind} plus(long, TemporalUnit)`]: plus,
    [`${kind} minus(long, TemporalUnit)`]: (self: Temporal, amount: bigint, of: Unit) => plus(self, -amount, of),
    [`${kind} with(TemporalAdjuster)`]: adjusted,
    [`${kind} with(TemporalField, long)`]: withField,
  };
}

export const truncation = (kind: string): Bodies => ({ [`${kind} truncatedTo(TemporalUnit)`]: truncated });

export const format = (self: Temporal, formatter: Formatter): string => formatter.print(self);

/** `isBefore` and the like, with the class of what it is compared with. */
export function comparisons(other: string, order: (a: Temporal, b: Temporal) => number, hasEqual = true): Bodies {
  return {
    [`boolean isAfter(${other})`]: (self: Temporal, to: Temporal) => order(self, to) > 0,
    [`boolean isBefore(${other})`]: (self: Temporal, to: Temporal) => order(self, to) < 0,
    ...(hasEqual && { [`boolean isEqual(${other})`]: (self: Temporal, to: Temporal) => order(self, to) === 0 }),
    [`int compareTo(${other})`]: (self: Temporal, to: Temporal) => self.compareTo(to) ?? order(self, to),
  };
}

export const byInstant = (a: Temporal, b: Temporal): number => compare(a.epochNanos, b.epochNanos);
export const byClock = (a: Temporal, b: Temporal): number => compare(a.localNanos, b.localNanos);

export function made(kind: Kind): Bodies {
  return {
    [`${kind} from(TemporalAccessor)`]: (from: Temporal) => asKind(kind, from),
    [`${kind} parse(CharSequence)`]: (text: unknown) => parsed(kind, textOf(text)),
    ...(kind !== 'Instant' && {
      [`${kind} parse(CharSequence, DateTimeFormatter)`]: (text: unknown, formatter: Formatter) =>
        parsed(kind, textOf(text), formatter),
    }),
  };
}

const textOf = (text: unknown): string => (typeof text === 'string' ? text : (text as JavaObject).toText());

export const dayBodies: Bodies = {
  'DayOfWeek getDayOfWeek()': (self: Temporal) => weekday(self.day!),
  'Month getMonth()': (self: Temporal) => months[self.civil.month - 1],
};

export const isLeapYear = (self: Temporal): boolean => isLeap(self.civil.year);

/** The other end as the first one sees it. */
export function sameKind(self: Temporal, to: Temporal): Temporal {
  if (self.kind === to.kind && self.kind !== 'ZonedDateTime' && self.kind !== 'OffsetDateTime') return to;
  if (self.kind === 'ZonedDateTime') return sameInstant(asKind('ZonedDateTime', to), self.zone!);
  if (self.kind === 'OffsetDateTime') return atOffset(asKind('OffsetDateTime', to).epochNanos, self.offset!);
  return asKind(self.kind, to);
}

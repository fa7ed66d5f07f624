import { ScriptFailure } from '../../failure.ts';
import { javaClass } from '../define.ts';
import { longHash } from '../equality.ts';
import type { JavaClass } from '../java-class.ts';
import { JavaObject } from '../java-object.ts';
import { compare, MAX_LONG, MIN_LONG } from '../numbers.ts';
import { monthsBetween, plus } from './access.ts';
import { clampedDay } from './calendar.ts';
import { NANOS_OF_DAY, type Unit, unit as unitNamed } from './fields.ts';
import { floorDiv, floorMod, type Temporal } from './temporal.ts';
import { fractionText } from './text.ts';

const SECOND = 1_000_000_000n;

/** Nanoseconds. */
export class Duration extends JavaObject {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    super();
    if (nanos / SECOND > MAX_LONG || nanos / SECOND < MIN_LONG)
      throw new ScriptFailure('ArithmeticException', 'long overflow');
    this.nanos = nanos;
  }
  get javaName(): string {
    return 'java.time.Duration';
  }
  get seconds(): bigint {
    return floorDiv(this.nanos, SECOND);
  }
  get nano(): number {
    return Number(floorMod(this.nanos, SECOND));
  }
  /** `PT1H2M3.5S`. */
  toText(): string {
    if (this.nanos === 0n) return 'PT0S';
    const whole = this.nanos / SECOND;
    const hours = whole / 3600n;
    const minutes = (whole / 60n) % 60n;
    const seconds = whole % 60n;
    const rest = Number(this.nanos % SECOND);
    let text = 'PT';
    if (hours !== 0n) text += `${hours}H`;
    if (minutes !== 0n) text += `${minutes}M`;
    if (seconds === 0n && rest === 0) return text;
    const fraction = fractionText(Math.abs(rest)).replace(/0+$/, '');
    return `${text}${rest < 0 && seconds === 0n ? '-0' : seconds}${fraction}S`;
  }
  override equals(other: unknown): boolean {
    return other instanceof Duration && other.nanos === this.nanos;
  }
  override hash(): number {
    return (longHash(this.seconds) + Math.imul(51, this.nano)) | 0;
  }
  override key(): string {
    return `\0D${this.nanos}`;
  }
  override compareTo(other: unknown): number | undefined {
    return other instanceof Duration ? compare(this.nanos, other.nanos) : undefined;
  }
}

const DURATION = /^([-+]?)P(?:([-+]?\d+)D)?(T(?:([-+]?\d+)H)?(?:([-+]?\d+)M)?(?:([-+]?\d+)(?:[.,](\d{0,9}))?S)?)?$/i;

const unreadable = (what: string, text: string): ScriptFailure =>
  new ScriptFailure(
    'DateTimeParseException',
    `Text cannot be parsed to a ${what}`,
    `the text is no ${what} (${text.length} characters)`,
  );

function parseDuration(text: string): Duration {
  const found = text.length > 100 ? null : DURATION.exec(text);
  const [, sign, days, time, hours, minutes, seconds, fraction = ''] = found ?? [];
  if (found === null || time?.length === 1 || (days === undefined && time === undefined))
    throw unreadable('Duration', text);
  const part = BigInt(fraction.padEnd(9, '0'));
  const nanos =
    BigInt(days ?? 0) * NANOS_OF_DAY +
    (BigInt(hours ?? 0) * 3600n + BigInt(minutes ?? 0) * 60n + BigInt(seconds ?? 0)) * SECOND +
    (seconds?.startsWith('-') ? -part : part);
  return new Duration(sign === '-' ? -nanos : nanos);
}

export function nanosOf(unit: Unit): bigint {
  if (unit.nanos === undefined || unit.name === 'WEEKS')
    throw new ScriptFailure('UnsupportedTemporalTypeException', 'Unit must not have an estimated duration');
  return unit.nanos;
}

const by =
  (name: string, sign = 1n) =>
  (self: Duration, amount: bigint) =>
    new Duration(self.nanos + sign * amount * unitNamed(name).nanos!);
const of = (name: string) => (amount: bigint) => new Duration(amount * unitNamed(name).nanos!);
const to = (name: string) => (self: Duration) => self.nanos / unitNamed(name).nanos!;

function exact(value: bigint): bigint {
  if (value > MAX_LONG || value < MIN_LONG) throw new ScriptFailure('ArithmeticException', 'long overflow');
  return value;
}

/** What lies between two points; the second one is seen as of the kind of the first. */
export function between(from: Temporal, to: Temporal): Duration {
  if (from.nano === undefined) throw from.unsupported('Seconds', 'unit');
  if (to.nano === undefined) throw to.unsupported('Seconds', 'unit');
  const isLocal = from.offset === undefined || to.offset === undefined;
  return new Duration(isLocal ? to.localNanos - from.localNanos : to.epochNanos - from.epochNanos);
}

const UNITS = ['Days', 'Hours', 'Minutes', 'Seconds', 'Millis', 'Nanos'];

export const durationClass: JavaClass = javaClass('java.time.Duration', {
  extends: 'TemporalAmount Comparable',
  is: value => value instanceof Duration,
  statics: {
    'Duration between(Temporal, Temporal)': between,
    'Duration of(long, TemporalUnit)': (amount: bigint, unit: Unit) =>
      new Duration(amount * (unit.name === 'DAYS' ? NANOS_OF_DAY : nanosOf(unit))),
    ...Object.fromEntries(UNITS.map(name => [`Duration of${name}(long)`, of(name.toUpperCase())])),
    'Duration ofSeconds(long, long)': (seconds: bigint, nanos: bigint) => new Duration(seconds * SECOND + nanos),
    'Duration parse(CharSequence)': (text: unknown) => parseDuration(String(text)),
  },
  methods: {
    'Duration abs()': (self: Duration) => new Duration(self.nanos < 0n ? -self.nanos : self.nanos),
    'int compareTo(Duration)': (self: Duration, other: Duration) => compare(self.nanos, other.nanos),
    'Duration dividedBy(long)': (self: Duration, divisor: bigint) => {
      if (divisor === 0n) throw new ScriptFailure('ArithmeticException', 'Cannot divide by zero');
      return new Duration(self.nanos / divisor);
    },
    'int getNano()': (self: Duration) => self.nano,
    'long getSeconds()': (self: Duration) => self.seconds,
    'boolean isNegative()': (self: Duration) => self.nanos < 0n,
    'boolean isZero()': (self: Duration) => self.nanos === 0n,
    'Duration minus(Duration)': (self: Duration, other: Duration) => new Duration(self.nanos - other.nanos),
    'Duration minus(long, TemporalUnit)': (self: Duration, amount: bigint, unit: Unit) =>
      new Duration(self.nanos - amount * nanosOf(unit)),
    'Duration plus(Duration)': (self: Duration, other: Duration) => new Duration(self.nanos + other.nanos),
    'Duration plus(long, TemporalUnit)': (self: Duration, amount: bigint, unit: Unit) =>
      new Duration(self.nanos + amount * nanosOf(unit)),
    ...Object.fromEntries(
      UNITS.flatMap(name => [
        [`Duration plus${name}(long)`, by(name.toUpperCase())],
        [`Duration minus${name}(long)`, by(name.toUpperCase(), -1n)],
      ]),
    ),
    'Duration multipliedBy(long)': (self: Duration, factor: bigint) => new Duration(self.nanos * factor),
    'Duration negated()': (self: Duration) => new Duration(-self.nanos),
    'long toDays()': to('DAYS'),
    'long toHours()': to('HOURS'),
    'long toMinutes()': to('MINUTES'),
    'long toMillis()': (self: Duration) => exact(self.nanos / 1_000_000n),
    'long toNanos()': (self: Duration) => exact(self.nanos),
    'Duration withNanos(int)': (self: Duration, nanos: number) => new Duration(self.seconds * SECOND + BigInt(nanos)),
    'Duration withSeconds(long)': (self: Duration, seconds: bigint) =>
      new Duration(seconds * SECOND + BigInt(self.nano)),
  },
  constants: { 'Duration ZERO': new Duration(0n) },
});

export class Period extends JavaObject {
  readonly years: number;
  readonly months: number;
  readonly days: number;

  constructor(years: number, months: number, days: number) {
    super();
    for (const part of [years, months, days])
      if ((part | 0) !== part) throw new ScriptFailure('ArithmeticException', 'integer overflow');
    this.years = years;
    this.months = months;
    this.days = days;
  }
  get javaName(): string {
    return 'java.time.Period';
  }
  toText(): string {
    const parts = [
      [this.years, 'Y'],
      [this.months, 'M'],
      [this.days, 'D'],
    ] as const;
    const text = parts.map(([amount, letter]) => (amount === 0 ? '' : `${amount}${letter}`)).join('');
    return `P${text || '0D'}`;
  }
  override equals(other: unknown): boolean {
    return other instanceof Period && other.toText() === this.toText();
  }
  override hash(): number {
    const turned = (value: number, by: number): number => (value << by) | (value >>> (32 - by));
    return (this.years + turned(this.months, 8) + turned(this.days, 16)) | 0;
  }
  override key(): string {
    return `\0P${this.toText()}`;
  }
  get totalMonths(): number {
    return this.years * 12 + this.months;
  }
}

function parsePeriod(text: string): Period {
  const found =
    text.length > 100 ? null : /^([-+]?)P(?:([-+]?\d+)Y)?(?:([-+]?\d+)M)?(?:([-+]?\d+)W)?(?:([-+]?\d+)D)?$/i.exec(text);
  const [, sign, years, months, weeks, days] = found ?? [];
  if (found === null || [years, months, weeks, days].every(part => part === undefined))
    throw unreadable('Period', text);
  const factor = sign === '-' ? -1 : 1;
  const number = (part: string | undefined): number => factor * Number(part ?? 0) || 0;
  return new Period(number(years), number(months), number(weeks) * 7 + number(days));
}

export function periodBetween(from: Temporal, to: Temporal): Period {
  const months = monthsBetween(from, to);
  const { year, month, day } = from.civil;
  const total = year * 12 + month - 1 + months;
  const reached = clampedDay(Math.floor(total / 12), (((total % 12) + 12) % 12) + 1, day);
  return new Period(Math.trunc(months / 12), months % 12, to.day! - reached);
}

/** A point later by an amount, or earlier where the sign is -1. */
export function added(self: Temporal, amount: JavaObject, sign: bigint): Temporal {
  if (amount instanceof Duration) {
    const seconds = plus(self, (sign * amount.nanos) / SECOND, unitNamed('SECONDS'));
    return plus(seconds, (sign * amount.nanos) % SECOND, unitNamed('NANOS'));
  }
  if (!(amount instanceof Period)) throw new ScriptFailure('ClassCastException', 'it is no amount of time');
  let result = self;
  if (amount.totalMonths !== 0) result = plus(result, sign * BigInt(amount.totalMonths), unitNamed('MONTHS'));
  if (amount.days !== 0) result = plus(result, sign * BigInt(amount.days), unitNamed('DAYS'));
  return result;
}

const period = (years: number, months: number, days: number): Period => new Period(years, months, days);
function sum(self: Period, other: JavaObject, sign: number): Period {
  if (!(other instanceof Period))
    throw new ScriptFailure('DateTimeException', 'Unit must be Years, Months or Days, but was Seconds');
  return period(self.years + sign * other.years, self.months + sign * other.months, self.days + sign * other.days);
}

export const periodClass: JavaClass = javaClass('java.time.Period', {
  extends: 'TemporalAmount',
  is: value => value instanceof Period,
  statics: {
    'Period between(LocalDate, LocalDate)': periodBetween,
    'Period of(int, int, int)': period,
    'Period ofDays(int)': (days: number) => period(0, 0, days),
    'Period ofMonths(int)': (months: number) => period(0, months, 0),
    'Period ofWeeks(int)': (weeks: number) => period(0, 0, weeks * 7),
    'Period ofYears(int)': (years: number) => period(years, 0, 0),
    'Period parse(CharSequence)': (text: unknown) => parsePeriod(String(text)),
  },
  methods: {
    'int getDays()': (self: Period) => self.days,
    'int getMonths()': (self: Period) => self.months,
    'int getYears()': (self: Period) => self.years,
    'Period minus(TemporalAmount)': (self: Period, other: Period) => sum(self, other, -1),
    'Period plus(TemporalAmount)': (self: Period, other: Period) => sum(self, other, 1),
    'Period plusDays(long)': (self: Period, days: bigint) => period(self.years, self.months, self.days + Number(days)),
    'Period plusMonths(long)': (self: Period, months: bigint) =>
      period(self.years, self.months + Number(months), self.days),
    'Period plusYears(long)': (self: Period, years: bigint) =>
      period(self.years + Number(years), self.months, self.days),
    'Period minusDays(long)': (self: Period, days: bigint) => period(self.years, self.months, self.days - Number(days)),
    'Period minusMonths(long)': (self: Period, months: bigint) =>
      period(self.years, self.months - Number(months), self.days),
    'Period minusYears(long)': (self: Period, years: bigint) =>
      period(self.years - Number(years), self.months, self.days),
    'Period multipliedBy(int)': (self: Period, by: number) =>
      period(self.years * by || 0, self.months * by || 0, self.days * by || 0),
    'Period negated()': (self: Period) => period(-self.years || 0, -self.months || 0, -self.days || 0),
    'Period normalized()': (self: Period) =>
      period(Math.trunc(self.totalMonths / 12), self.totalMonths % 12 || 0, self.days),
    'long toTotalMonths()': (self: Period) => BigInt(self.totalMonths),
    'Period withDays(int)': (self: Period, days: number) => period(self.years, self.months, days),
    'Period withMonths(int)': (self: Period, months: number) => period(self.years, months, self.days),
    'Period withYears(int)': (self: Period, years: number) => period(years, self.months, self.days),
    'boolean isNegative()': (self: Period) => self.years < 0 || self.months < 0 || self.days < 0,
    'boolean isZero()': (self: Period) => self.years === 0 && self.months === 0 && self.days === 0,
  },
  constants: { 'Period ZERO': period(0, 0, 0) },
});

const UNIT_PARTS: Readonly<Record<string, (self: Period | Duration) => number | bigint | undefined>> = {
  YEARS: self => (self instanceof Period ? self.years : undefined),
  MONTHS: self => (self instanceof Period ? self.months : undefined),
  DAYS: self => (self instanceof Period ? self.days : undefined),
  SECONDS: self => (self instanceof Duration ? self.seconds : undefined),
  NANOS: self => (self instanceof Duration ? self.nano : undefined),
};

export const temporalAmountClass: JavaClass = javaClass('java.time.temporal.TemporalAmount', {
  is: value => value instanceof Duration || value instanceof Period,
  methods: {
    'Temporal addTo(Temporal)': (self: Duration, to: Temporal) => added(to, self, 1n),
    'Temporal subtractFrom(Temporal)': (self: Duration, from: Temporal) => added(from, self, -1n),
    'long get(TemporalUnit)': (self: Duration, unit: Unit) => {
      const part = UNIT_PARTS[unit.name]?.(self);
      if (part === undefined)
        throw new ScriptFailure('UnsupportedTemporalTypeException', `Unsupported unit: ${unit.toText()}`);
      return BigInt(part);
    },
    'List getUnits()': (self: Duration) =>
      Object.keys(UNIT_PARTS)
        .filter(name => UNIT_PARTS[name]!(self) !== undefined)
        .map(unitNamed),
  },
});

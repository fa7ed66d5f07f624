import { javaClass } from '../define.ts';
import type { JavaClass } from '../java-class.ts';
import { getInt, getLong, readField, supports, until } from './access.ts';
import { periodBetween } from './amounts.ts';
import { daysIn, lengthOfYear } from './calendar.ts';
import { type Field, field, type Unit } from './fields.ts';
import {
  asKind,
  atOffset,
  dateOf,
  fromEpochMilli,
  fromEpochSecond,
  localDate,
  localDateTime,
  localTime,
  offsetDateTime,
  sameInstant,
  timeOf,
  yearDayOf,
} from './points.ts';
import { offsetsAt, ofLocal, partsOf, Temporal } from './temporal.ts';
import {
  adders,
  type Bodies,
  byClock,
  byInstant,
  comparisons,
  DATE_GETTERS,
  DATE_UNITS,
  dayBodies,
  format,
  getters,
  isLeapYear,
  isOf,
  made,
  sameKind,
  TIME_GETTERS,
  TIME_UNITS,
  temporal,
  truncation,
  withers,
} from './temporal-methods.ts';
import { type ZoneId, zoneOffset } from './zones.ts';

/*
 * The classes of points of time.
 */

export const instantClass: JavaClass = javaClass('java.time.Instant', {
  extends: 'Temporal TemporalAccessor TemporalAdjuster Comparable',
  is: isOf('Instant'),
  statics: {
    ...made('Instant'),
    'Instant ofEpochMilli(long)': fromEpochMilli,
    'Instant ofEpochSecond(long)': (seconds: bigint) => fromEpochSecond(seconds, 0n),
    'Instant ofEpochSecond(long, long)': fromEpochSecond,
  },
  methods: {
    ...temporal('Instant'),
    ...truncation('Instant'),
    ...adders('Instant', ['Seconds', 'Millis', 'Nanos']),
    ...comparisons('Instant', byInstant, false),
    'OffsetDateTime atOffset(ZoneOffset)': (self: Temporal, offset: ZoneId) =>
      atOffset(self.epochNanos, offset.seconds!),
    'ZonedDateTime atZone(ZoneId)': sameInstant,
    'long getEpochSecond()': (self: Temporal) => self.epochSeconds,
    'int getNano()': (self: Temporal) => self.nano! % 1e9,
    'long toEpochMilli()': (self: Temporal) => self.epochMillis,
  },
  constants: { 'Instant EPOCH': fromEpochMilli(0n) },
});

export const localDateClass: JavaClass = javaClass('java.time.LocalDate', {
  extends: 'ChronoLocalDate Temporal TemporalAccessor TemporalAdjuster Comparable',
  is: isOf('LocalDate'),
  statics: {
    ...made('LocalDate'),
    'LocalDate of(int, int, int)': dateOf,
    'LocalDate ofEpochDay(long)': (day: bigint) => localDate(Number(day)),
    'LocalDate ofYearDay(int, int)': yearDayOf,
  },
  methods: {
    ...dayBodies,
    ...getters(DATE_GETTERS),
    ...withers('LocalDate', DATE_GETTERS),
    ...temporal('LocalDate'),
    ...adders('LocalDate', DATE_UNITS),
    'LocalDateTime atStartOfDay()': (self: Temporal) => localDateTime(self.day!, 0),
    'ZonedDateTime atStartOfDay(ZoneId)': (self: Temporal, zone: ZoneId) => ofLocal(self.day!, 0, zone),
    'LocalDateTime atTime(LocalTime)': (self: Temporal, time: Temporal) => localDateTime(self.day!, time.nano!),
    'LocalDateTime atTime(int, int)': (self: Temporal, hour: number, minute: number) =>
      localDateTime(self.day!, timeOf(hour, minute)),
    'LocalDateTime atTime(int, int, int)': (self: Temporal, hour: number, minute: number, second: number) =>
      localDateTime(self.day!, timeOf(hour, minute, second)),
    'LocalDateTime atTime(int, int, int, int)': (self: Temporal, h: number, m: number, s: number, n: number) =>
      localDateTime(self.day!, timeOf(h, m, s, n)),
    'Period until(ChronoLocalDate)': periodBetween,
  },
  constants: { 'LocalDate MAX': dateOf(999_999_999, 12, 31), 'LocalDate MIN': dateOf(-999_999_999, 1, 1) },
});

export const chronoLocalDateClass: JavaClass = javaClass('java.time.chrono.ChronoLocalDate', {
  extends: 'Temporal TemporalAccessor TemporalAdjuster Comparable',
  is: isOf('LocalDate'),
  methods: {
    ...comparisons('ChronoLocalDate', byClock),
    'String format(DateTimeFormatter)': format,
    'boolean isLeapYear()': isLeapYear,
    'int lengthOfMonth()': (self: Temporal) => daysIn(self.civil.year, self.civil.month),
    'int lengthOfYear()': (self: Temporal) => lengthOfYear(self.civil.year),
    'long toEpochDay()': (self: Temporal) => BigInt(self.day!),
  },
});

export const localTimeClass: JavaClass = javaClass('java.time.LocalTime', {
  extends: 'Temporal TemporalAccessor TemporalAdjuster Comparable',
  is: isOf('LocalTime'),
  statics: {
    ...made('LocalTime'),
    'LocalTime of(int, int)': (hour: number, minute: number) => localTime(timeOf(hour, minute)),
    'LocalTime of(int, int, int)': (hour: number, minute: number, second: number) =>
      localTime(timeOf(hour, minute, second)),
    'LocalTime of(int, int, int, int)': (h: number, m: number, s: number, n: number) => localTime(timeOf(h, m, s, n)),
    'LocalTime ofNanoOfDay(long)': (nano: bigint) => localTime(field('NANO_OF_DAY').check(Number(nano))),
    'LocalTime ofSecondOfDay(long)': (second: bigint) => localTime(field('SECOND_OF_DAY').check(Number(second)) * 1e9),
  },
  methods: {
    ...getters(TIME_GETTERS),
    ...withers('LocalTime', TIME_GETTERS),
    ...temporal('LocalTime'),
    ...truncation('LocalTime'),
    ...adders('LocalTime', TIME_UNITS),
    ...comparisons('LocalTime', byClock, false),
    'String format(DateTimeFormatter)': format,
    'LocalDateTime atDate(LocalDate)': (self: Temporal, date: Temporal) => localDateTime(date.day!, self.nano!),
    'OffsetTime atOffset(ZoneOffset)': (self: Temporal, offset: ZoneId) =>
      new Temporal('OffsetTime', { nano: self.nano, offset: offset.seconds }),
    'long toNanoOfDay()': (self: Temporal) => BigInt(self.nano!),
    'int toSecondOfDay()': (self: Temporal) => Math.floor(self.nano! / 1e9),
  },
  constants: {
    'LocalTime MAX': localTime(86_399_999_999_999),
    'LocalTime MIDNIGHT': localTime(0),
    'LocalTime MIN': localTime(0),
    'LocalTime NOON': localTime(43_200e9),
  },
});

const ofParts = (...p: [number, number, number, number, number, number?, number?]): Temporal =>
  localDateTime(dateOf(p[0], p[1], p[2]).day!, timeOf(p[3], p[4], p[5], p[6]));

export const localDateTimeClass: JavaClass = javaClass('java.time.LocalDateTime', {
  extends: 'ChronoLocalDateTime Temporal TemporalAccessor TemporalAdjuster Comparable',
  is: isOf('LocalDateTime'),
  statics: {
    ...made('LocalDateTime'),
    'LocalDateTime of(LocalDate, LocalTime)': (date: Temporal, time: Temporal) => localDateTime(date.day!, time.nano!),
    'LocalDateTime of(int, int, int, int, int)': (y: number, mo: number, d: number, h: number, m: number) =>
      ofParts(y, mo, d, h, m),
    'LocalDateTime of(int, int, int, int, int, int)': (
      y: number,
      mo: number,
      d: number,
      h: number,
      m: number,
      s: number,
    ) => ofParts(y, mo, d, h, m, s),
    'LocalDateTime of(int, int, int, int, int, int, int)': ofParts,
    'LocalDateTime ofEpochSecond(long, int, ZoneOffset)': (seconds: bigint, nano: number, offset: ZoneId) => {
      const parts = partsOf((seconds + BigInt(offset.seconds!)) * 1_000_000_000n + BigInt(nano));
      return localDateTime(parts.day, parts.nano);
    },
    'LocalDateTime ofInstant(Instant, ZoneId)': (instant: Temporal, zone: ZoneId) =>
      asKind('LocalDateTime', sameInstant(instant, zone)),
  },
  methods: {
    ...dayBodies,
    ...getters([...DATE_GETTERS, ...TIME_GETTERS]),
    ...withers(
      'LocalDateTime',
      [...DATE_GETTERS, ...TIME_GETTERS].filter(name => name !== 'getNano'),
    ),
    ...temporal('LocalDateTime'),
    ...truncation('LocalDateTime'),
    ...adders('LocalDateTime', [...DATE_UNITS, ...TIME_UNITS]),
    'OffsetDateTime atOffset(ZoneOffset)': (self: Temporal, offset: ZoneId) =>
      offsetDateTime(self.day!, self.nano!, offset.seconds!),
    'ZonedDateTime atZone(ZoneId)': (self: Temporal, zone: ZoneId) => ofLocal(self.day!, self.nano!, zone),
    'LocalDate toLocalDate()': (self: Temporal) => localDate(self.day!),
  },
  constants: {
    'LocalDateTime MAX': ofParts(999_999_999, 12, 31, 23, 59, 59, 999_999_999),
    'LocalDateTime MIN': ofParts(-999_999_999, 1, 1, 0, 0),
  },
});

export const chronoLocalDateTimeClass: JavaClass = javaClass('java.time.chrono.ChronoLocalDateTime', {
  extends: 'Temporal TemporalAccessor TemporalAdjuster Comparable',
  is: isOf('LocalDateTime'),
  methods: {
    ...comparisons('ChronoLocalDateTime', byClock),
    'String format(DateTimeFormatter)': format,
    'long toEpochSecond(ZoneOffset)': (self: Temporal, offset: ZoneId) => self.epochSeconds - BigInt(offset.seconds!),
    'Instant toInstant(ZoneOffset)': (self: Temporal, offset: ZoneId) =>
      asKind('Instant', offsetDateTime(self.day!, self.nano!, offset.seconds!)),
    'LocalTime toLocalTime()': (self: Temporal) => localTime(self.nano!),
  },
});

/** What OffsetDateTime and ZonedDateTime have in common. */
const withOffset: Bodies = {
  'ZoneOffset getOffset()': (self: Temporal) => zoneOffset(self.offset!),
  'String format(DateTimeFormatter)': format,
  'long toEpochSecond()': (self: Temporal) => self.epochSeconds,
  'Instant toInstant()': (self: Temporal) => asKind('Instant', self),
  'LocalDate toLocalDate()': (self: Temporal) => localDate(self.day!),
  'LocalDateTime toLocalDateTime()': (self: Temporal) => localDateTime(self.day!, self.nano!),
  'LocalTime toLocalTime()': (self: Temporal) => localTime(self.nano!),
};

export const offsetDateTimeClass: JavaClass = javaClass('java.time.OffsetDateTime', {
  extends: 'Temporal TemporalAccessor TemporalAdjuster Comparable',
  is: isOf('OffsetDateTime'),
  statics: {
    ...made('OffsetDateTime'),
    'OffsetDateTime of(LocalDateTime, ZoneOffset)': (at: Temporal, offset: ZoneId) =>
      offsetDateTime(at.day!, at.nano!, offset.seconds!),
    'OffsetDateTime of(LocalDate, LocalTime, ZoneOffset)': (date: Temporal, time: Temporal, offset: ZoneId) =>
      offsetDateTime(date.day!, time.nano!, offset.seconds!),
    'OffsetDateTime of(int, int, int, int, int, int, int, ZoneOffset)': (...values: never[]) => {
      const [y, mo, d, h, m, s, n, offset] = values as unknown as [...Parameters<typeof ofParts>, ZoneId];
      const at = ofParts(y, mo, d, h, m, s as number, n as number);
      return offsetDateTime(at.day!, at.nano!, (offset as ZoneId).seconds!);
    },
    'OffsetDateTime ofInstant(Instant, ZoneId)': (instant: Temporal, zone: ZoneId) =>
      asKind('OffsetDateTime', sameInstant(instant, zone)),
    'Comparator timeLineOrder()': () => byInstant,
  },
  methods: {
    ...dayBodies,
    ...getters([...DATE_GETTERS, ...TIME_GETTERS]),
    ...withers('OffsetDateTime', [...DATE_GETTERS, ...TIME_GETTERS]),
    ...temporal('OffsetDateTime'),
    ...truncation('OffsetDateTime'),
    ...adders('OffsetDateTime', [...DATE_UNITS, ...TIME_UNITS]),
    ...comparisons('OffsetDateTime', byInstant),
    ...withOffset,
    'ZonedDateTime atZoneSameInstant(ZoneId)': sameInstant,
    'ZonedDateTime atZoneSimilarLocal(ZoneId)': (self: Temporal, zone: ZoneId) =>
      ofLocal(self.day!, self.nano!, zone, self.offset),
    'OffsetTime toOffsetTime()': (self: Temporal) => asKind('OffsetTime', self),
    'ZonedDateTime toZonedDateTime()': (self: Temporal) => asKind('ZonedDateTime', self),
    'OffsetDateTime withOffsetSameInstant(ZoneOffset)': (self: Temporal, offset: ZoneId) =>
      atOffset(self.epochNanos, offset.seconds!),
    'OffsetDateTime withOffsetSameLocal(ZoneOffset)': (self: Temporal, offset: ZoneId) =>
      offsetDateTime(self.day!, self.nano!, offset.seconds!),
  },
});

/** At an overlap of the clock, the earlier or later of its two offsets. */
const atOverlap = (choose: (offsets: number[]) => number) => (self: Temporal) => {
  const offsets = offsetsAt(self.zone!, self.day! * 86_400_000 + Math.floor(self.nano! / 1e6));
  return offsets.length < 2 ? self : ofLocal(self.day!, self.nano!, self.zone!, choose(offsets));
};

export const zonedDateTimeClass: JavaClass = javaClass('java.time.ZonedDateTime', {
  extends: 'ChronoZonedDateTime Temporal TemporalAccessor Comparable',
  is: isOf('ZonedDateTime'),
  statics: {
    ...made('ZonedDateTime'),
    'ZonedDateTime of(LocalDateTime, ZoneId)': (at: Temporal, zone: ZoneId) => ofLocal(at.day!, at.nano!, zone),
    'ZonedDateTime of(LocalDate, LocalTime, ZoneId)': (date: Temporal, time: Temporal, zone: ZoneId) =>
      ofLocal(date.day!, time.nano!, zone),
    'ZonedDateTime of(int, int, int, int, int, int, int, ZoneId)': (...values: never[]) => {
      const [y, mo, d, h, m, s, n, zone] = values as unknown as [...Parameters<typeof ofParts>, ZoneId];
      const at = ofParts(y, mo, d, h, m, s as number, n as number);
      return ofLocal(at.day!, at.nano!, zone as ZoneId);
    },
    'ZonedDateTime ofInstant(Instant, ZoneId)': sameInstant,
    'ZonedDateTime ofInstant(LocalDateTime, ZoneOffset, ZoneId)': (at: Temporal, offset: ZoneId, zone: ZoneId) =>
      sameInstant(offsetDateTime(at.day!, at.nano!, offset.seconds!), zone),
    'ZonedDateTime ofLocal(LocalDateTime, ZoneId, ZoneOffset?)': (at: Temporal, zone: ZoneId, offset: ZoneId | null) =>
      ofLocal(at.day!, at.nano!, zone, offset?.seconds),
  },
  methods: {
    ...dayBodies,
    ...getters([...DATE_GETTERS, ...TIME_GETTERS]),
    ...withers('ZonedDateTime', [...DATE_GETTERS, ...TIME_GETTERS]),
    ...temporal('ZonedDateTime'),
    ...truncation('ZonedDateTime'),
    ...adders('ZonedDateTime', [...DATE_UNITS, ...TIME_UNITS]),
    ...withOffset,
    'OffsetDateTime toOffsetDateTime()': (self: Temporal) => asKind('OffsetDateTime', self),
    'ZonedDateTime withEarlierOffsetAtOverlap()': atOverlap(offsets => Math.max(...offsets)),
    'ZonedDateTime withLaterOffsetAtOverlap()': atOverlap(offsets => Math.min(...offsets)),
    'ZonedDateTime withFixedOffsetZone()': (self: Temporal) => sameInstant(self, zoneOffset(self.offset!)),
    'ZonedDateTime withZoneSameInstant(ZoneId)': sameInstant,
    'ZonedDateTime withZoneSameLocal(ZoneId)': (self: Temporal, zone: ZoneId) =>
      ofLocal(self.day!, self.nano!, zone, self.offset),
  },
});

export const chronoZonedDateTimeClass: JavaClass = javaClass('java.time.chrono.ChronoZonedDateTime', {
  extends: 'Temporal TemporalAccessor Comparable',
  is: isOf('ZonedDateTime'),
  methods: {
    ...comparisons('ChronoZonedDateTime', byInstant),
    'ZoneId getZone()': (self: Temporal) => self.zone,
  },
});

export const temporalClasses: readonly JavaClass[] = [
  javaClass('java.time.temporal.TemporalAccessor', {
    is: value => value instanceof Temporal,
    methods: {
      'int get(TemporalField)': getInt,
      'long getLong(TemporalField)': getLong,
      'boolean isSupported(TemporalField)': (self: Temporal, of: Field | Unit) =>
        'nanos' in of ? supports(self, of) : readField(self, of.name) !== undefined,
    },
  }),
  javaClass('java.time.temporal.Temporal', {
    extends: 'TemporalAccessor',
    is: value => value instanceof Temporal && value.kind !== 'Parsed' && value.kind !== 'MonthDay',
    methods: {
      ...temporal('Temporal'),
      'long until(Temporal, TemporalUnit)': (self: Temporal, to: Temporal, of: Unit) =>
        until(self, sameKind(self, to), of),
    },
  }),
];

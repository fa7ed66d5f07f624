import type { Budget } from '../../budget.ts';
import { ScriptFailure } from '../../failure.ts';
import { javaClass } from '../define.ts';
import { longHash } from '../equality.ts';
import type { JavaClass } from '../java-class.ts';
import { JavaObject } from '../java-object.ts';
import { type Locale, ROOT_LOCALE } from '../locale.ts';
import { compare } from '../numbers.ts';
import { type Part, patternParts } from './format-parts.ts';
import { Formatter } from './formatter.ts';
import { asKind, fromEpochMilli, sameInstant } from './points.ts';
import { ofLocal, type Temporal } from './temporal.ts';
import { UTC, type ZoneId, zoneId } from './zones.ts';

/*
 * The times of Java before java.time: Date, TimeZone, SimpleDateFormat.
 */

export class JavaDate extends JavaObject {
  millis: bigint;
  constructor(millis: bigint) {
    super();
    this.millis = millis;
  }
  get javaName(): string {
    return 'java.util.Date';
  }
  get instant(): Temporal {
    return fromEpochMilli(this.millis);
  }
  /** `Thu Jan 01 00:00:00 GMT 1970`. */
  toText(): string {
    return DATE_TEXT.print(sameInstant(this.instant, GMT));
  }
  override equals(other: unknown): boolean {
    return other instanceof JavaDate && other.millis === this.millis;
  }
  override hash(): number {
    return longHash(this.millis);
  }
  override key(): string {
    return `\0y${this.millis}`;
  }
  override compareTo(other: unknown): number | undefined {
    return other instanceof JavaDate ? compare(this.millis, other.millis) : undefined;
  }
  override toDocument(): unknown {
    return sameInstant(this.instant, UTC).toDocument();
  }
}

const GMT = zoneId('GMT');
const DATE_TEXT = new Formatter(patternParts('EEE MMM dd HH:mm:ss zzz yyyy'));

class TimeZone extends JavaObject {
  readonly zone: ZoneId;
  constructor(zone: ZoneId) {
    super();
    this.zone = zone;
  }
  get javaName(): string {
    return 'java.util.TimeZone';
  }
  get id(): string {
    return this.zone === UTC ? 'UTC' : this.zone.id;
  }
  toText(): string {
    return this.id;
  }
  override equals(other: unknown): boolean {
    return other instanceof TimeZone && other.id === this.id;
  }
}

/** A zone that is not known is GMT. */
function timeZone(id: string): TimeZone {
  try {
    return new TimeZone(zoneId(id.replace(/^GMT([+-])(\d)(?!\d)/, 'GMT$10$2')));
  } catch {
    return new TimeZone(GMT);
  }
}

const offsetAt = (self: TimeZone, millis: number): number => self.zone.zone.offsetAt(millis);

class SimpleDateFormat extends JavaObject {
  readonly pattern: string;
  readonly #printer: Formatter;
  readonly #reader: Formatter;
  zone = new TimeZone(GMT);
  isLenient = true;

  constructor(pattern: string, locale = ROOT_LOCALE) {
    super();
    this.pattern = pattern;
    const parts = patternParts(pattern);
    this.#printer = new Formatter(parts, 'SMART', locale);
    this.#reader = new Formatter(parts.map(lenient), 'SMART', locale);
  }
  get javaName(): string {
    return 'java.text.SimpleDateFormat';
  }
  toText(): string {
    return this.pattern;
  }
  print(date: JavaDate): string {
    return this.#printer.print(sameInstant(date.instant, this.zone.zone));
  }
  read(text: string): JavaDate {
    try {
      const found = this.#reader.read(text);
      const day = found.day ?? found.fields?.get('EPOCH_DAY') ?? 0;
      const nano = found.nano ?? 0;
      const local = ofLocal(day, nano, found.zone ?? this.zone.zone);
      const instant = found.offset === undefined ? asKind('Instant', local) : asKind('Instant', found);
      return new JavaDate(instant.epochMillis);
    } catch (error) {
      if (!(error instanceof ScriptFailure)) throw error;
      throw new ScriptFailure('ParseException', `Unparseable date: "${text}"`, 'the text is no date of this form');
    }
  }
}

/** Numbers take as many digits as there are, and `S` is a number of milliseconds. */
function lenient(part: Part): Part {
  if (part.type === 'fraction')
    return { type: 'fraction', min: Math.min(3, part.min), max: Math.max(3, part.max), point: false };
  if (part.type === 'number' && part.min === part.max) return { ...part, min: 1, max: part.max };
  return part;
}

export const legacyClasses: readonly JavaClass[] = [
  javaClass('java.util.Date', {
    extends: 'Comparable',
    is: value => value instanceof JavaDate,
    constructors: {
      '()': (budget: Budget) => new JavaDate(BigInt(Math.floor(budget.now))),
      '(long)': (millis: bigint) => new JavaDate(millis),
    },
    statics: { 'Date from(Instant)': (instant: Temporal) => new JavaDate(instant.epochMillis) },
    methods: {
      'boolean after(Date)': (self: JavaDate, other: JavaDate) => self.millis > other.millis,
      'boolean before(Date)': (self: JavaDate, other: JavaDate) => self.millis < other.millis,
      'def clone()': (self: JavaDate) => new JavaDate(self.millis),
      'int compareTo(Date)': (self: JavaDate, other: JavaDate) => compare(self.millis, other.millis),
      'long getTime()': (self: JavaDate) => self.millis,
      'void setTime(long)': (self: JavaDate, millis: bigint) => {
        self.millis = millis;
        return null;
      },
      'Instant toInstant()': (self: JavaDate) => self.instant,
    },
  }),
  javaClass('java.util.TimeZone', {
    is: value => value instanceof TimeZone,
    statics: {
      'TimeZone getDefault()': () => new TimeZone(UTC),
      'TimeZone getTimeZone(String)': timeZone,
    },
    methods: {
      'String getID()': (self: TimeZone) => self.id,
      'int getOffset(long)': (self: TimeZone, millis: bigint) => offsetAt(self, Number(millis)),
      'int getRawOffset()': (self: TimeZone) =>
        Math.min(offsetAt(self, Date.UTC(2026, 0, 1)), offsetAt(self, Date.UTC(2026, 6, 1))),
      'ZoneId toZoneId()': (self: TimeZone) => self.zone,
      'boolean useDaylightTime()': (self: TimeZone) =>
        offsetAt(self, Date.UTC(2026, 0, 1)) !== offsetAt(self, Date.UTC(2026, 6, 1)),
    },
  }),
  javaClass('java.text.DateFormat', {
    is: value => value instanceof SimpleDateFormat,
    methods: {
      'String format(Object)': (self: SimpleDateFormat, date: JavaDate) => self.print(date),
      'Date parse(String)': (self: SimpleDateFormat, text: string) => self.read(text),
      'TimeZone getTimeZone()': (self: SimpleDateFormat) => self.zone,
      'void setTimeZone(TimeZone)': (self: SimpleDateFormat, zone: TimeZone) => {
        self.zone = zone;
        return null;
      },
      'boolean isLenient()': (self: SimpleDateFormat) => self.isLenient,
      'void setLenient(boolean)': (self: SimpleDateFormat, isLenient: boolean) => {
        self.isLenient = isLenient;
        return null;
      },
    },
  }),
  javaClass('java.text.SimpleDateFormat', {
    extends: 'DateFormat',
    is: value => value instanceof SimpleDateFormat,
    constructors: {
      '(String)': (pattern: string) => new SimpleDateFormat(pattern),
      '(String, Locale)': (pattern: string, locale: Locale) => new SimpleDateFormat(pattern, locale),
    },
    methods: { 'String toPattern()': (self: SimpleDateFormat) => self.pattern },
  }),
];

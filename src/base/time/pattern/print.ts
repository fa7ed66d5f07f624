import type { Zone } from '../zone.ts';
import { namesOf } from './names.ts';
import { JULIAN_EPOCH } from './parse.ts';
import { type NumberPart, type PatternPart, parsePattern } from './pattern.ts';
import { isoDayOf, localDay, type WeekRules, weekDateOf, weekOfMonth, weekRules } from './weeks.ts';

/** A printer: epoch milliseconds in a zone, and nanoseconds beyond them (0 to 999999), to text. */
export type DatePrinter = (ms: number, zone: Zone, nanos?: number) => string;

/** What is printed, put once into its fields. */
interface Printed {
  /** Reads as UTC what the clock of the zone shows. */
  readonly local: Date;
  /** Days since 1970-01-01 on the clock of the zone. */
  readonly days: number;
  readonly ms: number;
  /** Of the second. */
  readonly nanos: number;
  /** Milliseconds. */
  readonly offset: number;
  readonly zone: Zone;
  readonly locale: string;
  readonly weeks: WeekRules;
}

/** A printer for a java.time pattern. Throws LS_DATE_PATTERN. */
export function compilePrinter(pattern: string, locale = 'en', weeks = weekRules(locale)): DatePrinter {
  const parts = parsePattern(pattern);
  return (ms, zone, nanos) => printParts(parts, ms, zone, locale, nanos, weeks);
}

export function printParts(
  parts: readonly PatternPart[],
  ms: number,
  zone: Zone,
  locale: string,
  nanos = 0,
  weeks = weekRules(locale),
): string {
  const offset = zone.offsetAt(ms);
  const local = new Date(ms + offset);
  const printed: Printed = {
    local,
    days: Math.floor((ms + offset) / 86_400_000),
    ms,
    nanos: local.getUTCMilliseconds() * 1e6 + nanos,
    offset,
    zone,
    locale,
    weeks,
  };
  return parts.map(part => print(part, printed)).join('');
}

function print(part: PatternPart, printed: Printed): string {
  switch (part.type) {
    case 'literal':
      return part.text;
    case 'optional':
      return part.parts.map(inner => print(inner, printed)).join('');
    case 'padded':
      return print(part.part, printed).padStart(part.width);
    case 'fraction': {
      const digits = String(printed.nanos).padStart(9, '0');
      const wanted = Math.max(part.min, digits.replace(/0+$/, '').length);
      return digits.slice(0, Math.min(part.max, wanted));
    }
    case 'zone':
      return printZone(part.letter, part.count, printed);
    case 'letters':
      return '';
    case 'offset':
      return printOffset(part.letter, part.count, printed.offset);
    case 'name':
      return namesOf(printed.locale, part.unit, part.width, part.alone === true)[nameIndex(part.unit, printed)]!;
    case 'number': {
      const value = numberOf(part, printed);
      return (value < 0 ? '-' : '') + String(Math.abs(value)).padStart(part.min, part.pad ?? '0');
    }
  }
}

function nameIndex(unit: Extract<PatternPart, { type: 'name' }>['unit'], { local }: Printed): number {
  switch (unit) {
    case 'month':
      return local.getUTCMonth();
    case 'weekday':
      return local.getUTCDay();
    case 'ampm':
      return local.getUTCHours() < 12 ? 0 : 1;
    case 'era':
      return local.getUTCFullYear() > 0 ? 1 : 0;
    case 'quarter':
      return Math.floor(local.getUTCMonth() / 3);
    case 'dayPeriod':
      return local.getUTCHours();
  }
}

function numberOf(part: NumberPart, { local, days, nanos, weeks }: Printed): number {
  switch (part.unit) {
    case 'year':
      return local.getUTCFullYear();
    case 'year2':
    case 'year1969':
      return local.getUTCFullYear() % 100;
    case 'weekYear':
      return weekDateOf(days, weeks).year;
    case 'weekYear2':
      return weekDateOf(days, weeks).year % 100;
    case 'quarter':
      return Math.floor(local.getUTCMonth() / 3) + 1;
    case 'month':
      return local.getUTCMonth() + 1;
    case 'week':
      return weekDateOf(days, weeks).week;
    case 'weekOfMonth':
      return weekOfMonth(days, local.getUTCDate(), weeks);
    case 'day':
      return local.getUTCDate();
    case 'yearday':
      return Math.floor((local.getTime() - Date.UTC(local.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
    case 'julianDay':
      return days + JULIAN_EPOCH;
    case 'alignedWeek':
      return Math.floor((local.getUTCDate() - 1) / 7) + 1;
    case 'localDay':
      return localDay(isoDayOf(days), weeks);
    case 'hour':
      return local.getUTCHours();
    case 'hour24':
      return local.getUTCHours() || 24;
    case 'hour12':
      return local.getUTCHours() % 12 || 12;
    case 'hour0_11':
      return local.getUTCHours() % 12;
    case 'minute':
      return local.getUTCMinutes();
    case 'second':
      return local.getUTCSeconds();
    case 'nano':
      return nanos;
    case 'milliday':
      return local.getTime() - days * 86_400_000;
    case 'nanoday':
      return Math.floor(local.getTime() / 1000 - days * 86_400) * 1e9 + nanos;
  }
}

function printOffset(letter: string, count: number, offset: number): string {
  if (letter === 'Z' && count === 4) return printGmt(offset, true);
  if (offset === 0 && (letter === 'X' || (letter === 'Z' && count === 5))) return 'Z';
  const { sign, hh, mm, ss } = clockOf(offset);
  const colon = count === 3 || count === 5 ? ':' : '';
  if (letter === 'Z') return count === 5 ? `${sign}${hh}:${mm}` : `${sign}${hh}${mm}`;
  if (count === 1) return mm === '00' ? sign + hh : `${sign}${hh}${mm}`;
  return `${sign}${hh}${colon}${mm}${count >= 4 && ss !== '00' ? colon + ss : ''}`;
}

/** `GMT`, `GMT+1`, `GMT+01:00` */
function printGmt(offset: number, isLong: boolean): string {
  if (offset === 0) return 'GMT';
  const { sign, hh, mm, ss } = clockOf(offset);
  if (isLong) return `GMT${sign}${hh}:${mm}${ss === '00' ? '' : `:${ss}`}`;
  return `GMT${sign}${Number(hh)}${mm === '00' ? '' : `:${mm}`}${ss === '00' ? '' : `:${ss}`}`;
}

function clockOf(offset: number): { sign: string; hh: string; mm: string; ss: string } {
  const two = (n: number): string => String(n).padStart(2, '0');
  const seconds = Math.abs(offset) / 1000;
  return {
    sign: offset < 0 ? '-' : '+',
    hh: two(Math.floor(seconds / 3600)),
    mm: two(Math.floor(seconds / 60) % 60),
    ss: two(seconds % 60),
  };
}

function printZone(letter: string, count: number, { ms, offset, zone, locale }: Printed): string {
  if (letter === 'O') return printGmt(offset, count === 4);
  if (letter === 'V' || zone.offsetAt === zone.offsetAtLocal || !zone.name.includes('/')) return zone.name;
  const timeZoneName = letter === 'v' ? (count === 4 ? 'longGeneric' : 'shortGeneric') : count === 4 ? 'long' : 'short';
  // English of America has short names for its own zones only.
  const tags = locale === 'en' ? ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-ZA'] : [locale];
  const names = tags.map(tag => {
    const format = new Intl.DateTimeFormat(tag, { timeZone: zone.name, timeZoneName });
    return format.formatToParts(ms).find(piece => piece.type === 'timeZoneName')?.value ?? zone.name;
  });
  return names.find(name => !/^GMT/.test(name)) ?? names[0]!;
}

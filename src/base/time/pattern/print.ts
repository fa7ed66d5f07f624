import type { Zone } from '../zone.ts';
import { monthNames, weekdayNames } from './names.ts';
import { type PatternPart, parsePattern } from './pattern.ts';

/** A printer for a java.time pattern (`output_format`): epoch milliseconds in a zone -> text. Throws LS_DATE_PATTERN. */
export function compilePrinter(pattern: string, locale = 'en'): (ms: number, zone: Zone) => string {
  const parts = parsePattern(pattern, locale);
  return (ms, zone) => printParts(parts, ms, zone, locale);
}

export function printParts(parts: readonly PatternPart[], ms: number, zone: Zone, locale: string): string {
  const offset = zone.offsetAt(ms);
  const local = new Date(ms + offset);
  return parts.map(part => print(part, local, offset, zone, locale)).join('');
}

function print(part: PatternPart, local: Date, offset: number, zone: Zone, locale: string): string {
  switch (part.type) {
    case 'literal':
      return part.text;
    case 'optional':
      return part.parts.map(inner => print(inner, local, offset, zone, locale)).join('');
    case 'fraction':
      return String(local.getUTCMilliseconds()).padStart(3, '0').padEnd(part.max, '0').slice(0, part.max);
    case 'zone':
      return zone.name;
    case 'letters':
      return '';
    case 'offset':
      return printOffset(part.letter, part.count, offset);
    case 'name': {
      if (part.unit === 'ampm') return local.getUTCHours() < 12 ? 'AM' : 'PM';
      const names = part.unit === 'month' ? monthNames(locale) : weekdayNames(locale);
      const name = names[part.unit === 'month' ? local.getUTCMonth() : local.getUTCDay()]!;
      const short = name.find(spelling => spelling.length === 3) ?? name[name.length - 1]!;
      const shown = part.isLong === true ? name[0]! : short;
      return shown.charAt(0).toUpperCase() + shown.slice(1);
    }
    case 'number':
      return String(numberOf(part, local)).padStart(part.min, part.pad ?? '0');
  }
}

function numberOf(part: Extract<PatternPart, { type: 'number' }>, local: Date): number {
  switch (part.unit) {
    case 'year':
      return local.getUTCFullYear();
    case 'year2':
    case 'year1969':
      return local.getUTCFullYear() % 100;
    case 'month':
      return local.getUTCMonth() + 1;
    case 'day':
      return local.getUTCDate();
    case 'yearday':
      return Math.floor((local.getTime() - Date.UTC(local.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
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
      return local.getUTCMilliseconds() * 1e6;
    case 'milliday':
      return ((local.getTime() % 86_400_000) + 86_400_000) % 86_400_000;
    case 'ignored':
      return local.getUTCDay();
  }
}

function printOffset(letter: string, count: number, offset: number): string {
  if (offset === 0 && letter === 'X') return 'Z';
  if (offset === 0 && letter === 'Z' && count === 5) return 'Z';
  const minutes = Math.abs(offset) / 60_000;
  const hh = String(Math.floor(minutes / 60)).padStart(2, '0');
  const mm = String(Math.floor(minutes % 60)).padStart(2, '0');
  const sign = offset < 0 ? '-' : '+';
  if (letter === 'Z') return count === 5 ? `${sign}${hh}:${mm}` : `${sign}${hh}${mm}`;
  if (count === 1) return mm === '00' ? sign + hh : `${sign}${hh}${mm}`;
  return count % 2 === 0 ? `${sign}${hh}${mm}` : `${sign}${hh}:${mm}`;
}

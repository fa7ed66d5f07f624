import { genericZoneAt } from '../generic-zones.ts';
import { isDigit, isLetter } from '../scan.ts';
import { readOffset } from '../scan-zone.ts';
import { findZone, offsetOf, type Zone } from '../zone.ts';
import { spellings } from './names.ts';
import type { NamePart, NumberPart, PatternPart } from './pattern.ts';
import { Reading } from './reading.ts';
import { resolve } from './resolve.ts';
import { type WeekRules, weekRules } from './weeks.ts';

/** Epoch milliseconds; NaN when the text does not have the form. `now` (epoch ms) chooses a year where the text has none. */
export type DateParser = (text: string, now: number, zone: Zone) => number;

/** What the time that was read last has beyond its millisecond: nanoseconds, 0 to 999999. */
export const beyond = { nanos: 0 };

const scan = new Reading();

export interface ParserOptions {
  /** A language tag for names and weeks. Default `en`. */
  readonly locale?: string | undefined;
  /** How weeks are counted; default: as the locale does. */
  readonly weeks?: WeekRules | undefined;
  /** That of texts without one; default: the latest that fits. */
  readonly missingYear?: number | undefined;
}

/** A parser for a cut pattern. The whole text must have the form. */
export function dateParser(pattern: readonly PatternPart[], options: ParserOptions = {}): DateParser {
  const { locale = 'en', missingYear } = options;
  const weeks = options.weeks ?? weekRules(locale);
  const parts = spelledOutAll(pattern, locale);
  return (text, now, zone) => {
    scan.begin(text, text.length);
    scan.zone = zone;
    scan.weekRules = weeks;
    if (missingYear !== undefined) setYear(missingYear);
    if (!readParts(parts) || scan.at !== text.length) return Number.NaN;
    const ms = resolve(scan, now);
    beyond.nanos = scan.nanos % 1e6;
    return ms;
  };
}

function spelledOutAll(parts: readonly PatternPart[], locale: string): PatternPart[] {
  return parts.map((part, i) => {
    const next = parts[i + 1];
    const made = spelledOut(part, locale);
    return made.type === 'name' && next?.type === 'literal' ? apartFrom(next.text, made) : made;
  });
}

/** Spellings that do not take the letter that has to follow: in `26 SepT04:09` the month is Sep. */
function apartFrom(literal: string, part: NamePart): NamePart {
  const letter = literal[0]!.toLowerCase();
  const { names, isDistinct } = part.spelled!;
  const isTaken = (one: string, all: readonly string[]): boolean =>
    one.endsWith(letter) && all.includes(one.slice(0, -1));
  if (!names.some(all => all.some(one => isTaken(one, all)))) return part;
  return { ...part, spelled: { names: names.map(all => all.filter(one => !isTaken(one, all))), isDistinct } };
}

function spelledOut(part: PatternPart, locale: string): PatternPart {
  switch (part.type) {
    case 'name':
      return { ...part, spelled: spellings(locale, part.unit) };
    case 'optional':
      return { ...part, parts: spelledOutAll(part.parts, locale) };
    case 'padded':
      return { ...part, part: spelledOut(part.part, locale) };
    default:
      return part;
  }
}

function readParts(parts: readonly PatternPart[]): boolean {
  for (let i = 0; i < parts.length; i++) if (!readPart(parts[i]!)) return false;
  return true;
}

function readPart(part: PatternPart): boolean {
  switch (part.type) {
    case 'number':
      return readNumber(part);
    case 'literal':
      if (part.text.length === 1 ? scan.code !== part.text.charCodeAt(0) : !scan.text.startsWith(part.text, scan.at))
        return false;
      scan.at += part.text.length;
      return true;
    case 'name':
      return readName(part);
    case 'fraction':
      return readFraction(part.min, part.max);
    case 'offset':
      return readOffsetAs(part.letter, part.count);
    case 'zone':
      return (part.letter === 'v' && readGenericZone()) || readZone();
    case 'padded':
      return readPadded(part.width, part.part);
    case 'letters':
      while (isLetter(scan.code)) scan.at++;
      return true;
    case 'optional':
      readOptional(part.parts);
      return true;
  }
}

/** What the scan was before each optional part that is being read: they may be inside of each other. */
const before: Reading[] = [];
let depth = 0;

/** A part that is not there leaves no trace of what its beginning looked like. */
function readOptional(parts: readonly PatternPart[]): void {
  const first = parts[0];
  if (first === undefined || scan.at === scan.end) return;
  if (first.type === 'literal') {
    if (scan.code !== first.text.charCodeAt(0)) return;
    if (parts.length === 1) {
      readPart(first);
      return;
    }
  }
  if (before.length === depth) before.push(new Reading());
  const saved = before[depth]!;
  saved.copy(scan);
  depth++;
  if (!readParts(parts)) scan.copy(saved);
  depth--;
}

/** Blanks and the part, together of a width. */
function readPadded(width: number, part: PatternPart): boolean {
  const { end } = scan;
  const stop = scan.at + width;
  if (stop > end) return false;
  scan.end = stop;
  while (scan.code === SPACE) scan.at++;
  const isRead = readPart(part) && scan.at === stop;
  scan.end = end;
  return isRead;
}

/** Digits beyond the ninth say nothing. */
function readFraction(min: number, max: number): boolean {
  const count = Math.min(scan.digits(), max);
  if (count < min) return false;
  let nanos = 0;
  for (let i = 0; i < 9; i++) nanos = nanos * 10 + (i < count ? scan.text.charCodeAt(scan.at + i) - 48 : 0);
  scan.at += count;
  scan.setNanos(nanos);
  return true;
}

function readNumber(part: NumberPart): boolean {
  const start = scan.at;
  let { max } = part;
  if (part.reserve !== undefined) max = Math.min(max, Math.max(part.min, scan.digits() - part.reserve));
  const value = scan.upTo(max);
  if (scan.at - start < part.min) return false;
  switch (part.unit) {
    case 'year':
      return setYear(value);
    case 'year2':
      return setYear(2000 + value);
    case 'year1969':
      return setYear(value < 69 ? 2000 + value : 1900 + value);
    case 'weekYear':
      scan.weekYear = value;
      return true;
    case 'weekYear2':
      scan.weekYear = 2000 + value;
      return true;
    case 'quarter':
      return value >= 1 && value <= 4;
    case 'month':
      scan.month = value;
      return value >= 1 && value <= 12;
    case 'week':
      scan.week = value;
      return value >= 1 && value <= 54;
    case 'weekOfMonth':
      return value <= 6;
    case 'day':
      scan.day = value;
      return value >= 1 && value <= 31;
    case 'yearday':
      scan.yearday = value;
      return value >= 1 && value <= 366;
    case 'julianDay':
      scan.epochDay = value - JULIAN_EPOCH;
      return value <= 10_000_000;
    case 'alignedWeek':
      return value >= 1 && value <= 5;
    case 'localDay':
      scan.localDay = value;
      return value >= 1 && value <= 7;
    case 'hour':
      scan.hour = value;
      return value <= 24;
    case 'hour24':
      scan.hour = value === 24 ? 0 : value;
      return value >= 1 && value <= 24;
    case 'hour12':
      scan.hour = value === 12 ? 0 : value;
      return value >= 1 && value <= 12;
    case 'hour0_11':
      scan.hour = value;
      return value <= 11;
    case 'minute':
      scan.minute = value;
      return value <= 59;
    case 'second':
      scan.second = value;
      return value <= 60;
    case 'nano':
      scan.setNanos(value);
      return value < 1e9;
    case 'milliday':
      setTimeOfDay(Math.floor(value / 1000), (value % 1000) * 1e6);
      return value < 86_400_000;
    case 'nanoday':
      setTimeOfDay(Math.floor(value / 1e9), value % 1e9);
      return value < 86_400_000_000_000;
  }
}

function setTimeOfDay(seconds: number, nanos: number): void {
  scan.setClock(Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60, nanos);
}

function setYear(year: number): true {
  scan.year = year;
  scan.hasYear = true;
  return true;
}

function readName(part: NamePart): boolean {
  const { names, isDistinct } = part.spelled!;
  let longest = 0;
  let index = -1;
  for (let i = 0; i < names.length && (index < 0 || !isDistinct); i++) {
    const spelled = names[i]!;
    for (let s = 0; s < spelled.length && spelled[s]!.length > longest; s++) {
      if (!startsWithAnyCase(spelled[s]!)) continue;
      longest = spelled[s]!.length;
      index = i;
    }
  }
  if (index < 0) return false;
  switch (part.unit) {
    case 'month':
      scan.month = index + 1;
      break;
    case 'weekday':
      scan.isoDay = index === 0 ? 7 : index;
      break;
    case 'ampm':
      scan.half = index;
      break;
    case 'era':
      scan.era = index;
      break;
    case 'dayPeriod': {
      const name = scan.text.slice(scan.at, scan.at + longest).toLowerCase();
      scan.period = names.flatMap((spelled, hour) => (spelled.includes(name) ? [hour] : []));
    }
  }
  scan.at += longest;
  return true;
}

/** `name` is lower case. */
function startsWithAnyCase(name: string): boolean {
  const { text, at } = scan;
  const first = text.charCodeAt(at);
  const wanted = name.charCodeAt(0);
  if (first < 128 && wanted < 128 && (first | 32) !== (wanted | 32)) return false;
  for (let i = 0; i < name.length; i++) {
    const a = text.charCodeAt(at + i);
    const b = name.charCodeAt(i);
    if (a === b || (a >= 65 && a <= 90 && a + 32 === b)) continue;
    return text.slice(at, at + name.length).toLowerCase() === name;
  }
  return true;
}

/** `+0100`, `+01:00`, `+01`, `Z` where the letter allows it. Colons are read where they stand. */
function readOffsetAs(letter: string, count: number): boolean {
  if ((scan.code | 32) === LOWER_Z && letter !== 'x') {
    scan.at++;
    scan.offset = 0;
    return true;
  }
  const isLong = letter === 'Z' && count === 4 && scan.text.startsWith('GMT', scan.at);
  if (isLong) scan.at += 3;
  if (scan.code !== PLUS && scan.code !== MINUS) {
    // `ZZZZ` writes UTC as bare GMT.
    if (isLong) scan.offset = 0;
    return isLong;
  }
  return isDigit(scan.text.charCodeAt(scan.at + 2)) && readOffset(scan);
}

const ZONE_NAME = /(?:UTC|GMT|UT)?[+-]\d\d?(?::?\d\d){0,2}(?![\w:])|[A-Za-z]+(?:[/_+-][A-Za-z0-9_+-]+)*/y;

function readGenericZone(): boolean {
  const found = genericZoneAt(scan.text, scan.at);
  if (found === undefined) return false;
  scan.at += found.name.length;
  scan.named = findZone(found.zone);
  return true;
}

function readZone(): boolean {
  ZONE_NAME.lastIndex = scan.at;
  const found = ZONE_NAME.exec(scan.text);
  if (found === null) return false;
  scan.at += found[0].length;
  const fixed = offsetOf(found[0]);
  if (fixed !== undefined) scan.offset = fixed;
  else scan.named = findZone(found[0]);
  return fixed !== undefined || scan.named !== undefined;
}

/** 1858-11-17 is this many days before 1970-01-01. */
export const JULIAN_EPOCH = 40_587;
const SPACE = 32;
const PLUS = 43;
const MINUS = 45;
const LOWER_Z = 122;

import { latestYear } from '../missing-year.ts';
import { isDigit, isLetter, Scan } from '../scan.ts';
import { readOffset } from '../scan-zone.ts';
import { findZone, offsetOf, type Zone } from '../zone.ts';
import type { PatternPart } from './pattern.ts';

/** Epoch milliseconds; NaN when the text does not have the form. `now` (epoch ms) chooses a year where the text has none. */
export type DateParser = (text: string, now: number, zone: Zone) => number;

const scan = new Scan();

/** A parser for a cut pattern. The whole text must have the form. `missingYear`: that of texts without one, else the latest that fits. */
export function dateParser(parts: readonly PatternPart[], missingYear?: number): DateParser {
  return (text, now, zone) => {
    scan.begin(text, text.length);
    scan.zone = zone;
    if (missingYear !== undefined) setYear(missingYear);
    return readParts(parts) && scan.at === text.length ? resolve(now) : Number.NaN;
  };
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
    case 'fraction': {
      const count = Math.min(scan.digits(), part.max);
      scan.fraction(count);
      return count >= part.min;
    }
    case 'offset':
      return readOffsetAs(part.letter, part.count);
    case 'zone':
      return readZone();
    case 'letters':
      while (isLetter(scan.code)) scan.at++;
      return true;
    case 'optional':
      readOptional(part.parts);
      return true;
  }
}

/** What the scan was before each optional part that is being read: they may be inside of each other. */
const before: Scan[] = [];
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
  if (before.length === depth) before.push(new Scan());
  const saved = before[depth]!;
  saved.copy(scan);
  depth++;
  if (!readParts(parts)) scan.copy(saved);
  depth--;
}

function readNumber(part: Extract<PatternPart, { type: 'number' }>): boolean {
  const start = scan.at;
  const value = scan.upTo(part.max);
  if (scan.at - start < part.min) return false;
  switch (part.unit) {
    case 'year':
      return setYear(value);
    case 'year2':
      return setYear(2000 + value);
    case 'year1969':
      return setYear(value < 69 ? 2000 + value : 1900 + value);
    case 'month':
      scan.month = value;
      return value >= 1 && value <= 12;
    case 'day':
      scan.day = value;
      return value >= 1 && value <= 31;
    case 'yearday':
      scan.yearday = value;
      return value >= 1 && value <= 366;
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
      scan.milli = value / 1e6;
      return value < 1e9;
    case 'milliday':
      scan.hour = Math.floor(value / 3_600_000);
      scan.minute = Math.floor(value / 60_000) % 60;
      scan.second = Math.floor(value / 1000) % 60;
      scan.milli = value % 1000;
      return value < 86_400_000;
    case 'ignored':
      return true;
  }
}

function setYear(year: number): true {
  scan.year = year;
  scan.hasYear = true;
  return true;
}

function readName(part: Extract<PatternPart, { type: 'name' }>): boolean {
  const { names } = part;
  for (let i = 0; i < names.length; i++) {
    const spellings = names[i]!;
    for (let s = 0; s < spellings.length; s++) {
      const name = spellings[s]!;
      if (!startsWithAnyCase(name)) continue;
      scan.at += name.length;
      if (part.unit === 'month') scan.month = i + 1;
      else if (part.unit === 'ampm') scan.half = i;
      return true;
    }
  }
  return false;
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

function resolve(now: number): number {
  const { month, day, yearday } = scan;
  if (!scan.settleClock() || (yearday > 0 && (month > 0 || day > 0))) return Number.NaN;
  if (!scan.hasYear && month === 0 && day === 0 && yearday === 0) return nearestClock(now);
  if (month === 0) scan.month = 1;
  if (day === 0) scan.day = 1;
  return Math.floor(scan.hasYear ? scan.instantIn(scan.year) : latestYear(now, scan.instantIn));
}

/** Of a time of the day alone: today's, or yesterday's around midnight. */
function nearestClock(now: number): number {
  const offset = Number.isNaN(scan.offset) ? (scan.named ?? scan.zone).offsetAt(now) : scan.offset;
  const today = new Date(now + offset);
  scan.month = today.getUTCMonth() + 1;
  scan.day = today.getUTCDate();
  const ms = Math.floor(scan.instantIn(today.getUTCFullYear()));
  return ms - now > 43_200_000 ? ms - 86_400_000 : now - ms > 43_200_000 ? ms + 86_400_000 : ms;
}

const PLUS = 43;
const MINUS = 45;
const LOWER_Z = 122;

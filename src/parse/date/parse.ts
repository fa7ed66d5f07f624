import { daysIn, daysOf, isLeap } from '../../base/time/civil.ts';
import { latestYear } from '../../base/time/missing-year.ts';
import { findZone, offsetOf, type Zone } from '../../base/time/zone.ts';
import type { Part } from './pattern.ts';

/** Epoch milliseconds; NaN when the text does not have the form. `now` (epoch ms) chooses a year where the text has none. */
export type DateParser = (text: string, now: number, zone: Zone) => number;

// One set of registers for all parsers: parsing is synchronous, and nothing is allocated for a text.
let at = 0;
let year = 0;
let hasYear = false;
let month = 0;
let day = 0;
let yearday = 0;
let hour = 0;
let half = -1;
let minute = 0;
let second = 0;
let nanos = 0;
/** NaN: the text has no zone of its own. */
let offset = Number.NaN;
let named: Zone | undefined;

/** A parser for a cut pattern. The whole text must have the form. */
export function dateParser(parts: readonly Part[]): DateParser {
  return (text, now, zone) => {
    at = 0;
    year = 1970;
    hasYear = false;
    month = 0;
    day = 0;
    yearday = 0;
    hour = 0;
    half = -1;
    minute = 0;
    second = 0;
    nanos = 0;
    offset = Number.NaN;
    named = undefined;
    if (!readParts(parts, text) || at !== text.length) return Number.NaN;
    return resolve(now, zone);
  };
}

function readParts(parts: readonly Part[], text: string): boolean {
  for (let i = 0; i < parts.length; i++) if (!readPart(parts[i]!, text)) return false;
  return true;
}

function readPart(part: Part, text: string): boolean {
  switch (part.type) {
    case 'number':
      return readNumber(part, text);
    case 'literal':
      if (part.text.length === 1 ? text.charCodeAt(at) !== part.text.charCodeAt(0) : !text.startsWith(part.text, at))
        return false;
      at += part.text.length;
      return true;
    case 'name':
      return readName(part, text);
    case 'fraction':
      return readFraction(part.min, part.max, text);
    case 'offset':
      return readOffset(part.letter, part.count, text);
    case 'zone':
      return readZone(text);
    case 'optional':
      readOptional(part.parts, text);
      return true;
  }
}

/** A part that is not there leaves no trace of what its beginning looked like. */
function readOptional(parts: readonly Part[], text: string): void {
  const first = parts[0];
  if (at === text.length || (first?.type === 'literal' && text.charCodeAt(at) !== first.text.charCodeAt(0))) return;
  const oldAt = at;
  const oldYear = year;
  const oldMonth = month;
  const oldDay = day;
  const oldYearday = yearday;
  const oldHour = hour;
  const oldHalf = half;
  const oldMinute = minute;
  const oldSecond = second;
  const oldNanos = nanos;
  const oldOffset = offset;
  const oldHasYear = hasYear;
  const oldNamed = named;
  if (readParts(parts, text)) return;
  at = oldAt;
  year = oldYear;
  month = oldMonth;
  day = oldDay;
  yearday = oldYearday;
  hour = oldHour;
  half = oldHalf;
  minute = oldMinute;
  second = oldSecond;
  nanos = oldNanos;
  offset = oldOffset;
  hasYear = oldHasYear;
  named = oldNamed;
}

function readNumber(part: Extract<Part, { type: 'number' }>, text: string): boolean {
  let value = 0;
  const start = at;
  const end = at + part.max;
  while (at < end) {
    const digit = text.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) break;
    value = value * 10 + digit;
    at++;
  }
  if (at - start < part.min) return false;
  switch (part.unit) {
    case 'year':
      year = value;
      hasYear = true;
      return true;
    case 'year2':
      year = 2000 + value;
      hasYear = true;
      return true;
    case 'month':
      month = value;
      return value >= 1 && value <= 12;
    case 'day':
      day = value;
      return value >= 1 && value <= 31;
    case 'yearday':
      yearday = value;
      return value >= 1 && value <= 366;
    case 'hour':
      hour = value;
      return value <= 24;
    case 'hour24':
      hour = value === 24 ? 0 : value;
      return value >= 1 && value <= 24;
    case 'hour12':
      hour = value === 12 ? 0 : value;
      return value >= 1 && value <= 12;
    case 'hour0_11':
      hour = value;
      return value <= 11;
    case 'minute':
      minute = value;
      return value <= 59;
    case 'second':
      second = value;
      return value <= 60;
    case 'nano':
      nanos = value;
      return value < 1e9;
    case 'milliday':
      hour = Math.floor(value / 3_600_000);
      minute = Math.floor(value / 60_000) % 60;
      second = Math.floor(value / 1000) % 60;
      nanos = (value % 1000) * 1e6;
      return value < 86_400_000;
    case 'ignored':
      return true;
  }
}

function readName(part: Extract<Part, { type: 'name' }>, text: string): boolean {
  const { names } = part;
  for (let i = 0; i < names.length; i++) {
    const spellings = names[i]!;
    for (let s = 0; s < spellings.length; s++) {
      const name = spellings[s]!;
      if (!startsWithAnyCase(text, name)) continue;
      at += name.length;
      if (part.unit === 'month') month = i + 1;
      else if (part.unit === 'ampm') half = i;
      return true;
    }
  }
  return false;
}

/** `name` is lower case. */
function startsWithAnyCase(text: string, name: string): boolean {
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

function readFraction(min: number, max: number, text: string): boolean {
  let value = 0;
  let digits = 0;
  while (digits < max) {
    const digit = text.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) break;
    if (digits < 9) value = value * 10 + digit;
    digits++;
    at++;
  }
  for (let i = digits; i < 9; i++) value *= 10;
  nanos = value;
  return digits >= min;
}

/** `+0100`, `+01:00`, `+01`, `Z` where the letter allows it. Colons are read where they stand. */
function readOffset(letter: string, count: number, text: string): boolean {
  const c = text.charCodeAt(at);
  if ((c === 90 || c === 122) && letter !== 'x') {
    at++;
    offset = 0;
    return true;
  }
  const isLong = letter === 'Z' && count === 4 && text.startsWith('GMT', at);
  if (isLong) at += 3;
  const sign = text.charCodeAt(at);
  if (sign !== 43 && sign !== 45) {
    // `ZZZZ` writes UTC as bare GMT.
    if (isLong) offset = 0;
    return isLong;
  }
  const hours = twoDigits(text, at + 1);
  if (hours < 0) return false;
  at += 3;
  const minutes = sixtieth(text);
  const seconds = minutes < 0 ? -1 : sixtieth(text);
  if (minutes > 59 || seconds > 59) return false;
  const ms = ((hours * 60 + Math.max(minutes, 0)) * 60 + Math.max(seconds, 0)) * 1000;
  offset = sign === 45 ? -ms : ms;
  return ms <= MAX_OFFSET_MS;
}
const MAX_OFFSET_MS = 18 * 3_600_000;

/** Two digits with a colon before them or not; -1 and nothing read when there are none. */
function sixtieth(text: string): number {
  const start = text.charCodeAt(at) === 58 ? at + 1 : at;
  const value = twoDigits(text, start);
  if (value >= 0) at = start + 2;
  return value;
}

function twoDigits(text: string, from: number): number {
  const tens = text.charCodeAt(from) - 48;
  const ones = text.charCodeAt(from + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

const ZONE_NAME = /(?:UTC|GMT|UT)?[+-]\d\d?(?::?\d\d){0,2}(?![\w:])|[A-Za-z]+(?:[/_+-][A-Za-z0-9_+-]+)*/y;

function readZone(text: string): boolean {
  ZONE_NAME.lastIndex = at;
  const found = ZONE_NAME.exec(text);
  if (found === null) return false;
  at += found[0].length;
  const fixed = offsetOf(found[0]);
  if (fixed !== undefined) {
    offset = fixed;
    return true;
  }
  named = findZone(found[0]);
  return named !== undefined;
}

function resolve(now: number, zone: Zone): number {
  if (half === 0 && hour > 12) return Number.NaN;
  if (half >= 0 && hour <= 12) hour = (hour % 12) + half * 12;
  if (hour === 24 && (minute > 0 || second > 0 || nanos > 0)) return Number.NaN;
  if (yearday > 0 && (month > 0 || day > 0)) return Number.NaN;
  inZone = named ?? zone;
  if (hasYear) return instantIn(year);
  if (month > 0 || day > 0 || yearday > 0) return latestYear(now, instantIn);
  // Only a time of the day: today's, or yesterday's around midnight.
  const today = new Date(now + (Number.isNaN(offset) ? inZone.offsetAt(now) : offset));
  month = today.getUTCMonth() + 1;
  day = today.getUTCDate();
  const ms = instantIn(today.getUTCFullYear());
  return ms - now > 43_200_000 ? ms - 86_400_000 : now - ms > 43_200_000 ? ms + 86_400_000 : ms;
}

let inZone: Zone;

function instantIn(inYear: number): number {
  let days: number;
  if (yearday > 0) {
    if (yearday === 366 && !isLeap(inYear)) return Number.NaN;
    days = daysOf(inYear, 1, 1) + yearday - 1;
  } else {
    const m = month === 0 ? 1 : month;
    const d = day === 0 ? 1 : day;
    if (d > 28 && d > daysIn(inYear, m)) return Number.NaN;
    days = daysOf(inYear, m, d);
  }
  const local = ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + Math.floor(nanos / 1e6);
  if (!Number.isNaN(offset)) return local - offset;
  return local - inZone.offsetAtLocal(local);
}

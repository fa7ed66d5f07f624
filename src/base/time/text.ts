import { abbreviationOffset } from './abbreviations.ts';
import { MONTHS, shortName, WEEKDAYS } from './english.ts';
import { epochOfText } from './epoch.ts';
import { latestYear } from './missing-year.ts';
import { isBlank, isDigit, Scan, type TimeUnit } from './scan.ts';
import { readOffset, scanZone } from './scan-zone.ts';
import type { Zone } from './zone.ts';

/*
 * The one reader of times as logs write them, wherever no format is given:
 *
 *     2026-11-20T13:55:36.123456Z   2026-11-20 13:55:36,123 +0900   2026/11/20 1:55:36 PM   20261120T135536Z   20261120135536
 *     20/Nov/2026:13:55:36 +0000    20-Nov-2026 13:55:36 UTC        20 Nov 2026 13:55:36    20.11.2026 13:55:36
 *     11/20/2026 1:55:36 PM         Fri, 20 Nov 2026 13:55:36 GMT   Nov 20, 2026, 1:55:36 PM
 *     Fri Nov 20 13:55:36.123 UTC 2026   Nov 20 13:55:36 (missing-year.ts)
 *     1795182936  1795182936.123  1795182936123 (epoch.ts)
 *
 * with a zone behind it as scan-zone.ts reads them. A text with anything else in it is no time.
 *
 * Of a day and a month in digits the one greater than 12 is the day. Else the day comes first, but with slashes and AM or
 * PM the month, as in the United States; and the other way round when only that lies within a day of `now`, or
 * only that in the past.
 */

const scan = new Scan();
const MAX_LENGTH = 100;

/**
 * Epoch milliseconds of a text, NaN if it is no time. A time between two milliseconds gives the half between them.
 * `now` (epoch milliseconds) chooses a year that is missing; `zone` counts for a text without one.
 */
export function readTime(raw: string, now: number, zone: Zone): number {
  if (raw.length < 8 || raw.length > MAX_LENGTH) return Number.NaN;
  scan.begin(raw, raw.length);
  scan.skipBlanks();
  while (scan.end > scan.at && isBlank(raw.charCodeAt(scan.end - 1))) scan.end--;
  if (scan.code === OPEN_SQUARE && raw.charCodeAt(scan.end - 1) === CLOSE_SQUARE) {
    scan.at++;
    scan.end--;
  }
  const digits = scan.digits();
  if (digits >= 8) {
    const rest = scan.at + digits;
    if (rest === scan.end && (digits === 14 || digits === 17)) {
      const start = scan.at;
      const ms = readCompact(digits, now, zone);
      if (!Number.isNaN(ms)) return ms;
      scan.at = start;
    }
    if (rest === scan.end || raw.charCodeAt(rest) === DOT) {
      scan.unit = 'f';
      return epochOfText(raw.slice(scan.at, scan.end));
    }
  }
  if (!scan.date()) return Number.NaN;
  if (scan.at < scan.end && !(scan.gap() && scan.clock() && scanZone(scan))) return Number.NaN;
  return resolve(now, zone);
}

/** The smallest unit that the text read last names. */
export function unitRead(): TimeUnit {
  return scan.unit;
}

/** What `readLeading` found; the object is used again by the next call. */
export interface Leading {
  /** Epoch milliseconds, as `readTime` gives them. */
  ms: number;
  /** The line says its zone. */
  hasZone: boolean;
}
const leading: Leading = { ms: 0, hasZone: false };

/**
 * The time that a line starts with, date and clock, also within [ ], without a year (`11-20 13:55:36`), or as klog writes it
 * (`E1120 13:55:36.123456`);
 * undefined when it starts with anything else. A word behind it that names no zone belongs to the line.
 */
export function readLeading(line: string, now: number, zone: Zone): Leading | undefined {
  const start = line.charCodeAt(0) === OPEN_SQUARE ? 1 : 0;
  if (line.length < start + 14 || !mayLead(line, start)) return undefined;
  const isKlog = isCapital(line.charCodeAt(start)) && isDigit(line.charCodeAt(start + 1));
  scan.begin(line, Math.min(line.length, MAX_LENGTH));
  scan.at = start;
  if (isKlog ? !klogDate() : !shortDate() && !scan.date()) return undefined;
  if (scan.at >= scan.end || !scan.gap() || !scan.clock()) return undefined;
  if (!isKlog && !leadingZone()) return undefined;
  const after = scan.at < line.length ? line.charCodeAt(scan.at) : SPACE;
  if (!ENDS.includes(after)) return undefined;
  const ms = resolve(now, zone);
  if (Number.isNaN(ms)) return undefined;
  leading.ms = ms;
  leading.hasZone = !Number.isNaN(scan.offset);
  return leading;
}

/** A look at a few characters, because most lines start with something else. */
function mayLead(line: string, start: number): boolean {
  const first = line.charCodeAt(start);
  if (isDigit(first)) {
    const fourth = line.charCodeAt(start + 4);
    if (fourth === MINUS || fourth === SLASH || fourth === DOT) return line.charCodeAt(start + 7) === fourth;
    const second = line.charCodeAt(start + 2);
    if (second !== MINUS && second !== SLASH && second !== DOT && second !== SPACE) return false;
    if (!isDigit(line.charCodeAt(start + 3))) return true;
    const sixth = line.charCodeAt(start + 5);
    return second !== SPACE && (sixth === second || (second === MINUS && sixth === SPACE));
  }
  if (!isCapital(first)) return false;
  return isDigit(line.charCodeAt(start + 1))
    ? KLOG_ENDS.includes(line.indexOf(' ', start) - start)
    : FIRST_NAMES.has(line.slice(start, start + 3));
}
const FIRST_NAMES = new Set([...MONTHS, ...WEEKDAYS].map(shortName));

/** `E1120`, `E261120`, `E20261120`: a level, a year or none, month and day. */
function klogDate(): boolean {
  if (!KLOG_LEVELS.includes(scan.code)) return false;
  scan.at++;
  const digits = scan.digits();
  if (!KLOG_ENDS.includes(digits + 1)) return false;
  scan.hasYear = digits > 4;
  if (digits === 6) scan.year = 2000 + scan.fixed(2);
  else if (digits === 8) scan.year = scan.fixed(4);
  scan.month = scan.fixed(2);
  scan.day = scan.fixed(2);
  return true;
}
const KLOG_ENDS = [5, 7, 9];
const KLOG_LEVELS = [...'IWEFD'].map(letter => letter.charCodeAt(0));

/** Without a year: `11-20 13:55:36`, `20 Nov 13:55:36`. */
function shortDate(): boolean {
  const third = scan.text.charCodeAt(scan.at + 2);
  if (third !== MINUS && third !== SPACE) return false;
  SHORT.lastIndex = scan.at;
  const found = SHORT.exec(scan.text);
  if (found === null) return false;
  const [, month, day, dayInFront, name] = found;
  scan.month = name === undefined ? Number(month) : MONTHS.findIndex(one => shortName(one) === name) + 1;
  scan.day = Number(day ?? dayInFront);
  if (scan.month < 1 || scan.month > 12) return false;
  scan.at = SHORT.lastIndex;
  return true;
}
const SHORT = /(?:(\d\d)-(\d\d)|(\d\d) ([A-Z][a-z]{2}))(?= \d\d:\d\d:\d\d)/y;

function leadingZone(): boolean {
  const start = scan.at;
  scan.skipBlanks();
  const { text, at } = scan;
  if (
    (scan.code === PLUS || scan.code === MINUS) &&
    isDigit(text.charCodeAt(at + 1)) &&
    isDigit(text.charCodeAt(at + 2))
  )
    return readOffset(scan);
  const word = isCapital(text.charCodeAt(at)) ? scan.word() : '';
  const offset = LINE_WORDS.includes(word) ? undefined : abbreviationOffset(word);
  if (word === '' || word.length > 5 || word !== word.toUpperCase() || offset === undefined) scan.at = start;
  else if (scan.code === PLUS || scan.code === MINUS) return readOffset(scan);
  else scan.offset = offset;
  return true;
}
/** Short names of zones that are words, too. */
const LINE_WORDS = ['ART', 'EAST', 'GET', 'LINT', 'MART', 'MET', 'PET', 'RET', 'WIT'];

/** 20261120135536 or 20261120135536123 */
function readCompact(digits: number, now: number, zone: Zone): number {
  scan.year = scan.fixed(4);
  if (scan.year < 1970 || scan.year > 2100) return Number.NaN;
  scan.hasYear = true;
  scan.month = scan.fixed(2);
  scan.day = scan.fixed(2);
  scan.hour = scan.fixed(2);
  scan.minute = scan.fixed(2);
  scan.second = scan.fixed(2);
  scan.milli = digits === 17 ? scan.fixed(3) : 0;
  scan.unit = digits === 17 ? 'f' : 's';
  return resolve(now, zone);
}

function resolve(now: number, zone: Zone): number {
  if (!scan.settleClock()) return Number.NaN;
  scan.zone = zone;
  if (!scan.hasYear) return latestYear(now, scan.instantIn);
  const ms = scan.instantIn(scan.year);
  if (!scan.isAmbiguous) return ms;
  [scan.day, scan.month] = [scan.month, scan.day];
  const other = scan.instantIn(scan.year);
  const isMonthFirst = scan.hasSlash && scan.half >= 0;
  const [likely, unlikely] = isMonthFirst ? [other, ms] : [ms, other];
  if (isNear(likely, now) || Number.isNaN(unlikely)) return likely;
  return isNear(unlikely, now) || (likely > now && unlikely < now) ? unlikely : likely;
}

const isNear = (ms: number, now: number): boolean => Math.abs(ms - now) <= 86_400_000;

const isCapital = (c: number): boolean => c >= 65 && c <= 90;
const SPACE = 32;
const PLUS = 43;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const SLASH = 47;
const OPEN_SQUARE = 91;
const CLOSE_SQUARE = 93;
/** blank, tab, comma, colon, semicolon, ], |, ), >, ", } */
const ENDS = [SPACE, 9, COMMA, 58, 59, CLOSE_SQUARE, 124, 41, 62, 34, 125];

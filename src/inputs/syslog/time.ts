import { abbreviationOffset } from '../../base/time/abbreviations.ts';
import { daysIn, daysOf } from '../../base/time/civil.ts';
import { DAY_MS, MINUTE_MS } from '../../base/time/duration.ts';
import { MONTHS as MONTH_NAMES, shortName } from '../../base/time/english.ts';
import { latestYear } from '../../base/time/missing-year.ts';
import { isDigit } from '../../base/time/scan.ts';
import { offsetOf, type Zone } from '../../base/time/zone.ts';

/*
 * The time of a header, which stands at a place of a longer text:
 *
 *     Nov 20 13:55:36          RFC 3164: no year, no zone; a day of one digit has a blank or a zero in front, or nothing
 *     Nov 20 2026 13:55:36     Cisco's firewalls; also with the year behind the clock
 *     Nov 20 13:55:36.123 UTC: Cisco's routers
 *     2026-11-20T13:55:36.123456+09:00   RFC 5424, rsyslog's forwarding format; `Z`, no zone, no fraction
 */

/** What `readHeaderTime` found; one object for all, used again by the next call. */
export interface HeaderTime {
  /** Epoch milliseconds with fraction. */
  ms: number;
  /** Where the text goes on. */
  end: number;
}
const found: HeaderTime = { ms: 0, end: 0 };

/** Reads the time that begins at `at`; undefined when none does. `now`: epoch milliseconds, for the year; `zone`: of a time without one. */
export function readHeaderTime(text: string, at: number, now: number, zone: Zone): HeaderTime | undefined {
  const first = text.charCodeAt(at);
  if (first >= 0x30 && first <= 0x39) return readIso(text, at, zone) ? found : undefined;
  return first >= 0x41 && first <= 0x5a && readBsd(text, at, now, zone) ? found : undefined;
}

function readIso(text: string, at: number, zone: Zone): boolean {
  if (text.charCodeAt(at + 4) !== MINUS || text.charCodeAt(at + 7) !== MINUS) return false;
  const separator = text.charCodeAt(at + 10);
  if (separator !== LETTER_T && separator !== SPACE) return false;
  const year = number(text, at, 4);
  const month = number(text, at + 5, 2);
  const day = number(text, at + 8, 2);
  if (!isDay(year, month, day)) return false;
  const clock = readClock(text, at + 11);
  if (Number.isNaN(clock)) return false;
  const wall = daysOf(year, month, day) * DAY_MS + clock;
  let end = clockEnd;
  const code = text.charCodeAt(end);
  if (code === LETTER_Z) {
    found.ms = wall;
    end++;
  } else if (code === PLUS || code === MINUS) {
    const length = text.charCodeAt(end + 3) === COLON ? 6 : 5;
    const offset = offsetOf(text.slice(end, end + length));
    if (offset === undefined) return false;
    found.ms = wall - offset;
    end += length;
  } else found.ms = wall - zone.offsetAtLocal(wall);
  found.end = end;
  return isEnd(text, end);
}

function readBsd(text: string, start: number, now: number, zone: Zone): boolean {
  const month = MONTHS.get(text.slice(start, start + 3));
  if (month === undefined || text.charCodeAt(start + 3) !== SPACE) return false;
  let at = start + 4;
  if (text.charCodeAt(at) === SPACE) at++;
  const digits = isDigit(text.charCodeAt(at + 1)) ? 2 : 1;
  const day = number(text, at, digits);
  at += digits;
  if (!(day >= 1 && day <= 31) || text.charCodeAt(at) !== SPACE) return false;
  at++;
  let year = Number.NaN;
  if (text.charCodeAt(at + 4) === SPACE) {
    year = number(text, at, 4);
    at += 5;
  }
  const clock = readClock(text, at);
  if (Number.isNaN(clock)) return false;
  let end = clockEnd;
  // `2001:db8::1` behind the clock is a host.
  const isYearDone = text.charCodeAt(end + 5) !== COLON || text.charCodeAt(end + 6) === SPACE;
  if (Number.isNaN(year) && text.charCodeAt(end) === SPACE && isEnd(text, end + 5) && isYearDone) {
    const behind = number(text, end + 1, 4);
    if (behind >= 1990 && behind < 2200) {
      year = behind;
      end += 5;
    }
  }
  let offset = Number.NaN;
  const zoned = text.charCodeAt(end) === SPACE ? ZONE.exec(text.slice(end, end + 16)) : null;
  if (zoned !== null) {
    offset = abbreviationOffset(zoned[1]!) ?? Number.NaN;
    if (!Number.isNaN(offset)) end += 1 + zoned[1]!.length;
  }
  const wallIn = (y: number): number => (isDay(y, month, day) ? daysOf(y, month, day) * DAY_MS + clock : Number.NaN);
  const utcIn = (y: number): number => {
    const wall = wallIn(y);
    return wall - (Number.isNaN(offset) ? zone.offsetAtLocal(wall) : offset);
  };
  found.ms = Number.isNaN(year) ? latestYear(now, utcIn) : utcIn(year);
  found.end = end;
  return !Number.isNaN(found.ms) && isEnd(text, end);
}

/** A zone of Cisco's stands before a colon: `UTC:`. Anything else is the name of a program. */
const ZONE = /^ ([A-Z]{3,5}): ?%/;

/** Milliseconds since midnight, NaN if there is no clock; sets `clockEnd`. */
function readClock(text: string, at: number): number {
  if (text.charCodeAt(at + 2) !== COLON || text.charCodeAt(at + 5) !== COLON) return Number.NaN;
  const hour = number(text, at, 2);
  const minute = number(text, at + 3, 2);
  const second = number(text, at + 6, 2);
  if (!(hour <= 23 && minute <= 59 && second <= 60)) return Number.NaN;
  let end = at + 8;
  let fraction = 0;
  if (text.charCodeAt(end) === DOT || text.charCodeAt(end) === COMMA) {
    end++;
    let unit = 100;
    for (let code = text.charCodeAt(end); isDigit(code); code = text.charCodeAt(++end)) {
      // What is below a nanosecond is no number any more.
      if (unit > 1e-7) fraction += (code - 0x30) * unit;
      unit /= 10;
    }
  }
  clockEnd = end;
  return (hour * 60 + minute) * MINUTE_MS + second * 1000 + fraction;
}
let clockEnd = 0;

const isDay = (year: number, month: number, day: number): boolean =>
  month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);

/** `digits` digits as a number, NaN if one of them is none. */
function number(text: string, at: number, digits: number): number {
  let value = 0;
  for (let i = at; i < at + digits; i++) {
    const code = text.charCodeAt(i);
    if (!isDigit(code)) return Number.NaN;
    value = value * 10 + code - 0x30;
  }
  return value;
}

/** A blank, a colon or the end of the text: nothing that belongs to the time. */
function isEnd(text: string, at: number): boolean {
  if (at >= text.length) return true;
  const code = text.charCodeAt(at);
  return code === SPACE || code === COLON;
}

const MONTHS: ReadonlyMap<string, number> = new Map(MONTH_NAMES.map((name, i) => [shortName(name), i + 1]));
const SPACE = 0x20;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const LETTER_T = 0x54;
const LETTER_Z = 0x5a;

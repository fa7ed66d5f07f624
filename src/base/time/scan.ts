import { daysIn, daysOf, isLeap, wallMs } from './civil.ts';
import { MONTHS, shortName, WEEKDAYS } from './english.ts';
import { fixedZone, type Zone } from './zone.ts';

/** The smallest unit that a time names: day, minute, second, or a fraction. */
export type TimeUnit = 'd' | 'm' | 's' | 'f';

const UTC = fixedZone('UTC', 0);

/** A text that is read from left to right, and what has been found in it. One object serves all texts, so that nothing is allocated. */
export class Scan {
  text = '';
  at = 0;
  end = 0;
  year = 0;
  hasYear = false;
  month = 0;
  day = 0;
  /** Day of the year, in place of month and day. */
  yearday = 0;
  /** Day and month could be the other way round; `monthFirst` is the likelier one where nothing else tells. */
  isAmbiguous = false;
  hasSlash = false;
  hour = 0;
  minute = 0;
  second = 0;
  /** Milliseconds of the second, half a one more when the text says more. */
  milli = 0;
  /** -1: no AM or PM. */
  half = -1;
  unit: TimeUnit = 'd';
  /** Milliseconds; NaN: the text has no offset. */
  offset = Number.NaN;
  named: Zone | undefined = undefined;
  /** Of a text that names none. */
  zone: Zone = UTC;

  begin(text: string, end: number): void {
    this.text = text;
    this.at = 0;
    this.end = end;
    this.year = 0;
    this.hasYear = false;
    this.month = 0;
    this.day = 0;
    this.yearday = 0;
    this.isAmbiguous = false;
    this.hasSlash = false;
    this.hour = 0;
    this.minute = 0;
    this.second = 0;
    this.milli = 0;
    this.half = -1;
    this.unit = 'd';
    this.offset = Number.NaN;
    this.named = undefined;
  }

  /** Goes on as `other` did, in the same text. */
  copy(other: Scan): void {
    this.at = other.at;
    this.year = other.year;
    this.hasYear = other.hasYear;
    this.month = other.month;
    this.day = other.day;
    this.yearday = other.yearday;
    this.hour = other.hour;
    this.minute = other.minute;
    this.second = other.second;
    this.milli = other.milli;
    this.half = other.half;
    this.offset = other.offset;
    this.named = other.named;
  }

  /** The character at the place, NaN at the end. */
  get code(): number {
    return this.at < this.end ? this.text.charCodeAt(this.at) : Number.NaN;
  }

  /** How many digits follow. */
  digits(): number {
    let at = this.at;
    while (at < this.end && isDigit(this.text.charCodeAt(at))) at++;
    return at - this.at;
  }

  /** The digits that follow, `max` of them at most, as a number; 0 when there are none. */
  upTo(max: number): number {
    const { text } = this;
    const end = Math.min(this.end, this.at + max);
    let value = 0;
    while (this.at < end) {
      const digit = text.charCodeAt(this.at) - 48;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
      this.at++;
    }
    return value;
  }

  /** A number of `min` to `max` digits with no further digit behind it; -1 if there is none. */
  number(min: number, max: number): number {
    const count = this.digits();
    if (count < min || count > max) return -1;
    return this.fixed(count);
  }

  /** The next `count` characters as a number; -1 if one of them is no digit. */
  fixed(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) {
      const digit = this.code - 48;
      if (!(digit >= 0 && digit <= 9)) return -1;
      value = value * 10 + digit;
      this.at++;
    }
    return value;
  }

  skipBlanks(): void {
    while (this.at < this.end && isBlank(this.text.charCodeAt(this.at))) this.at++;
  }

  /** The letters that follow. */
  word(): string {
    const start = this.at;
    while (this.at < this.end && isLetter(this.text.charCodeAt(this.at))) this.at++;
    return this.text.slice(start, this.at);
  }

  /** A date of any form, with the name of its weekday or not. */
  date(): boolean {
    if (!isDigit(this.code) && !this.#weekday()) return false;
    if (!isDigit(this.code)) return this.#monthFirst();
    const digits = this.digits();
    if (digits === 4) return this.#yearFirst();
    if (digits === 8) return this.#compact();
    return digits <= 2 && this.#dayFirst();
  }

  /** True also when there is no weekday, only the name of a month. */
  #weekday(): boolean {
    const start = this.at;
    const word = this.word().toLowerCase();
    if (word.length < 3) return false;
    if (!WEEKDAY_NAMES.has(word)) {
      this.at = start;
      return true;
    }
    if (this.code === COMMA) this.at++;
    this.skipBlanks();
    return true;
  }

  /** 2026-11-20, 2026/11/20, 2026.11.20, 2026 Nov 20, 2026-Nov-20 */
  #yearFirst(): boolean {
    this.year = this.fixed(4);
    this.hasYear = true;
    const separator = this.code;
    if (separator !== DASH && separator !== SLASH && separator !== DOT && separator !== SPACE) return false;
    this.at++;
    if (isLetter(this.code)) this.month = monthOf(this.word());
    else this.month = separator === SPACE ? -1 : this.number(1, 2);
    if (this.month < 0 || this.code !== separator) return false;
    this.at++;
    this.day = this.number(1, 2);
    return this.day >= 0;
  }

  /** 20261120, only in front of a clock */
  #compact(): boolean {
    this.year = this.fixed(4);
    this.hasYear = true;
    this.month = this.fixed(2);
    this.day = this.fixed(2);
    return this.at < this.end;
  }

  /** 20/Nov/2026, 20-Nov-26, 20 Nov 2026, 20.11.2026, 11/20/2026 */
  #dayFirst(): boolean {
    this.day = this.number(1, 2);
    const separator = this.code;
    if (separator !== DASH && separator !== SLASH && separator !== DOT && separator !== SPACE) return false;
    this.at++;
    let isNamed = false;
    if (isLetter(this.code)) {
      this.month = monthOf(this.word());
      isNamed = true;
    } else if (separator === SPACE) return false;
    else {
      this.month = this.number(1, 2);
      if (this.month > 12) [this.day, this.month] = [this.month, this.day];
      else if (separator !== DOT) this.isAmbiguous = this.day <= 12 && this.day !== this.month;
      this.hasSlash = separator === SLASH;
    }
    if (this.month < 0 || this.code !== separator) return false;
    this.at++;
    const digits = this.digits();
    if (digits === 2 && isNamed) this.year = 2000 + this.fixed(2);
    else this.year = this.number(4, 4);
    this.hasYear = true;
    return this.year >= 0 && this.at < this.end;
  }

  /** Nov 20, Nov 20 2026, Nov 20, 2026, */
  #monthFirst(): boolean {
    this.month = monthOf(this.word());
    if (this.month < 0) return false;
    if (this.code === DOT) this.at++;
    if (!isBlank(this.code)) return false;
    this.skipBlanks();
    this.day = this.number(1, 2);
    if (this.day < 0) return false;
    if (this.code === COMMA) this.at++;
    const start = this.at;
    this.skipBlanks();
    if (this.digits() === 4) {
      this.year = this.fixed(4);
      this.hasYear = true;
    } else this.at = start;
    return this.at < this.end;
  }

  /** What stands between date and clock. */
  gap(): boolean {
    const start = this.at;
    while (this.at < this.end && this.at - start < 4) {
      const c = this.text.charCodeAt(this.at);
      if (!isBlank(c) && c !== COMMA && c !== UNDERSCORE && c !== COLON && c !== DASH) break;
      this.at++;
    }
    if (this.at === start && (this.code | 32) === LOWER_T) this.at++;
    else if (this.text.startsWith('at ', this.at)) this.at += 3;
    return this.at > start && isDigit(this.code);
  }

  /** 13:55:36, 13:55, 135536, 1:55:36 PM, each with a fraction of the second or not */
  clock(): boolean {
    const digits = this.digits();
    this.hour = digits === 6 ? this.fixed(2) : this.number(1, 2);
    if (this.hour < 0) return false;
    if (digits !== 6) {
      if (this.code !== COLON) return false;
      this.at++;
    }
    this.minute = this.fixed(2);
    if (this.minute < 0) return false;
    this.unit = 'm';
    if (digits === 6 || this.code === COLON) {
      if (digits !== 6) this.at++;
      this.second = this.fixed(2);
      if (this.second < 0) return false;
      this.unit = 's';
      this.#fraction();
    }
    if (isDigit(this.code)) return false;
    this.#half();
    return true;
  }

  #fraction(): void {
    const point = this.code;
    if (point !== DOT && point !== COMMA && point !== COLON) return;
    this.at++;
    const count = this.digits();
    if (count === 0 || count > 12) {
      this.at--;
      return;
    }
    this.unit = 'f';
    this.fraction(count);
  }

  /** So many digits as the fraction of the second. */
  fraction(count: number): void {
    this.milli = 0;
    let scale = 100;
    for (let i = 0; i < count; i++) {
      const digit = this.text.charCodeAt(this.at++) - 48;
      if (i < 3) this.milli += digit * scale;
      else if (digit > 0 && Number.isInteger(this.milli)) this.milli += 0.5;
      scale /= 10;
    }
  }

  /** AM, pm, a.m., with a blank before it or not */
  #half(): void {
    const start = this.at;
    this.skipBlanks();
    const first = this.code | 32;
    if (first === LOWER_A || first === LOWER_P) {
      const dots = this.text.charCodeAt(this.at + 1) === DOT ? 1 : 0;
      const second = this.at + 1 + dots;
      if (second < this.end && (this.text.charCodeAt(second) | 32) === LOWER_M) {
        const next = second + 1 + (dots === 1 && this.text.charCodeAt(second + 1) === DOT ? 1 : 0);
        if (next >= this.end || !isLetter(this.text.charCodeAt(next))) {
          this.half = first === LOWER_P ? 1 : 0;
          this.at = next;
          return;
        }
      }
    }
    this.at = start;
  }

  /** Puts AM and PM into the hour; false for a time that no clock shows. */
  settleClock(): boolean {
    const { half } = this;
    if (half >= 0) {
      // 16:00 PM says the same twice; 16:00 AM says nothing.
      if (half === 0 && this.hour > 12) return false;
      if (this.hour <= 12) this.hour = (this.hour % 12) + half * 12;
    }
    if (this.hour > 24 || this.minute > 59 || this.second > 60) return false;
    return this.hour < 24 || (this.minute === 0 && this.second === 0 && this.milli === 0);
  }

  /** Epoch milliseconds of what was found, in a year, where it names no zone in `zone`; NaN for a day that the year does not have. */
  readonly instantIn = (year: number): number => {
    const { month, day, yearday } = this;
    let days: number;
    if (yearday > 0) {
      if (yearday > (isLeap(year) ? 366 : 365)) return Number.NaN;
      days = daysOf(year, 1, yearday);
    } else {
      if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return Number.NaN;
      days = daysOf(year, month, day);
    }
    const wall = wallMs(days, this.hour, this.minute, this.second, this.milli);
    return wall - (Number.isNaN(this.offset) ? (this.named ?? this.zone).offsetAtLocal(wall) : this.offset);
  };
}

const MONTH_NAMES = MONTHS.map(name => name.toLowerCase());
const WEEKDAY_NAMES = new Set(WEEKDAYS.flatMap(name => [name.toLowerCase(), shortName(name).toLowerCase()]));

/** 1 to 12 for the English name of a month, its first three letters or `Sept`; -1 for another word. */
function monthOf(word: string): number {
  if (word.length < 3) return -1;
  const name = word.toLowerCase();
  for (let i = 0; i < 12; i++) {
    const month = MONTH_NAMES[i]!;
    if (month.startsWith(name) && (name.length === 3 || name.length === month.length || name === 'sept')) return i + 1;
  }
  return -1;
}

export const isDigit = (c: number): boolean => c >= 48 && c <= 57;
export const isLetter = (c: number): boolean => (c >= 97 && c <= 122) || (c >= 65 && c <= 90);
/** Blank, tab, and the narrow blank that newer Java and browsers write before PM. */
export const isBlank = (c: number): boolean => c === SPACE || c === 9 || c === 0xa0 || c === 0x202f;
const SPACE = 32;
const COMMA = 44;
const DASH = 45;
const DOT = 46;
const SLASH = 47;
const COLON = 58;
const UNDERSCORE = 95;
const LOWER_A = 97;
const LOWER_M = 109;
const LOWER_P = 112;
const LOWER_T = 116;

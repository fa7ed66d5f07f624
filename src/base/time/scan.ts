import type { Zone } from './zone.ts';

/** The smallest unit that a time names: day, minute, second, or a fraction. */
export type TimeUnit = 'd' | 'm' | 's' | 'f';

/** A text that is read from left to right, and what has been found in it. One object serves all texts, so that nothing is allocated. */
export class Scan {
  text = '';
  at = 0;
  end = 0;
  year = 0;
  hasYear = false;
  month = 0;
  day = 0;
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

  begin(text: string, end: number): void {
    this.text = text;
    this.at = 0;
    this.end = end;
    this.year = 0;
    this.hasYear = false;
    this.month = 0;
    this.day = 0;
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
    if (!WEEKDAYS.some(name => name === word || name.slice(0, 3) === word)) {
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
}

const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

/** 1 to 12 for the English name of a month, its first three letters or `Sept`; -1 for another word. */
function monthOf(word: string): number {
  if (word.length < 3) return -1;
  const name = word.toLowerCase();
  for (let i = 0; i < 12; i++) {
    const month = MONTHS[i]!;
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

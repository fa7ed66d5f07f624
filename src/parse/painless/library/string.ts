import { createHash } from 'node:crypto';
import type { Budget } from '../budget.ts';
import { ScriptFailure } from '../failure.ts';
import { type Char, char } from '../values.ts';
import { decodeBase64 } from './base64.ts';
import { javaClass } from './define.ts';
import { compareTexts } from './equality.ts';
import { formatted } from './format.ts';
import { itemsOf } from './items.ts';
import type { JavaClass } from './java-class.ts';
import { JavaObject } from './java-object.ts';
import type { Locale } from './locale.ts';
import { trimJava } from './numbers.ts';
import { type Pattern, replaceByFunction } from './regex.ts';
import { Stream } from './stream/stream.ts';
import { javaText } from './text.ts';

/** A `CharSequence` is a text or a StringBuilder. */
type Fn = (...values: unknown[]) => unknown;
type Sequence = string | { toText(): string };
export const textOf = (value: Sequence): string => (typeof value === 'string' ? value : value.toText());

/** Throws where Java does: for indexes outside of a text. */
export function checkIndex(at: number, length: number): void {
  if (at < 0 || at >= length)
    throw new ScriptFailure('StringIndexOutOfBoundsException', `Index ${at} out of bounds for length ${length}`);
}

export function checkRange(start: number, end: number, length: number): void {
  if (start < 0 || start > end || end > length)
    throw new ScriptFailure(
      'StringIndexOutOfBoundsException',
      `Range [${start}, ${end}) out of bounds for length ${length}`,
    );
}

export function codePointAt(text: string, at: number): number {
  checkIndex(at, text.length);
  return text.codePointAt(at)!;
}

export function codePointBefore(text: string, at: number): number {
  checkIndex(at - 1, text.length);
  const low = text.charCodeAt(at - 1);
  if (low >= 0xdc00 && low < 0xe000 && at > 1) {
    const whole = text.codePointAt(at - 2)!;
    if (whole > 0xffff) return whole;
  }
  return low;
}

/** The same where Java says no more than that the index is wrong. */
export function checkBounds(start: number, end: number, length: number): void {
  if (start < 0 || start > end || end > length)
    throw new ScriptFailure('IndexOutOfBoundsException', `Range [${start}, ${end}) out of bounds for length ${length}`);
}

export function codePointCount(text: string, start: number, end: number): number {
  checkBounds(start, end, text.length);
  return [...text.slice(start, end)].length;
}

export function offsetByCodePoints(text: string, from: number, by: number): number {
  if (from < 0 || from > text.length) throw new ScriptFailure('IndexOutOfBoundsException');
  let at = from;
  for (let i = 0; i < Math.abs(by); i++) {
    if (by > 0 ? at >= text.length : at <= 0) throw new ScriptFailure('IndexOutOfBoundsException');
    const code = by > 0 ? text.codePointAt(at)! : codePointBefore(text, at);
    at += (code > 0xffff ? 2 : 1) * Math.sign(by);
  }
  return at;
}

/** As Java compares without regard to case: character by character, through upper case. */
export function foldText(text: string): string {
  if (/^[\0-\x7f]*$/.test(text)) return text.toLowerCase();
  return text.replace(/[\s\S]/g, unit => {
    const upper = unit.toUpperCase();
    const lower = (upper.length === 1 ? upper : unit).toLowerCase();
    return lower.length === 1 ? lower : unit;
  });
}

function region(fold: boolean, text: string, at: number, other: string, from: number, length: number): boolean {
  if (at < 0 || from < 0 || at + length > text.length || from + length > other.length) return false;
  if (length <= 0) return true;
  const a = text.slice(at, at + length);
  const b = other.slice(from, from + length);
  return a === b || (fold && foldText(a) === foldText(b));
}

/** As `String.replace`: an empty one stands between all characters. */
function replaced(text: string, what: string, by: string, budget: Budget): string {
  if (by.length > what.length) budget.memory((text.length + 1) * (by.length + 1));
  else budget.memory(text.length);
  return text.replaceAll(what, () => by);
}

/** Cut at each place where the token stands; empty texts at the end stay. */
function splitOnToken(text: string, token: string, limit: number, budget: Budget): string[] {
  budget.memory(text.length);
  if (token === '') return [text];
  const parts: string[] = [];
  let from = 0;
  while (limit <= 0 || parts.length < limit - 1) {
    const at = text.indexOf(token, from);
    if (at < 0) break;
    parts.push(text.slice(from, at));
    from = at + token.length;
  }
  parts.push(text.slice(from));
  budget.memory(parts.length * 4);
  return parts;
}

/** Without what `Character.isWhitespace` is on both sides: a no-break space stays. */
const strip = (text: string): string => text.replace(BLANKS_BEFORE, '').replace(BLANKS_BEHIND, '');
const BLANK = '[\\t-\\r\\x1c-\\x20\\u1680\\u2000-\\u2006\\u2008-\\u200a\\u2028\\u2029\\u205f\\u3000]';
const BLANKS_BEFORE = new RegExp(`^${BLANK}+`);
const BLANKS_BEHIND = new RegExp(`(?<!${BLANK})${BLANK}+$`);

export const charSequenceClass: JavaClass = javaClass('java.lang.CharSequence', {
  is: value =>
    typeof value === 'string' || (value instanceof JavaObject && value.javaName.startsWith('java.lang.StringBu')),
  methods: {
    'char charAt(int)': (self: Sequence, at: number) => {
      const text = textOf(self);
      checkIndex(at, text.length);
      return char(text.charCodeAt(at));
    },
    'int length()': (self: Sequence) => textOf(self).length,
    'CharSequence subSequence(int, int)': (self: Sequence, start: number, end: number) => {
      const text = textOf(self);
      checkRange(start, end, text.length);
      return text.slice(start, end);
    },
    'String toString()': textOf,
    'String replaceAll(Pattern, Function)': (self: Sequence, pattern: Pattern, make: Fn, budget: Budget) =>
      replaceByFunction(textOf(self), pattern, make, budget),
    'String replaceFirst(Pattern, Function)': (self: Sequence, pattern: Pattern, make: Fn, budget: Budget) =>
      replaceByFunction(textOf(self), pattern, make, budget, true),
    'IntStream chars()': (self: Sequence, budget: Budget) =>
      Stream.of(
        Array.from({ length: textOf(self).length }, (_, i) => textOf(self).charCodeAt(i)),
        budget,
        'IntStream',
      ),
    'IntStream codePoints()': (self: Sequence, budget: Budget) =>
      Stream.of(
        Array.from(textOf(self), one => one.codePointAt(0)),
        budget,
        'IntStream',
      ),
  },
});

export const stringClass: JavaClass = javaClass('java.lang.String', {
  extends: 'CharSequence Comparable',
  is: value => typeof value === 'string',
  constructors: { '()': () => '' },
  statics: {
    'String copyValueOf(char[])': (chars: Char[]) => chars.join(''),
    'String copyValueOf(char[], int, int)': (chars: Char[], from: number, count: number) => {
      checkRange(from, from + count, chars.length);
      return chars.slice(from, from + count).join('');
    },
    'String format(String, def[])': (pattern: string, values: unknown[], budget: Budget) =>
      formatted(pattern, values, budget),
    'String format(Locale?, String, def[])': (_: unknown, pattern: string, values: unknown[], budget: Budget) =>
      formatted(pattern, values, budget),
    'String join(CharSequence, Iterable)': (separator: Sequence, parts: object, budget: Budget) =>
      joined(itemsOf(parts, budget), textOf(separator), budget),
    'String valueOf(def)': javaText,
  },
  methods: {
    // Of newer versions of Java, which Elasticsearch has since 8.
    'boolean isBlank()': (self: string) => strip(self) === '',
    'String strip()': strip,
    'String repeat(int)': (self: string, count: number, budget: Budget) => {
      if (count < 0) throw new ScriptFailure('IllegalArgumentException', `count is negative: ${count}`);
      budget.memory(self.length * count);
      return self.repeat(count);
    },
    'String encodeBase64()': (self: string, budget: Budget) => {
      budget.memory(self.length * 2);
      return Buffer.from(self).toString('base64');
    },
    'String decodeBase64()': (self: string, budget: Budget) => {
      budget.memory(self.length);
      return Buffer.from(decodeBase64(self, false)).toString();
    },
    'String sha1()': (self: string) => createHash('sha1').update(self).digest('hex'),
    'String sha256()': (self: string) => createHash('sha256').update(self).digest('hex'),
    'int codePointAt(int)': codePointAt,
    'int codePointBefore(int)': codePointBefore,
    'int codePointCount(int, int)': codePointCount,
    'int compareTo(String)': compareTexts,
    'int compareToIgnoreCase(String)': (self: string, other: string) => compareTexts(foldText(self), foldText(other)),
    'String concat(String)': (self: string, other: string, budget: Budget) => {
      budget.memory(self.length + other.length);
      return self + other;
    },
    'boolean contains(CharSequence)': (self: string, other: Sequence) => self.includes(textOf(other)),
    'boolean contentEquals(CharSequence)': (self: string, other: Sequence) => self === textOf(other),
    'boolean endsWith(String)': (self: string, other: string) => self.endsWith(other),
    'boolean equalsIgnoreCase(String?)': (self: string, other: string | null) =>
      other !== null && self.length === other.length && (self === other || foldText(self) === foldText(other)),
    'void getChars(int, int, char[], int)': (self: string, start: number, end: number, into: Char[], at: number) => {
      checkRange(start, end, self.length);
      if (at < 0 || at + end - start > into.length) throw new ScriptFailure('ArrayIndexOutOfBoundsException');
      for (let i = start; i < end; i++) into[at + i - start] = char(self.charCodeAt(i));
      return null;
    },
    'int indexOf(String)': (self: string, other: string) => self.indexOf(other),
    'int indexOf(String, int)': (self: string, other: string, from: number) => self.indexOf(other, from),
    'boolean isEmpty()': (self: string) => self === '',
    'int lastIndexOf(String)': (self: string, other: string) => self.lastIndexOf(other),
    'int lastIndexOf(String, int)': (self: string, other: string, from: number) =>
      from < 0 ? -1 : self.lastIndexOf(other, from),
    'int offsetByCodePoints(int, int)': offsetByCodePoints,
    'boolean regionMatches(int, String, int, int)': (
      self: string,
      at: number,
      other: string,
      from: number,
      length: number,
    ) => region(false, self, at, other, from, length),
    'boolean regionMatches(boolean, int, String, int, int)': (
      self: string,
      fold: boolean,
      at: number,
      other: string,
      from: number,
      length: number,
    ) => region(fold, self, at, other, from, length),
    'String replace(CharSequence, CharSequence)': (self: string, what: Sequence, by: Sequence, budget: Budget) =>
      replaced(self, textOf(what), textOf(by), budget),
    'String[] splitOnToken(String)': (self: string, token: string, budget: Budget) =>
      splitOnToken(self, token, -1, budget),
    'String[] splitOnToken(String, int)': (self: string, token: string, limit: number, budget: Budget) =>
      splitOnToken(self, token, limit, budget),
    'boolean startsWith(String)': (self: string, other: string) => self.startsWith(other),
    'boolean startsWith(String, int)': (self: string, other: string, at: number) =>
      at >= 0 && at <= self.length && self.startsWith(other, at),
    'String substring(int)': (self: string, start: number) => {
      checkRange(start, self.length, self.length);
      return self.slice(start);
    },
    'String substring(int, int)': (self: string, start: number, end: number) => {
      checkRange(start, end, self.length);
      return self.slice(start, end);
    },
    'char[] toCharArray()': (self: string, budget: Budget) => {
      budget.memory(self.length * 4);
      return Array.from({ length: self.length }, (_, i) => char(self.charCodeAt(i)));
    },
    'String toLowerCase()': (self: string, budget: Budget) => {
      budget.memory(self.length);
      return self.toLowerCase();
    },
    'String toUpperCase()': (self: string, budget: Budget) => {
      budget.memory(self.length);
      return self.toUpperCase();
    },
    'String toLowerCase(Locale)': (self: string, locale: Locale, budget: Budget) => {
      budget.memory(self.length);
      return self.toLocaleLowerCase(locale.tag || 'en');
    },
    'String toUpperCase(Locale)': (self: string, locale: Locale, budget: Budget) => {
      budget.memory(self.length);
      return self.toLocaleUpperCase(locale.tag || 'en');
    },
    'String trim()': trimJava,
  },
});

export function joined(items: readonly unknown[], separator: string, budget: Budget): string {
  const parts = items.map(item => javaText(item, budget));
  budget.memory(parts.reduce((size, part) => size + part.length + separator.length, 0));
  return parts.join(separator);
}

import { ScriptFailure } from '../failure.ts';
import { Byte, Char, char, Short } from '../values.ts';
import { javaClass } from './define.ts';
import type { JavaClass } from './java-class.ts';
import { decodeWhole, digitOf, parseWhole } from './numbers.ts';
import { codePointAt, codePointBefore, codePointCount, offsetByCodePoints, textOf } from './string.ts';

/** Tests of a code point, which `is` gives a text of one character. */
const is =
  (expression: RegExp) =>
  (code: number): boolean =>
    code >= 0 && code <= 0x10ffff && expression.test(String.fromCodePoint(code));

const isWhitespace = (code: number): boolean =>
  (code >= 9 && code <= 13) ||
  (code >= 28 && code <= 31) ||
  (code !== 0xa0 && code !== 0x2007 && code !== 0x202f && is(/[\p{Zs}\p{Zl}\p{Zp}]/u)(code));

const isHigh = (one: Char): boolean => one.code >= 0xd800 && one.code < 0xdc00;
const isLow = (one: Char): boolean => one.code >= 0xdc00 && one.code < 0xe000;

/** Upper or lower case where that is one character, too. */
function cased(one: Char, make: (text: string) => string): Char {
  const text = make(one.toString());
  return text.length === 1 ? char(text.charCodeAt(0)) : one;
}

const GENERAL: readonly (readonly [name: string, type: number])[] = [
  ['Lu', 1],
  ['Ll', 2],
  ['Lt', 3],
  ['Lm', 4],
  ['Lo', 5],
  ['Mn', 6],
  ['Me', 7],
  ['Mc', 8],
  ['Nd', 9],
  ['Nl', 10],
  ['No', 11],
  ['Zs', 12],
  ['Zl', 13],
  ['Zp', 14],
  ['Cc', 15],
  ['Cf', 16],
  ['Co', 18],
  ['Cs', 19],
  ['Pd', 20],
  ['Ps', 21],
  ['Pe', 22],
  ['Pc', 23],
  ['Po', 24],
  ['Sm', 25],
  ['Sc', 26],
  ['Sk', 27],
  ['So', 28],
  ['Pi', 29],
  ['Pf', 30],
];
const TYPE_NAMES = {
  UPPERCASE_LETTER: 1,
  LOWERCASE_LETTER: 2,
  TITLECASE_LETTER: 3,
  MODIFIER_LETTER: 4,
  OTHER_LETTER: 5,
  DECIMAL_DIGIT_NUMBER: 9,
  LETTER_NUMBER: 10,
  OTHER_NUMBER: 11,
  SPACE_SEPARATOR: 12,
  LINE_SEPARATOR: 13,
  CONTROL: 15,
  DASH_PUNCTUATION: 20,
  START_PUNCTUATION: 21,
  END_PUNCTUATION: 22,
  CONNECTOR_PUNCTUATION: 23,
  OTHER_PUNCTUATION: 24,
  MATH_SYMBOL: 25,
  CURRENCY_SYMBOL: 26,
};

const typeOf = (code: number): number => GENERAL.find(([name]) => is(new RegExp(`\\p{${name}}`, 'u'))(code))?.[1] ?? 0;

function numericValue(code: number): number {
  const digit = digitOf(code);
  if (digit >= 0 || code < 0 || code > 0x10ffff) return digit;
  const other = /\p{N}/u.test(String.fromCodePoint(code)) ? String.fromCodePoint(code).normalize('NFKC') : '';
  return /^\d+$/.test(other) ? Number(other) : -1;
}

export const characterClass: JavaClass = javaClass('java.lang.Character', {
  extends: 'Comparable',
  is: value => value instanceof Char,
  statics: {
    'int charCount(int)': (code: number) => (code > 0xffff ? 2 : 1),
    'int codePointAt(CharSequence, int)': (text: string, at: number) => codePointAt(textOf(text), at),
    'int codePointBefore(CharSequence, int)': (text: string, at: number) => codePointBefore(textOf(text), at),
    'int codePointCount(CharSequence, int, int)': (text: string, start: number, end: number) =>
      codePointCount(textOf(text), start, end),
    'int compare(char, char)': (a: Char, b: Char) => a.code - b.code,
    'int digit(int, int)': (code: number, radix: number) => {
      const digit = radix < 2 || radix > 36 ? -1 : digitOf(code);
      return digit < radix ? digit : -1;
    },
    'char forDigit(int, int)': (digit: number, radix: number) =>
      radix < 2 || radix > 36 || digit < 0 || digit >= radix ? char(0) : char(digit.toString(radix).charCodeAt(0)),
    'int getNumericValue(int)': numericValue,
    'int getType(int)': typeOf,
    'int hashCode(char)': (one: Char) => one.code,
    'char highSurrogate(int)': (code: number) => char((code >>> 10) + 0xd7c0),
    'boolean isAlphabetic(int)': is(/\p{Alphabetic}/u),
    'boolean isBmpCodePoint(int)': (code: number) => code >>> 16 === 0,
    'boolean isDefined(int)': is(/\P{Cn}/u),
    'boolean isDigit(int)': is(/\p{Nd}/u),
    'boolean isHighSurrogate(char)': isHigh,
    'boolean isISOControl(int)': (code: number) => code <= 0x9f && code >= 0 && (code >= 0x7f || code <= 0x1f),
    'boolean isIdentifierIgnorable(int)': (code: number) =>
      (code >= 0 && code <= 8) || (code >= 14 && code <= 27) || (code >= 127 && code <= 159) || is(/\p{Cf}/u)(code),
    'boolean isIdeographic(int)': is(/\p{Ideographic}/u),
    'boolean isJavaIdentifierPart(int)': is(
      /[\p{L}\p{Nl}\p{Sc}\p{Pc}\p{Nd}\p{Mn}\p{Mc}\p{Cf}\0-\x08\x0e-\x1b\x7f-\x9f]/u,
    ),
    'boolean isJavaIdentifierStart(int)': is(/[\p{L}\p{Nl}\p{Sc}\p{Pc}]/u),
    'boolean isLetter(int)': is(/\p{L}/u),
    'boolean isLetterOrDigit(int)': is(/[\p{L}\p{Nd}]/u),
    'boolean isLowerCase(int)': is(/\p{Lowercase}/u),
    'boolean isMirrored(int)': is(/\p{Bidi_Mirrored}/u),
    'boolean isSpaceChar(int)': is(/[\p{Zs}\p{Zl}\p{Zp}]/u),
    'boolean isSupplementaryCodePoint(int)': (code: number) => code > 0xffff && code <= 0x10ffff,
    'boolean isSurrogate(char)': (one: Char) => isHigh(one) || isLow(one),
    'boolean isSurrogatePair(char, char)': (a: Char, b: Char) => isHigh(a) && isLow(b),
    'boolean isTitleCase(int)': is(/\p{Lt}/u),
    'boolean isUpperCase(int)': is(/\p{Uppercase}/u),
    'boolean isValidCodePoint(int)': (code: number) => code >= 0 && code <= 0x10ffff,
    'boolean isWhitespace(int)': isWhitespace,
    'char lowSurrogate(int)': (code: number) => char((code & 0x3ff) + 0xdc00),
    'int offsetByCodePoints(CharSequence, int, int)': (text: string, from: number, by: number) =>
      offsetByCodePoints(textOf(text), from, by),
    'char reverseBytes(char)': (one: Char) => char(((one.code & 0xff) << 8) | (one.code >> 8)),
    'char[] toChars(int)': (code: number) => {
      if (code < 0 || code > 0x10ffff)
        throw new ScriptFailure('IllegalArgumentException', `Not a valid Unicode code point: 0x${code.toString(16)}`);
      const text = String.fromCodePoint(code);
      return Array.from({ length: text.length }, (_, i) => char(text.charCodeAt(i)));
    },
    'int toCodePoint(char, char)': (high: Char, low: Char) =>
      (high.code << 10) + low.code + (0x10000 - (0xd800 << 10) - 0xdc00),
    'char toLowerCase(char)': (one: Char) => cased(one, text => text.toLowerCase()),
    'String toString(char)': String,
    'char toTitleCase(char)': (one: Char) => cased(one, text => text.toUpperCase()),
    'char toUpperCase(char)': (one: Char) => cased(one, text => text.toUpperCase()),
    'Character valueOf(char)': (one: Char) => one,
  },
  methods: {
    'char charValue()': (self: Char) => self,
    'int compareTo(Character)': (self: Char, other: Char) => self.code - other.code,
  },
  constants: {
    'int BYTES': 2,
    'int SIZE': 16,
    'int MAX_RADIX': 36,
    'int MIN_RADIX': 2,
    'int MAX_CODE_POINT': 0x10ffff,
    'int MIN_CODE_POINT': 0,
    'int MIN_SUPPLEMENTARY_CODE_POINT': 0x10000,
    'char MAX_VALUE': char(0xffff),
    'char MIN_VALUE': char(0),
    'char MIN_HIGH_SURROGATE': char(0xd800),
    'char MAX_HIGH_SURROGATE': char(0xdbff),
    'char MIN_LOW_SURROGATE': char(0xdc00),
    'char MAX_LOW_SURROGATE': char(0xdfff),
    'char MIN_SURROGATE': char(0xd800),
    'char MAX_SURROGATE': char(0xdfff),
    ...Object.fromEntries(Object.entries(TYPE_NAMES).map(([name, type]) => [`byte ${name}`, new Byte(type)])),
  },
});

type Small = Byte | Short;

function smallClass(name: 'Byte' | 'Short', Kind: new (value: number) => Small, bits: number): JavaClass {
  const type = name.toLowerCase();
  const min = -(2 ** (bits - 1));
  const max = -min - 1;
  const parse = (text: string | null, radix = 10): Small => {
    if (text !== null && /^[+-]?\d+$/.test(text) && radix === 10 && (Number(text) < min || Number(text) > max))
      throw new ScriptFailure(
        'NumberFormatException',
        `Value out of range. Value:"${text}" Radix:10`,
        'the number is out of range',
      );
    return new Kind(Number(parseWhole(text, radix, BigInt(min), BigInt(max))));
  };
  return javaClass(`java.lang.${name}`, {
    extends: 'Number Comparable',
    is: value => value instanceof Kind,
    statics: {
      [`int compare(${type}, ${type})`]: (a: Small, b: Small) => a.value - b.value,
      [`${name} decode(String?)`]: (text: string) => new Kind(Number(decodeWhole(text, BigInt(min), BigInt(max)))),
      [`int hashCode(${type})`]: (a: Small) => a.value,
      [`${type} parse${name}(String?)`]: (text: string | null) => parse(text),
      [`${type} parse${name}(String?, int)`]: parse,
      [`String toString(${type})`]: (a: Small) => String(a.value),
      [`int toUnsignedInt(${type})`]: (a: Small) => a.value & (2 ** bits - 1),
      [`long toUnsignedLong(${type})`]: (a: Small) => BigInt(a.value & (2 ** bits - 1)),
      [`${name} valueOf(${type})`]: (a: Small) => a,
      [`${name} valueOf(String?, int)`]: parse,
      ...(name === 'Short' && {
        'short reverseBytes(short)': (a: Short) => new Short(((a.value & 0xff) << 8) | ((a.value >> 8) & 0xff)),
      }),
    },
    methods: { [`int compareTo(${name})`]: (a: Small, b: Small) => a.value - b.value },
    constants: {
      'int BYTES': bits / 8,
      'int SIZE': bits,
      [`${type} MAX_VALUE`]: new Kind(max),
      [`${type} MIN_VALUE`]: new Kind(min),
    },
  });
}

export const byteClass: JavaClass = smallClass('Byte', Byte, 8);
export const shortClass: JavaClass = smallClass('Short', Short, 16);

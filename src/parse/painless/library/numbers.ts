import { Double } from '../../../base/number/double.ts';
import { shortWhole } from '../../../base/text/exact.ts';
import { ScriptFailure } from '../failure.ts';
import { Byte, isNumber, type JavaNumber, Short } from '../values.ts';
import { typeName } from './type-name.ts';

/*
 * Conversions between number types as Java casts them, and texts as Java reads them.
 */

export const MAX_INT = 0x7fffffff;
export const MIN_INT = -0x80000000;
export const MAX_LONG = 0x7fff_ffff_ffff_ffffn;
export const MIN_LONG = -0x8000_0000_0000_0000n;

/** To int: long loses its upper bits, double and float stop at the ends. */
export function toInt(value: JavaNumber): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(BigInt.asIntN(32, value));
  if (value instanceof Byte || value instanceof Short) return value.value;
  const number = value.value;
  if (Number.isNaN(number)) return 0;
  return number >= MAX_INT ? MAX_INT : number <= MIN_INT ? MIN_INT : Math.trunc(number) | 0;
}

export function toLong(value: JavaNumber): bigint {
  if (typeof value === 'bigint') return value;
  const number = typeof value === 'number' ? value : value.value;
  if (Number.isNaN(number)) return 0n;
  if (number >= 2 ** 63) return MAX_LONG;
  return number <= -(2 ** 63) ? MIN_LONG : BigInt(Math.trunc(number));
}

/** To double, unboxed. */
export function toNumber(value: JavaNumber): number {
  return typeof value === 'number' ? value : Number(typeof value === 'bigint' ? value : value.value);
}

export const toDouble = (value: JavaNumber): Double => (value instanceof Double ? value : new Double(toNumber(value)));

export const wrapLong = (value: bigint): bigint => BigInt.asIntN(64, value);
export const unsignedLong = (value: bigint): bigint => BigInt.asUintN(64, value);

function notANumber(text: string, radix = 10): ScriptFailure {
  const under = radix === 10 ? '' : ` under radix ${radix}`;
  return new ScriptFailure(
    'NumberFormatException',
    `For input string: "${text}"${under}`,
    `the text is no number of this type${under}`,
  );
}

/** A whole number between two others. Throws NumberFormatException. */
export function parseWhole(text: string | null, radix: number, min: bigint, max: bigint): bigint {
  if (text === null) throw new ScriptFailure('NumberFormatException', 'Cannot parse null string');
  if (radix < 2) throw new ScriptFailure('NumberFormatException', `radix ${radix} less than Character.MIN_RADIX`);
  if (radix > 36) throw new ScriptFailure('NumberFormatException', `radix ${radix} greater than Character.MAX_RADIX`);
  const value = digitsOf(text, radix);
  if (value === undefined || value < min || value > max) throw notANumber(text, radix);
  return value;
}

const MAX_DIGITS = 66;

/** Of `+12`, `-ff`; undefined for anything else, and for more digits than a long has. */
function digitsOf(text: string, radix: number): bigint | undefined {
  const sign = text.charCodeAt(0);
  let at = sign === 0x2b || sign === 0x2d ? 1 : 0;
  if (at === text.length) return undefined;
  if (radix === 10 && /^[+-]?\d{1,15}$/.test(text)) return BigInt(Number(text));
  const points = [...text.slice(at)];
  let zeros = 0;
  while (zeros < points.length - 1 && points[zeros] === '0') zeros++;
  if (points.length - zeros > MAX_DIGITS) return undefined;
  let value = 0n;
  for (at = zeros; at < points.length; at++) {
    const digit = digitOf(points[at]!.codePointAt(0)!);
    if (digit < 0 || digit >= radix) return undefined;
    value = value * BigInt(radix) + BigInt(digit);
  }
  return sign === 0x2d ? -value : value;
}

/** The value of a digit or Latin letter, of any script as Java has it; -1 for other characters. */
export function digitOf(code: number): number {
  if (code < 0 || code > 0x10ffff) return -1;
  if (code < 128) {
    if (code >= 48 && code <= 57) return code - 48;
    const lower = code | 32;
    return lower >= 97 && lower <= 122 ? lower - 87 : -1;
  }
  // Full width letters.
  if ((code >= 0xff21 && code <= 0xff3a) || (code >= 0xff41 && code <= 0xff5a)) return (code & 31) + 9;
  if (!/\p{Nd}/u.test(String.fromCodePoint(code))) return -1;
  // Decimal digits stand in rows of ten, zero first.
  let zero = code;
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return code >= 0x1d7ce && code <= 0x1d7ff ? (code - 0x1d7ce) % 10 : code - zero;
}

/** Of a value of any type. @throws ScriptFailure when it is no number. */
export function needNumber(value: unknown): JavaNumber {
  if (isNumber(value)) return value;
  if (value === null) throw new ScriptFailure('NullPointerException', 'null stands where a number should be');
  throw new ScriptFailure('ClassCastException', `${typeName(value)} is no number`);
}

export function parseInt32(text: string | null, radix = 10): number {
  const short = radix === 10 && text !== null ? shortWhole(text, 9) : -1;
  return short >= 0 ? short : Number(parseWhole(text, radix, BigInt(MIN_INT), BigInt(MAX_INT)));
}

export const parseInt64 = (text: string | null, radix = 10): bigint => parseWhole(text, radix, MIN_LONG, MAX_LONG);

/** `Long.decode` and the like: `0x1F`, `#1F`, `017`, `-5`. */
export function decodeWhole(text: string | null, min: bigint, max: bigint): bigint {
  if (text === null) throw new ScriptFailure('NullPointerException', 'the text to decode is null');
  if (text === '') throw new ScriptFailure('NumberFormatException', 'Zero length string');
  const [, sign, mark, digits] = /^([-+]?)(0[xX]|#|0(?=.))?([\s\S]*)$/.exec(text)!;
  const radix = mark === undefined ? 10 : mark === '0' ? 8 : 16;
  if (/^[-+]/.test(digits!)) throw new ScriptFailure('NumberFormatException', 'Sign character in wrong position');
  return parseWhole(`${sign === '-' ? '-' : ''}${digits}`, radix, min, max);
}

const DECIMAL = /^[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?)$/;
const HEX = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)[fFdD]?$/;

/** As `Double.parseDouble`: blanks around, `1e5`, `.5`, `5d`, `NaN`, `0x1p3`. Throws NumberFormatException. */
export function parseFloating(text: string | null): number {
  if (text === null) throw new ScriptFailure('NullPointerException', 'the text to read as a number is null');
  const trimmed = trimJava(text);
  if (trimmed === '') throw new ScriptFailure('NumberFormatException', 'empty String');
  if (DECIMAL.test(trimmed)) return Number(/[fFdD]$/.test(trimmed) ? trimmed.slice(0, -1) : trimmed);
  const hex = HEX.exec(trimmed);
  if (hex === null || (hex[2] === '' && hex[3] === '')) throw notANumber(text);
  const digits = (hex[2]! + hex[3]!).slice(0, 300);
  const value = Number(BigInt(`0x${digits}`)) * 2 ** (Number(hex[4]) - 4 * (digits.length - hex[2]!.length));
  return hex[1] === '-' ? -value : value;
}

/** `String.trim`: everything up to the blank, control characters included. */
export function trimJava(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) <= 32) start++;
  while (end > start && text.charCodeAt(end - 1) <= 32) end--;
  return text.slice(start, end);
}

export const compare = (a: number | bigint, b: number | bigint): number => (a < b ? -1 : a > b ? 1 : 0);

import { ScriptFailure } from '../failure.ts';
import { Byte, Float, isNumber, type JavaNumber, Short } from '../values.ts';
import { javaClass } from './define.ts';
import { longHash } from './equality.ts';
import type { JavaClass } from './java-class.ts';
import {
  compare,
  decodeWhole,
  MAX_INT,
  MAX_LONG,
  MIN_INT,
  MIN_LONG,
  needNumber,
  parseInt32,
  parseInt64,
  parseWhole,
  toDouble,
  toInt,
  toLong,
  toNumber,
  unsignedLong,
  wrapLong,
} from './numbers.ts';

const unsigned = (value: number): number => value >>> 0;
const radixOf = (radix: number): number => (radix < 2 || radix > 36 ? 10 : radix);
const MAX_UINT = 0xffff_ffffn;
const MAX_ULONG = 0xffff_ffff_ffff_ffffn;

function byZero(value: number | bigint): void {
  if (Number(value) === 0) throw new ScriptFailure('ArithmeticException', '/ by zero');
}

function reverseBits(value: number): number {
  let out = 0;
  for (let bit = 0; bit < 32; bit++) if ((value >>> bit) & 1) out |= 1 << (31 - bit);
  return out;
}

const bitsOf = (value: bigint): string => unsignedLong(value).toString(2);
const reversed = (value: bigint, size: number): bigint => {
  const text = unsignedLong(value).toString(16).padStart(16, '0');
  if (size === 4) return BigInt(`0b${[...bitsOf(value).padStart(64, '0')].reverse().join('')}`);
  return BigInt(`0x${text.match(/../g)!.reverse().join('')}`);
};

export const numberClass: JavaClass = javaClass('java.lang.Number', {
  is: isNumber,
  methods: {
    'byte byteValue()': (self: JavaNumber) => new Byte(toInt(self)),
    'short shortValue()': (self: JavaNumber) => new Short(toInt(self)),
    'int intValue()': toInt,
    'long longValue()': toLong,
    'float floatValue()': (self: JavaNumber) => new Float(toNumber(self)),
    'double doubleValue()': toDouble,
  },
});

export const integerClass: JavaClass = javaClass('java.lang.Integer', {
  extends: 'Number Comparable',
  is: value => typeof value === 'number',
  statics: {
    'int bitCount(int)': (a: number) => unsigned(a).toString(2).replaceAll('0', '').length,
    'int compare(int, int)': compare,
    'int compareUnsigned(int, int)': (a: number, b: number) => compare(unsigned(a), unsigned(b)),
    'Integer decode(String?)': (text: string) => Number(decodeWhole(text, BigInt(MIN_INT), BigInt(MAX_INT))),
    'int divideUnsigned(int, int)': (a: number, b: number) => {
      byZero(b);
      return Math.floor(unsigned(a) / unsigned(b)) | 0;
    },
    'int hashCode(int)': (a: number) => a,
    'int highestOneBit(int)': (a: number) => (a === 0 ? 0 : (1 << (31 - Math.clz32(a))) | 0),
    'int lowestOneBit(int)': (a: number) => a & -a,
    'int max(int, int)': (a: number, b: number) => Math.max(a, b),
    'int min(int, int)': (a: number, b: number) => Math.min(a, b),
    'int numberOfLeadingZeros(int)': (a: number) => Math.clz32(a),
    'int numberOfTrailingZeros(int)': (a: number) => (a === 0 ? 32 : 31 - Math.clz32(a & -a)),
    'int parseInt(String?)': (text: string) => parseInt32(text),
    'int parseInt(String?, int)': (text: string, radix: number) => parseInt32(text, radix),
    'int parseUnsignedInt(String?)': (text: string) => Number(parseWhole(text, 10, 0n, MAX_UINT)) | 0,
    'int parseUnsignedInt(String?, int)': (text: string, radix: number) =>
      Number(parseWhole(text, radix, 0n, MAX_UINT)) | 0,
    'int remainderUnsigned(int, int)': (a: number, b: number) => {
      byZero(b);
      return (unsigned(a) % unsigned(b)) | 0;
    },
    'int reverse(int)': reverseBits,
    'int reverseBytes(int)': (a: number) =>
      ((a & 0xff) << 24) | ((a & 0xff00) << 8) | ((a >> 8) & 0xff00) | ((a >> 24) & 0xff),
    'int rotateLeft(int, int)': (a: number, by: number) => (a << by) | (a >>> -by),
    'int rotateRight(int, int)': (a: number, by: number) => (a >>> by) | (a << -by),
    'int signum(int)': Math.sign,
    'String toBinaryString(int)': (a: number) => unsigned(a).toString(2),
    'String toHexString(int)': (a: number) => unsigned(a).toString(16),
    'String toOctalString(int)': (a: number) => unsigned(a).toString(8),
    'String toString(int)': (a: number) => String(a),
    'String toString(int, int)': (a: number, radix: number) => a.toString(radixOf(radix)),
    'long toUnsignedLong(int)': (a: number) => BigInt(unsigned(a)),
    'String toUnsignedString(int)': (a: number) => String(unsigned(a)),
    'String toUnsignedString(int, int)': (a: number, radix: number) => unsigned(a).toString(radixOf(radix)),
    // Of a text it is Longshore's own: Painless has one method of a name and number of arguments.
    'Integer valueOf(def)': (a: unknown) => (typeof a === 'string' ? parseInt32(a) : toInt(needNumber(a))),
    'Integer valueOf(String?, int)': (text: string, radix: number) => parseInt32(text, radix),
  },
  methods: { 'int compareTo(Integer)': compare },
  constants: { 'int BYTES': 4, 'int MAX_VALUE': MAX_INT, 'int MIN_VALUE': MIN_INT, 'int SIZE': 32 },
});

export const longClass: JavaClass = javaClass('java.lang.Long', {
  extends: 'Number Comparable',
  is: value => typeof value === 'bigint',
  statics: {
    'int bitCount(long)': (a: bigint) => bitsOf(a).replaceAll('0', '').length,
    'int compare(long, long)': compare,
    'int compareUnsigned(long, long)': (a: bigint, b: bigint) => compare(unsignedLong(a), unsignedLong(b)),
    'Long decode(String?)': (text: string) => decodeWhole(text, MIN_LONG, MAX_LONG),
    'long divideUnsigned(long, long)': (a: bigint, b: bigint) => {
      byZero(b);
      return wrapLong(unsignedLong(a) / unsignedLong(b));
    },
    'int hashCode(long)': longHash,
    'long highestOneBit(long)': (a: bigint) => (a === 0n ? 0n : wrapLong(1n << BigInt(bitsOf(a).length - 1))),
    'long lowestOneBit(long)': (a: bigint) => wrapLong(a & -a),
    'long max(long, long)': (a: bigint, b: bigint) => (a > b ? a : b),
    'long min(long, long)': (a: bigint, b: bigint) => (a < b ? a : b),
    'int numberOfLeadingZeros(long)': (a: bigint) => (a === 0n ? 64 : 64 - bitsOf(a).length),
    'int numberOfTrailingZeros(long)': (a: bigint) => (a === 0n ? 64 : /0*$/.exec(bitsOf(a))![0].length),
    'long parseLong(String?)': (text: string) => parseInt64(text),
    'long parseLong(String?, int)': (text: string, radix: number) => parseInt64(text, radix),
    'long parseUnsignedLong(String?)': (text: string) => wrapLong(parseWhole(text, 10, 0n, MAX_ULONG)),
    'long parseUnsignedLong(String?, int)': (text: string, radix: number) =>
      wrapLong(parseWhole(text, radix, 0n, MAX_ULONG)),
    'long remainderUnsigned(long, long)': (a: bigint, b: bigint) => {
      byZero(b);
      return wrapLong(unsignedLong(a) % unsignedLong(b));
    },
    'long reverse(long)': (a: bigint) => wrapLong(reversed(a, 4)),
    'long reverseBytes(long)': (a: bigint) => wrapLong(reversed(a, 8)),
    'long rotateLeft(long, int)': (a: bigint, by: number) => rotate(a, by),
    'long rotateRight(long, int)': (a: bigint, by: number) => rotate(a, -by),
    'int signum(long)': (a: bigint) => compare(a, 0n),
    'long sum(long, long)': (a: bigint, b: bigint) => wrapLong(a + b),
    'String toBinaryString(long)': bitsOf,
    'String toHexString(long)': (a: bigint) => unsignedLong(a).toString(16),
    'String toOctalString(long)': (a: bigint) => unsignedLong(a).toString(8),
    'String toString(long)': (a: bigint) => String(a),
    'String toString(long, int)': (a: bigint, radix: number) => a.toString(radixOf(radix)),
    'String toUnsignedString(long)': (a: bigint) => String(unsignedLong(a)),
    'String toUnsignedString(long, int)': (a: bigint, radix: number) => unsignedLong(a).toString(radixOf(radix)),
    'Long valueOf(def)': (a: unknown) => (typeof a === 'string' ? parseInt64(a) : toLong(needNumber(a))),
    'Long valueOf(String?, int)': (text: string, radix: number) => parseInt64(text, radix),
  },
  methods: { 'int compareTo(Long)': compare },
  constants: { 'int BYTES': 8, 'long MAX_VALUE': MAX_LONG, 'long MIN_VALUE': MIN_LONG, 'int SIZE': 64 },
});

function rotate(value: bigint, by: number): bigint {
  const left = BigInt(by & 63);
  const bits = unsignedLong(value);
  return wrapLong((bits << left) | (bits >> (64n - left)));
}

import { Double } from '../../../base/number/double.ts';
import { Float } from '../values.ts';
import { javaClass } from './define.ts';
import { bitsDouble, bitsFloat, compareDoubles, doubleBits, doubleHash, floatBits } from './equality.ts';
import type { JavaClass } from './java-class.ts';
import { needNumber, parseFloating, toNumber } from './numbers.ts';
import { doubleText, floatText } from './text.ts';

const D = (value: number): Double => new Double(value);

/** `0x1.8p1`, as `Double.toHexString` writes it. */
function hexText(value: number, bits: number, minExponent: number): string {
  if (!Number.isFinite(value)) return doubleText(value);
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  if (size === 0) return `${sign}0x0.0p0`;
  let exponent = Math.max(minExponent, Math.floor(Math.log2(size)));
  if (2 ** exponent > size && exponent > minExponent) exponent--;
  // In two steps: 2 ** 1074 is no double.
  const fraction = size * 2 ** -Math.trunc(exponent / 2) * 2 ** -(exponent - Math.trunc(exponent / 2));
  const first = Math.floor(fraction);
  const rest = BigInt((fraction - first) * 2 ** bits)
    .toString(16)
    .padStart(bits / 4, '0')
    .replace(/0+$/, '');
  return `${sign}0x${first}.${rest || '0'}p${exponent}`;
}

export const doubleClass: JavaClass = javaClass('java.lang.Double', {
  extends: 'Number Comparable',
  is: value => value instanceof Double,
  statics: {
    'int compare(double, double)': (a: Double, b: Double) => compareDoubles(a.value, b.value),
    'long doubleToLongBits(double)': (a: Double) => doubleBits(a.value),
    'long doubleToRawLongBits(double)': (a: Double) => doubleBits(a.value),
    'int hashCode(double)': (a: Double) => doubleHash(a.value),
    'boolean isFinite(double)': (a: Double) => Number.isFinite(a.value),
    'boolean isInfinite(double)': (a: Double) => Math.abs(a.value) === Number.POSITIVE_INFINITY,
    'boolean isNaN(double)': (a: Double) => Number.isNaN(a.value),
    'double longBitsToDouble(long)': (a: bigint) => D(bitsDouble(a)),
    'double max(double, double)': (a: Double, b: Double) => D(Math.max(a.value, b.value)),
    'double min(double, double)': (a: Double, b: Double) => D(Math.min(a.value, b.value)),
    'double parseDouble(String?)': (text: string | null) => D(parseFloating(text)),
    'double sum(double, double)': (a: Double, b: Double) => D(a.value + b.value),
    'String toHexString(double)': (a: Double) => hexText(a.value, 52, -1022),
    'String toString(double)': (a: Double) => doubleText(a.value),
    'Double valueOf(def)': (a: unknown) =>
      new Double(typeof a === 'string' ? parseFloating(a) : toNumber(needNumber(a))),
  },
  methods: {
    'int compareTo(Double)': (self: Double, other: Double) => compareDoubles(self.value, other.value),
    'boolean isInfinite()': (self: Double) => Math.abs(self.value) === Number.POSITIVE_INFINITY,
    'boolean isNaN()': (self: Double) => Number.isNaN(self.value),
  },
  constants: {
    'int BYTES': 8,
    'int MAX_EXPONENT': 1023,
    'double MAX_VALUE': D(Number.MAX_VALUE),
    'int MIN_EXPONENT': -1022,
    'double MIN_NORMAL': D(2 ** -1022),
    'double MIN_VALUE': D(Number.MIN_VALUE),
    'double NEGATIVE_INFINITY': D(Number.NEGATIVE_INFINITY),
    'double NaN': D(Number.NaN),
    'double POSITIVE_INFINITY': D(Number.POSITIVE_INFINITY),
    'int SIZE': 64,
  },
});

const F = (value: number): Float => new Float(value);

export const floatClass: JavaClass = javaClass('java.lang.Float', {
  extends: 'Number Comparable',
  is: value => value instanceof Float,
  statics: {
    'int compare(float, float)': (a: Float, b: Float) => compareDoubles(a.value, b.value),
    'int floatToIntBits(float)': (a: Float) => floatBits(a.value),
    'int floatToRawIntBits(float)': (a: Float) => floatBits(a.value),
    'int hashCode(float)': (a: Float) => floatBits(a.value),
    'float intBitsToFloat(int)': (a: number) => F(bitsFloat(a)),
    'boolean isFinite(float)': (a: Float) => Number.isFinite(a.value),
    'boolean isInfinite(float)': (a: Float) => Math.abs(a.value) === Number.POSITIVE_INFINITY,
    'boolean isNaN(float)': (a: Float) => Number.isNaN(a.value),
    'float max(float, float)': (a: Float, b: Float) => F(Math.max(a.value, b.value)),
    'float min(float, float)': (a: Float, b: Float) => F(Math.min(a.value, b.value)),
    'float parseFloat(String?)': (text: string | null) => F(parseFloating(text)),
    'float sum(float, float)': (a: Float, b: Float) => F(a.value + b.value),
    'String toHexString(float)': (a: Float) => hexText(a.value, 24, -126),
    'String toString(float)': (a: Float) => floatText(a.value),
    'Float valueOf(def)': (a: unknown) => new Float(typeof a === 'string' ? parseFloating(a) : toNumber(needNumber(a))),
  },
  methods: {
    'int compareTo(Float)': (self: Float, other: Float) => compareDoubles(self.value, other.value),
    'boolean isInfinite()': (self: Float) => Math.abs(self.value) === Number.POSITIVE_INFINITY,
    'boolean isNaN()': (self: Float) => Number.isNaN(self.value),
  },
  constants: {
    'int BYTES': 4,
    'int MAX_EXPONENT': 127,
    'float MAX_VALUE': F(3.4028234663852886e38),
    'int MIN_EXPONENT': -126,
    'float MIN_NORMAL': F(2 ** -126),
    'float MIN_VALUE': F(2 ** -149),
    'float NEGATIVE_INFINITY': F(Number.NEGATIVE_INFINITY),
    'float NaN': F(Number.NaN),
    'float POSITIVE_INFINITY': F(Number.POSITIVE_INFINITY),
    'int SIZE': 32,
  },
});

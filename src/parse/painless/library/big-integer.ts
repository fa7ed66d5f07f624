import { Double } from '../../../base/number/double.ts';
import type { Budget } from '../budget.ts';
import { ScriptFailure } from '../failure.ts';
import { Byte, Float, Short } from '../values.ts';
import { javaClass } from './define.ts';
import type { JavaClass } from './java-class.ts';
import { JavaObject } from './java-object.ts';
import { compare, MAX_LONG, MIN_LONG, parseWhole, wrapLong } from './numbers.ts';

export class BigInteger extends JavaObject {
  readonly value: bigint;
  constructor(value: bigint) {
    super();
    this.value = value;
  }
  get javaName(): string {
    return 'java.math.BigInteger';
  }
  toText(): string {
    return String(this.value);
  }
  override equals(other: unknown): boolean {
    return other instanceof BigInteger && other.value === this.value;
  }
  override hash(): number {
    let hash = 0n;
    const size = this.value < 0n ? -this.value : this.value;
    const words = Math.ceil(size.toString(16).length / 8);
    for (let word = words - 1; word >= 0; word--)
      hash = BigInt.asIntN(32, hash * 31n + ((size >> BigInt(32 * word)) & 0xffff_ffffn));
    return Number(BigInt.asIntN(32, this.value < 0n ? -hash : hash));
  }
  override key(): string {
    return `\0i${this.value}`;
  }
  override compareTo(other: unknown): number | undefined {
    return other instanceof BigInteger ? compare(this.value, other.value) : undefined;
  }
}

/** Digits beyond which numbers are no numbers of logs. */
const MAX_BITS = 100_000;

/** Pays for the size of what is made. */
export function made(value: bigint, bits: number, budget: Budget): BigInteger {
  charge(bits, budget);
  return new BigInteger(value);
}

export function charge(bits: number, budget: Budget): void {
  if (bits > MAX_BITS) throw new ScriptFailure('ArithmeticException', 'BigInteger would overflow supported range');
  budget.memory(1 + (bits >> 3));
  budget.steps(1 + (bits >> 10) * (bits >> 10));
}

export const bitsOf = (value: bigint): number => (value < 0n ? -value - 1n : value).toString(16).length * 4;

/** Exactly as many bits as a number of two's complement needs without its sign. */
function bitLength(value: bigint): number {
  const size = value < 0n ? -value - 1n : value;
  return size === 0n ? 0 : size.toString(2).length;
}

function divisor(value: bigint): bigint {
  if (value === 0n) throw new ScriptFailure('ArithmeticException', 'BigInteger divide by zero');
  return value;
}

function power(base: bigint, exponent: bigint, modulus: bigint, budget: Budget): bigint {
  let result = 1n;
  let factor = mod(base, modulus);
  charge(bitsOf(modulus), budget);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    budget.steps(1 + (bitsOf(modulus) >> 6));
    if (rest & 1n) result = (result * factor) % modulus;
    factor = (factor * factor) % modulus;
  }
  return result % modulus;
}

function mod(value: bigint, modulus: bigint): bigint {
  if (modulus <= 0n) throw new ScriptFailure('ArithmeticException', 'BigInteger: modulus not positive');
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

function gcd(a: bigint, b: bigint): bigint {
  let x = a < 0n ? -a : a;
  let y = b < 0n ? -b : b;
  while (y > 0n) [x, y] = [y, x % y];
  return x;
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [r0, r1] = [modulus, mod(value, modulus)];
  let [t0, t1] = [0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [t0, t1] = [t1, t0 - quotient * t1];
    [r0, r1] = [r1, r0 - quotient * r1];
  }
  if (r0 !== 1n) throw new ScriptFailure('ArithmeticException', 'BigInteger not invertible.');
  return mod(t0, modulus);
}

function exact(value: bigint, bits: number, type: string): bigint {
  if (BigInt.asIntN(bits, value) !== value)
    throw new ScriptFailure('ArithmeticException', `BigInteger out of ${type} range`);
  return value;
}

function bit(at: number): bigint {
  if (at < 0) throw new ScriptFailure('ArithmeticException', 'Negative bit address');
  return 1n << BigInt(Math.min(at, MAX_BITS));
}

function parse(text: string, radix: number, budget: Budget): BigInteger {
  if (text === '') throw new ScriptFailure('NumberFormatException', 'Zero length BigInteger');
  charge(text.length * 5, budget);
  if (radix === 10 && /^[+-]?\d+$/.test(text)) return new BigInteger(BigInt(text.replace('+', '')));
  return new BigInteger(parseWhole(text, radix, MIN_LONG * MAX_LONG, MAX_LONG * MAX_LONG));
}

/** What `Number` has, of numbers that are kept as text or bigint: `whole` of them loses its upper bits, as in Java. */
export function numberMethods<T extends { readonly value: bigint | number }>(
  whole: (self: T) => bigint,
): Record<string, (self: T) => unknown> {
  return {
    'byte byteValue()': self => new Byte(Number(BigInt.asIntN(8, whole(self)))),
    'short shortValue()': self => new Short(Number(BigInt.asIntN(16, whole(self)))),
    'int intValue()': self => Number(BigInt.asIntN(32, whole(self))),
    'long longValue()': self => wrapLong(whole(self)),
    'float floatValue()': self => new Float(Number(self.value)),
    'double doubleValue()': self => new Double(Number(self.value)),
  };
}

type Two = (a: bigint, b: bigint) => bigint;
const two =
  (compute: Two) =>
  (self: BigInteger, other: BigInteger, budget: Budget): BigInteger =>
    made(compute(self.value, other.value), bitsOf(self.value) + bitsOf(other.value), budget);
const big = (value: bigint): BigInteger => new BigInteger(value);

export const bigIntegerClass: JavaClass = javaClass('java.math.BigInteger', {
  extends: 'Number Comparable',
  is: value => value instanceof BigInteger,
  constructors: {
    '(String)': (text: string, budget: Budget) => parse(text, 10, budget),
    '(String, int)': parse,
  },
  statics: { 'BigInteger valueOf(long)': big },
  methods: {
    ...numberMethods<BigInteger>(self => self.value),
    'BigInteger abs()': (self: BigInteger) => (self.value < 0n ? big(-self.value) : self),
    'BigInteger add(BigInteger)': two((a, b) => a + b),
    'BigInteger and(BigInteger)': two((a, b) => a & b),
    'BigInteger andNot(BigInteger)': two((a, b) => a & ~b),
    'int bitCount()': (self: BigInteger) =>
      (self.value < 0n ? -self.value - 1n : self.value).toString(2).replaceAll('0', '').length,
    'int bitLength()': (self: BigInteger) => bitLength(self.value),
    'byte byteValueExact()': (self: BigInteger) => new Byte(Number(exact(self.value, 8, 'byte'))),
    'BigInteger clearBit(int)': (self: BigInteger, at: number) => big(self.value & ~bit(at)),
    'int compareTo(BigInteger)': (self: BigInteger, other: BigInteger) => compare(self.value, other.value),
    'BigInteger divide(BigInteger)': two((a, b) => a / divisor(b)),
    'BigInteger[] divideAndRemainder(BigInteger)': (self: BigInteger, other: BigInteger) => [
      big(self.value / divisor(other.value)),
      big(self.value % other.value),
    ],
    'BigInteger flipBit(int)': (self: BigInteger, at: number) => big(self.value ^ bit(at)),
    'BigInteger gcd(BigInteger)': two(gcd),
    'int getLowestSetBit()': (self: BigInteger) =>
      self.value === 0n ? -1 : bitLength((self.value & -self.value) - 1n),
    'int intValueExact()': (self: BigInteger) => Number(exact(self.value, 32, 'int')),
    'long longValueExact()': (self: BigInteger) => exact(self.value, 64, 'long'),
    'BigInteger max(BigInteger)': (self: BigInteger, other: BigInteger) => (self.value >= other.value ? self : other),
    'BigInteger min(BigInteger)': (self: BigInteger, other: BigInteger) => (self.value <= other.value ? self : other),
    'BigInteger mod(BigInteger)': two(mod),
    'BigInteger modInverse(BigInteger)': two(inverse),
    'BigInteger modPow(BigInteger, BigInteger)': (
      self: BigInteger,
      exponent: BigInteger,
      modulus: BigInteger,
      budget: Budget,
    ) => big(power(self.value, exponent.value, modulus.value, budget)),
    'BigInteger multiply(BigInteger)': two((a, b) => a * b),
    'BigInteger negate()': (self: BigInteger) => big(-self.value),
    'BigInteger not()': (self: BigInteger) => big(~self.value),
    'BigInteger or(BigInteger)': two((a, b) => a | b),
    'BigInteger pow(int)': (self: BigInteger, exponent: number, budget: Budget) => {
      if (exponent < 0) throw new ScriptFailure('ArithmeticException', 'Negative exponent');
      charge(bitsOf(self.value) * exponent, budget);
      return big(self.value ** BigInt(exponent));
    },
    'BigInteger remainder(BigInteger)': two((a, b) => a % divisor(b)),
    'BigInteger setBit(int)': (self: BigInteger, at: number, budget: Budget) => {
      charge(at, budget);
      return big(self.value | bit(at));
    },
    'BigInteger shiftLeft(int)': (self: BigInteger, by: number, budget: Budget) => {
      charge(bitsOf(self.value) + Math.max(0, by), budget);
      return big(by < 0 ? self.value >> BigInt(-by) : self.value << BigInt(by));
    },
    'BigInteger shiftRight(int)': (self: BigInteger, by: number, budget: Budget) => {
      charge(bitsOf(self.value) + Math.max(0, -by), budget);
      return big(by < 0 ? self.value << BigInt(-by) : self.value >> BigInt(by));
    },
    'short shortValueExact()': (self: BigInteger) => new Short(Number(exact(self.value, 16, 'short'))),
    'int signum()': (self: BigInteger) => compare(self.value, 0n),
    'BigInteger subtract(BigInteger)': two((a, b) => a - b),
    'boolean testBit(int)': (self: BigInteger, at: number) => (self.value & bit(at)) !== 0n,
    'byte[] toByteArray()': (self: BigInteger) => {
      const length = (bitLength(self.value) >> 3) + 1;
      return Array.from({ length }, (_, i) => new Byte(Number((self.value >> BigInt(8 * (length - 1 - i))) & 0xffn)));
    },
    'String toString(int)': (self: BigInteger, radix: number) =>
      self.value.toString(radix < 2 || radix > 36 ? 10 : radix),
    'BigInteger xor(BigInteger)': two((a, b) => a ^ b),
  },
  constants: { 'BigInteger ONE': big(1n), 'BigInteger TEN': big(10n), 'BigInteger ZERO': big(0n) },
});

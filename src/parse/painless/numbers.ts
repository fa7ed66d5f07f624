import { Double } from '../../base/number/double.ts';
import { classCast, ScriptFailure } from './failure.ts';
import { typeName } from './library/type-name.ts';
import { Byte, Char, Float, Short } from './values.ts';

/** The types of numbers that operators work in, by rank: the higher of two wins. */
export const NOT = 0;
export const INT = 1;
export const LONG = 2;
export const FLOAT = 3;
export const DOUBLE = 4;

/** In which type an operator works with a value; 0: it is no number. A `char` is one here. */
export function rankOf(value: unknown): 0 | 1 | 2 | 3 | 4 {
  switch (typeof value) {
    case 'number':
      return INT;
    case 'bigint':
      return LONG;
    case 'object':
      if (value instanceof Double) return DOUBLE;
      if (value instanceof Float) return FLOAT;
      return value instanceof Char || value instanceof Byte || value instanceof Short ? INT : NOT;
    default:
      return NOT;
  }
}

/** The value of anything that has a rank: a bigint for a long. */
export function plain(value: unknown): number | bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (value instanceof Char) return value.code;
  return (value as Double).value;
}

export const asNumber = (value: unknown): number => Number(plain(value));
export const asLong = (value: unknown): bigint => BigInt.asIntN(64, BigInt(plain(value)));

/** Java's cast of a floating number to `int`: cut, and held at the ends. */
export function cutToInt(value: number): number {
  if (Number.isNaN(value)) return 0;
  return Math.max(-0x80000000, Math.min(0x7fffffff, Math.trunc(value))) | 0;
}

const MIN_LONG = -(2n ** 63n);
const MAX_LONG = 2n ** 63n - 1n;

export function cutToLong(value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  if (value >= 2 ** 63) return MAX_LONG;
  return value <= -(2 ** 63) ? MIN_LONG : BigInt(Math.trunc(value));
}

/** `(int) value`. */
export function toInt(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(BigInt.asIntN(32, value));
  const rank = ranked(value, 'int');
  return rank === INT ? (plain(value) as number) : cutToInt(asNumber(value));
}

/** `(long) value`. */
export function toLong(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  const rank = ranked(value, 'long');
  return rank === INT ? BigInt(plain(value)) : cutToLong(asNumber(value));
}

export function toDouble(value: unknown): Double {
  if (value instanceof Double) return value;
  ranked(value, 'double');
  return new Double(asNumber(value));
}

export function toFloat(value: unknown): Float {
  if (value instanceof Float) return value;
  ranked(value, 'float');
  return new Float(asNumber(value));
}

/** The value's rank; fails for null and what is no number. */
export function ranked(value: unknown, to: string): number {
  const rank = rankOf(value);
  if (rank !== NOT) return rank;
  if (value === null) throw new ScriptFailure('NullPointerException', `null stands where ${article(to)} should be`);
  throw classCast(typeName(value), to);
}

const article = (type: string): string => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);

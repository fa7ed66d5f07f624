import { Double } from '../../core/double.ts';

/**
 * The number types of Java in documents while pipelines work on them. A plain number is an `int` when it is whole and has at
 * most 32 bits, a `long` when it is whole and safe, else a `double`. What a plain number cannot tell is told by its own type:
 * a `bigint` is a `long` (also one that would fit an `int`), or a whole number of more than 64 bits; a `Double` is a `double`
 * or `float` whose value is whole (`5.0`). Nothing of it leaves the pipelines: see `plainNumber`.
 */
export { Double };

/** A double as documents hold it: boxed only where a plain number would read as an integer. */
export function documentDouble(value: number): number | Double {
  return Number.isInteger(value) ? new Double(value) : value;
}

/** A long as documents hold it: a `bigint` where a plain number would read as an `int`, or cannot be exact. */
export function documentLong(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) && (number > 0x7fffffff || number < -0x80000000) ? number : value;
}

/** A number as everything after the pipelines has it: plain, or the text of its digits where it cannot be exact. */
export function plainNumber(value: bigint | Double): number | string {
  if (typeof value !== 'bigint') return value.value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

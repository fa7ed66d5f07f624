import { daysIn, daysOf } from './civil.ts';

/** So many digits of a fraction at most. */
const MOST_FRACTION = 9;

/**
 * Epoch milliseconds of `2026-11-20T13:55:36Z` or `2026-11-20T13:55:36.123456Z` in ASCII, as `readTime` gives them: a time
 * between two milliseconds is the half between them. NaN: it is another form, or no time.
 */
export function isoMsOfBytes(bytes: Uint8Array, from: number, to: number): number {
  const length = to - from;
  if (length < 20 || length > 21 + MOST_FRACTION || bytes[to - 1] !== 90 || bytes[from + 10] !== 84) return Number.NaN;
  if (bytes[from + 4] !== 45 || bytes[from + 7] !== 45) return Number.NaN;
  if (bytes[from + 13] !== 58 || bytes[from + 16] !== 58) return Number.NaN;
  // What is no digit is beyond 99 there, in whichever place.
  const year = two(bytes, from) * 100 + two(bytes, from + 2);
  const month = two(bytes, from + 5);
  const day = two(bytes, from + 8);
  const hour = two(bytes, from + 11);
  const minute = two(bytes, from + 14);
  const second = two(bytes, from + 17);
  if (!(year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return Number.NaN;
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return Number.NaN;
  let milli = 0;
  if (length > 20) {
    if (bytes[from + 19] !== 46 || length === 21) return Number.NaN;
    let scale = 100;
    let rest = 0;
    for (let i = from + 20; i < to - 1; i++) {
      const digit = bytes[i]! - 48;
      if (!(digit >= 0 && digit <= 9)) return Number.NaN;
      if (scale >= 1) milli += digit * scale;
      else rest |= digit;
      scale = scale === 1 ? 0 : scale / 10;
    }
    if (rest !== 0) milli += 0.5;
  }
  return daysOf(year, month, day) * 86_400_000 + ((hour * 60 + minute) * 60 + second) * 1000 + milli;
}

/** Two digits as a number; far beyond 99 where one of them is none. */
function two(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - 48;
  const ones = bytes[at + 1]! - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : 1e6;
}

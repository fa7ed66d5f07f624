/*
 * Numbers of seconds, milli-, micro- or nanoseconds since 1970; the size tells which: 1e11 seconds are the year 5138,
 * 1e11 milliseconds 1973.
 */

/** Milliseconds of seconds. A double of seconds is exact to a quarter of a microsecond: without rounding, .569 would end a millisecond early. */
export function ofSeconds(seconds: number): number {
  return Math.round(seconds * 1e6) / 1000;
}

/** Milliseconds of seconds and nanoseconds, with fraction; never in the next millisecond, where the last nanoseconds would round to. */
export function ofNanos(seconds: number, nanos: number): number {
  return seconds * 1000 + (nanos % 1e6 < 999_000 ? nanos / 1e6 : Math.floor(nanos / 1000) / 1000);
}

/** Epoch milliseconds, with fraction. */
export function epochOf(value: number): number {
  const size = Math.abs(value);
  if (size < 1e11) return ofSeconds(value);
  if (size < 1e14) return value;
  if (size < 1e17) return value / 1000;
  return value / 1e6;
}

/** The same of a text of 8 to 20 digits with or without a fraction, all digits counted; NaN for another text. A time between two milliseconds gives the half between them. */
export function epochOfText(text: string): number {
  const found = NUMBER.exec(text);
  if (found === null) return Number.NaN;
  const whole = found[1]!.replace(/^0+(?=\d)/, '');
  const fraction = found[2] ?? '';
  if (whole.length <= 11) {
    return Number(whole) * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0')) + half(fraction.slice(3));
  }
  const below = whole.length <= 14 ? 0 : whole.length <= 17 ? 3 : 6;
  const cut = whole.length - below;
  return Number(whole.slice(0, cut)) + half(whole.slice(cut) + fraction);
}

const NUMBER = /^(\d{8,20})(?:\.(\d+))?$/;
const half = (digits: string): number => (/[1-9]/.test(digits) ? 0.5 : 0);

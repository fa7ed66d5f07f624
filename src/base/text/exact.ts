/*
 * JavaScript holds whole numbers exactly up to 2^53 - 1. The one rule for larger ones, wherever they come from (JSON, msgpack,
 * patterns, conversions, YAML): they are kept as the text of their digits. Elasticsearch takes such a text for a `long`.
 * Numbers with a fraction or an exponent are floats and stay what they are; beyond a double's range they are text, too.
 */

/** The number that a text of decimal digits names (`+`, `-` and zeros may stand before them), as text when it is beyond 2^53. */
export function exactInteger(text: string): number | string {
  const number = Number(text);
  if (Number.isSafeInteger(number)) return number + 0;
  const digits = text.replace(/^[+-]?0*/, '');
  return text.startsWith('-') ? `-${digits}` : digits;
}

/** The usual whole number, without a regular expression: decimal digits and nothing else, at most so many (up to 15); -1 for anything else. */
export function shortWhole(text: string, mostDigits: number): number {
  if (text.length === 0 || text.length > mostDigits) return -1;
  let number = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/** `JSON.parse` with exact whole numbers. Throws what `JSON.parse` throws. */
export function parseExact(text: string): unknown {
  return hasLongNumber(text) ? JSON.parse(text, keepDigits as Reviver) : JSON.parse(text);
}

/** True when a JSON text may hold a number that has to be kept as text. */
export function hasLongNumber(text: string): boolean {
  return SIXTEEN_DIGITS.test(text) && LONG_NUMBER.test(text);
}

const SIXTEEN_DIGITS = /\d{16}/;
const LONG_NUMBER = /(?:^|[:[,])\s*-?\d{16}/;

/** A reviver for `JSON.parse`. */
export function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  return source !== undefined && (INTEGER.test(source) || !Number.isFinite(value)) ? source : value;
}

const INTEGER = /^-?\d+$/;
type Reviver = (key: string, value: unknown) => unknown;

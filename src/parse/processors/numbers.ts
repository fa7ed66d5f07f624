import { shortWhole } from '../../base/text/exact.ts';
import { Double } from '../../core/double.ts';

/**
 * The whole number of a text (decimal, or hexadecimal after `0x`; digits of any script) or of a number without a fraction; of a
 * safe size as a number. Undefined for everything else: a double is no whole number, be it `5.0`.
 */
export function wholeOf(value: unknown): number | bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const plain = shortWhole(value, 15);
  if (plain >= 0) return plain;
  const decimal = DECIMAL.test(value) ? value : DIGITS.test(value) ? inAscii(value) : undefined;
  if (decimal !== undefined) return smallest(BigInt(decimal.replace('+', '')));
  const hex = HEXADECIMAL.exec(value);
  if (hex === null) return undefined;
  const whole = BigInt(hex[2]!);
  return smallest(hex[1] === '-' ? -whole : whole);
}
const DECIMAL = /^[-+]?\d{1,100}$/;
const DIGITS = /^[-+]?\p{Nd}{1,100}$/u;
const HEXADECIMAL = /^([-+]?)(0[xX][0-9a-fA-F]{1,32})$/;

/** The finite number of a text as Java's `parseDouble` reads it (`.5`, `1e3`, `12f`, `0x1p3`), or of a number. */
export function doubleOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint' || value instanceof Double) return Number(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const number = FLOAT.test(text) ? Number.parseFloat(text) : hexadecimalFloat(text);
  return number !== undefined && Number.isFinite(number) ? number : undefined;
}
const FLOAT = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?[fFdD]?$/;

function hexadecimalFloat(text: string): number | undefined {
  const found = HEXADECIMAL_FLOAT.exec(text);
  if (found === null) return undefined;
  const [, sign, whole = '', fraction = '', power] = found;
  if (whole + fraction === '') return undefined;
  const number = Number.parseInt(`${whole}${fraction}`, 16) * 2 ** (Number(power) - 4 * fraction.length);
  return sign === '-' ? -number : number;
}
const HEXADECIMAL_FLOAT = /^([-+]?)0[xX]([0-9a-fA-F]{0,100})\.?([0-9a-fA-F]{0,100})[pP]([-+]?\d{1,9})[fFdD]?$/;

function smallest(whole: bigint): number | bigint {
  const number = Number(whole);
  return Number.isSafeInteger(number) ? number : whole;
}

/** Digits of other scripts stand in runs of ten, from zero to nine. */
function inAscii(text: string): string {
  return text.replace(/\p{Nd}/gu, digit => {
    const code = digit.codePointAt(0)!;
    let zero = code;
    while (/^\p{Nd}$/u.test(String.fromCodePoint(zero - 1))) zero--;
    return String((code - zero) % 10);
  });
}

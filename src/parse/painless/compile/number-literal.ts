import { Double } from '../../../base/number/double.ts';
import type { Source } from '../mistake.ts';
import { Float } from '../values.ts';

/** Longshore's own as well: whole numbers of more than 64 bits, to compare with. */
const MAX_DIGITS = 40;

/** The type and value of a number as it is written, with its sign. */
export function numberLiteral(source: Source, text: string, at: number): [type: string, value: unknown] {
  const isNegative = text.startsWith('-');
  const written = isNegative ? text.slice(1) : text;
  const sign = isNegative ? -1 : 1;
  const whole = /^(0[xX][0-9a-fA-F]+|0[0-7]+|\d+)([lL]?)$/.exec(written);
  if (whole !== null) {
    const [, digits = '', suffix] = whole;
    const value = BigInt(sign) * BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
    const isInt = suffix === '' && BigInt.asIntN(32, value) === value;
    if (isInt) return ['int', Number(value)];
    // Longshore's own: a number that is too large for an int is a long also without L.
    if (digits.length <= MAX_DIGITS) return ['long', value];
    throw source.mistake(at, `the number ${written} is too large`);
  }
  const [, digits = '', suffix = ''] = /^(.*?)([fFdD]?)$/.exec(written)!;
  const value = sign * Number(digits);
  if (!Number.isFinite(value)) throw source.mistake(at, `the number ${written} cannot be read`);
  return /[fF]/.test(suffix) ? ['float', new Float(value)] : ['double', new Double(value)];
}

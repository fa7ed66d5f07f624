import { isFields } from '../../core/event.ts';
import { formatValue } from './format.ts';
import { pythonAscii, pythonRepr, pythonStr } from './str.ts';
import { isFloat, numberOf, Tuple } from './types.ts';

/** What Python would raise; the message is for whoever wrote the text. */
export class PercentError extends Error {}

const CONVERSION =
  /%(?:\((?<key>[^)]*)\))?(?<flags>[-+ #0]*)(?<width>\*|\d+)?(?:\.(?<precision>\*|\d*))?[hlL]?(?<type>[\s\S]|$)/g;
const MAX_WIDTH = 10_000;

/** `template % value` of Python's texts: a tuple gives several values, a mapping those that are named. */
export function percentFormat(template: string, value: unknown): string {
  const values = value instanceof Tuple ? [...value] : [value];
  let next = 0;
  let named = false;
  const take = (): unknown => {
    if (next >= values.length) throw new PercentError('not enough values for the % format');
    return values[next++];
  };
  const size = (text: string | undefined): number | undefined => {
    if (text === undefined) return undefined;
    const given = text === '*' ? take() : Number(text);
    const number = isFloat(given) ? undefined : numberOf(given);
    if (number === undefined || Math.abs(number) > 0x7fffffff) throw new PercentError('* wants a whole number');
    return Math.max(-MAX_WIDTH, Math.min(MAX_WIDTH, number));
  };
  const out = template.replace(CONVERSION, (...found) => {
    const { key, flags, width, precision, type } = found.at(-1) as Record<string, string | undefined>;
    if (type === '%' && `${key ?? ''}${flags}${width ?? ''}${precision ?? ''}` === '') return '%';
    let one: unknown;
    const wide = size(width);
    const digits = size(precision);
    if (key === undefined) one = take();
    else {
      if (!isFields(value)) throw new PercentError('a format with names wants a mapping');
      named = true;
      if (!Object.hasOwn(value, key)) throw new PercentError(`the format names "${key}", which is not there`);
      one = value[key];
    }
    return converted(one, type ?? '', flags ?? '', wide, digits);
  });
  if (!named && next < values.length && !isFields(value)) throw new PercentError('too many values for the % format');
  return out;
}

function converted(
  value: unknown,
  type: string,
  flags: string,
  width: number | undefined,
  precision: number | undefined,
): string {
  let wide = width ?? 0;
  const left = flags.includes('-') || wide < 0;
  wide = Math.abs(wide);
  if (/[sra]/.test(type)) {
    const text = type === 's' ? pythonStr(value) : type === 'r' ? pythonRepr(value) : pythonAscii(value);
    return pad(precision === undefined ? text : [...text].slice(0, precision).join(''), wide, left);
  }
  if (type === 'c' && typeof value === 'string' && [...value].length === 1) return pad(value, wide, left);
  const number = numberOf(value);
  if (number === undefined) throw new PercentError(`%${type} wants a number, not ${pythonRepr(value)}`);
  const sign = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const zero = flags.includes('0') && !left ? '0' : '';
  const alternate = flags.includes('#') ? '#' : '';
  if (/[diuoxX]/.test(type)) {
    if (!/[diu]/.test(type) && !Number.isInteger(number)) throw new PercentError(`%${type} wants a whole number`);
    const body = formatValue(Math.trunc(number), sign + alternate + (/[diu]/.test(type) ? 'd' : type));
    const digits = leadingZeros(body, precision);
    return zero === '' ? pad(digits, wide, left) : leadingZeros(digits, wide, true);
  }
  if (/[eEfFgG]/.test(type))
    return pad(formatValue(number, `${sign}${zero}${zero && wide}.${precision ?? 6}${type}`), wide, left);
  if (type === 'c' && !isFloat(value) && number >= 0 && number <= 0x10ffff)
    return pad(String.fromCodePoint(number), wide, left);
  throw new PercentError(`%${type} is no format`);
}

/** Zeros behind the sign and `0x`, up to so many digits, or so many characters in all. */
function leadingZeros(body: string, size: number | undefined, isWidth = false): string {
  if (size === undefined) return body;
  const [, sign = '', digits = ''] = /^([-+ ]?(?:0[xXo])?)(.*)$/.exec(body)!;
  return sign + digits.padStart(isWidth ? size - sign.length : size, '0');
}

function pad(text: string, width: number, left: boolean): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  return left ? text + ' '.repeat(missing) : ' '.repeat(missing) + text;
}

import { isFields } from '../../core/event.ts';
import { formatValue } from './format.ts';
import { pythonRepr, pythonStr } from './str.ts';
import { numberOf, Tuple } from './types.ts';

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
    const number = text === '*' ? numberOf(take()) : Number(text);
    if (number === undefined) throw new PercentError('* wants a whole number');
    return Math.min(MAX_WIDTH, number);
  };
  const out = template.replace(CONVERSION, (...found) => {
    const { key, flags, width, precision, type } = found.at(-1) as Record<string, string | undefined>;
    if (type === '%') return '%';
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
    const text = type === 's' ? pythonStr(value) : pythonRepr(value);
    return pad(precision === undefined ? text : [...text].slice(0, precision).join(''), wide, left);
  }
  if (type === 'c' && typeof value === 'string') return pad([...value][0] ?? '', wide, left);
  const number = numberOf(value);
  if (number === undefined) throw new PercentError(`%${type} wants a number, not ${pythonRepr(value)}`);
  const sign = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const zero = flags.includes('0') && !left ? '0' : '';
  const alternate = flags.includes('#') ? '#' : '';
  if (/[diu]/.test(type)) {
    const body = formatValue(Math.trunc(number), `${sign}${precision === undefined ? `${zero}${zero && wide}` : ''}d`);
    return pad(leadingZeros(body, precision), wide, left);
  }
  if (/[oxX]/.test(type)) {
    if (!Number.isInteger(number)) throw new PercentError(`%${type} wants a whole number`);
    return pad(formatValue(number, `${sign}${alternate}${zero}${zero && wide}${type}`), wide, left);
  }
  if (/[eEfFgG]/.test(type))
    return pad(formatValue(number, `${sign}${zero}${zero && wide}.${precision ?? 6}${type}`), wide, left);
  if (type === 'c') return pad(String.fromCodePoint(Math.min(Math.max(0, number), 0x10ffff)), wide, left);
  throw new PercentError(`%${type} is no format`);
}

function leadingZeros(body: string, digits: number | undefined): string {
  if (digits === undefined) return body;
  const [, sign = '', rest = ''] = /^([-+ ]?)(.*)$/.exec(body)!;
  return sign + rest.padStart(digits, '0');
}

function pad(text: string, width: number, left: boolean): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  return left ? text + ' '.repeat(missing) : ' '.repeat(missing) + text;
}

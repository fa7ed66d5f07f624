import type { RangeBounds } from './plan.ts';
import { NUMBER_PATTERN } from './text.ts';

/*
 * Numbers that are stored as text, compared as numbers by an expression over their decimal digits: `user_id:>41` finds
 * "0042". Text with an exponent ("1e3") is only found where Elasticsearch mapped the field as a number.
 */

/** Lucene's expression for whatever text is a number; `&` and `~` of it need the flags INTERSECTION and COMPLEMENT. */
export const NUMBER_TEXT = NUMBER_PATTERN.replaceAll('(?:', '(').replaceAll('[+-]', '[+\\-]');

const DECIMAL = '([0-9]+(\\.[0-9]*)?|\\.[0-9]+)';

/** Lucene's expression (flag INTERSECTION) for decimal text within the bounds; undefined when nothing can be. */
export function numberTextQuery(bounds: RangeBounds<number | bigint>): string | undefined {
  const sides: string[] = [`[+\\-]?${DECIMAL}`];
  const { gt, gte, lt, lte } = bounds;
  if (gte !== undefined && gte === lte && gt === undefined && lt === undefined) return equalTo(gte);
  for (const [side, low, bound] of [
    ['gt', true, gt],
    ['gte', true, gte],
    ['lt', false, lt],
    ['lte', false, lte],
  ] as const) {
    if (bound === undefined) continue;
    const source = oneSide(bound, low, side.endsWith('e'));
    if (source === undefined) return undefined;
    sides.push(source);
  }
  return sides.length === 1 ? sides[0] : sides.map(side => `(${side})`).join('&');
}

function equalTo(number: number | bigint): string | undefined {
  const magnitude = digitsOf(number);
  if (magnitude === undefined) return undefined;
  return `${Number(number) === 0 ? '[+\\-]?' : number > 0 ? '\\+?' : '\\-'}${equal(magnitude)}`;
}

/** Text whose number is above (`low`) or below the bound. */
function oneSide(exact: number | bigint, low: boolean, inclusive: boolean): string | undefined {
  const magnitude = digitsOf(exact);
  const bound = Number(exact);
  // More digits than anybody writes into a log: nothing is above, everything is below.
  if (magnitude === undefined) return low === bound > 0 ? undefined : '.*';
  const parts: string[] = [];
  const outward = bound === 0 ? true : bound > 0 === low;
  const sign = bound === 0 ? (low ? '\\+?' : '\\-') : bound > 0 ? '\\+?' : '\\-';
  const away = outward ? above(magnitude) : below(magnitude);
  if (away !== '') parts.push(`${sign}(${away})`);
  // Beyond zero everything of the other sign.
  if (bound !== 0 && !outward) parts.push(`${bound > 0 ? '\\-' : '\\+?'}${DECIMAL}`);
  if (bound !== 0 && !outward) parts.push(`[+\\-]?${ZERO}`);
  if (inclusive) parts.push(`${bound === 0 ? '[+\\-]?' : sign}${equal(magnitude)}`);
  return parts.length === 0 ? undefined : parts.join('|');
}

const ZERO = '(0+(\\.0*)?|\\.0+)';

interface Digits {
  /** Without leading zeros; empty for less than one. */
  whole: string;
  /** Without trailing zeros. */
  fraction: string;
}

const MAX_DIGITS = 40;

/** Of the number without its sign. */
function digitsOf(number: number | bigint): Digits | undefined {
  if (typeof number === 'bigint') return { whole: String(number).replace('-', ''), fraction: '' };
  const magnitude = Math.abs(number);
  if (!Number.isFinite(magnitude)) return undefined;
  const [mantissa, exponentText] = String(magnitude).split('e') as [string, string | undefined];
  let [whole, fraction] = mantissa.split('.') as [string, string | undefined];
  fraction ??= '';
  const exponent = Number(exponentText ?? 0);
  if (exponent > 0) {
    whole += fraction.padEnd(exponent, '0').slice(0, exponent);
    fraction = fraction.slice(exponent);
  } else if (exponent < 0) {
    fraction = (whole.padStart(-exponent, '0') + fraction).padStart(-exponent, '0');
    whole = '';
  }
  whole = whole.replace(/^0+/, '');
  fraction = fraction.slice(0, MAX_DIGITS).replace(/0+$/, '');
  return whole.length > MAX_DIGITS ? undefined : { whole, fraction };
}

function equal({ whole, fraction }: Digits): string {
  if (whole === '' && fraction === '') return ZERO;
  return fraction === '' ? `0*${whole}(\\.0*)?` : `0*${whole}\\.${fraction}0*`;
}

function above({ whole, fraction }: Digits): string {
  const parts = [`0*[1-9][0-9]{${whole.length},}(\\.[0-9]*)?`];
  for (let i = 0; i < whole.length; i++) {
    const digit = Number(whole[i]);
    if (digit < 9)
      parts.push(`0*${whole.slice(0, i)}${digits(digit + 1, 9)}[0-9]{${whole.length - i - 1}}(\\.[0-9]*)?`);
  }
  for (let i = 0; i < fraction.length; i++) {
    const digit = Number(fraction[i]);
    if (digit < 9) parts.push(`0*${whole}\\.${fraction.slice(0, i)}${digits(digit + 1, 9)}[0-9]*`);
  }
  parts.push(`0*${whole}\\.${fraction}[0-9]*[1-9][0-9]*`);
  return parts.join('|');
}

/** Empty when nothing is below. */
function below({ whole, fraction }: Digits): string {
  const parts: string[] = [];
  // What is no number at all ("." and "") is taken out by the expression for decimal text beside this one.
  if (whole.length > 0) parts.push(`0*[0-9]{0,${whole.length - 1}}(\\.[0-9]*)?`);
  for (let i = 0; i < whole.length; i++) {
    const digit = Number(whole[i]);
    if (digit > 0)
      parts.push(`0*${whole.slice(0, i)}${digits(0, digit - 1)}[0-9]{${whole.length - i - 1}}(\\.[0-9]*)?`);
  }
  if (fraction !== '') {
    parts.push(`0*${whole}(\\.0*)?`);
    for (let i = 0; i < fraction.length; i++) {
      const digit = Number(fraction[i]);
      parts.push(`0*${whole}\\.${fraction.slice(0, i)}`);
      if (digit > 0) parts.push(`0*${whole}\\.${fraction.slice(0, i)}${digits(0, digit - 1)}[0-9]*`);
    }
  }
  return parts.join('|');
}

const digits = (from: number, to: number): string => (from === to ? String(from) : `[${from}-${to}]`);

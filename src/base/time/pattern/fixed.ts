import { daysIn, daysOf, wallMs } from '../civil.ts';
import { MONTHS, shortName } from '../english.ts';
import type { Zone } from '../zone.ts';
import type { NumberPart, PatternPart } from './pattern.ts';

/** Epoch milliseconds of a text as it most often is; NaN: it has to be read part by part. */
export type FixedReader = (text: string, zone: Zone) => number;

type Unit = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'milli';

/** Where each number stands; -1: nowhere. */
type Places = Record<Unit, number>;

/**
 * A reader for a pattern whose texts have their parts in the same places: `dd/MMM/yyyy:HH:mm:ss Z`, with months in English. It
 * takes what is written with all digits and exists in calendar and clock, and leaves everything else.
 * Undefined for any other pattern.
 */
export function fixedReader(parts: readonly PatternPart[], locale: string): FixedReader | undefined {
  const places: Places = { year: -1, month: -1, day: -1, hour: -1, minute: -1, second: -1, milli: -1 };
  const literals: [number, number][] = [];
  let monthName = -1;
  let offset = -1;
  let at = 0;
  for (const [i, part] of parts.entries()) {
    const next = parts[i + 1];
    if (offset >= 0) return undefined;
    if (part.type === 'literal') {
      for (let c = 0; c < part.text.length; c++) literals.push([at + c, part.text.charCodeAt(c)]);
      at += part.text.length;
    } else if (part.type === 'number') {
      const width = part.unit === 'year' ? 4 : 2;
      if (!isUnit(part) || part.min !== width || part.pad !== undefined || !endsDigits(next)) return undefined;
      if (places[part.unit] >= 0) return undefined;
      places[part.unit] = at;
      at += width;
    } else if (part.type === 'fraction' && part.min === 3 && part.max === 3 && endsDigits(next)) {
      if (places.milli >= 0) return undefined;
      places.milli = at;
      at += 3;
    } else if (
      part.type === 'name' &&
      part.unit === 'month' &&
      part.width === 'short' &&
      (locale === 'en' || locale === 'en-US')
    ) {
      if (places.month >= 0 || monthName >= 0) return undefined;
      monthName = at;
      at += 3;
    } else if (part.type === 'offset' && part.count < 4) {
      offset = at;
      at += 5;
    } else return undefined;
  }
  const { year, month, day, hour, minute, second, milli } = places;
  if (year < 0 || day < 0 || hour < 0 || minute < 0 || second < 0 || (month < 0 && monthName < 0)) return undefined;
  const length = at;
  return (text, zone) => {
    if (text.length !== length || (offset < 0 && zone.name !== 'Z' && zone.name !== 'UTC')) return Number.NaN;
    for (let i = 0; i < literals.length; i++)
      if (text.charCodeAt(literals[i]![0]) !== literals[i]![1]) return Number.NaN;
    const y = two(text, year) * 100 + two(text, year + 2);
    const m = monthName >= 0 ? monthOf(text, monthName) : two(text, month);
    const d = two(text, day);
    const h = two(text, hour);
    const min = two(text, minute);
    const s = two(text, second);
    const ms = milli < 0 ? 0 : two(text, milli) * 10 + digit(text, milli + 2);
    if (!(y >= 1000 && m >= 1 && m <= 12 && d >= 1 && d <= daysIn(y, m) && h <= 23 && min <= 59 && s <= 59))
      return Number.NaN;
    const wall = wallMs(daysOf(y, m, d), h, min, s, ms);
    return offset < 0 ? wall : wall - offsetMs(text, offset);
  };
}

function isUnit(part: NumberPart): part is NumberPart & { unit: Exclude<Unit, 'milli'> } {
  return ['year', 'month', 'day', 'hour', 'minute', 'second'].includes(part.unit);
}

/** Behind it comes no digit that could belong to the number before. */
function endsDigits(next: PatternPart | undefined): boolean {
  if (next === undefined || next.type === 'name' || next.type === 'offset') return true;
  return next.type === 'literal' && !/^\d/.test(next.text);
}

function offsetMs(text: string, at: number): number {
  const sign = text.charCodeAt(at);
  const hours = two(text, at + 1);
  const minutes = two(text, at + 3);
  if (!(hours <= 17 && minutes <= 59)) return Number.NaN;
  const ms = (hours * 60 + minutes) * 60_000;
  return sign === PLUS ? ms : sign === MINUS ? -ms : Number.NaN;
}
const PLUS = 43;
const MINUS = 45;

/** Letters in any case; 0: it is none. */
function monthOf(text: string, at: number): number {
  const [a, b, c] = [text.charCodeAt(at) | 32, text.charCodeAt(at + 1) | 32, text.charCodeAt(at + 2) | 32];
  if (!(a > 96 && a < 123 && b > 96 && b < 123 && c > 96 && c < 123)) return 0;
  return MONTH_NUMBERS[((a - 97) * 26 + (b - 97)) * 26 + (c - 97)]!;
}
const MONTH_NUMBERS = new Uint8Array(26 ** 3);
for (const [i, name] of MONTHS.entries()) {
  const [a = 0, b = 0, c = 0] = [...shortName(name).toLowerCase()].map(letter => letter.charCodeAt(0) - 97);
  MONTH_NUMBERS[(a * 26 + b) * 26 + c] = i + 1;
}

const two = (text: string, at: number): number => digit(text, at) * 10 + digit(text, at + 1);

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 48;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}

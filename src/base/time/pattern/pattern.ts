import { LongshoreError } from '../../../core/errors.ts';
import { monthNames, weekdayNames } from './names.ts';

/**
 * A java.time pattern, cut into parts.
 *
 *     y u Y year (yy: of 2000)   M L month (M, MM, MMM, MMMM)   d day   D day of the year   E e c weekday (read over)
 *     H k hour of the day   h K hour of half a day with a   m minute   s second   S fraction   A millisecond of the day   n N nanosecond
 *     Z +0000   ZZZZZ +00:00   X Z|+00, XX Z|+0000, XXX Z|+00:00   x without Z   z V O zone name   'text' ''  [ optional ]
 */
export type PatternPart =
  | { type: 'literal'; text: string }
  /** `pad` fills up to `min`, 0 by default. */
  | { type: 'number'; unit: Unit; min: number; max: number; pad?: ' ' }
  | { type: 'fraction'; min: number; max: number }
  | { type: 'name'; unit: 'month' | 'weekday' | 'ampm'; names: readonly (readonly string[])[]; isLong?: boolean }
  | { type: 'offset'; letter: string; count: number }
  | { type: 'zone' }
  /** Any letters, or none; read over. */
  | { type: 'letters' }
  | { type: 'optional'; parts: PatternPart[] };

export type Unit =
  | 'year'
  | 'year2'
  /** Two digits, of 1969 to 2068. */
  | 'year1969'
  | 'month'
  | 'day'
  | 'yearday'
  | 'hour'
  | 'hour24'
  | 'hour12'
  | 'hour0_11'
  | 'minute'
  | 'second'
  | 'nano'
  | 'milliday'
  | 'ignored';

const UNITS: Record<string, Unit> = {
  y: 'year',
  u: 'year',
  Y: 'year',
  M: 'month',
  L: 'month',
  d: 'day',
  D: 'yearday',
  H: 'hour',
  k: 'hour24',
  h: 'hour12',
  K: 'hour0_11',
  m: 'minute',
  s: 'second',
  n: 'nano',
  A: 'milliday',
  e: 'ignored',
  c: 'ignored',
};

/** Throws LS_DATE_PATTERN. `locale`: a language tag for the names of months and weekdays. */
export function parsePattern(pattern: string, locale = 'en'): PatternPart[] {
  const state = { pattern, at: 0, locale };
  const parts = partsUntil(state, false);
  return fixWidths(parts);
}

function partsUntil(state: { pattern: string; at: number; locale: string }, nested: boolean): PatternPart[] {
  const { pattern } = state;
  const parts: PatternPart[] = [];
  while (state.at < pattern.length) {
    const c = pattern[state.at]!;
    if (c === ']') {
      if (!nested) throw patternError(pattern, 'has a ] without [');
      state.at++;
      return parts;
    }
    if (c === '[') {
      state.at++;
      parts.push({ type: 'optional', parts: partsUntil(state, true) });
    } else if (c === "'") addLiteral(parts, quoted(state));
    else if (/[a-zA-Z]/.test(c)) {
      let end = state.at + 1;
      while (pattern[end] === c) end++;
      parts.push(letterPart(pattern, c, end - state.at, state.locale));
      state.at = end;
    } else {
      addLiteral(parts, c);
      state.at++;
    }
  }
  if (nested) throw patternError(pattern, 'has a [ without ]');
  return parts;
}

function letterPart(pattern: string, letter: string, count: number, locale: string): PatternPart {
  const number = (unit: Unit, min: number, max: number): PatternPart => ({ type: 'number', unit, min, max });
  switch (letter) {
    case 'y':
    case 'u':
    case 'Y':
      return count === 2 ? number('year2', 2, 2) : number('year', count, count >= 4 ? count : 9);
    case 'M':
    case 'L':
      if (count >= 3) return { type: 'name', unit: 'month', names: monthNames(locale), isLong: count === 4 };
      break;
    case 'E':
      return { type: 'name', unit: 'weekday', names: weekdayNames(locale), isLong: count === 4 };
    case 'e':
    case 'c':
      if (count >= 3) return { type: 'name', unit: 'weekday', names: weekdayNames(locale), isLong: count === 4 };
      break;
    case 'a':
      return { type: 'name', unit: 'ampm', names: HALVES };
    case 'S':
      return { type: 'fraction', min: count, max: count };
    case 'Z':
    case 'X':
    case 'x':
      return { type: 'offset', letter, count };
    case 'z':
    case 'V':
    case 'v':
    case 'O':
      return { type: 'zone' };
  }
  if (letter === 'w' || letter === 'W')
    throw patternError(pattern, 'has the letter w: dates by their week are not read');
  const unit = UNITS[letter];
  if (unit === undefined) throw patternError(pattern, `has the letter ${letter}, which means nothing`);
  return number(unit, count, count === 1 ? 19 : count);
}

/** Lower case, as all names. */
export const HALVES = [
  ['am', 'a.m.'],
  ['pm', 'p.m.'],
];

/** A number of free width that stands right before another number keeps to its shortest width, as in java.time. */
function fixWidths(parts: PatternPart[]): PatternPart[] {
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (part.type === 'optional') fixWidths(part.parts);
    const next = parts[i + 1];
    if (part.type === 'number' && (next?.type === 'number' || next?.type === 'fraction'))
      part.max = Math.max(part.min, 1);
  }
  return parts;
}

function addLiteral(parts: PatternPart[], text: string): void {
  const last = parts[parts.length - 1];
  if (last?.type === 'literal') last.text += text;
  else parts.push({ type: 'literal', text });
}

function quoted(state: { pattern: string; at: number }): string {
  const { pattern } = state;
  let text = '';
  for (let i = state.at + 1; i < pattern.length; i++) {
    if (pattern[i] !== "'") text += pattern[i];
    else if (pattern[i + 1] === "'") text += pattern[++i];
    else {
      const isEmpty = i === state.at + 1;
      state.at = i + 1;
      return isEmpty ? "'" : text;
    }
  }
  throw patternError(pattern, "has a ' that is not closed");
}

function patternError(pattern: string, what: string): LongshoreError {
  return new LongshoreError('LS_DATE_PATTERN', `the date format "${pattern}" ${what}.`, {
    fix: "Letters as in Java's DateTimeFormatter (yyyy-MM-dd HH:mm:ss), other text between '.",
  });
}

import { LongshoreError } from '../../../core/errors.ts';
import type { NameUnit, NameWidth, Spelled } from './names.ts';

/**
 * A java.time pattern, cut into parts.
 *
 *     y u year (yy: of 2000)   Y year of weeks   G era   Q q quarter   M L month   w week of the year   W week of the month
 *     d day   D day of the year   g day since 1858-11-17   F week of the month, from its first day   E e c weekday
 *     H k hour of the day   h K hour of half a day   a B half of the day   m minute   s second   S fraction
 *     A millisecond of the day   N nanosecond of the day   n nanosecond
 *     Z +0000   ZZZZ GMT+00:00   ZZZZZ +00:00   X Z|+00, XX Z|+0000, XXX Z|+00:00   x without Z   z v V O zone
 *     pp as wide as that, with blanks   'text' ''   [ optional ]
 *
 * M, Q, E and their like are numbers once or twice, names three times (short), four times (long) and five times (one letter).
 */
export type PatternPart =
  | { type: 'literal'; text: string }
  | NumberPart
  | { type: 'fraction'; min: number; max: number }
  | NamePart
  | { type: 'offset'; letter: string; count: number }
  | { type: 'zone'; letter: string; count: number }
  | { type: 'padded'; width: number; part: PatternPart }
  /** Any letters, or none; read over. */
  | { type: 'letters' }
  | { type: 'optional'; parts: PatternPart[] };

/** `alone`: as it is written without a day beside it. `spelled`: what is read, of one locale. */
export interface NamePart {
  type: 'name';
  unit: NameUnit;
  width: NameWidth;
  alone?: boolean;
  spelled?: Spelled;
}

/** `reserve`: so many digits belong to the numbers right behind it. `pad` fills up to `min`, 0 by default. */
export interface NumberPart {
  type: 'number';
  unit: Unit;
  min: number;
  max: number;
  reserve?: number;
  pad?: ' ';
}

export type Unit =
  | 'year'
  | 'year2'
  /** Two digits, of 1969 to 2068. */
  | 'year1969'
  | 'weekYear'
  | 'weekYear2'
  | 'quarter'
  | 'month'
  | 'week'
  | 'weekOfMonth'
  | 'day'
  | 'yearday'
  | 'julianDay'
  | 'alignedWeek'
  /** 1 to 7, from the locale's first day of the week. */
  | 'localDay'
  | 'hour'
  | 'hour24'
  | 'hour12'
  | 'hour0_11'
  | 'minute'
  | 'second'
  | 'nano'
  | 'milliday'
  | 'nanoday';

/** Letters of plain numbers, and how often each may stand: java.time refuses more. */
const NUMBERS: Readonly<Record<string, readonly [unit: Unit, most: number]>> = {
  w: ['week', 2],
  W: ['weekOfMonth', 1],
  d: ['day', 2],
  D: ['yearday', 3],
  g: ['julianDay', 19],
  F: ['alignedWeek', 1],
  H: ['hour', 2],
  k: ['hour24', 2],
  h: ['hour12', 2],
  K: ['hour0_11', 2],
  m: ['minute', 2],
  s: ['second', 2],
  n: ['nano', 19],
  A: ['milliday', 19],
  N: ['nanoday', 19],
};

/** Letters that are a number once or twice and a name above. */
const NAMED: Readonly<Record<string, readonly [name: NameUnit, number: Unit | undefined]>> = {
  M: ['month', 'month'],
  L: ['month', 'month'],
  Q: ['quarter', 'quarter'],
  q: ['quarter', 'quarter'],
  E: ['weekday', undefined],
  e: ['weekday', 'localDay'],
  c: ['weekday', 'localDay'],
};

const WIDTHS: readonly NameWidth[] = ['short', 'long', 'narrow'];

/** Throws LS_DATE_PATTERN. */
export function parsePattern(pattern: string): PatternPart[] {
  return partsUntil({ pattern, at: 0 }, false);
}

interface Place {
  readonly pattern: string;
  at: number;
}

function partsUntil(place: Place, nested: boolean): PatternPart[] {
  const { pattern } = place;
  const parts: PatternPart[] = [];
  // Digits that stand right behind each other: the first number takes what the others leave.
  let first: NumberPart | undefined;
  let padded = 0;
  const add = (part: PatternPart): void => {
    if (padded > 0) {
      parts.push({ type: 'padded', width: padded, part });
      padded = 0;
      first = undefined;
      return;
    }
    const width = widthOf(part);
    if (first !== undefined && width !== undefined) first.reserve = (first.reserve ?? 0) + width;
    else first = part.type === 'number' ? part : undefined;
    parts.push(part);
  };
  while (place.at < pattern.length) {
    const c = pattern[place.at]!;
    if (padded > 0 && !/[a-zA-Z]/.test(c))
      throw patternError(pattern, 'has the letter p with no other letter behind it');
    if (c === ']') {
      if (!nested) throw patternError(pattern, 'has a ] without [');
      place.at++;
      return parts;
    }
    if (c === '[') {
      place.at++;
      parts.push({ type: 'optional', parts: partsUntil(place, true) });
      first = undefined;
    } else if (c === "'") {
      addLiteral(parts, quoted(place));
      first = undefined;
    } else if (/[a-zA-Z]/.test(c)) {
      let end = place.at + 1;
      while (pattern[end] === c) end++;
      const count = end - place.at;
      place.at = end;
      if (c === 'p') padded = count;
      else add(letterPart(pattern, c, count));
    } else if (c === '{' || c === '}' || c === '#') {
      throw patternError(pattern, `has a ${c}, which java.time keeps for later: put it between '`);
    } else {
      addLiteral(parts, c);
      first = undefined;
      place.at++;
    }
  }
  if (nested) throw patternError(pattern, 'has a [ without ]');
  if (padded > 0) throw patternError(pattern, 'has the letter p with no other letter behind it');
  return parts;
}

/** Digits of a part that always has as many; undefined for all others. */
function widthOf(part: PatternPart): number | undefined {
  return (part.type === 'number' || part.type === 'fraction') && part.min === part.max ? part.max : undefined;
}

function letterPart(pattern: string, letter: string, count: number): PatternPart {
  const number = (unit: Unit, min: number, max: number): PatternPart => ({ type: 'number', unit, min, max });
  const tooMany = (): LongshoreError =>
    patternError(pattern, `has the letter ${letter} ${count} times, which is too often`);
  switch (letter) {
    case 'y':
    case 'u':
      return count === 2 ? number('year2', 2, 2) : number('year', count, count >= 4 ? count : 9);
    case 'Y':
      return count === 2 ? number('weekYear2', 2, 2) : number('weekYear', count, count >= 4 ? count : 9);
    case 'G':
      if (count > 5) throw tooMany();
      return { type: 'name', unit: 'era', width: WIDTHS[Math.max(0, count - 3)]! };
    case 'a':
      if (count > 1) throw tooMany();
      return { type: 'name', unit: 'ampm', width: 'short' };
    case 'B':
      return { type: 'name', unit: 'dayPeriod', width: count === 4 ? 'long' : 'short' };
    case 'S':
      if (count > 9) throw tooMany();
      return { type: 'fraction', min: count, max: count };
    case 'Z':
    case 'X':
    case 'x':
      if (count > 5) throw tooMany();
      return { type: 'offset', letter, count };
    case 'z':
    case 'V':
    case 'v':
    case 'O':
      if (count > 4) throw tooMany();
      if (letter === 'v' && count !== 1 && count !== 4)
        throw patternError(pattern, `has the letter v ${count} times: it stands once or four times`);
      return { type: 'zone', letter, count };
  }
  if (Object.hasOwn(NAMED, letter)) {
    const [name, unit] = NAMED[letter]!;
    if (count > 5) throw tooMany();
    if (count >= 3 || unit === undefined)
      return { type: 'name', unit: name, width: WIDTHS[Math.max(0, count - 3)]!, alone: 'Lqc'.includes(letter) };
    return number(unit, count, count === 1 && unit !== 'localDay' ? 19 : count);
  }
  if (!Object.hasOwn(NUMBERS, letter)) throw patternError(pattern, `has the letter ${letter}, which means nothing`);
  const [unit, most] = NUMBERS[letter]!;
  if (count > most) throw tooMany();
  const widest = count === 1 ? 19 : unit === 'yearday' ? 3 : count;
  return number(unit, count, unit === 'week' ? 2 : unit === 'weekOfMonth' ? 1 : widest);
}

function addLiteral(parts: PatternPart[], text: string): void {
  const last = parts[parts.length - 1];
  if (last?.type === 'literal') last.text += text;
  else parts.push({ type: 'literal', text });
}

function quoted(place: Place): string {
  const { pattern } = place;
  let text = '';
  for (let i = place.at + 1; i < pattern.length; i++) {
    if (pattern[i] !== "'") text += pattern[i];
    else if (pattern[i + 1] === "'") text += pattern[++i];
    else {
      const isEmpty = i === place.at + 1;
      place.at = i + 1;
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

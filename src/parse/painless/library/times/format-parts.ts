import { illegalArgument } from '../../failure.ts';
import { type Field, field, QUARTER_OF_YEAR, WEEK_BASED_YEAR, WEEK_OF_WEEK_BASED_YEAR } from './fields.ts';
import type { Width } from './names.ts';

export type Sign = 'NORMAL' | 'NEVER' | 'NOT_NEGATIVE' | 'EXCEEDS_PAD' | 'ALWAYS';

/** One part of a formatter of java.time. */
export type Part =
  | { type: 'literal'; text: string }
  | { type: 'number'; field: Field; min: number; max: number; sign: Sign }
  /** The last digits of a number, of a hundred years from `base` on. */
  | { type: 'reduced'; field: Field; width: number; base: number }
  | { type: 'fraction'; min: number; max: number; point: boolean }
  | { type: 'text'; field: Field; width: Width }
  /** `pattern` as `+HH:MM:ss`. */
  | { type: 'offset'; pattern: string; zero: string; lenient?: boolean }
  | { type: 'localizedOffset'; isShort: boolean }
  /** `isRegion`: only one that is more than an offset. */
  | { type: 'zoneId'; isRegion?: boolean }
  | { type: 'zoneText'; isShort: boolean }
  | { type: 'instant' }
  | { type: 'optional'; parts: readonly Part[] }
  | { type: 'pad'; width: number; char: string; part: Part }
  | { type: 'case'; sensitive: boolean }
  /** What a field is when nothing was read of it. */
  | { type: 'default'; field: Field; value: number };

export const literal = (text: string): Part => ({ type: 'literal', text });
export const number = (
  of: string | Field,
  min: number,
  max = min,
  sign: Sign = min === max ? 'NOT_NEGATIVE' : 'NORMAL',
): Part => ({
  type: 'number',
  field: typeof of === 'string' ? field(of) : of,
  min,
  max,
  sign,
});
export const optional = (...parts: Part[]): Part => ({ type: 'optional', parts });
export const offset = (pattern = '+HH:MM:ss', zero = 'Z'): Part => ({ type: 'offset', pattern, zero });
export const IGNORE_CASE: Part = { type: 'case', sensitive: false };

/** Parts of a pattern as DateTimeFormatter.ofPattern reads it. Throws IllegalArgumentException. */
export function patternParts(pattern: string): Part[] {
  const open: Part[][] = [[]];
  let pad = 0;
  for (let at = 0; at < pattern.length; ) {
    const char = pattern[at]!;
    const parts = open.at(-1)!;
    const add = (part: Part): void => {
      parts.push(pad > 0 ? { type: 'pad', width: pad, char: ' ', part } : part);
      pad = 0;
    };
    if (/[A-Za-z]/.test(char)) {
      let end = at + 1;
      while (pattern[end] === char) end++;
      const count = end - at;
      at = end;
      if (char === 'p') {
        pad = count;
        if (!/[A-Za-z]/.test(pattern[at] ?? ''))
          throw illegalArgument("Pad letter 'p' must be followed by valid pad pattern");
      } else add(letterPart(char, count));
    } else if (char === "'") {
      const { text, end } = quoted(pattern, at);
      add(literal(text));
      at = end;
    } else if (char === '[') {
      open.push([]);
      at++;
    } else if (char === ']') {
      const inner = open.pop()!;
      if (open.length === 0) throw illegalArgument('Pattern invalid as it contains ] without previous [');
      open.at(-1)!.push({ type: 'optional', parts: inner });
      at++;
    } else if ('{}#'.includes(char)) throw illegalArgument(`the pattern has ${char}, which is kept for later use`);
    else {
      add(literal(char));
      at++;
    }
    if (open.length > 50) throw illegalArgument('the pattern nests too deeply');
  }
  while (open.length > 1) {
    const inner = open.pop()!;
    open.at(-1)!.push({ type: 'optional', parts: inner });
  }
  return open[0]!;
}

function quoted(pattern: string, start: number): { text: string; end: number } {
  let text = '';
  for (let at = start + 1; at < pattern.length; at++) {
    if (pattern[at] !== "'") text += pattern[at];
    else if (pattern[at + 1] === "'") text += pattern[++at];
    else return { text: at === start + 1 ? "'" : text, end: at + 1 };
  }
  throw illegalArgument('Pattern ends with an incomplete string literal');
}

const NUMBERS: Readonly<Record<string, readonly [field: string, most: number]>> = {
  D: ['DAY_OF_YEAR', 3],
  d: ['DAY_OF_MONTH', 2],
  H: ['HOUR_OF_DAY', 2],
  k: ['CLOCK_HOUR_OF_DAY', 2],
  K: ['HOUR_OF_AMPM', 2],
  h: ['CLOCK_HOUR_OF_AMPM', 2],
  m: ['MINUTE_OF_HOUR', 2],
  s: ['SECOND_OF_MINUTE', 2],
  F: ['ALIGNED_WEEK_OF_MONTH', 1],
  A: ['MILLI_OF_DAY', 19],
  n: ['NANO_OF_SECOND', 19],
  N: ['NANO_OF_DAY', 19],
};

const tooMany = (letter: string): never => {
  throw illegalArgument(`Too many pattern letters: ${letter}`);
};

function letterPart(letter: string, count: number): Part {
  if (Object.hasOwn(NUMBERS, letter)) {
    const [name, most] = NUMBERS[letter]!;
    if (count > most) return tooMany(letter);
    if (most === 19) return number(name, count, 19, 'NOT_NEGATIVE');
    return count === 1
      ? number(name, 1, 19)
      : number(name, letter === 'D' && count === 2 ? 2 : count, letter === 'D' ? 3 : count, 'NOT_NEGATIVE');
  }
  switch (letter) {
    case 'u':
    case 'y':
      return year(field(letter === 'u' ? 'YEAR' : 'YEAR_OF_ERA'), count);
    case 'Y':
      return year(WEEK_BASED_YEAR, count);
    case 'M':
    case 'L':
      return named(field('MONTH_OF_YEAR'), letter, count);
    case 'Q':
    case 'q':
      return named(QUARTER_OF_YEAR, letter, count);
    case 'E':
      return count > 5
        ? tooMany(letter)
        : { type: 'text', field: field('DAY_OF_WEEK'), width: widthOf(Math.max(3, count)) };
    case 'e':
    case 'c':
      return named(field('DAY_OF_WEEK'), letter, count);
    case 'w':
      return count > 2
        ? tooMany(letter)
        : count === 1
          ? number(WEEK_OF_WEEK_BASED_YEAR, 1, 2)
          : number(WEEK_OF_WEEK_BASED_YEAR, 2);
    case 'a':
      return count > 1 ? tooMany(letter) : { type: 'text', field: field('AMPM_OF_DAY'), width: 'short' };
    case 'G':
      return { type: 'text', field: field('ERA'), width: count === 4 ? 'long' : count === 5 ? 'narrow' : 'short' };
    case 'S':
      return count > 9 ? tooMany(letter) : { type: 'fraction', min: count, max: count, point: false };
    case 'X':
    case 'x': {
      if (count > 5) return tooMany(letter);
      const pattern = ['+HHmm', '+HHMM', '+HH:MM', '+HHMMss', '+HH:MM:ss'][count - 1]!;
      return offset(pattern, letter === 'X' ? 'Z' : count === 1 ? '+00' : count % 2 === 0 ? '+0000' : '+00:00');
    }
    case 'Z':
      if (count < 4) return offset('+HHMM', '+0000');
      if (count === 4) return { type: 'localizedOffset', isShort: false };
      return count === 5 ? offset('+HH:MM:ss', 'Z') : tooMany(letter);
    case 'O':
      if (count !== 1 && count !== 4) throw illegalArgument(`Pattern letter count must be 1 or 4: ${letter}`);
      return { type: 'localizedOffset', isShort: count === 1 };
    case 'V':
      if (count !== 2) throw illegalArgument(`Pattern letter count must be 2: ${letter}`);
      return { type: 'zoneId' };
    case 'z':
      return count > 4 ? tooMany(letter) : { type: 'zoneText', isShort: count < 4 };
    case 'v':
      return { type: 'zoneText', isShort: count < 4 };
  }
  throw illegalArgument(`Unknown pattern letter: ${letter}`);
}

function year(of: Field, count: number): Part {
  if (count === 2) return { type: 'reduced', field: of, width: 2, base: 2000 };
  if (count < 4) return number(of, count, 19, 'NORMAL');
  return number(of, count, 19, 'EXCEEDS_PAD');
}

const widthOf = (count: number): Width => (count === 5 ? 'narrow' : count === 4 ? 'long' : 'short');

function named(of: Field, letter: string, count: number): Part {
  if (count > 5) return tooMany(letter);
  if (count < 3) return count === 1 ? number(of, 1, 19) : number(of, 2);
  return { type: 'text', field: of, width: widthOf(count) };
}

const DATE = [
  number('YEAR', 4, 10, 'EXCEEDS_PAD'),
  literal('-'),
  number('MONTH_OF_YEAR', 2),
  literal('-'),
  number('DAY_OF_MONTH', 2),
];
const TIME = [
  number('HOUR_OF_DAY', 2),
  literal(':'),
  number('MINUTE_OF_HOUR', 2),
  optional(literal(':'), number('SECOND_OF_MINUTE', 2), optional({ type: 'fraction', min: 0, max: 9, point: true })),
];
const DATE_TIME = [IGNORE_CASE, ...DATE, literal('T'), ...TIME];
const LENIENT_OFFSET: Part = { type: 'offset', pattern: '+HH:MM:ss', zero: 'Z', lenient: true };
const WITH_ZONE = optional(
  literal('['),
  { type: 'case', sensitive: true },
  { type: 'zoneId', isRegion: true },
  literal(']'),
);

/** The formatters that DateTimeFormatter has by name. */
export const ISO_PARTS = {
  ISO_LOCAL_DATE: DATE,
  ISO_OFFSET_DATE: [IGNORE_CASE, ...DATE, LENIENT_OFFSET],
  ISO_DATE: [IGNORE_CASE, ...DATE, optional(LENIENT_OFFSET)],
  ISO_LOCAL_TIME: TIME,
  ISO_OFFSET_TIME: [IGNORE_CASE, ...TIME, LENIENT_OFFSET],
  ISO_TIME: [IGNORE_CASE, ...TIME, optional(LENIENT_OFFSET)],
  ISO_LOCAL_DATE_TIME: DATE_TIME,
  ISO_OFFSET_DATE_TIME: [...DATE_TIME, LENIENT_OFFSET],
  ISO_ZONED_DATE_TIME: [...DATE_TIME, LENIENT_OFFSET, WITH_ZONE],
  ISO_DATE_TIME: [...DATE_TIME, optional(LENIENT_OFFSET, WITH_ZONE)],
  ISO_INSTANT: [IGNORE_CASE, { type: 'instant' }],
  BASIC_ISO_DATE: [
    IGNORE_CASE,
    number('YEAR', 4),
    number('MONTH_OF_YEAR', 2),
    number('DAY_OF_MONTH', 2),
    optional(offset('+HHMMss', 'Z')),
  ],
  ISO_ORDINAL_DATE: [
    IGNORE_CASE,
    number('YEAR', 4, 10, 'EXCEEDS_PAD'),
    literal('-'),
    number('DAY_OF_YEAR', 3),
    optional(LENIENT_OFFSET),
  ],
  ISO_WEEK_DATE: [
    IGNORE_CASE,
    number(WEEK_BASED_YEAR, 4, 10, 'EXCEEDS_PAD'),
    literal('-W'),
    number(WEEK_OF_WEEK_BASED_YEAR, 2),
    literal('-'),
    number('DAY_OF_WEEK', 1),
    optional(LENIENT_OFFSET),
  ],
  RFC_1123_DATE_TIME: [
    IGNORE_CASE,
    optional({ type: 'text', field: field('DAY_OF_WEEK'), width: 'short' }, literal(', ')),
    number('DAY_OF_MONTH', 1, 2, 'NOT_NEGATIVE'),
    literal(' '),
    { type: 'text', field: field('MONTH_OF_YEAR'), width: 'short' },
    literal(' '),
    number('YEAR', 4),
    literal(' '),
    number('HOUR_OF_DAY', 2),
    literal(':'),
    number('MINUTE_OF_HOUR', 2),
    optional(literal(':'), number('SECOND_OF_MINUTE', 2)),
    literal(' '),
    offset('+HHMM', 'GMT'),
  ],
} satisfies Record<string, readonly Part[]>;

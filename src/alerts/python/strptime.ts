import { daysIn, daysOf, isLeap, wallMs } from '../../base/time/civil.ts';
import { DAY_MS } from '../../base/time/duration.ts';
import { MONTHS, shortName, WEEKDAYS } from '../../base/time/english.ts';

const alternatives = (names: readonly string[]): string => names.map(name => name.toLowerCase()).join('|');
const SHORT_MONTHS = MONTHS.map(shortName);
const SHORT_WEEKDAYS = WEEKDAYS.map(shortName);

/** What Python lets stand for each directive. */
const DIRECTIVES: Readonly<Record<string, string>> = {
  a: alternatives(SHORT_WEEKDAYS),
  A: alternatives(WEEKDAYS),
  b: alternatives(SHORT_MONTHS),
  B: alternatives(MONTHS),
  d: '3[01]|[12]\\d|0[1-9]|[1-9]| [1-9]',
  f: '\\d{1,6}',
  G: '\\d{4}',
  H: '2[0-3]|[01]\\d|\\d',
  I: '1[0-2]|0[1-9]|[1-9]',
  j: '36[0-6]|3[0-5]\\d|[12]\\d\\d|0[1-9]\\d|00[1-9]|[1-9]\\d|0[1-9]|[1-9]',
  m: '1[0-2]|0[1-9]|[1-9]',
  M: '[0-5]\\d|\\d',
  p: 'am|pm',
  S: '6[01]|[0-5]\\d|\\d',
  u: '[1-7]',
  U: '5[0-3]|[0-4]\\d|\\d',
  V: '5[0-3]|0[1-9]|[1-4]\\d|\\d',
  w: '[0-6]',
  W: '5[0-3]|[0-4]\\d|\\d',
  y: '\\d\\d',
  Y: '\\d{4}',
  z: '[+-]\\d\\d:?[0-5]\\d(?::?[0-5]\\d(?:\\.\\d{1,6})?)?|z',
  // Which zone a name means nobody knows: it is read and means nothing.
  Z: '[a-z]+',
};

/** Those that are made of others; `%e`, `%h` and the short forms are more than Python has. */
const MADE: Readonly<Record<string, string>> = {
  c: '%a %b %d %H:%M:%S %Y',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
  e: '%d',
  h: '%b',
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  R: '%H:%M',
  D: '%m/%d/%y',
};

let lastFormat: string | undefined;
let lastExpression: RegExp | undefined;

/** `strptime` to epoch milliseconds, UTC where the text has no zone; NaN if the text does not fit, or the format is none. */
export function strptime(text: string, format: string): number {
  if (format !== lastFormat) {
    lastFormat = format;
    lastExpression = expressionOf(format);
  }
  const found = text.length > MAX_CHARS ? null : lastExpression?.exec(text);
  return found?.groups === undefined ? Number.NaN : timeOf(found.groups);
}

const MAX_CHARS = 1000;

function expressionOf(format: string): RegExp | undefined {
  const seen = new Set<string>();
  const source = (text: string): string =>
    (text.match(/%[\s\S]|\s+|[^%\s]+|%/g) ?? [])
      .map(part => {
        const letter = part.length === 2 && part.startsWith('%') ? part[1]! : undefined;
        if (letter === '%') return '%';
        if (letter === undefined) return /^\s/.test(part) ? '\\s+' : RegExp.escape(part);
        if (Object.hasOwn(MADE, letter)) return source(MADE[letter]!);
        if (!Object.hasOwn(DIRECTIVES, letter) || seen.has(letter)) throw new RangeError(part);
        seen.add(letter);
        return `(?<${letter}>${DIRECTIVES[letter]})`;
      })
      .join('');
  try {
    return new RegExp(`^(?:${source(format)})$`, 'i');
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

type Found = Readonly<Record<string, string | undefined>>;

function timeOf(found: Found): number {
  const number = (name: string): number | undefined => (found[name] === undefined ? undefined : Number(found[name]));
  const days = dayOf(found, number);
  const second = number('S') ?? 0;
  if (days === undefined || second > 59) return Number.NaN;
  const milli = Math.floor(Number((found['f'] ?? '').padEnd(6, '0')) / 1000);
  const time = wallMs(days, hourOf(found, number), number('M') ?? 0, second, milli);
  return time - offsetMs(found['z']);
}

type Numbers = (name: string) => number | undefined;

function hourOf(found: Found, number: Numbers): number {
  const twelve = number('I');
  if (twelve === undefined) return number('H') ?? 0;
  return (twelve % 12) + (found['p']?.toLowerCase() === 'pm' ? 12 : 0);
}

/** Days since 1970; undefined for a day that is none. */
function dayOf(found: Found, number: Numbers): number | undefined {
  const weekday = weekdayOf(found, number);
  const [isoYear, isoWeek] = [number('G'), number('V')];
  if (isoYear !== undefined || isoWeek !== undefined) {
    if (isoYear === undefined || isoWeek === undefined || weekday === undefined || found['j'] !== undefined)
      return undefined;
    const monday = daysOf(isoYear, 1, 4) - ((weekdayOfDay(daysOf(isoYear, 1, 4)) + 6) % 7);
    const day = monday + 7 * (isoWeek - 1) + ((weekday + 6) % 7);
    // A year has a week 53 when its last Thursday is in it.
    return isoWeek < 1 || new Date((day - ((weekday + 6) % 7) + 3) * DAY_MS).getUTCFullYear() !== isoYear
      ? undefined
      : day;
  }
  const short = number('y');
  const year = number('Y') ?? (short === undefined ? 1900 : short <= 68 ? 2000 + short : 1900 + short);
  const ofYear = number('j') ?? weekDay(year, found, weekday);
  if (ofYear !== undefined)
    return ofYear > (isLeap(year) ? 366 : 365) && found['j'] === undefined
      ? undefined
      : daysOf(year, 1, 1) + ofYear - 1;
  const month = number('m') ?? monthOf(found);
  const day = number('d') ?? 1;
  return day > daysIn(year, month) ? undefined : daysOf(year, month, day);
}

/** From 0, Sunday first. */
function weekdayOf(found: Found, number: Numbers): number | undefined {
  const at = (names: readonly string[], text: string | undefined): number | undefined =>
    text === undefined ? undefined : names.findIndex(name => name.toLowerCase() === text.toLowerCase());
  const iso = number('u');
  return (
    number('w') ??
    (iso === undefined ? undefined : iso % 7) ??
    at(WEEKDAYS, found['A']) ??
    at(SHORT_WEEKDAYS, found['a'])
  );
}

function monthOf(found: Found): number {
  const [long, short] = [found['B']?.toLowerCase(), found['b']?.toLowerCase()];
  if (long !== undefined) return MONTHS.findIndex(name => name.toLowerCase() === long) + 1;
  return short === undefined ? 1 : SHORT_MONTHS.findIndex(name => name.toLowerCase() === short) + 1;
}

/** The day of the year of a weekday in a week that begins on Sunday (`%U`) or Monday (`%W`). */
function weekDay(year: number, found: Found, weekday: number | undefined): number | undefined {
  const written = found['U'] ?? found['W'];
  if (written === undefined || weekday === undefined) return undefined;
  const shift = found['U'] === undefined ? 6 : 0;
  const first = (weekdayOfDay(daysOf(year, 1, 1)) + shift) % 7;
  const day = (weekday + shift) % 7;
  const week = Number(written);
  return week === 0 ? 1 + day - first : 1 + ((7 - first) % 7) + 7 * (week - 1) + day;
}

const weekdayOfDay = (days: number): number => (((days + 4) % 7) + 7) % 7;

function offsetMs(text: string | undefined): number {
  if (text === undefined || /^z$/i.test(text)) return 0;
  const [, sign, hours, minutes, seconds = '0', fraction = ''] = /^([+-])(\d\d):?(\d\d):?(\d\d)?(?:\.(\d+))?$/.exec(
    text,
  )!;
  const ms =
    (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000 +
    Math.floor(Number(`0.${fraction || 0}`) * 1000);
  return sign === '-' ? -ms : ms;
}

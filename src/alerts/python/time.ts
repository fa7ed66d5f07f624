import { DAY_MS } from '../../base/time/duration.ts';
import { monthNames, weekdayNames } from '../../base/time/pattern/names.ts';
import { type DateParser, dateParser } from '../../base/time/pattern/parse.ts';
import { HALVES, type PatternPart, type Unit } from '../../base/time/pattern/pattern.ts';
import { printParts } from '../../base/time/pattern/print.ts';
import { fixedZone, offsetOf, type Zone } from '../../base/time/zone.ts';

// strftime and strptime for the directives that alert texts and `timestamp_format` use.

const number = (unit: Unit, max: number, min = 1): PatternPart => ({ type: 'number', unit, min, max });
const name = (unit: 'month' | 'weekday', isLong: boolean): PatternPart => ({
  type: 'name',
  unit,
  names: unit === 'month' ? monthNames('en') : weekdayNames('en'),
  isLong,
});

const DIRECTIVES: Readonly<Record<string, PatternPart | string>> = {
  Y: number('year', 4, 4),
  y: number('year1969', 2, 2),
  m: number('month', 2, 2),
  d: number('day', 2, 2),
  e: { ...number('day', 2, 2), pad: ' ' } as PatternPart,
  H: number('hour', 2, 2),
  I: number('hour12', 2, 2),
  p: { type: 'name', unit: 'ampm', names: HALVES },
  M: number('minute', 2, 2),
  S: number('second', 2, 2),
  f: { type: 'fraction', min: 6, max: 6 },
  j: number('yearday', 3, 3),
  A: name('weekday', true),
  a: name('weekday', false),
  B: name('month', true),
  b: name('month', false),
  h: name('month', false),
  z: { type: 'offset', letter: 'Z', count: 1 },
  Z: { type: 'zone' },
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  R: '%H:%M',
  D: '%m/%d/%y',
};

/** The zone of this machine at that time. */
export function localZone(ms: number): Zone {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return fixedZone('', 0);
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(date);
  const shown = parts.find(part => part.type === 'timeZoneName')?.value ?? '';
  return fixedZone(shown, -date.getTimezoneOffset() * 60_000);
}

/** The zone written in an ISO time; a bare offset has no name, as in Python. */
export function writtenZone(text: string): Zone {
  const offset = offsetOf(/[+-]\d\d:?\d\d$/.exec(text)?.[0] ?? '') ?? 0;
  return fixedZone(offset === 0 ? 'UTC' : '', offset);
}

/** `strftime`; unknown directives stay as they are. `ms` is epoch milliseconds. */
export function strftime(ms: number, format: string, zone: Zone): string {
  if (Number.isNaN(new Date(ms).getTime())) return String(ms);
  return printParts(partsOf(format, ms), ms, zone, 'en');
}

let lastFormat: string | undefined;
let lastParser: DateParser;
const UTC = fixedZone('UTC', 0);

/** `strptime` to epoch milliseconds, UTC where the text has no zone; NaN if the text does not fit. */
export function strptime(text: string, format: string): number {
  if (format !== lastFormat) {
    lastParser = dateParser(partsOf(format).map(lenient), 1900);
    lastFormat = format;
  }
  return lastParser(text, 0, UTC);
}

/** Numbers may be shorter than they are printed, and the name of a zone means nothing. */
function lenient(part: PatternPart): PatternPart {
  if (part.type === 'zone') return { type: 'letters' };
  const isFree = part.type === 'fraction' || (part.type === 'number' && part.unit !== 'year');
  return isFree ? { ...part, min: 1 } : part;
}

/** `ms` is the time to print, which `%s` needs. */
function partsOf(format: string, ms = Number.NaN): PatternPart[] {
  return (format.match(/%[a-zA-Z%]|[^%]+|%/g) ?? []).flatMap((text): PatternPart[] => {
    const directive = text.length === 2 && text.startsWith('%') ? text[1]! : '';
    const known = Object.hasOwn(DIRECTIVES, directive) ? DIRECTIVES[directive]! : undefined;
    if (typeof known === 'string') return partsOf(known);
    if (directive === 's') return [{ type: 'literal', text: String(Math.floor(ms / 1000)) }];
    return [known ?? { type: 'literal', text: directive === '%' ? '%' : text }];
  });
}

/** `str(timedelta)`: `0:05:00`, `1 day, 0:00:00`, `0:00:00.500000`. */
export function timedeltaText(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  const rest = ms - days * DAY_MS;
  const two = (value: number): string => String(value).padStart(2, '0');
  const seconds = Math.floor(rest / 1000);
  const fraction = rest % 1000 === 0 ? '' : `.${String(Math.round((rest % 1000) * 1000)).padStart(6, '0')}`;
  const clock = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${fraction}`;
  if (days === 0) return clock;
  return `${days} day${Math.abs(days) === 1 ? '' : 's'}, ${clock}`;
}

import { DAY_MS } from '../../base/time/duration.ts';
import { MONTHS, shortName, WEEKDAYS } from '../../base/time/english.ts';
import { fixedZone, offsetOf, type Zone } from '../../base/time/zone.ts';

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
  const offset = zone.offsetAt(ms);
  const wall = new Date(ms + offset);
  if (Number.isNaN(wall.getTime())) return String(ms);
  return written({ ms, wall, offset, zone: zone.name }, format);
}

/** An instant, the wall clock then (in the UTC fields of a date), and how far that is ahead. */
interface Moment {
  readonly ms: number;
  readonly wall: Date;
  readonly offset: number;
  readonly zone: string;
}

const written = (moment: Moment, format: string): string =>
  format.replace(/%([a-zA-Z%])/g, (whole, letter: string) => {
    const known = Object.hasOwn(DIRECTIVES, letter) ? DIRECTIVES[letter]! : undefined;
    return typeof known === 'string' ? written(moment, known) : (known?.(moment) ?? whole);
  });

const padded = (value: number, length = 2, fill = '0'): string => String(value).padStart(length, fill);
const hour12 = ({ wall }: Moment): number => wall.getUTCHours() % 12 || 12;
const dayOfYear = ({ wall }: Moment): number =>
  Math.floor((wall.getTime() - Date.UTC(wall.getUTCFullYear(), 0, 1)) / DAY_MS);
/** Of weeks that begin with the given day, 0 for Sunday. */
const weekOfYear = (moment: Moment, first: number): number =>
  Math.floor((dayOfYear(moment) + 7 - ((moment.wall.getUTCDay() - first + 7) % 7)) / 7);
/** The Thursday of the week: its year is that of the week. */
const thursday = ({ wall }: Moment): Date => new Date(wall.getTime() + (3 - ((wall.getUTCDay() + 6) % 7)) * DAY_MS);

/** In the C locale. A text is made of other directives. */
const DIRECTIVES: Readonly<Record<string, string | ((moment: Moment) => string)>> = {
  '%': () => '%',
  n: () => '\n',
  t: () => '\t',
  Y: ({ wall }) => String(wall.getUTCFullYear()),
  y: ({ wall }) => padded(((wall.getUTCFullYear() % 100) + 100) % 100),
  C: ({ wall }) => padded(Math.floor(wall.getUTCFullYear() / 100)),
  G: moment => String(thursday(moment).getUTCFullYear()),
  m: ({ wall }) => padded(wall.getUTCMonth() + 1),
  B: ({ wall }) => MONTHS[wall.getUTCMonth()]!,
  b: ({ wall }) => shortName(MONTHS[wall.getUTCMonth()]!),
  h: '%b',
  d: ({ wall }) => padded(wall.getUTCDate()),
  e: ({ wall }) => padded(wall.getUTCDate(), 2, ' '),
  j: moment => padded(dayOfYear(moment) + 1, 3),
  A: ({ wall }) => WEEKDAYS[wall.getUTCDay()]!,
  a: ({ wall }) => shortName(WEEKDAYS[wall.getUTCDay()]!),
  w: ({ wall }) => String(wall.getUTCDay()),
  u: ({ wall }) => String(wall.getUTCDay() || 7),
  U: moment => padded(weekOfYear(moment, 0)),
  W: moment => padded(weekOfYear(moment, 1)),
  V: moment => {
    const day = thursday(moment);
    return padded(1 + Math.floor((day.getTime() - Date.UTC(day.getUTCFullYear(), 0, 1)) / DAY_MS / 7));
  },
  H: ({ wall }) => padded(wall.getUTCHours()),
  k: ({ wall }) => padded(wall.getUTCHours(), 2, ' '),
  I: moment => padded(hour12(moment)),
  l: moment => padded(hour12(moment), 2, ' '),
  p: ({ wall }) => (wall.getUTCHours() < 12 ? 'AM' : 'PM'),
  M: ({ wall }) => padded(wall.getUTCMinutes()),
  S: ({ wall }) => padded(wall.getUTCSeconds()),
  f: ({ wall }) => `${padded(wall.getUTCMilliseconds(), 3)}000`,
  s: ({ ms }) => String(Math.floor(ms / 1000)),
  z: ({ offset }) => {
    const minutes = Math.abs(Math.trunc(offset / 60_000));
    return `${offset < 0 ? '-' : '+'}${padded(Math.floor(minutes / 60))}${padded(minutes % 60)}`;
  },
  Z: ({ zone }) => zone,
  c: '%a %b %e %H:%M:%S %Y',
  x: '%D',
  X: '%T',
  r: '%I:%M:%S %p',
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  R: '%H:%M',
  D: '%m/%d/%y',
};

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

import { Cron as Schedule } from 'croner';
import { MINUTE_MS } from '../base/time/duration.ts';
import { MONTHS, shortName, WEEKDAYS } from '../base/time/english.ts';

/** A cron expression as ElastAlert's croniter reads it, in one time zone. */
export interface Cron {
  /** True when a time of the schedule is in the minute of this one. */
  matches(ms: number): boolean;
  /** The first time of the schedule after `ms`; NaN if there is none. */
  next(ms: number): number;
}

/**
 * Five fields (minute hour day-of-month month day-of-week), a sixth with seconds and a seventh with years behind them, or
 * `@daily` and the like. A day of the week may be `mon#1` (the first of the month) or `L5` (the last Friday), a day of the
 * month `L` (the last one) or `15W` (the nearest weekday). `timezone` is an IANA name. Undefined if the text is no cron
 * expression, or one whose time never comes.
 */
export function parseCron(text: string, timezone = 'UTC'): Cron | undefined {
  const pattern = patternOf(text);
  if (pattern === undefined) return undefined;
  let schedule: Schedule;
  const next = (ms: number): number => schedule.nextRun(new Date(ms))?.getTime() ?? Number.NaN;
  try {
    schedule = new Schedule(pattern, { timezone, paused: true });
    if (Number.isNaN(next(SOME_TIME))) return undefined;
  } catch {
    return undefined;
  }
  // Asked for each event: once a minute is enough.
  let minute = Number.NaN;
  let isOn = false;
  const matches = (ms: number): boolean => {
    const at = Math.floor(ms / MINUTE_MS) * MINUTE_MS;
    if (at !== minute) {
      minute = at;
      isOn = next(at - 1) < at + MINUTE_MS;
    }
    return isOn;
  };
  return { matches, next };
}

const SOME_TIME = Date.UTC(2000, 0, 1);

interface Field {
  readonly low: number;
  readonly high: number;
  /** Words for numbers from `low` on. */
  readonly names?: readonly string[];
  /** Values that are no numbers, as croniter and as croner write them. */
  readonly special?: readonly [RegExp, string];
}

const lowerShort = (name: string): string => shortName(name).toLowerCase();
const FIELDS: readonly Field[] = [
  { low: 0, high: 59 },
  { low: 0, high: 23 },
  { low: 1, high: 31, special: [/^(?:(l)|(\d\d?)w)$/, '$1$2'] },
  { low: 1, high: 12, names: MONTHS.map(lowerShort) },
  { low: 0, high: 7, names: WEEKDAYS.map(lowerShort) },
  { low: 0, high: 59 },
  { low: 1970, high: 2099 },
];

/** The expression as croner reads it: seconds in front, and nothing in it that the two of them read differently. */
function patternOf(text: string): string | undefined {
  const given = text.trim().toLowerCase();
  if (Object.hasOwn(NICKNAMES, given)) return NICKNAMES[given];
  const parts = given.split(/\s+/);
  if (parts.length < 5 || parts.length > 7) return undefined;
  const fields = parts.map((part, i) => fieldOf(part, FIELDS[i]!));
  if (fields.includes(undefined)) return undefined;
  const [minute, hour, day, month, weekday, second = '0', year] = fields;
  const days = isAll(day!, 31) && parts[4]!.includes('*') ? '*' : day;
  const weekdays = isAll(weekday!, 7) && parts[2]!.includes('*') ? '*' : weekday;
  return [second, minute, hour, days, month, weekdays, ...(year === undefined ? [] : [year])].join(' ');
}

/** With a day of the month and a day of the week either may hold, so it matters whether `*\/1` is a star: beside another one it is. */
const isAll = (field: string, size: number): boolean => field.split(',').length === size;

const NICKNAMES: Record<string, string> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

function fieldOf(text: string, field: Field): string | undefined {
  if (text === '?') return '*';
  const items = text.split(',').map(item => itemOf(item, field));
  if (items.includes(undefined)) return undefined;
  return items.includes('*') ? '*' : items.join(',');
}

function itemOf(text: string, { low, high, names = [], special }: Field): string | undefined {
  if (special?.[0].test(text) === true) return text.replace(...special).toUpperCase();
  const nth = /^(\w+)#([1-5])$/.exec(text);
  const last = /^l(\w+)$/.exec(text);
  const number = (word: string): number => {
    const at = names.indexOf(word);
    const value = at >= 0 ? low + at : /^\d{1,4}$/.test(word) ? Number(word) : Number.NaN;
    return value >= low && value <= high ? value : Number.NaN;
  };
  if (nth !== null || last !== null) {
    const day = number((nth ?? last)![1]!);
    return high !== 7 || Number.isNaN(day) ? undefined : `${day % 7}#${nth === null ? 'L' : nth[2]}`;
  }
  const found = /^(?:(\*)|(\w+)(?:-(\w+))?)(?:\/(\d{1,4}))?$/.exec(text);
  if (found === null) return undefined;
  const [, star, start, end, by] = found;
  if (star !== undefined && by === undefined) return '*';
  const step = Number(by ?? 1);
  const [from, to] =
    star === undefined
      ? [number(start!), end === undefined ? (by === undefined ? number(start!) : lastOf(high)) : number(end)]
      : [low, lastOf(high)];
  if (step < 1 || Number.isNaN(from) || Number.isNaN(to)) return undefined;
  // From 22 to 4 goes over the end.
  const size = lastOf(high) - low + 1;
  const values: number[] = [];
  for (let value = from; value <= (from <= to ? to : to + size); value += step)
    values.push(value > lastOf(high) && !(from <= to) ? value - size : value);
  return [...new Set(values.map(value => (high === 7 ? value % 7 : value)))].join(',');
}

/** Sunday is 0 and also 7: only a written 7 is one. */
const lastOf = (high: number): number => (high === 7 ? 6 : high);

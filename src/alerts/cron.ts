import { DAY_MS, HOUR_MS, MINUTE_MS } from '../base/time/duration.ts';
import { MONTHS, shortName, WEEKDAYS } from '../base/time/english.ts';

/** A five-field cron expression (minute hour day-of-month month day-of-week), read in UTC. */
export interface Cron {
  /** True when the minute of this time is one of the schedule. */
  matches(ms: number): boolean;
  /** The first time of the schedule after `ms`; NaN if there is none within four years. */
  next(ms: number): number;
}

const RANGES: readonly [number, number][] = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
];
const lowerShort = (name: string): string => shortName(name).toLowerCase();
const NAMES: readonly (readonly string[])[] = [[], [], [], ['', ...MONTHS.map(lowerShort)], WEEKDAYS.map(lowerShort)];

/** Undefined if the text is not a cron expression. */
export function parseCron(text: string): Cron | undefined {
  const parts = text.trim().toLowerCase().split(/\s+/);
  if (parts.length !== 5) return undefined;
  const sets: Set<number>[] = [];
  for (const [i, part] of parts.entries()) {
    const set = parseField(part, RANGES[i]!, NAMES[i]!);
    if (set === undefined) return undefined;
    sets.push(set);
  }
  const [minutes, hours, days, months, weekdays] = sets as [
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
  ];
  if (weekdays.has(7)) weekdays.add(0);
  // As cron does: with both day fields given, either may hold.
  const anyDay = parts[2] === '*';
  const anyWeekday = parts[4] === '*';
  const dayMatches = (date: Date): boolean => {
    const day = days.has(date.getUTCDate());
    const weekday = weekdays.has(date.getUTCDay());
    return anyDay || anyWeekday ? day && weekday : day || weekday;
  };
  const matches = (ms: number): boolean => {
    const date = new Date(ms);
    return (
      minutes.has(date.getUTCMinutes()) &&
      hours.has(date.getUTCHours()) &&
      months.has(date.getUTCMonth() + 1) &&
      dayMatches(date)
    );
  };
  const next = (ms: number): number => {
    let at = Math.floor(ms / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
    const end = at + 4 * 366 * DAY_MS;
    while (at < end) {
      const date = new Date(at);
      if (!months.has(date.getUTCMonth() + 1) || !dayMatches(date)) at = Math.floor(at / DAY_MS) * DAY_MS + DAY_MS;
      else if (!hours.has(date.getUTCHours())) at = Math.floor(at / HOUR_MS) * HOUR_MS + HOUR_MS;
      else if (!minutes.has(date.getUTCMinutes())) at += MINUTE_MS;
      else return at;
    }
    return Number.NaN;
  };
  return { matches, next };
}

function parseField(text: string, [low, high]: [number, number], names: readonly string[]): Set<number> | undefined {
  const set = new Set<number>();
  for (const part of text.split(',')) {
    const found = /^(?:(\*)|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part);
    if (found === null) return undefined;
    const number = (word: string): number =>
      names.includes(word) ? names.indexOf(word) : /^\d+$/.test(word) ? Number(word) : -1;
    const step = found[4] === undefined ? 1 : Number(found[4]);
    const from = found[1] === '*' ? low : number(found[2]!);
    const to =
      found[1] === '*' ? high : found[3] !== undefined ? number(found[3]) : found[4] === undefined ? from : high;
    if (from < low || to > high || from > to || step < 1) return undefined;
    for (let value = from; value <= to; value += step) set.add(value);
  }
  return set;
}

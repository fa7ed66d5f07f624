import { MONTHS, WEEKDAYS } from '../../../base/time/english.ts';
import { findZone, fixedZone, type Zone } from '../../../base/time/zone.ts';
import type { Located } from '../../../base/yaml/located.ts';
import type { Range, TimeInterval } from '../time-intervals.ts';
import { isNothing, type Reading } from './reading.ts';

const OPTIONS = ['times', 'weekdays', 'days_of_month', 'months', 'years', 'location'];
const UTC = fixedZone('UTC', 0);

/** `time_intervals` and `mute_time_intervals`: named lists of intervals. */
export function readTimeIntervals(
  at: Located | undefined,
  list: string,
  reading: Reading,
): [string, readonly TimeInterval[]][] {
  return reading.list(at, list).map(entry => {
    const options = reading.mapping(entry, `an entry of ${list}`, ['name', 'time_intervals']);
    const name = reading.text(options.get('name'), `${list}: name`);
    if (name === '') reading.mistake(entry.where, `an entry of ${list} has no name.`, 'Add `name`.');
    const intervals = reading.list(options.get('time_intervals'), `${list}: time_intervals`);
    return [name, intervals.map(interval => readInterval(interval, reading))];
  });
}

function readInterval(at: Located, reading: Reading): TimeInterval {
  const options = reading.mapping(at, 'a time interval', OPTIONS);
  const ranges = (option: string, read: (text: string) => Range | string): readonly Range[] | undefined => {
    const list = options.get(option);
    if (isNothing(list)) return undefined;
    return reading.list(list, option).flatMap(item => {
      const range = read(reading.text(item, `each entry of ${option}`).trim());
      if (typeof range !== 'string') return [range];
      reading.mistake(item.where, `${option}: ${range}.`);
      return [];
    });
  };
  return {
    times: readTimes(options.get('times'), reading),
    weekdays: ranges('weekdays', text => named(text, WEEKDAYS, 0, 'weekday')),
    daysOfMonth: ranges('days_of_month', daysOfMonth),
    months: ranges('months', text => named(text, MONTHS, 1, 'month')),
    years: ranges('years', text => numbers(text, 'year', year => year >= 0 && year < 100_000)),
    zone: readZone(options.get('location'), reading),
  };
}

function readTimes(at: Located | undefined, reading: Reading): readonly Range[] | undefined {
  if (isNothing(at)) return undefined;
  return reading.list(at, 'times').flatMap(item => {
    const options = reading.mapping(item, 'an entry of times', ['start_time', 'end_time']);
    const [from, to] = ['start_time', 'end_time'].map(name => {
      const text = reading.text(options.get(name), name);
      const found = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/.exec(text);
      if (found !== null) return found[1] === undefined ? 1440 : Number(found[1]) * 60 + Number(found[2]);
      const what = options.has(name)
        ? `${name} is no time of day: ${JSON.stringify(text)}.`
        : `an entry of times has no ${name}.`;
      reading.mistake(
        options.get(name)?.where ?? item.where,
        what,
        'Write it between quotes, as hours and minutes: "09:00"; the end of a day is "24:00".',
      );
      return undefined;
    });
    if (from === undefined || to === undefined) return [];
    if (from < to) return [{ from, to }];
    reading.mistake(
      item.where,
      'end_time is not after start_time.',
      'An interval over midnight is two: until "24:00", and from "00:00".',
    );
    return [];
  });
}

function readZone(at: Located | undefined, reading: Reading): Zone {
  if (isNothing(at)) return UTC;
  const name = reading.text(at, 'location');
  if (name === 'Local') return findZone(Intl.DateTimeFormat().resolvedOptions().timeZone) ?? UTC;
  const zone = /^[A-Z][\w+/-]*$/i.test(name) ? findZone(name) : undefined;
  if (zone === undefined)
    reading.mistake(
      at.where,
      `location is no time zone: ${JSON.stringify(name)}.`,
      'Write an IANA name such as Europe/Berlin.',
    );
  return zone ?? UTC;
}

function ends(text: string): [string, string] | string {
  const parts = text.split(':');
  if (text === '' || parts.length > 2) return `${JSON.stringify(text)} is no range; write it as "from:to"`;
  return [parts[0]!, parts[1] ?? parts[0]!];
}

function named(text: string, names: readonly string[], first: number, what: string): Range | string {
  const parts = ends(text);
  if (typeof parts === 'string') return parts;
  const numbers = parts.map(part => {
    const at = names.findIndex(name => name.toLowerCase() === part.toLowerCase());
    if (at >= 0) return at + first;
    return first === 1 && /^\d{1,2}$/.test(part) ? Number(part) : undefined;
  });
  const [from, to] = numbers;
  if (from === undefined || to === undefined)
    return `${JSON.stringify(parts[from === undefined ? 0 : 1])} is no ${what}; they are ${names.join(', ').toLowerCase()}`;
  return from <= to ? { from, to } : `the end of ${JSON.stringify(text)} is before its start`;
}

function numbers(text: string, what: string, isValid: (value: number) => boolean): Range | string {
  const parts = ends(text);
  if (typeof parts === 'string') return parts;
  const wrong = parts.find(part => !/^-?\d{1,6}$/.test(part) || !isValid(Number(part)));
  if (wrong !== undefined) return `${JSON.stringify(wrong)} is no ${what}`;
  const [from, to] = [Number(parts[0]), Number(parts[1])];
  return from <= to || (from > 0 && to < 0) ? { from, to } : `the end of ${JSON.stringify(text)} is before its start`;
}

/** Of the shortest month: what never holds there is a mistake. */
const SHORTEST = 28;

function daysOfMonth(text: string): Range | string {
  const range = numbers(text, 'day of a month', day => day !== 0 && day >= -31 && day <= 31);
  if (typeof range === 'string') return range;
  const { from, to } = range;
  if (from < 0 && to > 0) return `${JSON.stringify(text)} begins with days from the end, so it must end with one`;
  const count = (day: number): number => (day < 0 ? SHORTEST + day : day);
  return count(from) <= count(to) ? range : `the end of ${JSON.stringify(text)} is always before its start`;
}

import { didYouMean } from '../../base/text/did-you-mean.ts';
import { MONTHS, shortName, WEEKDAYS } from '../../base/time/english.ts';
import { findZone, fixedZone, type Zone } from '../../base/time/zone.ts';
import { type Fields, isFields } from '../../core/event.ts';
import type { Range, TimeInterval } from '../routing/time-intervals.ts';
import type { Problems } from './problems.ts';

const NAMES = ['weekdays', 'times', 'days_of_month', 'months', 'timezone'];
const EXAMPLE = "For example only_on: { weekdays: [mon-fri], times: ['08:00-18:00'], timezone: Europe/Berlin }";
const DAY_MINUTES = 1440;

type Way = readonly (string | number)[];

/** The times at which a rule alerts, of which one must hold; undefined: always. */
export function readOnlyOn(given: unknown, problems: Problems): readonly TimeInterval[] | undefined {
  if (given === undefined || given === null) return undefined;
  const reading = new Reading(problems);
  if (Array.isArray(given) && given.length > 0) return given.map((one, i) => reading.interval(one, [i]));
  return [reading.interval(given, [])];
}

class Reading {
  readonly #problems: Problems;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  interval(given: unknown, way: Way): TimeInterval {
    const options = isFields(given) ? given : {};
    const names = Object.keys(options);
    if (!names.some(name => name !== 'timezone'))
      this.#wrong(way, `only_on must have some of ${NAMES.slice(0, 4).join(', ')}.`, EXAMPLE);
    for (const name of names)
      if (!NAMES.includes(name))
        this.#wrong(
          [...way, name],
          `only_on has no ${name}.`,
          didYouMean(name, NAMES) ?? `It takes ${NAMES.join(', ')}.`,
        );
    return {
      weekdays: this.#ranges(options, 'weekdays', way, text => named(text, WEEKDAYS, 0)),
      times: this.#ranges(options, 'times', way, timesOf),
      daysOfMonth: this.#ranges(options, 'days_of_month', way, daysOf),
      months: this.#ranges(options, 'months', way, text => named(text, MONTHS, 1)),
      zone: this.#zone(options['timezone'], way),
    };
  }

  #ranges(options: Fields, name: string, way: Way, read: (text: string) => Range[] | undefined): Range[] | undefined {
    const given = options[name];
    if (given === undefined || given === null) return undefined;
    return [given].flat().flatMap((one, i) => {
      const isText = typeof one === 'string' || typeof one === 'number';
      const ranges = isText ? read(String(one).trim().toLowerCase()) : undefined;
      if (ranges !== undefined) return ranges;
      const path = Array.isArray(given) ? [...way, name, i] : [...way, name];
      this.#wrong(path, `${JSON.stringify(one)} is none of ${name}.`, EXAMPLES[name]);
      return [];
    });
  }

  #zone(given: unknown, way: Way): Zone {
    const utc = fixedZone('UTC', 0);
    if (given === undefined || given === null) return utc;
    const zone = typeof given === 'string' && /^[A-Z][\w+/-]*$/i.test(given) ? findZone(given) : undefined;
    if (zone === undefined)
      this.#wrong(
        [...way, 'timezone'],
        `timezone: nobody knows the time zone ${JSON.stringify(given)}.`,
        'Use a name such as Europe/Berlin.',
      );
    return zone ?? utc;
  }

  #wrong(path: Way, what: string, fix?: string): void {
    this.#problems.error('LS_ALERTS_OPTION', what, { option: 'only_on', path: [...path], fix });
  }
}

const EXAMPLES: Readonly<Record<string, string>> = {
  weekdays: 'Write names or ranges: weekdays: [mon-fri, sunday]',
  times: "Write them between quotes, from and to: times: ['08:00-12:00', '13:00-18:00']",
  days_of_month: 'Write days or ranges, -1 is the last one: days_of_month: [1-7, -1]',
  months: 'Write names or ranges: months: [nov-dec]',
};

/** `mon-fri`; `fri-mon` goes over the end. */
function named(text: string, names: readonly string[], first: number): Range[] | undefined {
  const parts = text.split('-').map(part => {
    const word = part.trim();
    return names.findIndex(name => [name, shortName(name)].some(one => one.toLowerCase() === word)) + first;
  });
  const [from, to = from] = parts;
  if (parts.length > 2 || from === undefined || to === undefined || from < first || to < first) return undefined;
  const last = names.length - 1 + first;
  return wrapped(from, to, first, last);
}

/** `08:00-18:00`, minutes of the day; `22:00-06:00` is the evening and the morning of each day. */
function timesOf(text: string): Range[] | undefined {
  const found = /^(\d\d?):([0-5]\d)\s*-\s*(\d\d?):([0-5]\d)$/.exec(text);
  if (found === null) return undefined;
  const [from, to] = [Number(found[1]) * 60 + Number(found[2]), Number(found[3]) * 60 + Number(found[4])];
  if (from === to || from >= DAY_MINUTES || to > DAY_MINUTES) return undefined;
  return wrapped(from, to, 0, DAY_MINUTES).filter(range => range.from < range.to);
}

function daysOf(text: string): Range[] | undefined {
  const found = /^(-?\d{1,2})(?:\s*-\s*(-?\d{1,2}))?$/.exec(text);
  if (found === null) return undefined;
  const [from, to] = [Number(found[1]), Number(found[2] ?? found[1])];
  const isDay = (day: number): boolean => day !== 0 && Math.abs(day) <= 31;
  if (!isDay(from) || !isDay(to) || (from < 0 && to > 0) || (from > 0 === to > 0 && from > to)) return undefined;
  return [{ from, to }];
}

const wrapped = (from: number, to: number, first: number, last: number): Range[] =>
  from <= to
    ? [{ from, to }]
    : [
        { from, to: last },
        { from: first, to },
      ];

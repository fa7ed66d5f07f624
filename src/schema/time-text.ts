import type { ZoneClock } from './timezone.ts';

/**
 * Epoch milliseconds (with fraction) of a date as logs write it, NaN if it is none:
 *
 *     2026-11-20T13:55:36.123456Z   2026-11-20 13:55:36,123 +0900   2026/11/20 13:55:36   20261120T135536Z
 *     20/Nov/2026:13:55:36 +0000    20-Nov-2026 13:55:36 UTC        20 Nov 2026 13:55:36.123
 *     Fri, 20 Nov 2026 13:55:36 GMT Fri Nov 20 13:55:36.123 2026    Nov 20 13:55:36 (year nearest to `now`)
 *     1795182936  1795182936.123  1795182936123  1795182936123456 (seconds, milli-, micro-, nanoseconds by their size)
 *
 * A date without a zone is read by `clock`.
 */
export function parseTimeText(raw: string, now: number, clock: ZoneClock): number {
  if (raw.length < 8 || raw.length > 64) return Number.NaN;
  const text = raw.trim();
  const first = text.charCodeAt(0);
  if (first === 91 /* [ */ && text.endsWith(']')) return parseTimeText(text.slice(1, -1), now, clock);
  if (first < 48 || first > 57) return namedFirst(text, now, clock);
  const fourth = text.charCodeAt(4);
  if (fourth === 45 /* - */ || fourth === 47 /* / */ || fourth === 46 /* . */) {
    const iso = isoLike(text, clock);
    if (!Number.isNaN(iso)) return iso;
  }
  if (NUMBER.test(text)) return epochOf(Number(text));
  return dayFirst(text, clock);
}

/** Epoch milliseconds of a number whose unit shows in its size. Bounds: 1e11 seconds are the year 5138, 1e11 milliseconds 1973. */
export function epochOf(value: number): number {
  const size = Math.abs(value);
  if (size < 1e11) return value * 1000;
  if (size < 1e14) return value;
  if (size < 1e17) return value / 1000;
  return value / 1e6;
}

const NUMBER = /^\d{8,20}(?:\.\d+)?$/;
const ISO =
  /^(\d{4})([-/.])(\d\d)\2(\d\d)(?:[T ,_-]+(\d\d):(\d\d)(?::(\d\d)(?:[.,:](\d{1,12}))?)?)? ?(Z|[A-Z]{1,5}|[+-]\d\d(?::?\d\d)?)?(?: [A-Z]{3,5})?$/i;
const COMPACT = /^(\d{4})(\d\d)(\d\d)[T ](\d\d):?(\d\d):?(\d\d)(?:[.,](\d{1,12}))? ?(Z|[+-]\d\d:?\d\d)?$/;
const DAY_FIRST =
  /^(\d{1,2})([/ -])([A-Za-z]{3,9}|\d\d)\2(\d{4})[: ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,12}))? ?([A-Za-z]{1,5}|[+-]\d\d:?\d\d)?$/;
const WEEKDAY = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? +/i;
const MONTH_FIRST =
  /^([A-Za-z]{3,9}) +(\d{1,2}),?(?: +(\d{4}),?)? +(\d{1,2}):(\d\d):(\d\d)(?:[.,](\d{1,12}))?(?: ?([AP]M))?(?: ([A-Z]{1,5}|[+-]\d\d:?\d\d))?(?: (\d{4}))?$/i;

function isoLike(text: string, clock: ZoneClock): number {
  const m = ISO.exec(text);
  if (m === null) return Number.NaN;
  return instant(+m[1]!, +m[3]! - 1, +m[4]!, +(m[5] ?? 0), +(m[6] ?? 0), +(m[7] ?? 0), m[8], m[9], clock);
}

function dayFirst(text: string, clock: ZoneClock): number {
  const m = DAY_FIRST.exec(text);
  if (m === null) {
    const c = COMPACT.exec(text);
    if (c === null) return Number.NaN;
    return instant(+c[1]!, +c[2]! - 1, +c[3]!, +c[4]!, +c[5]!, +c[6]!, c[7], c[8], clock);
  }
  const month = m[3]!.length === 2 ? +m[3]! - 1 : monthOf(m[3]!);
  return instant(+m[4]!, month, +m[1]!, +m[5]!, +m[6]!, +m[7]!, m[8], m[9], clock);
}

function namedFirst(text: string, now: number, clock: ZoneClock): number {
  const rest = text.replace(WEEKDAY, '');
  const digit = rest.charCodeAt(0);
  if (digit >= 48 && digit <= 57) return dayFirst(rest, clock);
  const m = MONTH_FIRST.exec(rest);
  if (m === null) return Number.NaN;
  let hour = +m[4]!;
  if (m[8] !== undefined) hour = (hour % 12) + (m[8].toUpperCase() === 'PM' ? 12 : 0);
  const year = m[3] ?? m[10];
  const at = (y: number) => instant(y, monthOf(m[1]!), +m[2]!, hour, +m[5]!, +m[6]!, m[7], m[9], clock);
  if (year !== undefined) return at(+year);
  const nowYear = new Date(now).getUTCFullYear();
  let best = Number.NaN;
  for (let y = nowYear - 1; y <= nowYear + 1; y++) {
    const candidate = at(y);
    if (Number.isNaN(best) || Math.abs(candidate - now) < Math.abs(best - now)) best = candidate;
  }
  return best;
}

const MONTHS = 'janfebmaraprmayjunjulaugsepoctnovdec';

function monthOf(name: string): number {
  const at = MONTHS.indexOf(name.slice(0, 3).toLowerCase());
  return at >= 0 && at % 3 === 0 ? at / 3 : Number.NaN;
}

// Minutes ahead of UTC. The American ones as RFC 2822 reads them.
const ZONES: Readonly<Record<string, number>> = {
  Z: 0,
  UTC: 0,
  GMT: 0,
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
  CET: 60,
  CEST: 120,
  MSK: 180,
  KST: 540,
  JST: 540,
};

function instant(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  fraction: string | undefined,
  zone: string | undefined,
  clock: ZoneClock,
): number {
  // A second of 60 is a leap second; other overflows are not dates.
  if (!(month >= 0 && month < 12) || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60) return Number.NaN;
  const wall =
    Date.UTC(year, month, day, hour, minute, second) + (fraction === undefined ? 0 : Number(`0.${fraction}`) * 1000);
  if (new Date(Date.UTC(year, month, day)).getUTCDate() !== day) return Number.NaN;
  if (zone === undefined || zone === '') return clock(wall);
  const sign = zone.charCodeAt(0);
  if (sign === 43 || sign === 45) {
    const digits = zone.length > 3 ? +zone.slice(-2) : 0;
    const minutes = +zone.slice(1, 3) * 60 + digits;
    return wall - (sign === 43 ? minutes : -minutes) * 60_000;
  }
  const named = ZONES[zone.toUpperCase()];
  return named === undefined ? clock(wall) : wall - named * 60_000;
}

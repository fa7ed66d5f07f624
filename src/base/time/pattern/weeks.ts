import { daysOf } from '../civil.ts';

/** How a locale counts weeks. */
export interface WeekRules {
  /** 1 Monday to 7 Sunday. */
  readonly firstDay: number;
  /** So many days of the year at least has its first week. */
  readonly minimalDays: number;
}

/** Of ISO 8601: the named formats (`week_date`) count so, whatever the locale. */
export const ISO_WEEKS: WeekRules = { firstDay: 1, minimalDays: 4 };

/** Where the first week has four days at least; everywhere else one is enough (Unicode's CLDR). */
const FOUR_DAYS = new Set(
  'AD AN AT AX BE BG CH CZ DE DK EE ES FI FJ FO FR GB GF GG GI GP GR HU IE IM IS IT JE LI LT LU MC MQ NL NO PL PT RE RU SE SJ SK SM VA'.split(
    ' ',
  ),
);

/** Of a locale that names no region weeks begin on Sunday, as in Java. */
export function weekRules(locale: string): WeekRules {
  const known = rules.get(locale);
  if (known !== undefined) return known;
  const tag = new Intl.Locale(locale) as Intl.Locale & { getWeekInfo?(): { firstDay: number } };
  const { region } = tag;
  const made =
    region === undefined
      ? { firstDay: 7, minimalDays: 1 }
      : { firstDay: tag.getWeekInfo?.().firstDay ?? 1, minimalDays: FOUR_DAYS.has(region) ? 4 : 1 };
  rules.set(locale, made);
  return made;
}
const rules = new Map<string, WeekRules>();

/** Days since 1970-01-01 of a day (1 to 7, counted from the locale's first) in a week of a week-based year; NaN for a week that it does not have. */
export function dayOfWeekDate(weekYear: number, week: number, day: number, rules: WeekRules): number {
  const start = startOf(weekYear, rules);
  const days = start + (week - 1) * 7 + day - 1;
  return week >= 1 && days < startOf(weekYear + 1, rules) ? days : Number.NaN;
}

/** Year, week and day of a day since 1970-01-01. */
export function weekDateOf(days: number, rules: WeekRules): { year: number; week: number; day: number } {
  const calendar = new Date(days * 86_400_000).getUTCFullYear();
  const year = [calendar + 1, calendar].find(candidate => days >= startOf(candidate, rules)) ?? calendar - 1;
  const since = days - startOf(year, rules);
  return { year, week: Math.floor(since / 7) + 1, day: (since % 7) + 1 };
}

/** The week of a month, from 1; 0 for days before its first week. */
export function weekOfMonth(days: number, dayOfMonth: number, rules: WeekRules): number {
  return Math.floor((days - firstWeek(days - dayOfMonth + 1, rules)) / 7) + 1;
}

/** 1 to 7, from the locale's first day. */
export function localDay(isoDay: number, rules: WeekRules): number {
  return ((isoDay - rules.firstDay + 7) % 7) + 1;
}

/** 1 Monday to 7 Sunday. */
export function isoDayOf(days: number): number {
  return ((((days + 3) % 7) + 7) % 7) + 1;
}

/** The first day of a week-based year. */
function startOf(year: number, rules: WeekRules): number {
  return firstWeek(daysOf(year, 1, 1), rules);
}

/** Where the first week begins of a year or month whose first day is given. */
function firstWeek(first: number, rules: WeekRules): number {
  const before = localDay(isoDayOf(first), rules) - 1;
  return 7 - before >= rules.minimalDays ? first - before : first - before + 7;
}

import { LongshoreError } from '../../../core/errors.ts';

export type NameUnit = 'month' | 'weekday' | 'ampm' | 'era' | 'quarter' | 'dayPeriod';
export type NameWidth = 'long' | 'short' | 'narrow';

/** Names as texts have them. */
export interface Spelled {
  /** In lower case, the longest spelling first: of January first, Sunday first, AM first, BC first, the first quarter first. */
  readonly names: readonly (readonly string[])[];
  /** No name begins with the spelling of another one. */
  readonly isDistinct: boolean;
}

const spelled = new Map<string, Spelled>();
const written = new Map<string, readonly string[]>();

/** Every spelling of a unit's names that texts of a locale have: long and short, beside a day and alone, with a dot and without. */
export function spellings(locale: string, unit: NameUnit): Spelled {
  const key = `${locale} ${unit}`;
  const known = spelled.get(key);
  if (known !== undefined) return known;
  const lists = (['long', 'short'] as const).flatMap(width => [
    namesOf(locale, unit, width, false),
    namesOf(locale, unit, width, true),
  ]);
  const names = lists[0]!.map((_, i) => {
    const all = [...lists.map(list => list[i]!), ...(MORE[unit]?.[i] ?? [])].map(name => name.toLowerCase());
    if (unit === 'month' && locale === 'en' && i === 8) all.push('sept');
    all.push(...all.filter(text => text.endsWith('.')).map(text => text.slice(0, -1)));
    return [...new Set(all)].filter(text => text !== '').sort((a, b) => b.length - a.length);
  });
  const isDistinct = names.every((some, i) =>
    some.every(one => names.every((others, k) => i === k || !others.some(other => other.startsWith(one)))),
  );
  const made = { names, isDistinct };
  spelled.set(key, made);
  return made;
}

/** The names of a unit as they are written. `alone`: without a day beside it, which makes a difference in Slavic languages. */
export function namesOf(locale: string, unit: NameUnit, width: NameWidth, alone = false): readonly string[] {
  const key = `${locale} ${unit} ${width} ${alone}`;
  let known = written.get(key);
  if (known === undefined) {
    known = NAMES[unit](locale, width, alone);
    written.set(key, known);
  }
  return known;
}

/** What is understood in every locale. */
const MORE: Partial<Record<NameUnit, readonly (readonly string[])[]>> = {
  ampm: [
    ['am', 'a.m.'],
    ['pm', 'p.m.'],
  ],
  era: [
    ['bc', 'bce', 'before christ'],
    ['ad', 'ce', 'anno domini'],
  ],
};

const NAMES: Record<NameUnit, (locale: string, width: NameWidth, alone: boolean) => string[]> = {
  month: (locale, width, alone) =>
    partsOf(locale, { month: width, ...(alone ? {} : { day: 'numeric' }) }, 'month', 12, i => Date.UTC(2023, i, 15)),
  weekday: (locale, width, alone) =>
    partsOf(locale, { weekday: width, ...(alone ? {} : { day: 'numeric' }) }, 'weekday', 7, i =>
      Date.UTC(2023, 0, 1 + i),
    ),
  ampm: locale =>
    partsOf(locale, { hour: 'numeric', hourCycle: 'h12' }, 'dayPeriod', 2, i => Date.UTC(2023, 0, 1, 1 + 12 * i)),
  era: (locale, width) =>
    partsOf(locale, { era: width, year: 'numeric' }, 'era', 2, i => Date.UTC(i === 0 ? -100 : 2023, 0, 1)),
  quarter: (_, width) => ['1', '2', '3', '4'].map((n, i) => quarterName(n, i, width)),
  // One for each hour.
  dayPeriod: (locale, width) =>
    partsOf(locale, { hour: 'numeric', hourCycle: 'h12', dayPeriod: width }, 'dayPeriod', 24, i =>
      Date.UTC(2023, 0, 1, i),
    ),
};

/** Node has no other names of quarters. */
function quarterName(number: string, index: number, width: NameWidth): string {
  if (width === 'narrow') return number;
  return width === 'short' ? `Q${number}` : `${number}${['st', 'nd', 'rd', 'th'][index]} quarter`;
}

function partsOf(
  locale: string,
  options: Intl.DateTimeFormatOptions,
  type: Intl.DateTimeFormatPartTypes,
  count: number,
  at: (i: number) => number,
): string[] {
  const format = new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' });
  return Array.from(
    { length: count },
    (_, i) => format.formatToParts(at(i)).find(part => part.type === type)?.value ?? '',
  );
}

/** `ENGLISH`, `en_US`, `en-US`, `ROOT` and other tags. Throws LS_DATE_LOCALE. */
export function localeTag(locale: string): string {
  const text = locale.trim().replaceAll('_', '-');
  if (text === '' || /^(?:en(?:glish)?|en-US|root|us)$/i.test(text)) return 'en';
  if (/^uk$/i.test(text)) return 'en-GB';
  try {
    return Intl.getCanonicalLocales(text)[0]!;
  } catch (cause) {
    throw new LongshoreError('LS_DATE_LOCALE', `the locale "${locale}" is not known.`, {
      fix: 'Use a language tag such as en or de-DE.',
      cause,
    });
  }
}

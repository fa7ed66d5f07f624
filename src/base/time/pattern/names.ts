import { LongshoreError } from '../../../core/errors.ts';

const cache = new Map<string, readonly (readonly string[])[]>();

/** Names of the months, January first, each in its spellings, lower case, longest first. */
export function monthNames(locale: string): readonly (readonly string[])[] {
  return names(locale, 'month', 12, i => Date.UTC(2023, i, 15));
}

/** Names of the weekdays, Sunday first. */
export function weekdayNames(locale: string): readonly (readonly string[])[] {
  return names(locale, 'weekday', 7, i => Date.UTC(2023, 0, 1 + i));
}

function names(
  locale: string,
  unit: 'month' | 'weekday',
  count: number,
  at: (i: number) => number,
): readonly (readonly string[])[] {
  const tag = localeTag(locale);
  const key = `${tag} ${unit}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const formats = (['long', 'short'] as const).flatMap(width => [
    new Intl.DateTimeFormat(tag, { [unit]: width, timeZone: 'UTC' }),
    new Intl.DateTimeFormat(tag, { [unit]: width, ...(unit === 'month' ? { day: 'numeric' } : {}), timeZone: 'UTC' }),
  ]);
  const all = Array.from({ length: count }, (_, i) => {
    const spellings = formats.map(format => {
      const parts = format.formatToParts(at(i));
      return (parts.find(part => part.type === unit)?.value ?? '').toLowerCase();
    });
    if (tag === 'en' && unit === 'month' && i === 8) spellings.push('sept');
    spellings.push(...spellings.filter(text => text.endsWith('.')).map(text => text.slice(0, -1)));
    return [...new Set(spellings)].filter(text => text !== '').sort((a, b) => b.length - a.length);
  });
  cache.set(key, all);
  return all;
}

/** `ENGLISH`, `en_US`, `en-US`, `ROOT` and other tags. Throws LS_DATE_LOCALE. */
export function localeTag(locale: string): string {
  const text = locale.trim().replaceAll('_', '-');
  if (text === '' || /^(?:en(?:glish|-.*)?|root|us|uk)$/i.test(text)) return 'en';
  try {
    return Intl.getCanonicalLocales(text)[0]!;
  } catch (cause) {
    throw new LongshoreError('LS_DATE_LOCALE', `the locale "${locale}" is not known.`, {
      fix: 'Use a language tag such as en or de-DE.',
      cause,
    });
  }
}

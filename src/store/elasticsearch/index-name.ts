import { LongshoreError } from '../../core/errors.ts';
import { INDEX_PREFIX } from '../../core/schema/fields.ts';
import type { IndexOptions } from './options.ts';

/** The names of the daily indices, both ways. */
export interface IndexNames {
  readonly prefix: string;
  /** Name of the index of a day (`YYYY.MM.DD`). */
  of(day: string): string;
  /** Day (`YYYY.MM.DD`) that an index holds; undefined when it is not one of ours by its name. */
  dayOf(index: string): string | undefined;
}

const TOKENS = { year: '\\d{4}', month: '\\d\\d', day: '\\d\\d' };
type Token = keyof typeof TOKENS;

/** Throws LS_STORE_DATE_FORMAT when the format does not have year, month and day exactly once. */
export function indexNames({ prefix, date_format }: IndexOptions): IndexNames {
  const parts: (Token | { text: string })[] = [];
  for (const [text] of date_format.matchAll(/YYYY|yyyy|MM|DD|dd|[._-]|./g)) parts.push(tokenOf(text, date_format));
  for (const token of Object.keys(TOKENS)) {
    if (parts.filter(part => part === token).length !== 1) throw wrongFormat(date_format);
  }
  const source = parts.map(part =>
    typeof part === 'string' ? `(?<${part}>${TOKENS[part]})` : RegExp.escape(part.text),
  );
  const pattern = new RegExp(`^${RegExp.escape(prefix)}${source.join('')}$`);
  return {
    prefix,
    of(day) {
      const values = { year: day.slice(0, 4), month: day.slice(5, 7), day: day.slice(8, 10) };
      return prefix + parts.map(part => (typeof part === 'string' ? values[part] : part.text)).join('');
    },
    dayOf(index) {
      const found = pattern.exec(index)?.groups;
      if (found === undefined) return undefined;
      const { year, month, day } = found;
      return Number.isNaN(Date.parse(`${year}-${month}-${day}`)) ? undefined : `${year}.${month}.${day}`;
    },
  };
}

/** Name of the index that an event of a day (`YYYY.MM.DD`) is in or will be in, also where the store has none: then as by default. */
export function indexOfDay(options: IndexOptions | undefined): (day: string) => string {
  if (options === undefined) return day => INDEX_PREFIX + day;
  const names = indexNames(options);
  let last = { day: '', name: '' };
  return day => {
    if (day !== last.day) last = { day, name: names.of(day) };
    return last.name;
  };
}

function tokenOf(text: string, format: string): Token | { text: string } {
  if (text === 'YYYY' || text === 'yyyy') return 'year';
  if (text === 'MM') return 'month';
  if (text === 'DD' || text === 'dd') return 'day';
  if ('._-'.includes(text)) return { text };
  throw wrongFormat(format);
}

function wrongFormat(format: string): LongshoreError {
  return new LongshoreError('LS_STORE_DATE_FORMAT', `${JSON.stringify(format)} does not name a day.`, {
    where: 'store.index.date_format',
    fix: 'Use YYYY, MM and DD once each, for instance YYYY.MM.DD.',
  });
}

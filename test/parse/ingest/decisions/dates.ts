import { isFields } from '../../../../src/core/event.ts';
import type { IngestCase } from '../ingest-case.ts';
import type { Outcome } from '../run-case.ts';
import type { CaseKind } from './kind.ts';

/** One `date` processor, the text that it reads, and what both make of it; undefined for any other case. */
interface DateCase {
  readonly formats: readonly string[];
  readonly text: string;
  readonly hasZone: boolean;
  readonly output: string | undefined;
  readonly isRefused: boolean;
  readonly expected: string | undefined;
  readonly got: string | undefined;
}

export const DATES: readonly CaseKind[] = [
  kind(
    'dates-are-read-kindly',
    one =>
      one.isRefused &&
      one.got !== undefined &&
      KINDLY.some(
        ({ text, format }) => text.test(one.text) && one.formats.some(written => format.test(plain(written))),
      ),
  ),
  kind('the-offset-in-the-text-counts', one => {
    if (!one.hasZone || one.output !== undefined || one.expected === undefined || one.got === undefined) return false;
    // The engine reads the wall clock of the text in the zone of the option.
    const wall = Date.parse(one.expected.replace(OFFSET, 'Z'));
    return offsetsIn(one.text).some(offset => wall - offset === Date.parse(one.got!));
  }),
  kind('hours-without-am-and-pm', one => {
    const counts = one.formats.every(format => /[hK]/.test(format) && !/[aB]/.test(format.replace(/'[^']*'/g, '')));
    return counts && one.expected?.slice(0, 10) === one.got?.slice(0, 10);
  }),
  // Of a time of the day alone the engine takes New Year's Day.
  kind(
    'the-day-of-a-time-alone',
    one =>
      clockOf(one.expected) !== undefined &&
      clockOf(one.expected) === clockOf(one.got) &&
      one.formats.every(format => !/[dDgMLy]/.test(plain(format))),
  ),
  kind(
    'no-time-is-of-1970',
    one =>
      /^19(?:70-01-01|69-12-31)/.test(one.expected ?? '') &&
      clockOf(one.expected) !== undefined &&
      /^[12]\d{3}-01-01|^[12]\d{3}-12-31/.test(one.got ?? ''),
  ),
  // Without a zone the engine puts the clock of the number into the year of today.
  kind(
    'epochs-are-epochs',
    one =>
      one.formats.every(format => /^epoch_/.test(format)) &&
      clockOf(one.expected) !== undefined &&
      one.got !== undefined,
  ),
  kind(
    'strict-basic-formats',
    one => one.isRefused && one.formats.every(format => /^strict_(?:basic|week_year)/.test(format)),
  ),
  kind(
    'years-of-four-digits',
    one => one.got === undefined && (/^[-+]\d{4,}-/.test(one.expected ?? '') || /^[-+]\d{6,}/.test(one.text)),
  ),
  kind('29-february-stays', one => /Feb(?:ruary)? 29|29 Feb/.test(one.text) && one.got?.includes('-02-29') === true),
  kind(
    'names-are-those-of-the-locale',
    one =>
      one.output !== undefined &&
      /[MLEGaBecQqzvVO]/.test(plain(one.output)) &&
      one.expected !== undefined &&
      one.got !== undefined &&
      withoutNames(one.expected) === withoutNames(one.got),
  ),
];

function kind(name: string, test: (one: DateCase) => boolean): CaseKind {
  return {
    name,
    explains: (one, got) => {
      const seen = dateCase(one, got);
      return seen !== undefined && test(seen);
    },
  };
}

function dateCase(one: IngestCase, got: Outcome): DateCase | undefined {
  const options = one.pipeline.processors.length === 1 ? one.pipeline.processors[0]!['date'] : undefined;
  if (options === undefined) return undefined;
  const { field, target_field = '@timestamp', formats, timezone, output_format } = options;
  const text = textAt(one.doc, field);
  if (text === undefined || !Array.isArray(formats)) return undefined;
  return {
    formats: formats.map(String),
    text,
    hasZone: timezone !== undefined,
    output: output_format === undefined ? undefined : String(output_format),
    isRefused: one.expect.error?.at === 'run' && /^unable to parse date/.test(one.expect.error.reason ?? ''),
    expected: textAt(one.expect.doc, target_field),
    got: 'doc' in got ? textAt(got.doc, target_field) : undefined,
  };
}

function textAt(doc: unknown, field: unknown): string | undefined {
  const value = isFields(doc) ? doc[String(field)] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** A pattern without its texts. */
function plain(pattern: string): string {
  return pattern.replace(/'[^']*'/g, '');
}

/** What the engine refuses, and everybody who reads it understands: a text for a format. */
const KINDLY: readonly { readonly text: RegExp; readonly format: RegExp }[] = [
  // Names in other cases, long or short, in the locale's words or in English.
  { text: /\p{L}{2}/u, format: /M{3}|L{3}|E|[ec]{3}|a|G|B|rfc822/ },
  // Short names of zones, and offsets where a name is wanted.
  { text: /\b[A-Z]{2,5}$|[-+]\d\d(?::?\d\d){0,2}$/, format: /[zvVO]/ },
  // An offset in another form than the pattern's, or after a blank.
  { text: /(?:[-+]\d\d(?::?\d\d)?|Z)$/, format: /[ZXxO]|time|8601|iso/i },
  { text: /\b24:?00/, format: /H|8601|time/i },
  { text: /:60\b/, format: /s|8601|time/i },
  // More digits of a fraction than nanoseconds have.
  { text: /\.\d{10,}/, format: /S|8601|time/i },
  // The day of the year, the form without dashes, and a blank for T.
  { text: /^\d{4}-\d{3}$|^\d{8}T?\d{6}|^\d{4}-\d\d-\d\d \d\d:\d\d/, format: /8601|date(?:_optional)?_time/i },
  // A date alone, and less.
  { text: /^\d{4}(?:-\d\d){0,2}(?:T\d\d)?$/, format: /date_time/ },
  // A month or day of one digit before a clock right behind the year.
  { text: /\d{4}\d{1,2}:\d\d/, format: /yyyy/ },
];

/** Names of a zone may have several words. */
function withoutNames(text: string): string {
  return text.replace(/\p{L}[\p{L}\p{M}./_]*(?:[ ’']\p{L}[\p{L}\p{M}./_]*)*/gu, 'name');
}

const OFFSET = /(?:Z|[-+]\d\d(?::?\d\d){0,2})$/;

/** Offsets that a text may mean, in milliseconds. */
function offsetsIn(text: string): number[] {
  const found = [...text.matchAll(/([-+])(\d\d?)(?::?(\d\d))?(?::?(\d\d))?(?!\d)/g)].map(
    ([, sign, hours, minutes = '0', seconds = '0']) =>
      (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000,
  );
  return [...found, ...(/Z|GMT|UTC/.test(text) ? [0] : [])];
}

function clockOf(time: string | undefined): string | undefined {
  return time === undefined ? undefined : /T([\d:.]+)/.exec(time)?.[1];
}

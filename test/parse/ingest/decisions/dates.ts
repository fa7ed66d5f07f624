import { findZone } from '../../../../src/base/time/zone.ts';
import { isFields } from '../../../../src/core/event.ts';
import type { IngestCase, PipelineSource } from '../ingest-case.ts';
import type { Outcome } from '../run-case.ts';
import type { CaseKind } from './kind.ts';
import { mapOptions } from './pipeline.ts';

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
  {
    // The engine has no locale when it writes: without one they agree.
    name: 'names-are-those-of-the-locale',
    explains: (one, _got, agrees) => {
      const without = mapOptions(one.pipeline, (name, value) => (name === 'locale' ? undefined : value));
      return (
        without !== one.pipeline &&
        one.pipeline.processors[0]?.['date']?.['output_format'] !== undefined &&
        agrees({ ...one, pipeline: without }, one)
      );
    },
  },
  kind('dates-are-written-in-their-zone', one => one.hasZone && /^(?:strict_)?basic_date$/.test(one.output ?? '')),
  {
    // The engine goes on when a format has fitted: the last one counts. With it alone they agree.
    name: 'the-first-format-counts',
    explains: (one, _got, agrees) => {
      const formats: unknown = one.pipeline.processors[0]?.['date']?.['formats'];
      if (!Array.isArray(formats)) return false;
      return formats.slice(1).some(format => agrees({ ...one, pipeline: withFormats(one.pipeline, [format]) }, one));
    },
  },
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
    const hasNoYear = one.formats.some(format => !/[yuY]|time/.test(plain(format)));
    if (one.output !== undefined || one.expected === undefined || one.got === undefined) return false;
    // The engine reads the wall clock of the text in the zone of the option; without a year, in UTC.
    return (one.hasZone || hasNoYear) && wallsOf(one).some(wall => wall === Date.parse(one.got!));
  }),
  kind('hours-without-am-and-pm', one => {
    const counts = one.formats.every(format => /[hK]/.test(format) && !/[aB]/.test(format.replace(/'[^']*'/g, '')));
    return counts && one.expected?.slice(0, 10) === one.got?.slice(0, 10);
  }),
  // Of a time of the day alone the engine takes New Year's Day, and not the offset that stands behind it.
  kind(
    'the-day-of-a-time-alone',
    one =>
      one.formats.some(isTimeAlone) &&
      /-01-01|-12-31/.test(one.expected ?? '') &&
      /-(?:11-\d\d|12-0)/.test(one.got ?? '') &&
      wallsOf(one).some(wall => wall % DAY_MS === Date.parse(one.got!) % DAY_MS),
  ),
  // The engine takes the year of today, also for a day that is still to come.
  kind('no-year-is-the-latest', one => {
    if (one.output !== undefined || one.got === undefined || one.formats.every(format => /[yuY]/.test(plain(format))))
      return false;
    return wallsOf(one).some(
      wall => new Date(wall).setUTCFullYear(new Date(wall).getUTCFullYear() - 1) === Date.parse(one.got!),
    );
  }),
  // Of a year of weeks, and of a week without a day, the engine takes the first day of the year of today.
  kind(
    'weeks-are-those-of-their-year',
    one => one.formats.some(format => /week_?year/.test(format)) && /^20\d\d-01-01T00/.test(one.expected ?? ''),
  ),
  kind(
    'one-offset-is-enough',
    one => one.got === undefined && /(?:[-+]\d\d:?\d\d|Z)(?:[-+]\d\d:?\d\d|Z)$/.test(one.text),
  ),
  kind(
    'digits-are-all-there',
    one =>
      one.got === undefined &&
      one.formats.some(format => /^basic_|week/.test(format)) &&
      /^\d{7}(?:\D|$)|W\d{3}/.test(one.text),
  ),
  kind(
    'no-time-is-of-1970',
    one =>
      /^19(?:70-01-0[12]|69-12-31)/.test(one.expected ?? '') &&
      clockOf(one.expected) !== undefined &&
      /^[12]\d{3}-(?:01-0[12]|12-31)/.test(one.got ?? ''),
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
    one =>
      one.isRefused && one.got !== undefined && one.formats.some(format => /strict_(?:basic|week_year)/.test(format)),
  ),
  kind(
    'years-of-four-digits',
    one => one.got === undefined && (/^[-+]\d{4,}-/.test(one.expected ?? '') || /^[-+]\d/.test(one.text)),
  ),
  kind('29-february-stays', one => /Feb(?:ruary)? 29|29 Feb/.test(one.text) && /-02-2[89]/.test(one.got ?? '')),
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
    formats: formats.flatMap(format => String(format).split('||')),
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
  { text: /\b[A-Z]{2,5}$|[-+]\d\d?(?::?\d\d){0,2}$/, format: /[zvVO]/ },
  // No offset where a name wants one.
  { text: /:\d\d(?:[.,]\d+)?$/, format: /^(?:strict_)?(?:(?:date|ordinal_date|week_date|t)_)?time|ISO_/ },
  { text: /\d{6}(?:\.\d+)?$/, format: /basic_.*time/ },
  // The day of the year right behind the year.
  { text: /^\d{5,}/, format: /(?:y{4}|u{4})(?:[ML]{1,2})?[DMLd](?![MLDd])/ },
  // Whole seconds where a fraction is wanted, and the other way round.
  { text: /:\d\d(?:[.,]\d+)?(?:[-+][\d:]+|Z)?$/, format: /_(?:fraction|millis|no_millis)$|_time$/ },
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

function withFormats(pipeline: PipelineSource, formats: readonly unknown[]): PipelineSource {
  return mapOptions(pipeline, (name, value) => (name === 'formats' ? formats : value));
}

const DAY_MS = 86_400_000;

function isTimeAlone(format: string): boolean {
  return format
    .split('||')
    .some(one => /^(?:strict_)?(?:basic_)?(?:t_)?(?:hour|time)/.test(one) || !/[dDgMLyYuw]/.test(plain(one)));
}

/** What the clock of the engine's time says, less each offset that the text may mean. */
function wallsOf(one: DateCase): number[] {
  const wall = Date.parse((one.expected ?? '').replace(OFFSET, 'Z'));
  const own = Date.parse(one.expected ?? '');
  const zone = findZone(/[A-Z]\w+\/\w+/.exec(one.text)?.[0] ?? '');
  return [
    own,
    ...[...offsetsIn(one.text), ...(zone === undefined ? [] : [zone.offsetAtLocal(wall)])].map(offset => wall - offset),
  ];
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

import { type PatternPart, parsePattern } from './pattern.ts';

/** A format that has a name. */
export interface NamedFormat {
  /** Forms that are read, tried in order. */
  readonly forms: readonly (readonly PatternPart[])[];
  /** The pattern in which it is written. */
  readonly printed: string;
  /** The fraction of the second is written as far as it goes, three digits at least. */
  readonly printsNanos: boolean;
}

const DAY = 'yyyy-MM-dd';
const T = "'T'";
const BASIC_T = `[.S][,S]${'[X]'}`;
/** A fraction of any length, and a zone; a text without a zone is read as well. */
const TAIL = '[.S][,S][ XXX][XXX]';

/** Elasticsearch's names: how each is read, where `S` is a fraction of any length, and written. */
const NAMES: Readonly<Record<string, readonly [read: string, printed: string]>> = {
  date: [DAY, DAY],
  year_month_day: [DAY, DAY],
  year_month: ['yyyy-MM', 'yyyy-MM'],
  year: ['yyyy', 'yyyy'],
  date_hour: [`${DAY}${T}HH`, `${DAY}${T}HH`],
  date_hour_minute: [`${DAY}${T}HH:mm`, `${DAY}${T}HH:mm`],
  date_hour_minute_second: [`${DAY}${T}HH:mm:ss`, `${DAY}${T}HH:mm:ss`],
  date_hour_minute_second_fraction: [`${DAY}${T}HH:mm:ss[.S][,S]`, `${DAY}${T}HH:mm:ss.SSS`],
  date_hour_minute_second_millis: [`${DAY}${T}HH:mm:ss[.S][,S]`, `${DAY}${T}HH:mm:ss.SSS`],
  ordinal_date: ['yyyy-DDD', 'yyyy-DDD'],
  ordinal_date_time: [`yyyy-DDD${T}HH:mm:ss${TAIL}`, `yyyy-DDD${T}HH:mm:ss.SSSXXX`],
  ordinal_date_time_no_millis: [`yyyy-DDD${T}HH:mm:ss${TAIL}`, `yyyy-DDD${T}HH:mm:ssXXX`],
  week_date: ["YYYY-'W'ww-e", "YYYY-'W'ww-e"],
  week_date_time: [`YYYY-'W'ww-e${T}HH:mm:ss${TAIL}`, `YYYY-'W'ww-e${T}HH:mm:ss.SSSXXX`],
  week_date_time_no_millis: [`YYYY-'W'ww-e${T}HH:mm:ss${TAIL}`, `YYYY-'W'ww-e${T}HH:mm:ssXXX`],
  weekyear: ['YYYY', 'YYYY'],
  week_year: ['YYYY', 'YYYY'],
  weekyear_week: ["YYYY-'W'ww", "YYYY-'W'ww"],
  weekyear_week_day: ["YYYY-'W'ww-e", "YYYY-'W'ww-e"],
  hour: ['HH', 'HH'],
  hour_minute: ['HH:mm', 'HH:mm'],
  hour_minute_second: ['HH:mm:ss', 'HH:mm:ss'],
  hour_minute_second_fraction: ['HH:mm:ss[.S][,S]', 'HH:mm:ss.SSS'],
  hour_minute_second_millis: ['HH:mm:ss[.S][,S]', 'HH:mm:ss.SSS'],
  time: [`HH:mm:ss${TAIL}`, 'HH:mm:ss.SSSXXX'],
  time_no_millis: [`HH:mm:ss${TAIL}`, 'HH:mm:ssXXX'],
  t_time: [`${T}HH:mm:ss${TAIL}`, `${T}HH:mm:ss.SSSXXX`],
  t_time_no_millis: [`${T}HH:mm:ss${TAIL}`, `${T}HH:mm:ssXXX`],
  basic_date: ['yyyyMMdd', 'yyyyMMdd'],
  basic_date_time: [`yyyyMMdd${T}HHmmss${BASIC_T}`, `yyyyMMdd${T}HHmmss.SSSXXX`],
  basic_date_time_no_millis: [`yyyyMMdd${T}HHmmss${BASIC_T}`, `yyyyMMdd${T}HHmmssXXX`],
  basic_ordinal_date: ['yyyyDDD', 'yyyyDDD'],
  basic_ordinal_date_time: [`yyyyDDD${T}HHmmss${BASIC_T}`, `yyyyDDD${T}HHmmss.SSSXXX`],
  basic_ordinal_date_time_no_millis: [`yyyyDDD${T}HHmmss${BASIC_T}`, `yyyyDDD${T}HHmmssXXX`],
  basic_week_date: ["YYYY'W'wwe", "YYYY'W'wwe"],
  basic_week_date_time: [`YYYY'W'wwe${T}HHmmss${BASIC_T}`, `YYYY'W'wwe${T}HHmmss.SSSX`],
  basic_week_date_time_no_millis: [`YYYY'W'wwe${T}HHmmss${BASIC_T}`, `YYYY'W'wwe${T}HHmmssX`],
  basic_time: [`HHmmss${BASIC_T}`, 'HHmmss.SSSXXX'],
  basic_time_no_millis: [`HHmmss${BASIC_T}`, 'HHmmssXXX'],
  basic_t_time: [`${T}HHmmss${BASIC_T}`, `${T}HHmmss.SSSXXX`],
  basic_t_time_no_millis: [`${T}HHmmss${BASIC_T}`, `${T}HHmmssXXX`],
  rfc822: ['EEE, d MMM yyyy HH:mm:ss Z', 'EEE, d MMM yyyy HH:mm:ss Z'],
};

/** ISO 8601 with T or a space, fraction by `.` or `,`, offset with or without colon. */
const ISO_FORMS = [
  `yyyy-MM-dd['T'][' ']HH:mm[:ss]${TAIL}`,
  `yyyy-MM-dd'T'HH${TAIL}`,
  'yyyy-MM-dd',
  `yyyyMMdd['T']HHmmss${TAIL}`,
  'yyyy-MM',
  'yyyy',
  'yyyy-DDD',
];
const ISO_NAMES = new Set([
  'ISO8601',
  'iso8601',
  'date_optional_time',
  'date_optional_time_nanos',
  'date_time',
  'date_time_no_millis',
  'rfc3339_lenient',
  // What they are called in Java; Elasticsearch does not know them, and published pipelines use them all the same.
  ...['ISO_INSTANT', 'ISO_OFFSET_DATE_TIME', 'ISO_DATE_TIME'],
]);
/** Where numbers of one digit are nothing to be careful about. */
const ISO_STRICT = new Set(['ISO8601', 'iso8601', 'rfc3339_lenient']);
const PRINTS_NANOS = new Set([
  'strict_date_optional_time_nanos',
  'date_optional_time_nanos',
  'strict_date_time',
  'ordinal_date_time',
]);

const known = new Map<string, NamedFormat | undefined>();

/** Every name without its `strict_`, and how it is written. */
export const FORMAT_NAMES: readonly (readonly [name: string, printed: string])[] = [
  ...[...ISO_NAMES].map(name => [name, namedFormat(name)!.printed] as const),
  ...Object.entries(NAMES).map(([name, [, printed]]) => [name, printed] as const),
];

/** Elasticsearch's format of that name, with `strict_` in front or not; undefined when there is none. */
export function namedFormat(name: string): NamedFormat | undefined {
  if (!known.has(name)) known.set(name, made(name));
  return known.get(name);
}

function made(name: string): NamedFormat | undefined {
  const isStrict = name.startsWith('strict_');
  const plain = isStrict ? name.slice(7) : name;
  const printsNanos = PRINTS_NANOS.has(name);
  if (ISO_NAMES.has(plain) && !(isStrict && ISO_STRICT.has(plain))) {
    const forms = ISO_FORMS.map(formOf);
    return {
      forms:
        isStrict || ISO_STRICT.has(plain)
          ? forms
          : [
              ...forms,
              ...ISO_FORMS.slice(0, 2).map(formOf).map(loosened),
              ...(plain.startsWith('date_time') ? [] : [loosened(formOf('yyyy[-MM[-dd]]'))]),
            ],
      printed: plain === 'date_time_no_millis' ? "yyyy-MM-dd'T'HH:mm:ssXXX" : "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
      printsNanos,
    };
  }
  if (!Object.hasOwn(NAMES, plain)) return undefined;
  const [read, printed] = NAMES[plain]!;
  const form = formOf(read);
  const forms = isStrict ? [form] : [form, loosened(form)];
  if (plain === 'date') forms.push(...(isStrict ? [] : [loosened(formOf('yyyy[-MM[-dd]]'))]));
  return { forms, printed, printsNanos };
}

function formOf(pattern: string): PatternPart[] {
  return parsePattern(pattern).map(part => anyFraction(part));
}

function anyFraction(part: PatternPart): PatternPart {
  if (part.type === 'optional') return { ...part, parts: part.parts.map(anyFraction) };
  return part.type === 'fraction' && part.max === 1 ? { ...part, max: 12 } : part;
}

/** The same with numbers of fewer digits, but for those that stand right behind each other. */
function loosened(parts: readonly PatternPart[]): PatternPart[] {
  const isNumber = (part: PatternPart | undefined): boolean => part?.type === 'number' || part?.type === 'fraction';
  return parts.map((part, i) => {
    if (part.type === 'optional') return { ...part, parts: loosened(part.parts) };
    if (part.type !== 'number' || isNumber(parts[i - 1]) || isNumber(parts[i + 1])) return part;
    return { ...part, min: 1 };
  });
}

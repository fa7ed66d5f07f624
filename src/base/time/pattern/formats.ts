import { ofSeconds } from '../epoch.ts';
import { type DateParser, dateParser } from './parse.ts';
import { parsePattern } from './pattern.ts';

/**
 * A parser for one entry of `formats`: `ISO8601`, `UNIX` (seconds), `UNIX_MS`, `TAI64N`, a few of Elasticsearch's named
 * formats, or a java.time pattern; several joined by `||` are tried in order. The last text of each is remembered: lines of
 * the same second have the same text. Throws LS_DATE_PATTERN, LS_DATE_LOCALE.
 */
export function compileFormat(format: string, locale = 'en'): DateParser {
  const alternatives = format.split('||').map(alternative => single(alternative, locale));
  const parse = alternatives.length === 1 ? alternatives[0]! : firstOf(alternatives);
  let lastText = '';
  let lastZone: unknown;
  let lastMinute = 0;
  let lastMs = Number.NaN;
  return (text, now, zone) => {
    // `now` only chooses a missing year or day; a minute is near enough for the memory.
    const minute = Math.floor(now / 60_000);
    if (text === lastText && zone === lastZone && minute === lastMinute) return lastMs;
    lastMs = parse(text, now, zone);
    lastText = text;
    lastZone = zone;
    lastMinute = minute;
    return lastMs;
  };
}

const T = "'T'";
const FRACTION = '[.SSSSSSSSS][.SSSSSSSS][.SSSSSSS][.SSSSSS][.SSSSS][.SSSS][.SSS][.SS][.S]';
const OFFSET = '[XXX]';

/** Elasticsearch's names; each also with `strict_` in front. The formats with a zone take a text without one, too. */
const NAMED: Record<string, string> = {
  ISO8601: 'iso',
  iso8601: 'iso',
  date_optional_time: 'iso',
  date_optional_time_nanos: 'iso',
  date_time: 'iso',
  date_time_no_millis: 'iso',
  date: 'yyyy-MM-dd',
  year_month_day: 'yyyy-MM-dd',
  year_month: 'yyyy-MM',
  year: 'yyyy',
  date_hour: `yyyy-MM-dd${T}HH`,
  date_hour_minute: `yyyy-MM-dd${T}HH:mm`,
  date_hour_minute_second: `yyyy-MM-dd${T}HH:mm:ss`,
  date_hour_minute_second_fraction: `yyyy-MM-dd${T}HH:mm:ss${FRACTION}`,
  date_hour_minute_second_millis: `yyyy-MM-dd${T}HH:mm:ss${FRACTION}`,
  ordinal_date: 'yyyy-DDD',
  ordinal_date_time: `yyyy-DDD${T}HH:mm:ss${FRACTION}${OFFSET}`,
  ordinal_date_time_no_millis: `yyyy-DDD${T}HH:mm:ss${OFFSET}`,
  hour_minute: 'HH:mm',
  hour_minute_second: 'HH:mm:ss',
  hour_minute_second_fraction: `HH:mm:ss${FRACTION}`,
  hour_minute_second_millis: `HH:mm:ss${FRACTION}`,
  time: `HH:mm:ss${FRACTION}${OFFSET}`,
  time_no_millis: `HH:mm:ss${OFFSET}`,
  t_time: `${T}HH:mm:ss${FRACTION}${OFFSET}`,
  t_time_no_millis: `${T}HH:mm:ss${OFFSET}`,
  basic_date: 'yyyyMMdd',
  basic_date_time: `yyyyMMdd${T}HHmmss${FRACTION}${OFFSET}`,
  basic_date_time_no_millis: `yyyyMMdd${T}HHmmss${OFFSET}`,
  basic_ordinal_date: 'yyyyDDD',
  basic_ordinal_date_time: `yyyyDDD${T}HHmmss${FRACTION}${OFFSET}`,
  basic_ordinal_date_time_no_millis: `yyyyDDD${T}HHmmss${OFFSET}`,
  basic_time: `HHmmss${FRACTION}${OFFSET}`,
  basic_time_no_millis: `HHmmss${OFFSET}`,
  basic_t_time: `${T}HHmmss${FRACTION}${OFFSET}`,
  basic_t_time_no_millis: `${T}HHmmss${OFFSET}`,
  rfc822: 'EEE, d MMM yyyy HH:mm:ss Z',
};

/** True for a name, false for a pattern. */
export function isNamed(format: string): boolean {
  return OTHER_NAMES.includes(format) || nameOf(format) !== undefined;
}
const OTHER_NAMES = ['UNIX', 'UNIX_MS', 'TAI64N', 'epoch_second', 'epoch_millis'];

function nameOf(format: string): string | undefined {
  const plain = format.startsWith('strict_') ? format.slice(7) : format;
  return Object.hasOwn(NAMED, plain) ? NAMED[plain] : undefined;
}

function single(format: string, locale: string): DateParser {
  const name = nameOf(format) ?? format;
  switch (name) {
    case 'iso':
      return firstOf(ISO.map(form => dateParser(withTail(form))));
    case 'UNIX':
    case 'epoch_second':
      return text => Math.floor(ofSeconds(numberOf(text)));
    case 'UNIX_MS':
    case 'epoch_millis':
      return text => Math.floor(numberOf(text));
    case 'TAI64N':
      return tai64n;
    default:
      return dateParser(parsePattern(name, locale));
  }
}

function firstOf(parsers: readonly DateParser[]): DateParser {
  return (text, now, zone) => {
    for (let i = 0; i < parsers.length; i++) {
      const ms = parsers[i]!(text, now, zone);
      if (!Number.isNaN(ms)) return ms;
    }
    return Number.NaN;
  };
}

/** ISO 8601 dates, with T or a space, fraction by `.` or `,` of any length, offset with or without colon. */
const ISO = [
  "yyyy-MM-dd['T'][' ']HH:mm[:ss]",
  "yyyy-MM-dd'T'HH",
  'yyyy-MM-dd',
  "yyyyMMdd['T']HHmmss",
  'yyyy-MM',
  'yyyy',
  'yyyy-DDD',
];

function withTail(form: string): ReturnType<typeof parsePattern> {
  const parts = parsePattern(form);
  if (!form.includes('HH')) return parts;
  const fraction = { type: 'fraction', min: 1, max: 12 } as const;
  parts.push(
    { type: 'optional', parts: [{ type: 'literal', text: '.' }, fraction] },
    { type: 'optional', parts: [{ type: 'literal', text: ',' }, fraction] },
    {
      type: 'optional',
      parts: [
        { type: 'literal', text: ' ' },
        { type: 'offset', letter: 'X', count: 3 },
      ],
    },
    { type: 'optional', parts: [{ type: 'offset', letter: 'X', count: 3 }] },
  );
  return parts;
}

const numberOf = (text: string): number => (/^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN);

const TAI_EPOCH = 2n ** 62n;
const TAI_OFFSET_S = 10n;

/** `@` + 16 hex digits of seconds + 8 of nanoseconds. */
function tai64n(text: string): number {
  const hex = /^@?([0-9a-fA-F]{16})([0-9a-fA-F]{8})$/.exec(text);
  if (hex === null) return Number.NaN;
  const seconds = BigInt(`0x${hex[1]}`) - TAI_EPOCH - TAI_OFFSET_S;
  return Number(seconds) * 1000 + Math.floor(Number.parseInt(hex[2]!, 16) / 1e6);
}

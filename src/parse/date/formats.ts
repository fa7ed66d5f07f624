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

const NAMED: Record<string, string> = {
  ISO8601: 'iso',
  strict_date_optional_time: 'iso',
  strict_date_optional_time_nanos: 'iso',
  date_optional_time: 'iso',
  strict_date_time: 'iso',
  date_time: 'iso',
  date_time_no_millis: 'iso',
  strict_date: 'yyyy-MM-dd',
  date: 'yyyy-MM-dd',
  basic_date: 'yyyyMMdd',
  basic_date_time: "yyyyMMdd'T'HHmmss.SSSXXX",
  basic_date_time_no_millis: "yyyyMMdd'T'HHmmssXXX",
  date_hour_minute_second: "yyyy-MM-dd'T'HH:mm:ss",
  rfc822: 'EEE, d MMM yyyy HH:mm:ss Z',
};

function single(format: string, locale: string): DateParser {
  const name = Object.hasOwn(NAMED, format) ? NAMED[format]! : format;
  switch (name) {
    case 'iso':
      return isoParser();
    case 'UNIX':
    case 'epoch_second':
      return text => unix(text, 1000);
    case 'UNIX_MS':
    case 'epoch_millis':
      return text => unix(text, 1);
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

const ISO = ["yyyy-MM-dd['T'][' ']HH:mm[:ss]", 'yyyy-MM-dd', "yyyyMMdd['T']HHmmss", 'yyyy-MM', 'yyyy', 'yyyy-DDD'];

/** ISO 8601 dates, with T or a space, fraction by `.` or `,` of any length, offset with or without colon. */
function isoParser(): DateParser {
  const forms = ISO.map(form => dateParser(withTail(form)));
  return (text, now, zone) => {
    for (let i = 0; i < forms.length; i++) {
      const ms = forms[i]!(text, now, zone);
      if (!Number.isNaN(ms)) return ms;
    }
    return Number.NaN;
  };
}

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

function unix(text: string, factor: number): number {
  if (!/^-?\d+(?:\.\d+)?$/.test(text)) return Number.NaN;
  const ms = Math.round(Number(text) * factor * 1000) / 1000;
  return Math.floor(ms);
}

const TAI_EPOCH = 2n ** 62n;
const TAI_OFFSET_S = 10n;

/** `@` + 16 hex digits of seconds + 8 of nanoseconds. */
function tai64n(text: string): number {
  const hex = /^@?([0-9a-fA-F]{16})([0-9a-fA-F]{8})$/.exec(text);
  if (hex === null) return Number.NaN;
  const seconds = BigInt(`0x${hex[1]}`) - TAI_EPOCH - TAI_OFFSET_S;
  return Number(seconds) * 1000 + Math.floor(Number.parseInt(hex[2]!, 16) / 1e6);
}

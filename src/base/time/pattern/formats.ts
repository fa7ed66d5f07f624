import type { Zone } from '../zone.ts';
import { fixedReader } from './fixed.ts';
import { namedFormat } from './named.ts';
import { beyond, type DateParser, dateParser } from './parse.ts';
import { parsePattern } from './pattern.ts';
import { compilePrinter, type DatePrinter, printParts } from './print.ts';
import { ISO_WEEKS } from './weeks.ts';

/**
 * A parser for one entry of `formats`: `ISO8601`, `UNIX` (seconds), `UNIX_MS`, `TAI64N`, Elasticsearch's named formats, or a
 * java.time pattern; several joined by `||` are tried in order. The last text of each is remembered: lines of the same second
 * have the same text. `beyond` has the nanoseconds. Throws LS_DATE_PATTERN, LS_DATE_LOCALE.
 */
export function compileFormat(format: string, locale = 'en'): DateParser {
  const written = format.split('||');
  const alternatives = written.map(alternative => single(alternative, locale));
  const quick = isNamed(written[0]!) ? undefined : fixedReader(parsePattern(written[0]!), locale);
  const parse = alternatives.length === 1 ? alternatives[0]! : firstOf(alternatives);
  let lastText = '';
  let lastZone: unknown;
  let lastMinute = 0;
  let lastMs = Number.NaN;
  let lastNanos = 0;
  return (text, now, zone) => {
    const fixed = quick === undefined ? Number.NaN : quick(text, zone);
    if (!Number.isNaN(fixed)) {
      beyond.nanos = 0;
      return fixed;
    }
    // `now` only chooses a missing year or day; a minute is near enough for the memory.
    const minute = Math.floor(now / 60_000);
    if (text === lastText && zone === lastZone && minute === lastMinute) {
      beyond.nanos = lastNanos;
      return lastMs;
    }
    beyond.nanos = 0;
    lastMs = parse(text, now, zone);
    lastNanos = beyond.nanos;
    lastText = text;
    lastZone = zone;
    lastMinute = minute;
    return lastMs;
  };
}

/** A printer for `output_format`: a named format or a java.time pattern. Throws LS_DATE_PATTERN. */
export function compileOutput(format: string, locale = 'en'): DatePrinter {
  if (format === 'epoch_millis') return (ms, _, nanos = 0) => epochText(ms, 3, nanos);
  if (format === 'epoch_second') return (ms, _, nanos = 0) => epochText(ms, 0, nanos);
  const named = namedFormat(format);
  if (named === undefined) return compilePrinter(format, locale);
  if (!named.printsNanos) return compilePrinter(named.printed, locale, ISO_WEEKS);
  const parts = parsePattern(named.printed).map(part => (part.type === 'fraction' ? { ...part, max: 9 } : part));
  return (ms, zone: Zone, nanos) => printParts(parts, ms, zone, locale, nanos, ISO_WEEKS);
}

/** All digits of the nanoseconds, the point behind those of the unit, without zeros at the end. */
function epochText(ms: number, digits: number, nanos: number): string {
  const seconds = Math.floor(ms / 1000);
  const fraction = String((ms - seconds * 1000) * 1e6 + nanos).padStart(9, '0');
  const rest = fraction.slice(digits).replace(/0+$/, '');
  return `${BigInt(seconds + fraction.slice(0, digits))}${rest === '' ? '' : `.${rest}`}`;
}

/** True for a name, false for a pattern. */
export function isNamed(format: string): boolean {
  return Object.hasOwn(NUMBERS, format) || namedFormat(format) !== undefined;
}

function single(format: string, locale: string): DateParser {
  if (Object.hasOwn(NUMBERS, format)) return NUMBERS[format]!;
  const named = namedFormat(format);
  if (named === undefined) return dateParser(parsePattern(format), { locale });
  return firstOf(named.forms.map(parts => dateParser(parts, { locale, weeks: ISO_WEEKS })));
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

/** Formats that are a number. */
const NUMBERS: Readonly<Record<string, DateParser>> = {
  UNIX: text => seconds(text),
  epoch_second: text => seconds(text),
  UNIX_MS: text => millis(text),
  epoch_millis: text => millis(text),
  TAI64N: text => tai64n(text),
};

/** Digits, where a double would lose some. */
function seconds(text: string): number {
  const plain = DECIMAL.exec(text);
  if (plain === null) return EXPONENT.test(text) ? Math.floor(Number(text) * 1000) : Number.NaN;
  const fraction = plain[3] ?? '';
  if (plain[1] === '' && plain[2]!.length <= 12 && fraction.length <= 3)
    return Number(plain[2]) * 1000 + Number(fraction) * SCALE[fraction.length]!;
  return fromParts(plain[1]!, plain[2]!, fraction.padEnd(9, '0').slice(0, 9));
}

function millis(text: string): number {
  const plain = DECIMAL.exec(text);
  if (plain === null) return EXPONENT.test(text) ? Math.floor(Number(text)) : Number.NaN;
  const whole = plain[2]!.padStart(4, '0');
  return fromParts(plain[1]!, whole.slice(0, -3), `${whole.slice(-3)}${(plain[3] ?? '').padEnd(6, '0').slice(0, 6)}`);
}

function fromParts(sign: string, wholeSeconds: string, nanos: string): number {
  if (sign !== '-' && wholeSeconds.length <= 12) {
    beyond.nanos = Number(nanos.slice(3));
    return Number(wholeSeconds) * 1000 + Number(nanos.slice(0, 3));
  }
  const total = BigInt(`${wholeSeconds}${nanos}`) * (sign === '-' ? -1n : 1n);
  const below = ((total % 1_000_000n) + 1_000_000n) % 1_000_000n;
  beyond.nanos = Number(below);
  return Number((total - below) / 1_000_000n);
}

const SCALE = [0, 100, 10, 1];
const DECIMAL = /^([-+]?)(\d{1,25})(?:\.(\d*))?$/;
const EXPONENT = /^[-+]?\d+(?:\.\d*)?[eE][-+]?\d{1,3}$/;

const TAI_EPOCH = 2n ** 62n;
const TAI_OFFSET_S = 10n;

/** `@` + 16 hex digits of seconds + 8 of nanoseconds. */
function tai64n(text: string): number {
  const hex = /^@?([0-9a-fA-F]{16})([0-9a-fA-F]{8})$/.exec(text);
  if (hex === null) return Number.NaN;
  const seconds = BigInt(`0x${hex[1]}`) - TAI_EPOCH - TAI_OFFSET_S;
  const nanos = Number.parseInt(hex[2]!, 16);
  beyond.nanos = nanos % 1e6;
  return Number(seconds) * 1000 + Math.floor(nanos / 1e6);
}

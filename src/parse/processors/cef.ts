import { documentDouble } from '../../base/number/double.ts';
import { isoTime } from '../../base/time/iso.ts';
import { compileFormat } from '../../base/time/pattern/formats.ts';
import type { DateParser } from '../../base/time/pattern/parse.ts';
import { type Zone, zoneOf } from '../../base/time/zone.ts';
import { type Fields, newFields } from '../../core/event.ts';
import { FieldPath } from '../field-path.ts';
import { conversionOf } from '../grok/convert.ts';
import { isIp } from '../ip.ts';
import type { ProcessorKind } from '../processor.ts';
import type { RunState } from '../run-state.ts';
import { CEF_FIELDS, CEF_HEADERS, type CefType } from './cef-fields.ts';
import { subject } from './subject.ts';

/**
 * `cef`: field, target_field (default `cef`), timezone (template; of times without a zone), ignore_empty_values (default
 * true), ignore_missing. The headers and the extensions that nobody knows go into the target, extensions with a place in the
 * Elastic Common Schema there. Nothing is set when a value is not of its type.
 */
export const cef: ProcessorKind = {
  name: 'cef',
  build(options, context) {
    const source = options.path('field');
    const target = options.path('target_field', 'cef');
    const timezone = options.template('timezone', context.timezone);
    const fixed =
      timezone.constant === undefined ? undefined : options.attempt('timezone', () => zoneOf(timezone.constant!));
    // Elasticsearch's documentation has one name, its code the other.
    const dropsEmpty = options.boolean('ignore_empty_values', options.boolean('ignore_empty_value', true));
    const ignoreMissing = options.boolean('ignore_missing', false);
    return (event, state) => {
      const text = source.get(event, state);
      if (typeof text !== 'string') return subject(source, text, ignoreMissing);
      const message = readCef(text);
      if (message === undefined) return 'the text is no CEF: it does not begin with CEF: and a header';
      if (message.rest !== '') return 'the extensions begin with something that is no key=value';
      const zone = fixed ?? zoneOf(timezone.render(event, state) || context.timezone);
      const found = placesOf(message, dropsEmpty, state, zone);
      if (typeof found === 'string') return found;
      state.hasMatched = true;
      const failed = target.set(event, state, found.own);
      if (failed !== undefined) return failed;
      for (const [path, value] of found.places) {
        const reason = path.set(event, state, value);
        if (reason !== undefined) return reason;
      }
      return undefined;
    };
  },
};

interface CefMessage {
  readonly headers: readonly string[];
  /** In their order; a key that stands twice has its last value. */
  readonly extensions: ReadonlyMap<string, string>;
  /** What stands before the first key. */
  readonly rest: string;
}

const PREFIX = 'CEF:';
const HEADERS = 7;
/** `src=`, `cs1Label=`, `ad.policy=`, `list[0]=`, at the start or behind a blank. */
const KEY = /(^|\s)([\w-]+(?:\.[^.=\s|\\[\]]+)*(?:\[\d+\])?)=/g;

function readCef(text: string): CefMessage | undefined {
  if (!text.startsWith(PREFIX)) return undefined;
  const headers: string[] = [];
  let header = '';
  // Behind the last header; what ends with no `|` is none.
  let from = 0;
  for (let at = 0; at < text.length && headers.length < HEADERS; at++) {
    const sign = text[at]!;
    const next = text[at + 1];
    if (sign === '|') {
      headers.push(header);
      header = '';
      from = at + 1;
    } else if (sign === '\\' && (next === '|' || next === '\\')) {
      header += next;
      at++;
    } else header += sign;
  }
  if (headers.length === 0) return undefined;
  const extensions = new Map<string, string>();
  const tail = text.slice(from);
  const keys = [...tail.matchAll(KEY)];
  keys.forEach((key, i) => {
    const end = keys[i + 1]?.index ?? tail.length;
    extensions.set(key[2]!, unescaped(tail.slice(key.index + key[0].length, end).trim()));
  });
  return { headers, extensions, rest: tail.slice(0, keys[0]?.index ?? tail.length).trim() };
}

/** Line ends are written as letters; some senders put a backslash before the line end itself. */
function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\([\\=nr\n\r])/g, (_, sign: string) => (sign === 'n' ? '\n' : sign === 'r' ? '\r' : sign));
}

interface Places {
  /** What goes into the target. */
  readonly own: Fields;
  readonly places: readonly (readonly [FieldPath, unknown])[];
}

function placesOf(message: CefMessage, dropsEmpty: boolean, state: RunState, zone: Zone): Places | string {
  const own = newFields();
  const device = newFields();
  const places: [FieldPath, unknown][] = [];
  message.headers.forEach((value, i) => {
    const { name, isOfDevice, place } = CEF_HEADERS[i]!;
    (isOfDevice ? device : own)[name] = i === 0 ? value.slice(PREFIX.length) : value;
    if (place !== undefined) places.push([pathOf(place), value]);
  });
  if (Object.keys(device).length > 0) own['device'] = device;
  if (message.headers.length < HEADERS) places.push([pathOf('error.message'), ['incomplete CEF header']]);
  const others = newFields();
  for (const [key, text] of message.extensions) {
    if (dropsEmpty && text === '') continue;
    const known = Object.hasOwn(CEF_FIELDS, key) ? CEF_FIELDS[key] : undefined;
    if (known === undefined) {
      others[key] = text;
      continue;
    }
    const [place, type] = known;
    const value = text === '' ? text : readValue(text, type, place, state, zone);
    if (value === undefined) return `the extension ${key} is not ${TYPES[type]}`;
    places.push([pathOf(place), value]);
  }
  if (Object.keys(others).length > 0) own['extensions'] = others;
  return { own, places };
}

const TYPES: Readonly<Record<CefType, string>> = {
  text: 'a text',
  long: 'a whole number',
  double: 'a number',
  ip: 'an address',
  mac: 'a MAC address',
  time: 'a time',
};
const MAC =
  /^[\da-f]{2}(?:([:-])[\da-f]{2})(?:\1[\da-f]{2}){4}(?:(?:\1[\da-f]{2}){2})?$|^(?:[\da-f]{4}\.){2,3}[\da-f]{4}$/i;
const toLong = conversionOf('long', 'elasticsearch')!;

function readValue(text: string, type: CefType, place: string, state: RunState, zone: Zone): unknown {
  switch (type) {
    case 'text':
      return text;
    case 'ip':
      return isIp(text) ? text : undefined;
    case 'mac':
      return MAC.test(text) ? text : undefined;
    case 'time': {
      const ms = timeOf(text, state.meta.receivedAt, zone);
      if (ms === undefined) return undefined;
      return place === '@timestamp' ? ms : isoTime(ms);
    }
    case 'double': {
      if (!/^[-+]?(?:\d+\.?\d*|\.\d+)$/.test(text)) return undefined;
      state.hasTypedNumbers = true;
      return documentDouble(Number(text));
    }
    default: {
      const value = toLong(text);
      if (value !== undefined) state.hasTypedNumbers = true;
      return value;
    }
  }
}

/** With and without year, fraction and zone. */
const TIMES = ["MMM dd yyyy HH:mm:ss[.SSS][ z][ Z][ 'GMT'XXX]", "MMM dd HH:mm:ss[.SSS][ z][ Z][ 'GMT'XXX]"];
let parsers: readonly DateParser[] | undefined;

function timeOf(text: string, receivedAt: number, zone: Zone): number | undefined {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  parsers ??= TIMES.map(format => compileFormat(format));
  return parsers.map(parse => parse(text, receivedAt, zone)).find(ms => Number.isFinite(ms));
}

const paths = new Map<string, FieldPath>();

/** Only of the names of the tables. */
function pathOf(place: string): FieldPath {
  const path = paths.get(place) ?? new FieldPath(place);
  paths.set(place, path);
  return path;
}

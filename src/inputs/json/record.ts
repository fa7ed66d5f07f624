import { keepDigits } from '../../base/text/exact.ts';
import { type Fields, newFields } from '../../core/event.ts';
import { fromGelf, isGelf } from './gelf.ts';

/** Levels of objects and arrays in an event, itself included; what is nested deeper is no event. */
export const MAX_NESTING_DEPTH = 64;

/** Names of an object that may be an event. An object of a million takes seconds in each place that it comes to. */
export const MAX_NAMES = 10_000;

/** Why a text is not a record. */
export type JsonFault = 'not_json' | 'not_an_object' | 'too_deep' | 'too_many_names';

/**
 * What makes the slow and careful reading necessary: a `__proto__` key in any spelling, an escaped surrogate (it may
 * be a lone one), an integer with so many digits that a double may not hold it.
 */
const CARE = /__proto__|\\u(?:005f|d)|[:[,]\s*-?\d{16}/i;

/** True when records in this text must be read with care. Ask once for a whole read, not for each line. */
export function needsCare(text: string): boolean {
  return CARE.test(text);
}

/** Reads one JSON object. `careful` is what `needsCare` said of the text (or of a text around it). */
export function readRecord(text: string, maxDepth: number, careful: boolean): Fields | JsonFault {
  if (!mayBeJson(text)) return 'not_json';
  let value: unknown;
  try {
    value = parse(text, careful);
  } catch (error) {
    return faultOf(error);
  }
  return toRecord(value, maxDepth, careful);
}

/** Why `parse` gave nothing. */
export function faultOf(error: unknown): JsonFault {
  if (error instanceof TooManyNames) return 'too_many_names';
  return error instanceof RangeError ? 'too_deep' : 'not_json';
}

/** Tells most lines of text from JSON by their begin: the parser takes 0.03 ms to say that it was none. */
function mayBeJson(text: string): boolean {
  const first = skipSpace(text, 0);
  const code = text.charCodeAt(first);
  if (code === OPEN_OBJECT || code === QUOTE) return true;
  if (code === OPEN_LIST) return BEGINS.test(text.charAt(skipSpace(text, first + 1)));
  return OTHER_VALUE.test(text);
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++;
  return at;
}

const QUOTE = 0x22;
const OPEN_OBJECT = 0x7b;
const OPEN_LIST = 0x5b;
/** Of a member, or the end of the list. */
const BEGINS = /[{["\-\dtfn\]]/;
const OTHER_VALUE = /^\s*(?:-?\d[\d.eE+-]*|true|false|null)\s*$/;

/** A parsed JSON text of any type. Throws what `JSON.parse` throws, and a RangeError for what would hold up everything (`faultOf`). */
export function parse(text: string, careful: boolean): unknown {
  if (text.length > LONG_TEXT) refuseAbsurd(text);
  return careful ? JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown) : JSON.parse(text);
}

class TooManyNames extends RangeError {}

const LONG_TEXT = 65_536;
/** Many times what an event may have; a million levels take a second to read and to forget. */
const ABSURD_DEPTH = 10_000;
/** The same for names of one object: each look at one with a million of them takes as long as reading it. */
const ABSURD_NAMES = 10 * MAX_NAMES;

function refuseAbsurd(text: string): void {
  /** Of the object or list that is open on each level. */
  const names = [0];
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = text.indexOf('"', i + 1);
      while (i !== -1 && isEscaped(text, i)) i = text.indexOf('"', i + 1);
      if (i === -1) return;
    } else if (code === COLON) {
      if (++names[depth]! > ABSURD_NAMES) throw new TooManyNames('an object has too many names');
    } else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      if (++depth > ABSURD_DEPTH) throw new RangeError('nested too deeply');
      names[depth] = 0;
    } else if ((code === CLOSE_OBJECT || code === CLOSE_LIST) && depth > 0) depth--;
  }
}

function isEscaped(text: string, quote: number): boolean {
  let at = quote - 1;
  while (text.charCodeAt(at) === BACKSLASH) at--;
  return (quote - at) % 2 === 0;
}

const BACKSLASH = 0x5c;
const COLON = 0x3a;
const CLOSE_OBJECT = 0x7d;
const CLOSE_LIST = 0x5d;

/** Turns a value given by `parse` into a record that inherits nothing; GELF becomes what others would send. */
export function toRecord(value: unknown, maxDepth: number, careful: boolean): Fields | JsonFault {
  const record = toPlainRecord(value, maxDepth, careful);
  return typeof record !== 'string' && record['short_message'] !== undefined && isGelf(record)
    ? fromGelf(record)
    : record;
}

/** The same with GELF as it is. */
export function toPlainRecord(value: unknown, maxDepth: number, careful: boolean): Fields | JsonFault {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not_an_object';
  const source = value as Fields;
  const record = newFields();
  let names = 0;
  for (const key in source) {
    if (++names > MAX_NAMES) return 'too_many_names';
    const field = source[key];
    if (typeof field === 'object' && field !== null && isDeeper(field, maxDepth - 1)) return 'too_deep';
    if (careful) record[key.toWellFormed()] = rebuild(field);
    else record[key] = field;
  }
  return record;
}

/** A line of text as a record. */
export function textRecord(line: string): Fields {
  const record = newFields();
  record['message'] = line.endsWith('\r') ? line.slice(0, -1) : line;
  return record;
}

const isDeepObject = (value: unknown, levels: number): boolean =>
  typeof value === 'object' && value !== null && isDeeper(value, levels);

function isDeeper(value: object, levels: number): boolean {
  if (levels <= 0) return true;
  if (Array.isArray(value)) {
    for (const inner of value) if (isDeepObject(inner, levels - 1)) return true;
    return false;
  }
  // `Object.values` of many names takes twice as long.
  for (const key in value) if (isDeepObject((value as Fields)[key], levels - 1)) return true;
  return false;
}

/** A copy with well-formed strings and without inherited keys. Its depth is already known to be bounded. */
function rebuild(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(rebuild);
  const copy = newFields();
  for (const key in value) copy[key.toWellFormed()] = rebuild((value as Fields)[key]);
  return copy;
}

import { isUtf8 } from 'node:buffer';
import type { Fields } from '../../core/event.ts';
import { MAX_NESTING_DEPTH, needsCare, parse, textRecord, toPlainRecord } from '../json/record.ts';
import { type EnvelopeDefaults, hecRecord, timeOf } from './record.ts';

/*
 * Bodies of Splunk's HTTP Event Collector. Pure.
 *
 *     event   {"time": 1795182936.123, "host": "h", "source": "s", "sourcetype": "t", "index": "i",
 *              "fields": {"a": "b"}, "event": "text" | { ... }}
 *             one behind the other, with white space between them or not, or in a list
 *     raw     lines of text
 */

/** Why an event is refused, by Splunk's numbers: no JSON object, without an `event`, with an empty one. */
export type HecFault = 6 | 12 | 13;

export interface HecBody {
  readonly records: Fields[];
  /** Epoch milliseconds with fraction; NaN where the sender gave none. */
  readonly times: number[];
  /** The first event that is refused: as many are before it as there are records; those behind it are not looked at. */
  readonly fault: HecFault | undefined;
  /** Places, from 1, of events that are kept as text because they are nested too deeply. */
  readonly tooDeep: readonly number[];
  readonly invalidUtf8: boolean;
}

/** Reads a body of `/services/collector/event`, at most `maxEvents + 1` events of it. */
export function decodeEvents(body: Buffer, defaults: EnvelopeDefaults, maxEvents: number): HecBody {
  const { text, invalidUtf8 } = textOf(body);
  const careful = needsCare(text);
  const records: Fields[] = [];
  const times: number[] = [];
  const tooDeep: number[] = [];
  const found = (fault: HecFault | undefined): HecBody => ({ records, times, fault, tooDeep, invalidUtf8 });
  for (const one of objectsOf(text)) {
    const envelope = envelopeOf(one, careful);
    if (typeof envelope === 'number') return found(envelope);
    const { record, time, isTooDeep } = hecRecord(envelope, defaults, careful);
    records.push(record);
    times.push(time);
    if (isTooDeep) tooDeep.push(records.length);
    if (records.length > maxEvents) break;
  }
  return found(undefined);
}

/** Reads a body of `/services/collector/raw`: one event a line that is not blank, at most `maxEvents + 1`. */
export function decodeRaw(body: Buffer, defaults: EnvelopeDefaults, maxEvents: number): HecBody {
  const { text, invalidUtf8 } = textOf(body);
  const records: Fields[] = [];
  for (let start = 0; start < text.length && records.length <= maxEvents; ) {
    let end = text.indexOf('\n', start);
    if (end === -1) end = text.length;
    const line = text.slice(start, end);
    start = end + 1;
    if (line.trim() === '') continue;
    const { message } = textRecord(line);
    records.push(hecRecord({ event: message }, { ...defaults, time: undefined }, false).record);
  }
  const times = new Array<number>(records.length).fill(timeOf(defaults.time));
  return { records, times, fault: undefined, tooDeep: [], invalidUtf8 };
}

function envelopeOf(text: string | undefined, careful: boolean): Fields | HecFault {
  let value: unknown;
  try {
    value = text === undefined ? undefined : parse(text, careful);
  } catch {
    return 6;
  }
  // The event inside may be as deep as any other.
  const envelope = toPlainRecord(value, MAX_ENVELOPE_DEPTH, careful);
  if (typeof envelope === 'string') return 6;
  const { event } = envelope;
  if (event === undefined || event === null) return 12;
  return event === '' ? 13 : envelope;
}

/** What is nested deeper than an event may be is kept as its text, up to here. */
const MAX_ENVELOPE_DEPTH = 10 * MAX_NESTING_DEPTH;

/** The texts of the outermost objects, one behind the other or in a list; undefined, at the end, for anything else. */
function* objectsOf(text: string): Generator<string | undefined> {
  let list: 'none' | 'open' | 'closed' = 'none';
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === OPEN_OBJECT && list !== 'closed') {
      const end = endOf(text, at);
      if (end === -1) return yield undefined;
      yield text.slice(at, end);
      at = end;
      continue;
    }
    if (code === OPEN_LIST && list === 'none') list = 'open';
    else if (code === CLOSE_LIST && list === 'open') list = 'closed';
    else if (!(isSpace(code) || (code === COMMA && list === 'open'))) return yield undefined;
    at++;
  }
  if (list === 'open') yield undefined;
}

/** Where the object ends that begins there, by its braces and quotes alone; -1: nowhere. Most of a log is inside of quotes, which are passed over as a whole. */
function endOf(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = text.indexOf('"', i + 1);
      while (i !== -1 && isEscaped(text, i)) i = text.indexOf('"', i + 1);
      if (i === -1) return -1;
    } else if (code === OPEN_OBJECT) depth++;
    else if (code === CLOSE_OBJECT && --depth === 0) return i + 1;
  }
  return -1;
}

function isEscaped(text: string, quote: number): boolean {
  let at = quote - 1;
  while (text.charCodeAt(at) === BACKSLASH) at--;
  return (quote - at) % 2 === 0;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const CLOSE_OBJECT = 0x7d;
const OPEN_OBJECT = 0x7b;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COMMA = 0x2c;
const isSpace = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;

function textOf(body: Buffer): { text: string; invalidUtf8: boolean } {
  const text = body.toString('utf8');
  const invalidUtf8 = text.includes('\uFFFD') && !isUtf8(body);
  return { text: text.charCodeAt(0) === 0xfeff ? text.slice(1) : text, invalidUtf8 };
}

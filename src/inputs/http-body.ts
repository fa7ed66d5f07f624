import { isUtf8 } from 'node:buffer';
import { LongshoreError } from '../core/errors.ts';
import type { Fields } from '../core/event.ts';
import { type JsonFault, needsCare, parse, readRecord, toRecord } from './json-record.ts';
import { textRecord } from './tcp-json-lines.ts';

/*
 * What a body may be, whatever its type is called, since senders call it many things:
 *
 *     application/json, none, octet-stream   { object } | [ object, ... ] | lines of objects
 *     application/x-ndjson, jsonl, ...       lines of objects
 *     text/plain                             the same, and a line that is no JSON is a message
 *     application/x-www-form-urlencoded      json=<one of the above> (Fluentd), or a body that begins like JSON (curl -d)
 */

export interface BodyLimits {
  readonly max_events_per_request: number;
  readonly max_nesting_depth: number;
}

/** An event that was not a JSON object and is kept as `{ message: <its text> }`. `at` counts from 1: the line or the element. */
export interface BadEvent {
  readonly at: number;
  readonly reason: JsonFault;
}

export interface DecodedBody {
  readonly records: Fields[];
  readonly bad: BadEvent[];
  /** Bytes that were no UTF-8 stand as U+FFFD in the records. */
  readonly invalidUtf8: boolean;
}

type Kind = 'json' | 'lines' | 'text' | 'form';

const KINDS: Readonly<Record<string, Kind>> = {
  'application/json': 'json',
  'text/json': 'json',
  'application/octet-stream': 'json',
  'application/x-ndjson': 'lines',
  'application/ndjson': 'lines',
  'application/jsonl': 'lines',
  'application/x-jsonl': 'lines',
  'application/jsonlines': 'lines',
  'application/json-lines': 'lines',
  'application/stream+json': 'lines',
  'text/plain': 'text',
  'application/x-www-form-urlencoded': 'form',
};

/** Reads the events of a decompressed body. Throws LongshoreErrors `LS_INPUTS_*`; see `statusOf` in `http.ts`. */
export function decodeBody(body: Buffer, contentType: string | undefined, limits: BodyLimits): DecodedBody {
  let kind = kindOf(contentType);
  let text = body.toString('utf8');
  const invalidUtf8 = text.includes('\uFFFD') && !isUtf8(body);
  if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
  if (kind === 'form') {
    text = formText(text);
    kind = 'json';
  }
  const decoded = kind === 'json' ? decodeJson(text, limits) : decodeLines(text, limits);
  return { ...decoded, invalidUtf8 };
}

type Events = Omit<DecodedBody, 'invalidUtf8'>;

function decodeJson(text: string, limits: BodyLimits): Events {
  const start = text.search(/\S/);
  if (start === -1) throw new LongshoreError('LS_INPUTS_BODY_EMPTY', 'The body has no events.');
  const isArray = text[start] === '[';
  if (isArray) refuseCrowd(text, limits);
  const careful = needsCare(text);
  let value: unknown;
  try {
    value = parse(text, careful);
  } catch (cause) {
    const newline = text.indexOf('\n', start);
    const firstLine = newline === -1 ? '' : text.slice(start, newline);
    if (!isArray && newline !== -1 && typeof readRecord(firstLine, limits.max_nesting_depth, true) === 'object') {
      return decodeLines(text, limits);
    }
    throw new LongshoreError('LS_INPUTS_JSON_INVALID', 'The body is not valid JSON.', {
      fix: 'Send one JSON object, an array of objects, or one object a line (application/x-ndjson).',
      cause,
    });
  }
  if (Array.isArray(value)) return decodeArray(value, careful, limits);
  const record = toRecord(value, limits.max_nesting_depth, careful);
  if (record === 'not_an_object') {
    throw new LongshoreError('LS_INPUTS_NOT_AN_OBJECT', 'The body is neither a JSON object nor an array of objects.');
  }
  if (typeof record === 'string') return { records: [textRecord(text)], bad: [{ at: 1, reason: record }] };
  return { records: [record], bad: [] };
}

function decodeArray(values: unknown[], careful: boolean, limits: BodyLimits): Events {
  if (values.length > limits.max_events_per_request) throw tooManyEvents(limits);
  const records: Fields[] = [];
  const bad: BadEvent[] = [];
  for (const [index, value] of values.entries()) {
    const record = toRecord(value, limits.max_nesting_depth, careful);
    if (typeof record === 'string') {
      bad.push({ at: index + 1, reason: record });
      records.push(textRecord(textOf(value)));
    } else records.push(record);
  }
  return { records, bad };
}

function decodeLines(text: string, limits: BodyLimits): Events {
  const records: Fields[] = [];
  const bad: BadEvent[] = [];
  const careful = needsCare(text);
  let number = 0;
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf('\n', start);
    if (end === -1) end = text.length;
    const line = text.slice(start, end);
    start = end + 1;
    number++;
    const record = readRecord(line, limits.max_nesting_depth, careful);
    if (typeof record !== 'string') records.push(record);
    else if (line.trim() !== '') {
      bad.push({ at: number, reason: record });
      records.push(textRecord(line));
    }
    if (records.length > limits.max_events_per_request) throw tooManyEvents(limits);
  }
  return { records, bad };
}

function kindOf(contentType: string | undefined): Kind {
  const [type = '', ...parameters] = (contentType ?? 'application/json').toLowerCase().split(';');
  const name = type.trim();
  const kind = KINDS[name] ?? (name.endsWith('+json') ? 'json' : undefined);
  if (kind === undefined) {
    throw new LongshoreError('LS_INPUTS_TYPE_UNKNOWN', `Content-Type '${name.slice(0, 80)}' is not known.`, {
      fix: 'Use application/json, application/x-ndjson or text/plain.',
    });
  }
  const charset = parameters.map(p => /^\s*charset\s*=\s*"?([^"\s]*)/.exec(p)?.[1]).find(c => c !== undefined);
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii') {
    throw new LongshoreError('LS_INPUTS_TYPE_UNKNOWN', `charset '${charset.slice(0, 40)}' is not known.`, {
      fix: 'Send UTF-8.',
    });
  }
  return kind;
}

function formText(text: string): string {
  if (/^\s*[[{]/.test(text)) return text;
  const json = new URLSearchParams(text).get('json');
  if (json === null) throw new LongshoreError('LS_INPUTS_FORM_INVALID', "The form has no field 'json'.");
  return json;
}

/** An array of millions of tiny values would cost far more memory than its bytes, so it is not even parsed. */
function refuseCrowd(text: string, limits: BodyLimits): void {
  const most = limits.max_events_per_request * CONTAINERS_PER_EVENT;
  if (text.length <= most) return;
  let containers = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code === 0x7b || code === 0x5b) && ++containers > most) throw tooManyEvents(limits);
  }
}

const CONTAINERS_PER_EVENT = 10;

function tooManyEvents(limits: BodyLimits): LongshoreError {
  return new LongshoreError(
    'LS_INPUTS_TOO_MANY_EVENTS',
    `The body has more than ${limits.max_events_per_request} events.`,
    { fix: "Send smaller batches or raise 'http.max_events_per_request'." },
  );
}

/** The JSON text of a value that is no event. What is too deep for that is named instead. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value.toWellFormed();
  try {
    return JSON.stringify(value);
  } catch {
    return '(nested too deeply to be kept)';
  }
}

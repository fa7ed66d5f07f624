import { isUtf8 } from 'node:buffer';
import { LongshoreError } from '../../core/errors.ts';
import type { Fields } from '../../core/event.ts';
import { faultOf, needsCare, parse, readRecord, textRecord, toRecord } from '../json/record.ts';
import { readOtherLine, readStream, type StreamItem } from '../json/stream.ts';
import { type BadEvent, type BodyLimits, type DecodedBody, textOf, tooManyEvents } from './events.ts';
import { decodeMsgpackBody } from './msgpack.ts';

/*
 * What a body may be, whatever its type is called, since senders call it many things:
 *
 *     application/json, none, octet-stream   { object } | [ object, ... ] | lines of objects
 *     application/x-ndjson, jsonl, ...       lines of objects
 *     text/plain                             the same, and a line that is no JSON is a message
 *     application/x-www-form-urlencoded      json=<one of the above> (Fluentd), or a body that begins like JSON (curl -d)
 *     application/msgpack                    see `msgpack.ts`
 *
 * Lines of objects may as well be objects without line ends, `{..}{..}`.
 */

type Kind = 'json' | 'lines' | 'text' | 'form' | 'msgpack';

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
  'application/msgpack': 'msgpack',
  'application/x-msgpack': 'msgpack',
  'application/vnd.msgpack': 'msgpack',
};

/** Reads the events of a decompressed body. Throws LongshoreErrors `LS_INPUTS_*`; see `statusOf` in `http-input.ts`. */
export function decodeBody(body: Buffer, contentType: string | undefined, limits: BodyLimits): DecodedBody {
  let kind = kindOf(contentType);
  if (kind === 'msgpack') return decodeMsgpackBody(body, limits);
  let text = body.toString('utf8');
  const invalidUtf8 = text.includes('\uFFFD') && !isUtf8(body);
  if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
  if (kind === 'form') {
    text = formText(text);
    kind = 'json';
  }
  const decoded = kind === 'json' ? decodeJson(text, limits) : decodeLines(text, limits, kind === 'text');
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
    const items = readStream(text, limits.max_nesting_depth, careful);
    if (items !== undefined) return decodeItems(items, limits);
    const reason = faultOf(cause);
    if (reason !== 'not_json') return { records: [textRecord(text)], bad: [{ at: 1, reason }] };
    throw new LongshoreError('LS_INPUTS_JSON_INVALID', 'The body is not valid JSON.', {
      fix: 'Send one JSON object, an array of objects, or one object a line; lines of text are text/plain.',
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

/** In a body of text a line that is no object is what was announced: nothing bad. */
function decodeLines(text: string, limits: BodyLimits, isText = false): Events {
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
    else {
      for (const item of readOtherLine(line, record, limits.max_nesting_depth, careful)) {
        if (item.fault !== undefined && !(isText && (item.fault === 'not_json' || item.fault === 'not_an_object')))
          bad.push({ at: number, reason: item.fault });
        records.push(item.record);
      }
    }
    if (records.length > limits.max_events_per_request) throw tooManyEvents(limits);
  }
  return { records, bad };
}

function decodeItems(items: readonly StreamItem[], limits: BodyLimits): Events {
  if (items.length > limits.max_events_per_request) throw tooManyEvents(limits);
  const bad: BadEvent[] = [];
  for (const [index, { fault }] of items.entries()) if (fault !== undefined) bad.push({ at: index + 1, reason: fault });
  return { records: items.map(({ record }) => record), bad };
}

function kindOf(contentType: string | undefined): Kind {
  const [type = '', ...parameters] = (contentType ?? 'application/json').toLowerCase().split(';');
  const name = type.trim();
  const kind = KINDS[name] ?? (name.endsWith('+json') ? 'json' : undefined);
  if (kind === undefined) {
    throw new LongshoreError('LS_INPUTS_TYPE_UNKNOWN', `Content-Type '${name.slice(0, 80)}' is not known.`, {
      fix: 'Use application/json, application/x-ndjson, application/msgpack, or text/plain for lines of text.',
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
  if (json === null) {
    throw new LongshoreError('LS_INPUTS_FORM_INVALID', "The body is no JSON, and no form with the field 'json'.", {
      fix: 'Send the header Content-Type: text/plain for lines of text, application/json for JSON (curl without one sends application/x-www-form-urlencoded).',
    });
  }
  return json;
}

/** An array of millions of tiny values would cost far more memory than its bytes, so it is not even parsed. */
function refuseCrowd(text: string, limits: BodyLimits): void {
  const most = limits.max_events_per_request * CONTAINERS_PER_EVENT;
  if (text.length <= most) return;
  let containers = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = quoteEnd(text, i);
    else if ((code === 0x7b || code === 0x5b) && ++containers > most) throw tooManyEvents(limits);
  }
}

const CONTAINERS_PER_EVENT = 10;
const QUOTE = 0x22;

/** Where the text in quotes that begins at `start` ends; brackets in it are none. */
function quoteEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = end;
    while (text.charCodeAt(escapes - 1) === BACKSLASH) escapes--;
    if ((end - escapes) % 2 === 0) return end;
  }
  return text.length;
}
const BACKSLASH = 0x5c;

import { isUtf8 } from 'node:buffer';
import { ofNanos } from '../../base/time/epoch.ts';
import { type Fields, isFields } from '../../core/event.ts';
import { parse } from '../json/record.ts';
import { MAX_LABELS, parseLabels } from './label-text.ts';
import { readPush } from './protobuf.ts';
import { type Labels, lokiRecord, streamOf } from './record.ts';

/*
 * What Loki's push API takes, beside protobuf (`protobuf.ts`):
 *
 *     {"streams": [{"stream": {"app": "shop"}, "values": [["<ns since 1970>", "line", {"trace_id": "..."}]]}]}
 *     {"streams": [{"labels": "{app=\"shop\"}", "entries": [{"ts": "2026-11-20T13:55:36Z", "line": "line"}]}]}
 *
 * The second is the older form, which some libraries still send. Pure. All of a request is taken or nothing: Loki's clients send it again or give it up as a whole.
 */

export interface LokiBody {
  readonly records: Fields[];
  /** Epoch milliseconds with fraction. */
  readonly times: number[];
  readonly invalidUtf8: boolean;
  /** What the labels of a stream add to its lines, in characters. */
  readonly growth: number;
}

/** Why nothing was taken; `crowd`: there are too many events. */
export interface LokiFault {
  readonly fault: string;
}
const CROWD: LokiFault = { fault: 'crowd' };

/** `tenant`: see `lokiRecord`. */
export function decodeJsonPush(body: Buffer, maxEvents: number, tenant: string | undefined): LokiBody | LokiFault {
  const text = body.toString('utf8');
  if (isCrowd(text, maxEvents * CONTAINERS_PER_EVENT)) return CROWD;
  let push: unknown;
  try {
    push = parse(text, false);
  } catch {
    return { fault: 'the body is not valid JSON' };
  }
  const streams = isFields(push) ? push['streams'] : undefined;
  if (!Array.isArray(streams)) return { fault: "the body has no list 'streams'" };
  const records: Fields[] = [];
  const times: number[] = [];
  let growth = 0;
  for (const [index, found] of streams.entries()) {
    const at = `streams[${index}]`;
    const { stream: given, values } = inNewForm(isFields(found) ? found : ({} as Fields));
    const labels = textsOf(given);
    if (labels === undefined) return { fault: `${at}.stream is no object of texts` };
    if (!Array.isArray(values)) return { fault: `${at}.values is no list` };
    const stream = streamOf(labels);
    growth += values.length * sizeOf(labels);
    for (const [number, value] of values.entries()) {
      if (!Array.isArray(value)) return { fault: `${at}.values[${number}] is no list of time and line` };
      const [time, line, metadata] = value as unknown[];
      const epoch = typeof time === 'string' && NANOSECONDS.test(time) ? ofText(time) : undefined;
      if (epoch === undefined) return { fault: `${at}.values[${number}][0] is no text of nanoseconds since 1970` };
      if (typeof line !== 'string') return { fault: `${at}.values[${number}][1] is no text` };
      const own = metadata === undefined || metadata === null ? [] : textsOf(metadata);
      if (own === undefined) return { fault: `${at}.values[${number}][2] is no object of texts` };
      records.push(lokiRecord(line.toWellFormed(), stream, own, tenant));
      times.push(epoch);
      if (records.length > maxEvents) return CROWD;
    }
  }
  return { records, times, growth, invalidUtf8: text.includes('\uFFFD') && !isUtf8(body) };
}

/** A body whose compression has been undone. */
export function decodeProtobufPush(body: Buffer, maxEvents: number, tenant: string | undefined): LokiBody | LokiFault {
  const streams = readPush(body, maxEvents);
  if (streams === 'crowd') return CROWD;
  if (streams === undefined) return { fault: 'the body is no push request in protobuf' };
  const records: Fields[] = [];
  const times: number[] = [];
  let growth = 0;
  for (const [index, { labels: text, entries }] of streams.entries()) {
    const labels = parseLabels(text);
    if (labels === undefined) return { fault: `the labels of stream ${index} are not of the form {name="value"}` };
    const stream = streamOf(labels);
    growth += entries.length * text.length;
    for (const { seconds, nanos, line, metadata } of entries) {
      records.push(lokiRecord(line, stream, metadata, tenant));
      times.push(seconds < MAX_SECONDS && nanos < 1e9 ? ofNanos(seconds, nanos) : Number.NaN);
    }
  }
  return { records, times, growth, invalidUtf8: false };
}

/** Whether there are more objects and lists than so many; those in lines are none. */
function isCrowd(text: string, most: number): boolean {
  if (text.length <= most) return false;
  let containers = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      while (++i < text.length && text.charCodeAt(i) !== QUOTE) if (text.charCodeAt(i) === BACKSLASH) i++;
    } else if ((code === OPEN_OBJECT || code === OPEN_LIST) && ++containers > most) return true;
  }
  return false;
}
const CONTAINERS_PER_EVENT = 10;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const OPEN_LIST = 0x5b;

function sizeOf(labels: Labels): number {
  return labels.reduce((size, [name, value]) => size + name.length + value.length, 0);
}

/** A stream of the older form as one of the newer. */
function inNewForm(stream: Fields): Fields {
  const { labels, entries } = stream;
  if (typeof labels !== 'string' || !Array.isArray(entries)) return stream;
  const pairs = parseLabels(labels);
  const values = entries.map((entry: unknown) => {
    const { ts, line } = isFields(entry) ? entry : ({} as Fields);
    const time = typeof ts === 'string' ? Date.parse(ts) : Number.NaN;
    return [time > 0 ? `${time}000000` : undefined, line];
  });
  return { stream: pairs === undefined ? undefined : Object.fromEntries(pairs), values };
}

/** The pairs of an object of texts, if they are not too many; numbers and flags are taken as they are written. Undefined: it is none. */
function textsOf(value: unknown): Labels | undefined {
  if (!isFields(value)) return undefined;
  const labels: [string, string][] = [];
  const names = Object.keys(value);
  if (names.length > MAX_LABELS) return undefined;
  for (const name of names) {
    const text = value[name];
    if (typeof text === 'object') return undefined;
    labels.push([name.toWellFormed(), String(text).toWellFormed()]);
  }
  return labels;
}

const NANOSECONDS = /^\d{1,19}$/;
/** The year 9999. */
const MAX_SECONDS = 253_402_300_800;

function ofText(digits: string): number {
  const cut = Math.max(0, digits.length - 9);
  return ofNanos(Number(digits.slice(0, cut)), Number(digits.slice(cut)));
}

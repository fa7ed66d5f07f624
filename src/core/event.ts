import { Double } from './double.ts';

/** Fields of one record or event. Keys come from outside: create such objects with `newFields` only. */
export type Fields = { [key: string]: unknown };

// An object whose prototype is an empty object without a prototype: nothing is inherited (`__proto__`, `toString` and
// `constructor` are ordinary keys), yet V8 keeps hidden classes for it, which `Object.create(null)` gives up.
// V8 reserves a slot for each assignment it sees in a constructor's text (so it has to be a text); without them an event
// of more than about 20 fields turns into a hash table (26 fields: 1.0 µs to set them instead of 0.29, 1.4 µs to write
// them instead of 0.87).
function BareFields(this: Fields, isFirst?: boolean) {
  if (isFirst !== true) return;
  this['f0'] = 0;
  this['f1'] = 0;
  this['f2'] = 0;
  this['f3'] = 0;
  this['f4'] = 0;
  this['f5'] = 0;
  this['f6'] = 0;
  this['f7'] = 0;
  this['f8'] = 0;
  this['f9'] = 0;
  this['f10'] = 0;
  this['f11'] = 0;
  this['f12'] = 0;
  this['f13'] = 0;
  this['f14'] = 0;
  this['f15'] = 0;
  this['f16'] = 0;
  this['f17'] = 0;
  this['f18'] = 0;
  this['f19'] = 0;
  this['f20'] = 0;
  this['f21'] = 0;
  this['f22'] = 0;
  this['f23'] = 0;
  this['f24'] = 0;
  this['f25'] = 0;
  this['f26'] = 0;
  this['f27'] = 0;
  this['f28'] = 0;
  this['f29'] = 0;
  this['f30'] = 0;
  this['f31'] = 0;
  this['f32'] = 0;
  this['f33'] = 0;
  this['f34'] = 0;
  this['f35'] = 0;
  this['f36'] = 0;
  this['f37'] = 0;
  this['f38'] = 0;
  this['f39'] = 0;
}
Object.defineProperty(BareFields, 'prototype', { value: Object.freeze(Object.create(null)) });
const Bare = BareFields as unknown as new (isFirst?: boolean) => Fields;
for (let i = 0; i < 8; i++) new Bare(true);

/** An empty field map that inherits nothing. */
export const newFields = (): Fields => new Bare();

/** With field maps of its own; lists and other values stay the same. */
export function copyFields(fields: Fields): Fields {
  const copy = newFields();
  for (const key in fields) {
    const value = fields[key];
    copy[key] = isFields(value) ? copyFields(value) : value;
  }
  return copy;
}

/** True for a field map or a plain object; false for arrays, dates, bytes, doubles and null. */
export function isFields(value: unknown): value is Fields {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Date) &&
    !(value instanceof Double)
  );
}

/**
 * The value under a name, for loops over all names of objects of many shapes. V8 takes a look within `for ... in` for one at the
 * name that it saw first, gives its code up at the next one, and does so again and again.
 */
export const valueAt = (fields: Fields, key: string): unknown => fields[key];

/** Levels by severity: the index is the number (FATAL 0 ... DEBUG 4). */
export const LEVELS = ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG'] as const;
export type Level = (typeof LEVELS)[number];

/**
 * What one message of a sender brought: the unit of acknowledgement.
 * `records` and `times` have the same length. Strings are well-formed Unicode, except that the `log` of a Docker piece
 * (a record with `partial_message`) is a Uint8Array: pieces are joined as bytes.
 */
export interface Frame {
  /** The kind of input that took it in: `forward`, `tcp_json`, `http`, ... */
  readonly source: string;
  /** Who sent it, stable over reconnects: the remote address without port (`unix` for a socket), plus the user if one logged in. */
  readonly sender: string;
  readonly tag: string;
  /** The sender's own id for this frame (forward `chunk`, HTTP `Idempotency-Key`): hostile, unbounded, not unique. */
  readonly chunkId?: string | undefined;
  /**
   * Each record is a message of its own, that came side by side with the others in one read; `chunkIds` are theirs, if they
   * have any. Those that were accepted before are left out, the others are durable together or not at all.
   */
  readonly isMessages?: boolean | undefined;
  readonly chunkIds?: readonly string[] | undefined;
  /** Of messages: the tag of each; undefined: all have `tag`. */
  readonly tags?: readonly string[] | undefined;
  /** When the last byte arrived, epoch milliseconds. */
  readonly receivedAt: number;
  readonly records: Fields[];
  /** The sender's event times, epoch milliseconds with fraction; NaN where it gave none. */
  readonly times: number[];
  /** Size on the wire (after decompression), for limits and counters. */
  readonly bytes: number;
  /**
   * The records are documents that another longshore has parsed, joined and conformed, and `chunk` is unique everywhere:
   * it names them also when they come again by another way. Any sender can say so.
   */
  readonly isParsed?: boolean | undefined;
  /** Name of the pipeline that the sender wants, instead of the one that each record belongs to. Its lines are not joined. */
  readonly pipeline?: string | undefined;
  /** Longshore's own: no alert rule counts its events. */
  readonly isSilent?: boolean | undefined;
}

/** Name of the forward protocol's option by which a longshore says so to another, with the value 1. */
export const PARSED_MARK = 'longshore';

/** What is known of an event beside its fields while pipelines work on it. */
export interface EventMeta {
  readonly tag: string;
  /** The sender's event time, epoch milliseconds; NaN if none. */
  readonly time: number;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
}

/** An event in the structured log schema (`config/schema.json`), ready to be stored. */
export interface LogEvent {
  /** Event time, epoch milliseconds (whole number). */
  readonly time: number;
  /** The daily index: `YYYY.MM.DD` of `time` in UTC. */
  readonly day: string;
  /** Flat: `@timestamp` (ISO, milliseconds), the declared fields, and beside them whatever the pipeline found. */
  readonly fields: Fields;
}

/** The value at a path: `a.b.c` finds nested objects and literal dotted keys alike, the longest literal key first; undefined if nothing is there. */
export function fieldAt(fields: Fields, path: string): unknown {
  if (Object.hasOwn(fields, path)) return fields[path];
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const key = path.slice(0, dot);
    if (!Object.hasOwn(fields, key)) continue;
    const inner = fields[key];
    if (!isFields(inner)) continue;
    const found = fieldAt(inner, path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

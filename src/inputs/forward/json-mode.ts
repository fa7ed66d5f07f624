import { type Fields, isFields } from '../../core/event.ts';
import { needsCare, parse, toRecord } from '../json-record.ts';
import type { DecodeLimits, ForwardFrame } from './decode.ts';
import { FrameError } from './errors.ts';

/**
 * Cuts a stream of JSON texts, with or without white space between them, at the ends of the outermost brackets.
 * A connection whose first byte is `[` or `{` speaks JSON instead of msgpack, as with Fluentd.
 */
export class JsonScanner {
  #at = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #values = 0;
  readonly #limits: DecodeLimits;

  constructor(limits: DecodeLimits) {
    this.#limits = limits;
  }

  /** Nothing of a text has been seen. */
  get isBetween(): boolean {
    return this.#at === 0;
  }

  /**
   * The length of the text that starts at `start` (white space before it counts), or -1 if its end has not arrived yet:
   * call again with the same text and more bytes.
   * @throws FrameError as soon as it is nested too deeply, or has too many values
   */
  scan(bytes: Uint8Array, start: number, end: number): number {
    for (let at = start + this.#at; at < end; at++) {
      const byte = bytes[at]!;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
      } else if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
        this.#count();
        // Around a record there are up to two more levels.
        if (++this.#depth > this.#limits.max_nesting_depth + 3) throw new FrameError('too_deep');
      } else if (byte === COMMA) this.#count();
      else if ((byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) && --this.#depth <= 0) {
        this.#at = 0;
        this.#depth = 0;
        this.#values = 0;
        return at + 1 - start;
      } else if (this.#depth === 0 && byte > SPACE) throw new FrameError('bad_json');
    }
    this.#at = end - start;
    return -1;
  }

  #count(): void {
    if (++this.#values > this.#limits.max_values_per_frame) throw new FrameError('too_many_values');
  }
}

/** A frame written as JSON: `[tag, time, record, option?]` or `[tag, [[time, record]...], option?]`, times in seconds. */
export function decodeJsonFrame(bytes: Buffer, start: number, end: number, limits: DecodeLimits): ForwardFrame {
  const text = bytes.toString('utf8', start, end);
  const careful = needsCare(text);
  const frame = parsed(text, careful);
  if (!Array.isArray(frame)) throw new FrameError('bad_frame');
  const [tag, second] = frame;
  if (typeof tag !== 'string') throw new FrameError('bad_tag');
  const records: Fields[] = [];
  const times: number[] = [];
  const add = (time: unknown, value: unknown) => {
    const record = toRecord(value, limits.max_nesting_depth, careful);
    if (typeof record === 'string') throw new FrameError(record === 'too_deep' ? 'too_deep' : 'bad_record');
    records.push(record);
    times.push(typeof time === 'number' ? time * 1000 : Number.NaN);
  };
  if (Array.isArray(second)) {
    if (second.length > limits.max_records_per_frame) throw new FrameError('too_many_records');
    for (const entry of second) {
      if (!Array.isArray(entry) || entry.length !== 2) throw new FrameError('bad_frame');
      add(entry[0], entry[1]);
    }
  } else add(second, frame[2]);
  const option: unknown = frame[Array.isArray(second) ? 2 : 3];
  const chunk = isFields(option) ? option['chunk'] : undefined;
  if (chunk !== undefined && chunk !== null && typeof chunk !== 'string') throw new FrameError('bad_option');
  return {
    tag: tag.toWellFormed(),
    records,
    times,
    chunk: chunk ? chunk.toWellFormed() : undefined,
    ack: typeof chunk === 'string' ? Buffer.from(JSON.stringify({ ack: chunk })) : undefined,
    bytes: end - start,
    isParsed: false,
  };
}

function parsed(text: string, careful: boolean): unknown {
  try {
    return parse(text, careful);
  } catch (error) {
    throw new FrameError(error instanceof RangeError ? 'too_deep' : 'bad_json');
  }
}

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

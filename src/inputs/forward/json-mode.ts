import { senderTime } from '../../base/time/sender-time.ts';
import { type Fields, isFields } from '../../core/event.ts';
import { needsCare, parse, toRecord } from '../json/record.ts';
import { SetAside, type SetAsideReason } from '../set-aside.ts';
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

  /** Forgets the text begun. */
  reset(): void {
    this.#at = 0;
    this.#depth = 0;
    this.#values = 0;
    this.#inString = false;
    this.#escaped = false;
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
        this.reset();
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

/**
 * A frame written as JSON: `[tag, time, record, option?]` or `[tag, [[time, record]...], option?]`, times in seconds.
 * As with msgpack, a record that cannot be taken is set aside.
 */
export function decodeJsonFrame(bytes: Buffer, start: number, end: number, limits: DecodeLimits): ForwardFrame {
  const text = bytes.toString('utf8', start, end);
  const careful = needsCare(text);
  const frame = parsed(text, careful);
  if (!Array.isArray(frame)) throw new FrameError('bad_frame');
  const [tag, second] = frame;
  if (typeof tag !== 'string') throw new FrameError('bad_tag');
  const hasHeader = frame.length > 2 && isHeader(second);
  const isForward = Array.isArray(second) && !hasHeader;
  if (!isForward && frame.length < 3) throw new FrameError('bad_frame');
  const entries: unknown[] = isForward ? second : [[hasHeader ? second[0] : second, frame[2]]];
  if (entries.length > limits.max_records_per_frame) throw new FrameError('too_many_records');
  const records: Fields[] = [];
  const times: number[] = [];
  let setAside: SetAside | undefined;
  for (const [i, entry] of entries.entries()) {
    const record = recordOf(entry, limits, careful);
    if (typeof record === 'string') {
      if (setAside === undefined) setAside = new SetAside(i + 1, record, excerptOf(entry));
      else setAside.add(record);
      continue;
    }
    records.push(record);
    const [time] = entry as unknown[];
    times.push(senderTime(Array.isArray(time) ? time[0] : time));
  }
  const option: unknown = frame[isForward ? 2 : 3];
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
    setAside,
  };
}

/** `[time, metadata]`, and not two entries. */
function isHeader(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'number' && isFields(value[1]);
}

function recordOf(entry: unknown, limits: DecodeLimits, careful: boolean): Fields | SetAsideReason {
  if (!Array.isArray(entry) || entry.length < 2) return 'bad_entry';
  const record = toRecord(entry[1], limits.max_nesting_depth, careful);
  if (typeof record !== 'string') return record;
  return record === 'too_deep' ? 'too_deep' : 'bad_record';
}

function excerptOf(value: unknown): string {
  try {
    return JSON.stringify(value).slice(0, 100).toWellFormed();
  } catch {
    return '(nested too deeply to be shown)';
  }
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

import { MsgpackError } from '../../base/msgpack/msgpack.ts';
import { isMap, isTime, MsgpackReader, type Repair } from '../../base/msgpack/read.ts';
import { senderTime } from '../../base/time/sender-time.ts';
import { type Fields, isFields } from '../../core/event.ts';
import { isOfOneRecord, SetAside, type SetAsideReason } from '../set-aside.ts';
import { decompress } from './decompress.ts';
import { FrameError } from './errors.ts';
import type { ForwardSettings } from './options.ts';

/** What one frame says; the rest of a core `Frame` is known by the connection. */
export interface ForwardFrame {
  readonly tag: string;
  readonly records: Fields[];
  /** Epoch milliseconds with fraction; NaN where there is none. */
  readonly times: number[];
  /** The sender's id for the frame; undefined if it has none, or an empty one, which tells nothing apart. */
  readonly chunk: string | undefined;
  /** The chunk id as it is written in an answer, in the sender's own encoding; undefined: wants no answer. */
  readonly ack: Buffer | undefined;
  /** Size on the wire, with compressed entries counted as what they became. */
  readonly bytes: number;
  /** From another longshore: see `Frame`. */
  readonly isParsed: boolean;
  /** Records that could not be taken; undefined if there are none. */
  readonly setAside: SetAside | undefined;
}

interface Events {
  readonly records: Fields[];
  readonly times: number[];
}

export type DecodeLimits = Pick<
  ForwardSettings,
  'max_decompressed_bytes' | 'max_records_per_frame' | 'max_values_per_frame' | 'max_nesting_depth'
>;

/**
 * Forward protocol v1 (https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1), one frame:
 *
 *     frame   := message | forward | packed | nil              nil is an old heartbeat
 *     message := [tag, time, record, option?]
 *              | [tag, [time, metadata], record, option?]
 *     forward := [tag, [entry...], option?]
 *     packed  := [tag, entries, option?]                       entries: str or bin with entry entry entry...
 *     entry   := [time, record]
 *              | [[time, metadata], record]                    Fluent Bit with retain_metadata_in_forward_mode
 *     time    := EventTime (ext 0) | integer or float seconds | nil; anything else counts as nil
 *     option  := nil | { chunk?: id, compressed?: "text" | "gzip" | "zstd", size?: n, fluent_signal?: 0,
 *                     longshore?: 1, ...}                          1: documents of another longshore
 *
 * The modes are told apart by the second element. An answer to `chunk` is `{"ack": id}`.
 *
 * Docker's driver sends messages with `container_id`, `container_name`, `source`, `log` and whatever labels and
 * environment it was told to add; the pieces of a long line have `partial_message`, and their `log` stays bytes.
 */
export class FrameDecoder {
  readonly #limits: DecodeLimits;
  readonly #reader: MsgpackReader;
  /** Of the frame that is being decoded. */
  #setAside: SetAside | undefined;

  constructor(limits: DecodeLimits) {
    this.#limits = limits;
    this.#reader = new MsgpackReader(limits, KNOWN_KEYS, SHARED_KEYS);
  }

  /** Values kept in another form since the caller last looked; the caller sets them back. */
  get repairs(): Record<Repair, number> {
    return this.#reader.repairs;
  }

  /**
   * The frame in `bytes[start, end)`, which is one whole msgpack value; undefined for a heartbeat. Keeps nothing of `bytes`.
   * A record that cannot be taken is set aside, and the others are taken.
   * @throws FrameError
   */
  decode(bytes: Buffer, start: number, end: number): ForwardFrame | undefined {
    const reader = this.#reader;
    reader.begin(bytes, start, end);
    let tag: string | undefined;
    this.#setAside = undefined;
    try {
      const elements = reader.readArrayLength();
      if (elements < 0) {
        if (reader.readValue(0) === null) return undefined;
        throw new FrameError('bad_frame');
      }
      if (elements < 2) throw new FrameError('bad_frame');
      tag = reader.readName();
      if (tag === undefined) throw new FrameError('bad_tag');
      return this.#decodeRest(tag, elements, bytes, start, end);
    } catch (error) {
      const fault = error instanceof MsgpackError ? new FrameError(error.reason) : error;
      if (fault instanceof FrameError) fault.tag = tag;
      throw fault;
    } finally {
      reader.leave();
    }
  }

  #decodeRest(tag: string, elements: number, bytes: Buffer, start: number, end: number): ForwardFrame {
    const reader = this.#reader;
    const events: Events = { records: [], times: [] };
    let packed = reader.readBytes();
    let optionAt = 2;
    if (packed !== undefined && isTextTime(packed, elements) && (elements > 3 || !this.#isOptionOfPacked())) {
      reader.repairs.bad_time++;
      this.#readMessage(senderTime(packed.toString('latin1')), null, events);
      packed = undefined;
      optionAt = 3;
    } else if (packed === undefined) {
      const entries = reader.readArrayLength();
      if (entries >= 0) {
        if (this.#readMessageWithHeader(entries, elements, events)) optionAt = 3;
        else this.#readEntries(entries, events);
      } else {
        if (elements < 3 || (elements < 4 && isMap(reader.peek()))) throw new FrameError('bad_frame');
        this.#readMessage(reader.readTime(), null, events);
        optionAt = 3;
      }
    }
    const option = this.#readOption(elements > optionAt, bytes);
    const { compressed, chunk, ack } = option;
    let size = end - start;
    if (packed !== undefined) {
      const plain =
        compressed === 'text' ? packed : decompress(compressed, packed, this.#limits.max_decompressed_bytes);
      this.#readPacked(plain, events);
      size += plain.length - packed.length;
    }
    return {
      tag,
      records: events.records,
      times: events.times,
      chunk,
      ack,
      bytes: size,
      isParsed: option.isParsed && packed !== undefined,
      setAside: this.#setAside,
    };
  }

  /** Whether what is next says how entries are compressed. Reads nothing. */
  #isOptionOfPacked(): boolean {
    const reader = this.#reader;
    const start = reader.position;
    try {
      const value = reader.readValue(1);
      return isFields(value) && typeof value['compressed'] === 'string';
    } catch (error) {
      reasonOf(error);
      return false;
    } finally {
      reader.position = start;
    }
  }

  #readEntries(entries: number, events: Events): void {
    if (entries > this.#limits.max_records_per_frame) throw new FrameError('too_many_records');
    for (let i = 0; i < entries; i++) this.#readEntry(i, events);
  }

  #readPacked(plain: Buffer, events: Events): void {
    const reader = this.#reader;
    reader.enter(plain, 0, plain.length);
    let i = 0;
    for (; !reader.atEnd; i++) {
      if (i >= this.#limits.max_records_per_frame) throw new FrameError('too_many_records');
      this.#readEntry(i, events);
    }
    // Nothing in it is an entry: these are no entries, whatever they are.
    if (i > 0 && this.#setAside?.counts.get('bad_entry') === i) throw new FrameError('bad_frame');
  }

  #readEntry(index: number, events: Events): void {
    const reader = this.#reader;
    const start = reader.position;
    let reason: SetAsideReason = 'bad_entry';
    try {
      const elements = reader.readArrayLength();
      if (elements >= 2) {
        const header = reader.readArrayLength();
        const time = header === 0 ? Number.NaN : reader.readTime();
        const metadata = header >= 2 ? reader.readValue(1) : null;
        for (let i = 2; i < header; i++) reader.skip();
        if (this.#readRecord(time, metadata, events)) {
          for (let i = 2; i < elements; i++) reader.skip();
          return;
        }
        reason = 'bad_record';
      }
    } catch (error) {
      reason = reasonOf(error);
    }
    this.#putAside(start, index, reason);
  }

  /** `[tag, [time, metadata], record, ...]`: the second element could be two entries as well. False: it is. */
  #readMessageWithHeader(length: number, elements: number, events: Events): boolean {
    const reader = this.#reader;
    if (length !== 2 || elements < 3 || !isTime(reader.peek())) return false;
    const start = reader.position;
    const time = reader.readTime();
    if (reader.atEnd || !isMap(reader.peek())) {
      reader.position = start;
      return false;
    }
    const header = reader.position;
    let metadata: unknown = null;
    try {
      metadata = reader.readValue(1);
    } catch (error) {
      reasonOf(error);
      reader.position = header;
      reader.skip();
    }
    this.#readMessage(time, metadata, events);
    return true;
  }

  #readMessage(time: number, metadata: unknown, events: Events): void {
    const start = this.#reader.position;
    let reason: SetAsideReason = 'bad_record';
    try {
      if (this.#readRecord(time, metadata, events)) return;
    } catch (error) {
      reason = reasonOf(error);
    }
    this.#putAside(start, 0, reason);
  }

  /** False, and nothing read, if no map is next. */
  #readRecord(time: number, metadata: unknown, { records, times }: Events): boolean {
    const record = this.#reader.readRecord('log', 'partial_message');
    if (record === undefined) return false;
    if (metadata !== null && !isEmpty(metadata) && !Object.hasOwn(record, 'metadata')) record['metadata'] = metadata;
    records.push(record);
    times.push(time);
    return true;
  }

  /** Steps over the value at `start`: what is the record or the entry number `index`, from 0. */
  #putAside(start: number, index: number, reason: SetAsideReason): void {
    const reader = this.#reader;
    reader.position = start;
    reader.skip();
    if (this.#setAside === undefined) this.#setAside = new SetAside(index + 1, reason, reader.excerpt(start));
    else this.#setAside.add(reason);
  }

  #readOption(isThere: boolean, bytes: Buffer): Option {
    const reader = this.#reader;
    if (!isThere) return NO_OPTION;
    const pairs = reader.readMapLength();
    if (pairs < 0) {
      if (reader.readValue(0) !== null) throw new FrameError('bad_option');
      return NO_OPTION;
    }
    let chunk: string | undefined;
    let ack: Buffer | undefined;
    let compressed = 'text';
    let isParsed = false;
    for (let i = 0; i < pairs; i++) {
      const name = reader.readName();
      if (name === undefined) throw new FrameError('bad_option');
      const start = reader.position;
      if (name === 'chunk') {
        const id = reader.readText();
        if (id === undefined && reader.readValue(0) !== null) throw new FrameError('bad_option');
        if (id === undefined) continue;
        const end = reader.position;
        ack = ackOf(bytes, start, end);
        // Ids tell frames apart: bytes that are no text must not all become the same U+FFFD.
        chunk = id.includes('\ufffd') ? `bytes:${bytes.toString('hex', start, end)}` : id || undefined;
      } else if (name === 'compressed') {
        const method = reader.readText();
        if (method === undefined && reader.readValue(0) !== null) throw new FrameError('bad_option');
        compressed = method ?? 'text';
      } else {
        if (name !== 'longshore' && name !== 'fluent_signal') {
          reader.skip();
          continue;
        }
        const value = reader.readValue(0);
        // Fluent Bit's metrics and traces are in a form of their own.
        if (name === 'longshore') isParsed = value === 1;
        else if (value !== 0 && value !== null) throw new FrameError('unsupported_signal');
      }
    }
    // Without an id nothing tells them from those of others.
    return { chunk, ack, compressed, isParsed: isParsed && chunk !== undefined };
  }
}

/** Docker's fields get the first ranks: its maps come in changing order. */
const KNOWN_KEYS = [
  'container_id',
  'container_name',
  'source',
  'log',
  'partial_message',
  'partial_id',
  'partial_ordinal',
  'partial_last',
];
/** How many of them, from the front, have the same values for all lines of a container. */
const SHARED_KEYS = 3;

interface Option {
  readonly chunk: string | undefined;
  readonly ack: Buffer | undefined;
  readonly compressed: string;
  readonly isParsed: boolean;
}
const NO_OPTION: Option = { chunk: undefined, ack: undefined, compressed: 'text', isParsed: false };

/** `{"ack": id}`; the id stands as it came, be it str or bin. */
function ackOf(bytes: Buffer, start: number, end: number): Buffer {
  const ack = Buffer.allocUnsafe(ACK_PREFIX.length + end - start);
  ack.set(ACK_PREFIX);
  bytes.copy(ack, ACK_PREFIX.length, start, end);
  return ack;
}
const ACK_PREFIX = Uint8Array.of(0x81, 0xa3, 0x61, 0x63, 0x6b);

/** The second element of a message whose sender writes times as text. Entries never begin with a printable character. */
function isTextTime(bytes: Buffer, elements: number): boolean {
  if (elements < 3 || bytes.length > MAX_TIME_BYTES) return false;
  if (bytes.length === 0) return elements > 3;
  return bytes.every(byte => byte >= 0x20 && byte < 0x7f);
}
const MAX_TIME_BYTES = 64;

/** Faults of one record; all others say that the frame cannot be followed, and are thrown on. */
function reasonOf(error: unknown): SetAsideReason {
  if (error instanceof MsgpackError && isOfOneRecord(error.reason)) return error.reason;
  throw error;
}

function isEmpty(metadata: unknown): boolean {
  return metadata === null || (typeof metadata === 'object' && Object.keys(metadata).length === 0);
}

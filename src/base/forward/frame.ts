import { type Fields, isFields } from '../../core/event.ts';
import { isMap, isTime } from '../msgpack/first-byte.ts';
import { FormatError, isValueFault, MsgpackError, NIL } from '../msgpack/msgpack.ts';
import { type MsgpackLimits, MsgpackReader, type Repair } from '../msgpack/read.ts';
import { senderTime } from '../time/sender-time.ts';
import { encodeAck } from './ack.ts';
import { decompress } from './compression.ts';
import { FrameError, withPlace } from './errors.ts';
import type { MessageRun } from './message-run.ts';
import { type RecordFault, RecordsSetAside } from './records-set-aside.ts';

/*
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
 *     option  := nil | { chunk?: id, compressed?: "text" | "gzip" | "zstd", size?: n, fluent_signal?: 0, mark?: 1, ... }
 *
 * The modes are told apart by the second element. `mark` is a name that senders of one kind agree on, see `RecordForm`.
 * `chunk` asks for an answer, see `ack.ts`.
 */

/** What one frame says. */
export interface ForwardFrame {
  readonly tag: string;
  readonly records: Fields[];
  /** Epoch milliseconds with fraction; NaN where there is none. */
  readonly times: number[];
  /** The sender's id for the frame; undefined if it has none, or an empty one, which tells nothing apart. */
  readonly chunk: string | undefined;
  /** The answer to it, in the sender's own encoding; undefined: wants no answer. */
  readonly ack: Buffer | undefined;
  /** Size on the wire, with compressed entries counted as what they became. */
  readonly bytes: number;
  /** It has the mark, is packed, and has an id: without one nothing tells it from those of others. */
  readonly isMarked: boolean;
  /** Records that could not be taken; undefined if there are none. */
  readonly setAside: RecordsSetAside | undefined;
}

interface Events {
  readonly records: Fields[];
  readonly times: number[];
}

export interface FrameLimits extends MsgpackLimits {
  readonly max_decompressed_bytes: number;
  readonly max_records_per_frame: number;
}

/** What is known of the records beforehand. */
export interface RecordForm {
  /** They get the first places in a record, in this order, however a sender orders them. */
  readonly knownKeys: readonly string[];
  /** How many of them, from the front, have texts that come again and again. */
  readonly sharedKeys: number;
  /** The value of `rawField`, if it is a str or bin, stays bytes in a record that also has `rawIf`. */
  readonly rawField: string;
  readonly rawIf: string;
  /** Name of an option whose value 1 tells that the packed records are those of a certain kind of sender. */
  readonly mark: string;
}

export class FrameDecoder {
  readonly #limits: FrameLimits;
  readonly #reader: MsgpackReader;
  readonly #rawField: string;
  readonly #rawIf: string;
  readonly #mark: string;
  /** Of the frame that is being decoded. */
  #setAside: RecordsSetAside | undefined;

  constructor(limits: FrameLimits, { knownKeys, sharedKeys, rawField, rawIf, mark }: RecordForm) {
    this.#limits = limits;
    this.#reader = new MsgpackReader(limits, knownKeys, sharedKeys);
    this.#rawField = rawField;
    this.#rawIf = rawIf;
    this.#mark = mark;
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
      if (elements < 0 && reader.peek() === NIL) return undefined;
      if (elements < 2) throw new FrameError('bad_frame');
      tag = reader.readName();
      if (tag === undefined) throw new FrameError('bad_tag');
      return this.#decodeRest(tag, elements, bytes, start, end);
    } catch (error) {
      const fault = withPlace(error, reader.place);
      if (fault instanceof FrameError) fault.tag = tag;
      throw fault;
    } finally {
      reader.leave();
    }
  }

  /**
   * Adds the frame to `run`, if it is a message that suits it. False: it is another frame, or a message with a fault;
   * nothing is added, and `decode` says what it is.
   */
  addMessage(run: MessageRun, bytes: Buffer, start: number, end: number): boolean {
    const reader = this.#reader;
    const { invalid_utf8, key_not_string, unknown_ext, bad_time } = reader.repairs;
    reader.begin(bytes, start, end);
    let isAdded = false;
    try {
      isAdded = run.read(reader, bytes, end - start, this.#rawField, this.#rawIf);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    } finally {
      reader.leave();
    }
    if (!isAdded) Object.assign(reader.repairs, { invalid_utf8, key_not_string, unknown_ext, bad_time });
    return isAdded;
  }

  #decodeRest(tag: string, elements: number, bytes: Buffer, start: number, end: number): ForwardFrame {
    const reader = this.#reader;
    const events: Events = { records: [], times: [] };
    let packed = reader.readBytes();
    const packedEnd = reader.position;
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
    const { compressed, chunk, ack, isMarked } = this.#readOption(elements > optionAt, bytes);
    let size = end - start;
    if (packed !== undefined) {
      let plain = packed;
      if (compressed !== 'text') {
        // Where it stops if this cannot be decompressed.
        reader.position = packedEnd - packed.length;
        plain = decompress(compressed, packed, this.#limits.max_decompressed_bytes);
      }
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
      isMarked: isMarked && packed !== undefined,
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
      faultOf(error);
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
    if (i > 0 && this.#setAside?.counts.get('bad_entry') === i) {
      reader.position = 0;
      throw new FrameError('bad_frame');
    }
  }

  #readEntry(index: number, events: Events): void {
    const reader = this.#reader;
    const start = reader.position;
    let fault: RecordFault = 'bad_entry';
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
        fault = 'bad_record';
      }
    } catch (error) {
      fault = faultOf(error);
    }
    this.#putAside(start, index, fault);
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
      faultOf(error);
      reader.position = header;
      reader.skip();
    }
    this.#readMessage(time, metadata, events);
    return true;
  }

  #readMessage(time: number, metadata: unknown, events: Events): void {
    const start = this.#reader.position;
    let fault: RecordFault = 'bad_record';
    try {
      if (this.#readRecord(time, metadata, events)) return;
    } catch (error) {
      fault = faultOf(error);
    }
    this.#putAside(start, 0, fault);
  }

  /** False, and nothing read, if no map is next. */
  #readRecord(time: number, metadata: unknown, { records, times }: Events): boolean {
    const record = this.#reader.readRecord(this.#rawField, this.#rawIf);
    if (record === undefined) return false;
    if (metadata !== null && !isEmpty(metadata) && !Object.hasOwn(record, 'metadata')) record['metadata'] = metadata;
    records.push(record);
    times.push(time);
    return true;
  }

  /** Steps over the value at `start`: what is the record or the entry number `index`, from 0. */
  #putAside(start: number, index: number, fault: RecordFault): void {
    const reader = this.#reader;
    reader.position = start;
    reader.skip();
    if (this.#setAside === undefined) this.#setAside = new RecordsSetAside(index + 1, fault, reader.excerpt(start));
    else this.#setAside.add(fault);
  }

  #readOption(isThere: boolean, bytes: Buffer): Option {
    const reader = this.#reader;
    if (!isThere) return NO_OPTION;
    const pairs = reader.readMapLength();
    if (pairs < 0) {
      this.#readNil();
      return NO_OPTION;
    }
    let chunk: string | undefined;
    let ack: Buffer | undefined;
    let compressed = 'text';
    let isMarked = false;
    for (let i = 0; i < pairs; i++) {
      const name = reader.readName();
      if (name === undefined) throw new FrameError('bad_option');
      const start = reader.position;
      if (name === 'chunk') {
        const id = this.#readTextOrNil();
        if (id === undefined) continue;
        const end = reader.position;
        ack = encodeAck(bytes, start, end);
        // Ids tell frames apart: bytes that are no text must not all become the same U+FFFD.
        chunk = id.includes('\ufffd') ? `bytes:${bytes.toString('hex', start, end)}` : id || undefined;
      } else if (name === 'compressed') compressed = this.#readTextOrNil() ?? 'text';
      else if (name === this.#mark) isMarked = reader.readValue(0) === 1;
      else if (name === 'fluent_signal') {
        const signal = reader.readValue(0);
        if (signal === 0 || signal === null) continue;
        // Fluent Bit's metrics and traces are in a form of their own.
        reader.position = start;
        throw new FrameError('unsupported_signal');
      } else reader.skip();
    }
    return { chunk, ack, compressed, isMarked: isMarked && chunk !== undefined };
  }

  #readTextOrNil(): string | undefined {
    const text = this.#reader.readText();
    if (text === undefined) this.#readNil();
    return text;
  }

  #readNil(): void {
    if (this.#reader.peek() !== NIL) throw new FrameError('bad_option');
    this.#reader.skip();
  }
}

interface Option {
  readonly chunk: string | undefined;
  readonly ack: Buffer | undefined;
  readonly compressed: string;
  readonly isMarked: boolean;
}
const NO_OPTION: Option = { chunk: undefined, ack: undefined, compressed: 'text', isMarked: false };

/** The second element of a message whose sender writes times as text. Entries never begin with a printable character. */
function isTextTime(bytes: Buffer, elements: number): boolean {
  if (elements < 3 || bytes.length > MAX_TIME_BYTES) return false;
  if (bytes.length === 0) return elements > 3;
  return bytes.every(byte => byte >= 0x20 && byte < 0x7f);
}
const MAX_TIME_BYTES = 64;

/** Faults of one record; all others say that the frame cannot be followed, and are thrown on. */
function faultOf(error: unknown): RecordFault {
  if (error instanceof MsgpackError && isValueFault(error.reason)) return error.reason;
  throw error;
}

function isEmpty(metadata: unknown): boolean {
  return metadata === null || (typeof metadata === 'object' && Object.keys(metadata).length === 0);
}

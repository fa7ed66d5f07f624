import type { Fields } from '../../core/event.ts';
import { MsgpackReader, type Repair } from '../msgpack-read.ts';
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
 *     forward := [tag, [entry...], option?]
 *     packed  := [tag, entries, option?]                       entries: str or bin with entry entry entry...
 *     entry   := [time, record]
 *              | [[time, metadata], record]                    Fluent Bit with retain_metadata_in_forward_mode
 *     time    := EventTime (ext 0) | integer or float seconds | nil
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
   * @throws FrameError, MsgpackError
   */
  decode(bytes: Buffer, start: number, end: number): ForwardFrame | undefined {
    const reader = this.#reader;
    reader.begin(bytes, start, end);
    try {
      const elements = reader.readArrayLength();
      if (elements < 0) {
        if (reader.readValue(0) === null) return undefined;
        throw new FrameError('bad_frame');
      }
      if (elements < 2) throw new FrameError('bad_frame');
      const tag = reader.readName();
      if (tag === undefined) throw new FrameError('bad_tag');
      return this.#decodeRest(tag, elements, bytes, start, end);
    } finally {
      reader.leave();
    }
  }

  #decodeRest(tag: string, elements: number, bytes: Buffer, start: number, end: number): ForwardFrame {
    const reader = this.#reader;
    const records: Fields[] = [];
    const times: number[] = [];
    const packed = reader.readBytes();
    if (packed === undefined) {
      const entries = reader.readArrayLength();
      if (entries >= 0) {
        if (entries > this.#limits.max_records_per_frame) throw new FrameError('too_many_records');
        for (let i = 0; i < entries; i++) this.#readEntry(records, times);
      } else {
        if (elements < 3) throw new FrameError('bad_frame');
        if (isMapOrBool(reader.peek())) throw new FrameError('bad_frame');
        times.push(reader.readTime());
        records.push(this.#readRecord());
        elements--;
      }
    }
    const option = this.#readOption(elements > 2, bytes);
    if (packed === undefined) {
      return { tag, records, times, chunk: option.chunk, ack: option.ack, bytes: end - start, isParsed: false };
    }
    const { compressed, chunk, ack, isParsed } = option;
    const plain = compressed === 'text' ? packed : decompress(compressed, packed, this.#limits.max_decompressed_bytes);
    reader.enter(plain, 0, plain.length);
    while (!reader.atEnd) {
      if (records.length >= this.#limits.max_records_per_frame) throw new FrameError('too_many_records');
      this.#readEntry(records, times);
    }
    return { tag, records, times, chunk, ack, bytes: end - start - packed.length + plain.length, isParsed };
  }

  #readEntry(records: Fields[], times: number[]): void {
    const reader = this.#reader;
    if (reader.readArrayLength() !== 2) throw new FrameError('bad_frame');
    const header = reader.readArrayLength();
    if (header !== -1 && header !== 2) throw new FrameError('bad_frame');
    times.push(reader.readTime());
    const metadata = header === 2 ? reader.readValue(1) : null;
    const record = this.#readRecord();
    if (!isEmpty(metadata) && !Object.hasOwn(record, 'metadata')) record['metadata'] = metadata;
    records.push(record);
  }

  #readRecord(): Fields {
    const record = this.#reader.readRecord('log', 'partial_message');
    if (record === undefined) throw new FrameError('bad_record');
    return record;
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
        const value = reader.readValue(0);
        // Fluent Bit's metrics and traces are in a form of their own.
        if (name === 'longshore') isParsed = value === 1;
        else if (name === 'fluent_signal' && value !== 0 && value !== null) throw new FrameError('unsupported_signal');
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

/** These can be no time: it is another protocol, not a sender without a clock. */
function isMapOrBool(first: number): boolean {
  return (first >= 0x80 && first < 0x90) || first === 0xde || first === 0xdf || first === 0xc2 || first === 0xc3;
}

function isEmpty(metadata: unknown): boolean {
  return metadata === null || (typeof metadata === 'object' && Object.keys(metadata).length === 0);
}

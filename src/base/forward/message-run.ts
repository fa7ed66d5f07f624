import type { Fields } from '../../core/event.ts';
import { isTime } from '../msgpack/first-byte.ts';
import { NIL } from '../msgpack/msgpack.ts';
import type { MsgpackReader } from '../msgpack/read.ts';
import { ACK_PREFIX } from './ack.ts';
import type { ForwardFrame } from './frame.ts';

/** More messages, or more bytes of them, are another run: what is taken as one stays small. */
const MAX_MESSAGES = 1000;
const MAX_BYTES = 1024 * 1024;

/**
 * Messages of one record each that stand side by side in what was read, all of them with an id or none: `records[i]`, at
 * `times[i]`, is the one with the tag `tags[i]` and the id `chunks[i]`. What one frame costs is paid once for all of them.
 */
export class MessageRun {
  readonly tags: string[] = [];
  /** All have the same tag. */
  isOfOneTag = true;
  readonly records: Fields[] = [];
  /** Epoch milliseconds with fraction; NaN where there is none. */
  readonly times: number[] = [];
  /** None, where the messages have no ids. */
  readonly chunks: string[] = [];
  readonly answers = new Answers();
  /** Size on the wire. */
  bytes = 0;

  get length(): number {
    return this.records.length;
  }

  get hasIds(): boolean {
    return this.chunks.length > 0;
  }

  get isFull(): boolean {
    return this.records.length >= MAX_MESSAGES || this.bytes >= MAX_BYTES;
  }

  /**
   * Reads a frame of `size` bytes. False, and nothing is added, if it is no message of one record, or not of this kind; a
   * message with a fault may throw as well.
   */
  read(reader: MsgpackReader, bytes: Buffer, size: number, rawField: string, rawIf: string): boolean {
    const elements = reader.readArrayLength();
    if (elements !== 3 && elements !== 4) return false;
    const tag = reader.readName();
    const isFirst = this.records.length === 0;
    if (tag === undefined || !isTime(reader.peek())) return false;
    const time = reader.readTime();
    const record = reader.readRecord(rawField, rawIf);
    if (record === undefined) return false;
    let id = '';
    let idStart = 0;
    let idEnd = 0;
    if (elements === 4 && reader.peek() !== NIL) {
      for (let pairs = reader.readMapLength(); pairs !== 0; pairs--) {
        if (pairs < 0 || reader.readName() !== 'chunk' || id !== '') return false;
        idStart = reader.position;
        id = reader.readText() ?? '';
        idEnd = reader.position;
        // Ids tell frames apart: one that is empty, or no text, is not taken as it is.
        if (id === '' || id.includes('\ufffd')) return false;
      }
    }
    if (!isFirst && (id !== '') !== this.hasIds) return false;
    if (!isFirst && tag !== this.tags[0]) this.isOfOneTag = false;
    this.tags.push(tag);
    this.records.push(record);
    this.times.push(time);
    this.bytes += size;
    if (id === '') return true;
    this.chunks.push(id);
    this.answers.add(ACK_PREFIX, bytes, idStart, idEnd);
    return true;
  }

  /** Each message by itself, with its share of the bytes. */
  *frames(): Generator<ForwardFrame> {
    for (const [i, record] of this.records.entries()) {
      yield {
        tag: this.tags[i]!,
        records: [record],
        times: [this.times[i]!],
        chunk: this.chunks[i],
        ack: this.hasIds ? this.answers.at(i) : undefined,
        bytes: Math.ceil(this.bytes / this.length),
        isMarked: false,
        setAside: undefined,
      };
    }
  }
}

/** Answers, one behind the other in one buffer. */
export class Answers {
  #bytes: Buffer = NOTHING;
  /** Where each ends. */
  readonly #ends: number[] = [];

  get length(): number {
    return this.#ends.length;
  }

  /** Two parts that make one answer: `prefix`, and `bytes[start, end)`. */
  add(prefix: Uint8Array, bytes: Buffer, start: number, end: number): void {
    const at = this.#ends.at(-1) ?? 0;
    const to = at + prefix.length + end - start;
    if (to > this.#bytes.length) this.#grow(to, at);
    this.#bytes.set(prefix, at);
    bytes.copy(this.#bytes, at + prefix.length, start, end);
    this.#ends.push(to);
  }

  all(): Buffer {
    return this.#bytes.subarray(0, this.#ends.at(-1) ?? 0);
  }

  at(index: number): Buffer {
    return this.#bytes.subarray(index === 0 ? 0 : this.#ends[index - 1]!, this.#ends[index]!);
  }

  #grow(needed: number, used: number): void {
    // One message alone is what idle containers send; many are as many as fit into one read.
    const bytes = Buffer.allocUnsafe(Math.max(needed, 4 * this.#bytes.length));
    this.#bytes.copy(bytes, 0, 0, used);
    this.#bytes = bytes;
  }
}

const NOTHING = Buffer.alloc(0);

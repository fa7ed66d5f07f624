import { isUtf8 } from 'node:buffer';
import { type Fields, newFields } from '../../core/event.ts';
import { ofNanos } from '../time/epoch.ts';
import { isoTime } from '../time/iso.ts';
import { senderTime } from '../time/sender-time.ts';
import { readAsText } from './as-text.ts';
import { bodyLengthBytes } from './first-byte.ts';
import { type InternedKey, KeyTable } from './keys.ts';
import { type BytePlace, EVENT_TIME_TYPE, MsgpackError, placeIn, utf8, type ValueFault } from './msgpack.ts';
import { extTime, isExt, readScalar, SCALAR_BYTES, uint32 } from './scalars.ts';
import { MsgpackScanner } from './scan.ts';

export interface MsgpackLimits {
  readonly max_nesting_depth: number;
  /** Map entries and array elements in one frame: they cost memory far beyond their bytes. */
  readonly max_values_per_frame: number;
}

/** What was mended on the way: the value is kept in another form, and counted. */
export const REPAIRS = ['invalid_utf8', 'key_not_string', 'unknown_ext', 'bad_time', 'nested_as_text'] as const;
export type Repair = (typeof REPAIRS)[number];

/**
 * Reads values one after another from `bytes[position, end)`; bounds are checked, so the bytes may be anything.
 * str and bin both become well-formed strings, maps become `newFields()`, integers beyond 2^53 decimal strings, NaN and
 * the infinities strings, event times and timestamps ISO strings, other ext values base64.
 */
export class MsgpackReader {
  position = 0;
  readonly repairs = Object.fromEntries(REPAIRS.map(repair => [repair, 0])) as Record<Repair, number>;
  readonly #limits: MsgpackLimits;
  readonly #keys: KeyTable;
  readonly #shared: KeyTable;
  readonly #scanner = new MsgpackScanner();
  readonly #sharedRanks: number;
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #valuesLeft = 0;
  /** Bounds of the body that `readBody` found. */
  #bodyStart = 0;
  #bodyEnd = 0;
  // Entries of the record being read; records don't nest.
  readonly #entryKeys: string[] = [];
  readonly #entryRanks: number[] = [];
  readonly #entryValues: unknown[] = [];
  /** `#entryValues` has something in it. */
  #isInRecord = false;

  /** The values of the first `sharedKeys` known keys are texts that come again and again: short ones are not decoded each time. */
  constructor(limits: MsgpackLimits, knownKeys: readonly string[], sharedKeys = 0) {
    this.#limits = limits;
    this.#keys = new KeyTable([...knownKeys]);
    this.#sharedRanks = sharedKeys;
    this.#shared = new KeyTable([], sharedKeys > 0 ? 4096 : 1);
  }

  /** Begins a frame. */
  begin(bytes: Buffer, start: number, end: number): void {
    this.#valuesLeft = this.#limits.max_values_per_frame;
    this.enter(bytes, start, end);
  }

  /** Goes on in other bytes of the same frame. */
  enter(bytes: Buffer, start: number, end: number): void {
    this.#bytes = bytes;
    this.position = start;
    this.#start = start;
    this.#end = end;
  }

  /** Lets go of the bytes. */
  leave(): void {
    this.#bytes = NO_BYTES;
    if (this.#isInRecord) this.#entryValues.fill(undefined);
    this.#isInRecord = false;
  }

  get atEnd(): boolean {
    return this.position >= this.#end;
  }

  /** The first byte of the next value. */
  peek(): number {
    if (this.position >= this.#end) throw new MsgpackError('truncated');
    return this.#bytes[this.position]!;
  }

  /** The number of elements if an array is next, else -1 and nothing is read. */
  readArrayLength(): number {
    const first = this.peek();
    let length: number;
    if (first >= 0x90 && first < 0xa0) {
      this.position++;
      length = first & 15;
    } else if (first === 0xdc || first === 0xdd) length = this.#readLength(first === 0xdc ? 2 : 4);
    else return -1;
    this.#claim(length, 1);
    return length;
  }

  /** The number of pairs if a map is next, else -1 and nothing is read. */
  readMapLength(): number {
    const first = this.peek();
    let length: number;
    if (first >= 0x80 && first < 0x90) {
      this.position++;
      length = first & 15;
    } else if (first === 0xde || first === 0xdf) length = this.#readLength(first === 0xde ? 2 : 4);
    else return -1;
    this.#claim(length, 2);
    return length;
  }

  /** The body of a str or bin as a view into the bytes; undefined, and nothing read, if something else is next. */
  readBytes(): Buffer | undefined {
    return this.#readBody() ? this.#bytes.subarray(this.#bodyStart, this.#bodyEnd) : undefined;
  }

  /** A str or bin as a string; undefined, and nothing read, if something else is next. */
  readText(): string | undefined {
    return this.#readBody() ? this.#text(this.#bodyStart, this.#bodyEnd) : undefined;
  }

  /** The same for texts that come again and again: short ones are not decoded each time. */
  readName(): string | undefined {
    return this.#readInternedKey()?.text ?? this.readText();
  }

  /**
   * An event time in epoch milliseconds with fraction, from ext or by `senderTime`; NaN if it is none.
   */
  readTime(): number {
    const first = this.peek();
    if (first === 0xd7 && this.#end - this.position >= 10 && this.#bytes[this.position + 1] === EVENT_TIME_TYPE) {
      const at = this.position + 2;
      this.position += 10;
      return ofNanos(uint32(this.#bytes, at), uint32(this.#bytes, at + 4));
    }
    const value = isExt(first) ? this.#readExt(first, true) : this.readValue(1);
    const ms = isExt(first) ? (value === undefined ? Number.NaN : (value as number)) : senderTime(value);
    if ((Number.isNaN(ms) && value !== null) || typeof value === 'string') this.repairs.bad_time++;
    return ms;
  }

  /** Steps over one value of any depth, which is not built. */
  skip(): void {
    this.#scanner.reset();
    const length = this.#scanner.scan(this.#bytes, this.position, this.#end, Number.POSITIVE_INFINITY);
    if (length < 0) throw new MsgpackError('truncated');
    this.position += length;
  }

  get place(): BytePlace {
    return placeIn(this.#bytes, this.#start, this.position, this.#end);
  }

  /** What stands from `at` on, for a human: as text, its first bytes. */
  excerpt(at: number): string {
    const text = this.#bytes.toString('utf8', at, Math.min(this.position, at + EXCERPT_BYTES));
    return text.replace(/[^\p{L}\p{N}\p{P}\p{S} ]+/gu, '.');
  }

  /**
   * A map as fields; undefined, and nothing read, if something else is next. Fields stand in the order in which this reader
   * first met their keys. The `rawField` (a str or bin) stays bytes, copied, if the record also has the field `rawIf`.
   */
  readRecord(rawField: string, rawIf: string): Fields | undefined {
    const count = this.readMapLength();
    if (count < 0) return undefined;
    if (count > MAX_SORTED) return this.#readFields(count, 1, rawField, rawIf);
    const keys = this.#entryKeys;
    const ranks = this.#entryRanks;
    const values = this.#entryValues;
    let rawStart = -1;
    let rawEnd = -1;
    let raw = false;
    this.#isInRecord = true;
    for (let i = 0; i < count; i++) {
      const interned = this.#readInternedKey();
      const key = interned === undefined ? this.#readOtherKey() : interned.text;
      const rank = interned === undefined ? MAX_RANK : interned.rank;
      let value: unknown;
      if (key === rawField && this.#readBody()) {
        rawStart = this.#bodyStart;
        rawEnd = this.#bodyEnd;
        value = RAW;
      } else {
        value = rank < this.#sharedRanks ? this.#readShared() : this.readValue(1);
        if (key === rawIf) raw = true;
      }
      let at = i;
      for (; at > 0 && ranks[at - 1]! > rank; at--) {
        keys[at] = keys[at - 1]!;
        ranks[at] = ranks[at - 1]!;
        values[at] = values[at - 1];
      }
      keys[at] = key;
      ranks[at] = rank;
      values[at] = value;
    }
    const fields = newFields();
    for (let i = 0; i < count; i++) {
      const value = values[i];
      fields[keys[i]!] = value === RAW ? this.#textOrCopy(rawStart, rawEnd, raw) : value;
      values[i] = undefined;
    }
    this.#isInRecord = false;
    return fields;
  }

  /** Whatever is next. `depth` is how many containers it is in, the record included. */
  readValue(depth: number): unknown {
    const first = this.peek();
    if (first < 0x80) {
      this.position++;
      return first;
    }
    if (first >= 0xe0) {
      this.position++;
      return first - 256;
    }
    if (this.#readBody()) return this.#text(this.#bodyStart, this.#bodyEnd);
    if (first < 0xa0 || first >= 0xdc) {
      if (depth >= this.#limits.max_nesting_depth) return this.#containerAsText('too_deep');
      if (first < 0x90 || first >= 0xde) return this.#readFields(this.readMapLength(), depth + 1, '', '');
      return this.#readArray(this.readArrayLength(), depth + 1);
    }
    if (isExt(first)) return this.#readExt(first, false);
    return this.#readScalar(first);
  }

  /** A map or an array that has no place as one. @throws MsgpackError `fault` if it is too large for a text. */
  #containerAsText(fault: ValueFault): string {
    const start = this.position;
    this.skip();
    if (this.position - start > MAX_TEXT_BYTES) throw new MsgpackError(fault);
    this.position = start;
    this.repairs.nested_as_text++;
    return readAsText(this);
  }

  #readArray(length: number, depth: number): unknown[] {
    const items: unknown[] = [];
    for (let i = 0; i < length; i++) items.push(this.readValue(depth));
    return items;
  }

  #readFields(count: number, depth: number, rawField: string, rawIf: string): Fields {
    const fields = newFields();
    let rawStart = -1;
    let rawEnd = -1;
    for (let i = 0; i < count; i++) {
      const key = this.#readInternedKey()?.text ?? this.#readOtherKey();
      if (key === rawField && depth === 1 && this.#readBody()) {
        rawStart = this.#bodyStart;
        rawEnd = this.#bodyEnd;
        fields[key] = RAW;
      } else fields[key] = this.readValue(depth);
    }
    if (depth === 1 && rawStart >= 0 && fields[rawField] === RAW) {
      fields[rawField] = this.#textOrCopy(rawStart, rawEnd, Object.hasOwn(fields, rawIf));
    }
    return fields;
  }

  #readShared(): unknown {
    const before = this.position;
    if (this.#readBody()) {
      const shared = this.#shared.find(this.#bytes, this.#bodyStart, this.#bodyEnd);
      if (shared !== undefined) return shared.text;
      this.position = before;
    }
    return this.readValue(1);
  }

  #readInternedKey(): InternedKey | undefined {
    const before = this.position;
    if (!this.#readBody()) return undefined;
    const key = this.#keys.find(this.#bytes, this.#bodyStart, this.#bodyEnd);
    if (key === undefined) this.position = before;
    return key;
  }

  #readOtherKey(): string {
    const text = this.readText();
    if (text !== undefined) return text;
    const first = this.peek();
    const isContainer = (first >= 0x80 && first < 0xa0) || (first >= 0xdc && first < 0xe0);
    const value = isContainer ? this.#containerAsText('bad_key') : this.readValue(1);
    this.repairs.key_not_string++;
    return String(value);
  }

  /** Finds the body of a str or bin and steps over it; false, and nothing read, if something else is next. */
  #readBody(): boolean {
    const first = this.peek();
    let start: number;
    let length: number;
    if (first >= 0xa0 && first < 0xc0) {
      length = first & 31;
      start = this.position + 1;
    } else {
      const lengthBytes = bodyLengthBytes(first);
      if (lengthBytes === 0) return false;
      const before = this.position;
      length = this.#readLength(lengthBytes);
      start = this.position;
      this.position = before;
    }
    if (length > this.#end - start) throw new MsgpackError('truncated');
    this.#bodyStart = start;
    this.#bodyEnd = start + length;
    this.position = start + length;
    return true;
  }

  /** Steps over the first byte and the length that follows it. */
  #readLength(lengthBytes: number): number {
    let at = this.position + 1;
    if (lengthBytes > this.#end - at) throw new MsgpackError('truncated');
    let length = this.#bytes[at++]!;
    for (let i = 1; i < lengthBytes; i++) length = length * 256 + this.#bytes[at++]!;
    this.position = at;
    return length;
  }

  /** A container of so many elements was announced: refused if they cannot all be there, or are too many. */
  #claim(elements: number, bytesEach: number): void {
    if (elements * bytesEach > this.#end - this.position) throw new MsgpackError('truncated');
    this.#valuesLeft -= elements;
    if (this.#valuesLeft < 0) throw new MsgpackError('too_many_values');
  }

  #text(start: number, end: number): string {
    if (start === end) return '';
    const text = utf8(this.#bytes, start, end);
    if (text.includes('\ufffd') && !isValid(this.#bytes, start, end)) this.repairs.invalid_utf8++;
    return text;
  }

  #textOrCopy(start: number, end: number, raw: boolean): string | Uint8Array {
    return raw ? new Uint8Array(this.#bytes.subarray(start, end)) : this.#text(start, end);
  }

  #readScalar(first: number): unknown {
    const at = this.position + 1;
    this.position += SCALAR_BYTES[first - 0xc0]!;
    if (this.position > this.#end) throw new MsgpackError('truncated');
    return readScalar(this.#bytes, first, at);
  }

  /** `asTime`: a time in epoch milliseconds, or undefined for other types; else a string. */
  #readExt(first: number, asTime: boolean): string | number | undefined {
    let length: number;
    if (first >= 0xd4) {
      length = 1 << (first - 0xd4);
      this.position++;
    } else length = this.#readLength(1 << (first - 0xc7));
    if (length + 1 > this.#end - this.position) throw new MsgpackError('truncated');
    const type = this.#bytes.readInt8(this.position);
    const at = this.position + 1;
    this.position = at + length;
    const ms = extTime(this.#bytes, type, at, length);
    if (asTime) return ms;
    if (ms !== undefined && Math.abs(ms) < MAX_DATE_MS) return isoTime(Math.floor(ms));
    this.repairs.unknown_ext++;
    return this.#bytes.toString('base64', at, at + length);
  }
}

const NO_BYTES = Buffer.alloc(0);
const RAW = Symbol('bytes to be read when the whole record is known');
/** Records with more fields keep the order of the sender: sorting by insertion is for small ones. */
const MAX_SORTED = 32;
const EXCERPT_BYTES = 100;
/** Bytes of a map or array that becomes text: six times as many characters at most. */
const MAX_TEXT_BYTES = 1 << 20;
const MAX_RANK = Number.MAX_SAFE_INTEGER;
const MAX_DATE_MS = 8.64e15;

function isValid(bytes: Buffer, start: number, end: number): boolean {
  return isUtf8(bytes.subarray(start, end));
}

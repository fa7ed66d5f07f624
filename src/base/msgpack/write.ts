import { EVENT_TIME_TYPE } from './msgpack.ts';

/** A time that is written as `MsgpackWriter.eventTime` does. */
class EventTime {
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }
}

/** The forward protocol's EventTime of epoch milliseconds, as a value. */
export const eventTime = (ms: number): EventTime => new EventTime(ms);

/** Strings become str, Uint8Arrays bin, whole numbers int, others float 64, objects and Maps map; undefined is nil. */
export function encodeMsgpack(value: unknown): Buffer {
  const writer = new MsgpackWriter(256);
  writer.value(value);
  return writer.take();
}

/** Writes values one behind the other into memory that grows as needed. */
export class MsgpackWriter {
  #bytes: Buffer;
  #at = 0;

  constructor(bytes = 65_536) {
    this.#bytes = Buffer.allocUnsafe(bytes);
  }

  /** Bytes written since the last `take`. */
  get length(): number {
    return this.#at;
  }

  /** A copy of what was written; the writer is empty then. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#at));
    this.#at = 0;
    return taken;
  }

  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.text(value);
        break;
      case 'number':
        this.number(value);
        break;
      case 'boolean':
        this.#byte(value ? 0xc3 : 0xc2);
        break;
      case 'bigint':
        if (value >= -32n && value < 0x1_0000_0000n) this.number(Number(value));
        else this.#integer64(value);
        break;
      case 'object':
        if (value === null) this.#byte(0xc0);
        else this.#object(value);
        break;
      default:
        this.#byte(0xc0);
    }
  }

  /** What follows are so many values. */
  array(length: number): void {
    this.#header(length, 0x90, 16, 0, 0xdc, 0xdd);
  }

  /** What follows are so many pairs of key and value. */
  map(pairs: number): void {
    this.#header(pairs, 0x80, 16, 0, 0xde, 0xdf);
  }

  text(text: string): void {
    const { length } = text;
    if (length < 32) {
      this.#room(length + 1);
      const bytes = this.#bytes;
      let at = this.#at + 1;
      let i = 0;
      for (; i < length; i++) {
        const code = text.charCodeAt(i);
        if (code > 127) break;
        bytes[at++] = code;
      }
      if (i === length) {
        bytes[this.#at] = 0xa0 | length;
        this.#at = at;
        return;
      }
    }
    const size = Buffer.byteLength(text);
    this.#header(size, 0xa0, 32, 0xd9, 0xda, 0xdb);
    this.#room(size);
    this.#bytes.write(text, this.#at, size);
    this.#at += size;
  }

  binary(bytes: Uint8Array): void {
    this.#header(bytes.length, 0, 0, 0xc4, 0xc5, 0xc6);
    this.#copy(bytes);
  }

  number(value: number): void {
    if (!Number.isSafeInteger(value)) {
      this.#room(9);
      this.#bytes[this.#at] = 0xcb;
      this.#bytes.writeDoubleBE(value, this.#at + 1);
      this.#at += 9;
    } else if (value >= 0 && value < 0x80) this.#byte(value);
    else if (value >= -32 && value < 0) this.#byte(value & 255);
    else if (value >= 0 && value < 0x1_0000_0000) {
      this.#room(5);
      this.#bytes[this.#at] = 0xce;
      this.#bytes.writeUInt32BE(value, this.#at + 1);
      this.#at += 5;
    } else this.#integer64(BigInt(value));
  }

  /** The forward protocol's EventTime (ext 0: seconds and nanoseconds, each uint32) of epoch milliseconds; one outside of 1970 to 2106 as integer seconds, which every receiver takes. */
  eventTime(ms: number): void {
    const seconds = Math.floor(ms / 1000);
    if (!(seconds >= 0 && seconds < 0x1_0000_0000)) {
      this.number(Number.isFinite(seconds) ? seconds : 0);
      return;
    }
    this.#room(10);
    const bytes = this.#bytes;
    const at = this.#at;
    bytes[at] = 0xd7;
    bytes[at + 1] = EVENT_TIME_TYPE;
    bytes.writeUInt32BE(seconds, at + 2);
    bytes.writeUInt32BE(Math.round((ms - seconds * 1000) * 1e6), at + 6);
    this.#at = at + 10;
  }

  #object(value: object): void {
    if (value instanceof Uint8Array) this.binary(value);
    else if (Array.isArray(value)) {
      this.array(value.length);
      for (const item of value) this.value(item);
    } else if (value instanceof EventTime) this.eventTime(value.ms);
    else if (value instanceof Map) {
      this.map(value.size);
      for (const [key, item] of value) {
        this.value(key);
        this.value(item);
      }
    } else {
      const keys = Object.keys(value);
      this.map(keys.length);
      for (const key of keys) {
        this.text(key);
        this.value((value as Record<string, unknown>)[key]);
      }
    }
  }

  #integer64(value: bigint): void {
    this.#room(9);
    this.#bytes[this.#at] = value < 0n ? 0xd3 : 0xcf;
    if (value < 0n) this.#bytes.writeBigInt64BE(value, this.#at + 1);
    else this.#bytes.writeBigUInt64BE(value, this.#at + 1);
    this.#at += 9;
  }

  /** The first byte and the length: in the first byte if below `fixLimit`, else in one (if the type has such a form), two or four bytes. */
  #header(length: number, fix: number, fixLimit: number, form8: number, form16: number, form32: number): void {
    this.#room(5);
    const bytes = this.#bytes;
    if (length < fixLimit) bytes[this.#at++] = fix | length;
    else if (form8 !== 0 && length < 0x100) {
      bytes[this.#at++] = form8;
      bytes[this.#at++] = length;
    } else if (length < 0x10000) {
      bytes[this.#at++] = form16;
      bytes[this.#at++] = length >> 8;
      bytes[this.#at++] = length & 255;
    } else {
      bytes[this.#at++] = form32;
      bytes.writeUInt32BE(length, this.#at);
      this.#at += 4;
    }
  }

  #byte(byte: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = byte;
  }

  #copy(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

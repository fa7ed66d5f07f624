import { isUtf8 } from 'node:buffer';
import { ofNanos } from '../../base/time/epoch.ts';

/*
 * Protocol Buffers as they are on the wire: a message is fields one behind the other, each a tag (number << 3 | type) and a value.
 *
 *     0  varint     up to ten bytes, seven bits each, the lowest first
 *     1  8 bytes    little endian
 *     2  length     a varint, then so many bytes: a text, bytes, a message
 *     5  4 bytes
 *
 * Groups (3, 4) are of another time and malformed here.
 */

/** Bytes that are no message. The words name no value. */
export class Malformed extends Error {}

/** A place in bytes. What reads a message is given its end, and checks with `leave` that it arrived just there. */
export class WireReader {
  readonly bytes: Buffer;
  pos = 0;
  /** A text was no UTF-8: what was wrong in it is U+FFFD. */
  invalidUtf8 = false;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** A tag, a length, a number of 32 bits: what is above is cut off. */
  uint32(): number {
    const { bytes } = this;
    let byte = bytes[this.pos++];
    if (byte === undefined) throw cut();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let shift = 7; shift < 70; shift += 7) {
      byte = bytes[this.pos++];
      if (byte === undefined) throw cut();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new Malformed('a number is longer than ten bytes');
  }

  /** Reads a length; returns where what it measures ends. `end`: of the message that it stands in. */
  enter(end: number): number {
    const length = this.uint32();
    const inner = this.pos + length;
    if (inner > end) throw cut();
    return inner;
  }

  leave(end: number): void {
    if (this.pos !== end) throw cut();
  }

  /** A signed number of 64 bits; beyond 2^53 the text of its digits. */
  int64(): number | string {
    const { bytes } = this;
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 7; i++) {
      const byte = bytes[this.pos++];
      if (byte === undefined) throw cut();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    let high = 0n;
    for (let shift = 0n; shift < 21n; shift += 7n) {
      const byte = bytes[this.pos++];
      if (byte === undefined) throw cut();
      high |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return wholeOf(BigInt.asIntN(64, (high << 49n) | BigInt(value)));
    }
    throw new Malformed('a number is longer than ten bytes');
  }

  double(end: number): number {
    const at = this.#step(8, end);
    return this.bytes.readDoubleLE(at);
  }

  fixed32(end: number): number {
    const at = this.#step(4, end);
    return this.bytes.readUInt32LE(at);
  }

  /** Nanoseconds since 1970, of 64 bits without sign, as milliseconds with fraction; NaN for 0. */
  nanos(end: number): number {
    const at = this.#step(8, end);
    const low = this.bytes.readUInt32LE(at);
    const high = this.bytes.readUInt32LE(at + 4);
    if (low === 0 && high === 0) return Number.NaN;
    // 2^32 ns are 4 s and REST ns; in two steps, so that no product goes beyond 2^53.
    const upper = (high >>> 16) * REST;
    const rest = (upper % 1e9) * 65_536 + (high & 0xffff) * REST + low;
    return ofNanos(high * 4 + Math.floor(upper / 1e9) * 65_536 + Math.floor(rest / 1e9), rest % 1e9);
  }

  text(end: number): string {
    return this.#textTo(this.enter(end));
  }

  #textTo(stop: number): string {
    const text = this.bytes.toString('utf8', this.pos, stop);
    if (text.includes('\uFFFD') && !isUtf8(this.bytes.subarray(this.pos, stop))) this.invalidUtf8 = true;
    this.pos = stop;
    return text;
  }

  /** A text that is likely to come again, as names of attributes do. */
  name(end: number): string {
    const { bytes } = this;
    const stop = this.enter(end);
    const start = this.pos;
    const length = stop - start;
    if (length === 0 || length > LONGEST_NAME) return this.#textTo(stop);
    const slot = (length * 31 + bytes[start]! * 7 + bytes[stop - 1]! * 3 + bytes[start + (length >> 1)]!) % NAMES;
    const known = this.#names[slot];
    if (known !== undefined && known.length === length && isSame(bytes, known.start, start, length)) {
      this.pos = stop;
      return known.text;
    }
    const text = this.#textTo(stop);
    this.#names[slot] = { start, length, text };
    return text;
  }
  readonly #names: ({ start: number; length: number; text: string } | undefined)[] = new Array(NAMES).fill(undefined);

  /** A view of the bytes, no copy. */
  raw(end: number): Buffer {
    const stop = this.enter(end);
    const view = this.bytes.subarray(this.pos, stop);
    this.pos = stop;
    return view;
  }

  /** Steps over the value of a tag that is not known. */
  skip(tag: number, end: number): void {
    if (tag >>> 3 === 0) throw new Malformed('a field has the number 0');
    switch (tag & 7) {
      case 0:
        this.uint32();
        return;
      case 1:
        this.#step(8, end);
        return;
      case 2:
        this.pos = this.enter(end);
        return;
      case 5:
        this.#step(4, end);
        return;
      default:
        throw new Malformed('a field has a type that is not known');
    }
  }

  #step(bytes: number, end: number): number {
    const at = this.pos;
    if (at + bytes > end) throw cut();
    this.pos = at + bytes;
    return at;
  }
}

const REST = 294_967_296;
const NAMES = 256;
const LONGEST_NAME = 64;

function isSame(bytes: Buffer, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}

/** A whole number as events keep it: beyond 2^53 as text. */
export function wholeOf(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function cut(): Malformed {
  return new Malformed('it ends within a field');
}

/** A msgpack encoder for the few values the forward protocol answers with, and for tools that send test frames. */

/** An ext value; event times are `eventTime(ms)`. */
export class MsgpackExt {
  readonly type: number;
  readonly bytes: Uint8Array;

  constructor(type: number, bytes: Uint8Array) {
    this.type = type;
    this.bytes = bytes;
  }
}

/** The forward protocol's EventTime of epoch milliseconds (a fraction is kept to the microsecond). */
export function eventTime(ms: number): MsgpackExt {
  const seconds = Math.floor(ms / 1000);
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(seconds, 0);
  bytes.writeUInt32BE(Math.round((ms - seconds * 1000) * 1000) * 1000, 4);
  return new MsgpackExt(0, bytes);
}

/** Strings become str, Uint8Arrays bin, numbers the shortest int or float 64, objects and Maps map. */
export function encodeMsgpack(value: unknown): Buffer {
  const parts: Uint8Array[] = [];
  write(value, parts);
  return Buffer.concat(parts);
}

function write(value: unknown, parts: Uint8Array[]): void {
  if (value === null || value === undefined) parts.push(Uint8Array.of(0xc0));
  else if (typeof value === 'boolean') parts.push(Uint8Array.of(value ? 0xc3 : 0xc2));
  else if (typeof value === 'number' || typeof value === 'bigint') parts.push(encodeNumber(value));
  else if (typeof value === 'string') {
    const bytes = Buffer.from(value, 'utf8');
    parts.push(header(bytes.length, 0xa0, 32, 0xd9, 0xda, 0xdb), bytes);
  } else if (value instanceof Uint8Array) parts.push(header(value.length, 0, 0, 0xc4, 0xc5, 0xc6), value);
  else if (value instanceof MsgpackExt) {
    const type = value.type & 255;
    if (value.bytes.length === 8) parts.push(Uint8Array.of(0xd7, type), value.bytes);
    else parts.push(header(value.bytes.length, 0, 0, 0xc7, 0xc8, 0xc9), Uint8Array.of(type), value.bytes);
  } else if (Array.isArray(value)) {
    parts.push(header(value.length, 0x90, 16, 0, 0xdc, 0xdd));
    for (const item of value) write(item, parts);
  } else {
    const entries = value instanceof Map ? [...value] : Object.entries(value as object);
    parts.push(header(entries.length, 0x80, 16, 0, 0xde, 0xdf));
    for (const [key, item] of entries) {
      write(key, parts);
      write(item, parts);
    }
  }
}

/** The first byte and the length: in the first byte if below `fixLimit`, else in one (if the type has such a form), two or four bytes. */
function header(length: number, fix: number, fixLimit: number, form8: number, form16: number, form32: number): Buffer {
  if (length < fixLimit) return Buffer.of(fix | length);
  if (form8 !== 0 && length < 0x100) return Buffer.of(form8, length);
  if (length < 0x10000) return Buffer.of(form16, length >> 8, length & 255);
  const bytes = Buffer.alloc(5);
  bytes[0] = form32;
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

function encodeNumber(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(9);
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    bytes[0] = 0xcb;
    bytes.writeDoubleBE(value, 1);
    return bytes;
  }
  if (value >= 0 && value < 0x80) return Buffer.of(Number(value));
  if (value >= -32 && value < 0) return Buffer.of(Number(value) & 255);
  if (value >= 0 && value < 0x1_0000_0000) {
    bytes[0] = 0xce;
    bytes.writeUInt32BE(Number(value), 1);
    return bytes.subarray(0, 5);
  }
  bytes[0] = value < 0 ? 0xd3 : 0xcf;
  if (value < 0) bytes.writeBigInt64BE(BigInt(value), 1);
  else bytes.writeBigUInt64BE(BigInt(value), 1);
  return bytes;
}

import { ofNanos } from '../time/epoch.ts';
import { EVENT_TIME_TYPE, MsgpackError, TIMESTAMP_TYPE } from './msgpack.ts';

/** For 0xc0 + index: the size of the scalars, their first byte included. */
export const SCALAR_BYTES = Uint8Array.from([
  1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 5, 9, 2, 3, 5, 9, 2, 3, 5, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);

/** nil, bool, float or int; `at` is the offset after its first byte, all its bytes are there. */
export function readScalar(bytes: Buffer, first: number, at: number): null | boolean | number | string {
  switch (first) {
    case 0xc0:
      return null;
    case 0xc2:
      return false;
    case 0xc3:
      return true;
    case 0xca:
      return finite(bytes.readFloatBE(at));
    case 0xcb:
      return finite(bytes.readDoubleBE(at));
    case 0xcc:
      return bytes[at]!;
    case 0xcd:
      return bytes.readUInt16BE(at);
    case 0xce:
      return uint32(bytes, at);
    case 0xcf:
      return exact(bytes.readBigUInt64BE(at));
    case 0xd0:
      return bytes.readInt8(at);
    case 0xd1:
      return bytes.readInt16BE(at);
    case 0xd2:
      return bytes.readInt32BE(at);
    case 0xd3:
      return exact(bytes.readBigInt64BE(at));
    default:
      throw new MsgpackError('invalid_byte');
  }
}

export function isExt(first: number): boolean {
  return (first >= 0xd4 && first <= 0xd8) || (first >= 0xc7 && first <= 0xc9);
}

/** Epoch milliseconds with fraction, of an EventTime or a timestamp; undefined for all other ext values. `at`: offset after the type. */
export function extTime(bytes: Buffer, type: number, at: number, length: number): number | undefined {
  if (type === EVENT_TIME_TYPE && length === 8) return ofNanos(uint32(bytes, at), uint32(bytes, at + 4));
  if (type !== TIMESTAMP_TYPE) return undefined;
  if (length === 4) return uint32(bytes, at) * 1000;
  if (length === 8) {
    // 30 bits of nanoseconds, 34 bits of seconds.
    const high = uint32(bytes, at);
    return ofNanos((high & 3) * 0x1_0000_0000 + uint32(bytes, at + 4), high >>> 2);
  }
  if (length === 12) return ofNanos(Number(bytes.readBigInt64BE(at + 4)), uint32(bytes, at));
  return undefined;
}

export function uint32(bytes: Buffer, at: number): number {
  return bytes[at]! * 0x100_0000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
}

/** JSON has neither NaN nor the infinities: they stay visible as strings. */
function finite(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

function exact(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

import { NIL } from './msgpack.ts';
import { isExt } from './scalars.ts';

/** Whether a value that begins so is a map. */
export function isMap(first: number): boolean {
  return (first >= 0x80 && first < 0x90) || first === 0xde || first === 0xdf;
}

/** Whether a value that begins so is an array or nil. */
export function isArrayOrNil(first: number): boolean {
  return (first >= 0x90 && first < 0xa0) || first === NIL || first === 0xdc || first === 0xdd;
}

/** Whether a value that begins so is a number or an ext, which may be a time. */
export function isTime(first: number): boolean {
  return first < 0x80 || first >= 0xe0 || isExt(first) || (first >= 0xca && first <= 0xd3);
}

/** How many bytes of length follow the first byte of a str or bin; 0 for those that have it inside, and for others. */
export function bodyLengthBytes(first: number): number {
  if (first >= 0xd9 && first <= 0xdb) return 1 << (first - 0xd9);
  if (first >= 0xc4 && first <= 0xc6) return 1 << (first - 0xc4);
  return 0;
}

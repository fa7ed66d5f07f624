import { gunzipSync, inflateSync } from 'node:zlib';

/** Why a payload is no text. */
export type UnpackFault = 'too_large' | 'broken_compression';

/**
 * A payload as text bytes, whatever it begins with: gzip, zlib, or nothing of that. The output is bounded by `maxBytes`
 * while it is made, so that a bomb costs no more than that.
 */
export function unpack(payload: Buffer, maxBytes: number): Buffer | UnpackFault {
  const inflate = isGzip(payload) ? gunzipSync : isZlib(payload) ? inflateSync : undefined;
  if (inflate === undefined) return payload.length > maxBytes ? 'too_large' : payload;
  try {
    return inflate(payload, { maxOutputLength: maxBytes });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too_large' : 'broken_compression';
  }
}

const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;
const isZlib = (bytes: Buffer): boolean =>
  bytes.length > 2 && (bytes[0]! & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0;

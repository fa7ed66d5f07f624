import { promisify } from 'node:util';
import { gunzip, inflate, inflateRaw, type ZstdOptions, zstdDecompress } from 'node:zlib';
import type { ZstdFrame } from '../../base/forward/compression.ts';
import { unsnap } from '../../base/snappy.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';

const inflaters = {
  gunzip: promisify(gunzip),
  inflate: promisify(inflate),
  inflateRaw: promisify(inflateRaw),
  zstd: promisify(zstdDecompress),
};

/**
 * Undoes `Content-Encoding`. The output is bounded by `maxBytes`, which is `setting`, while it is made, so that a bomb costs no more
 * than that.
 * Throws `LS_INPUTS_ENCODING_UNKNOWN`, `LS_INPUTS_BODY_TOO_LARGE`, `LS_INPUTS_ENCODING_BROKEN`.
 */
export async function decompress(
  body: Buffer,
  encoding: string | undefined,
  maxBytes: number,
  setting?: string,
): Promise<Buffer> {
  const name = (encoding ?? 'identity').trim().toLowerCase();
  if (name === 'identity' || name === '') return body;
  try {
    if (name === 'gzip' || name === 'x-gzip') return await inflaters.gunzip(body, { maxOutputLength: maxBytes });
    if (name === 'deflate') return await inflateEither(body, maxBytes);
    if (name === 'zstd') return await inflateZstd(body, maxBytes, setting);
    if (name === 'snappy') return unsnapped(body, maxBytes, setting);
  } catch (cause) {
    if (cause instanceof LongshoreError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes, setting);
    throw new LongshoreError('LS_INPUTS_ENCODING_BROKEN', `The body is not valid ${name}: ${messageOf(cause)}.`, {
      cause,
    });
  }
  throw new LongshoreError('LS_INPUTS_ENCODING_UNKNOWN', `Content-Encoding '${name.slice(0, 50)}' is not known.`, {
    fix: 'Use gzip, deflate, zstd, snappy or identity.',
  });
}

/** `setting`: the limit that it is above. */
export function tooLarge(maxBytes: number, setting = 'http.max_body_bytes'): LongshoreError {
  return new LongshoreError('LS_INPUTS_BODY_TOO_LARGE', `The body is larger than ${maxBytes} bytes.`, {
    fix: `Send smaller batches or raise '${setting}'.`,
  });
}

/** `deflate` means the zlib format, but some senders take it for raw deflate. */
function inflateEither(body: Buffer, maxBytes: number): Promise<Buffer> {
  const isZlib = body.length >= 2 && (body[0]! & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0;
  return (isZlib ? inflaters.inflate : inflaters.inflateRaw)(body, { maxOutputLength: maxBytes });
}

/** Node stops after the first zstd frame and says nothing of the rest, so the frames are read one by one. */
async function inflateZstd(body: Buffer, maxBytes: number, setting: string | undefined): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for (let start = 0; start < body.length; ) {
    if (size >= maxBytes) throw tooLarge(maxBytes, setting);
    const options: ZstdOptions & { info: true } = { info: true, maxOutputLength: maxBytes - size };
    const { buffer, engine } = (await inflaters.zstd(body.subarray(start), options)) as unknown as ZstdFrame;
    if (engine.bytesWritten === 0) throw new Error('no frame');
    parts.push(buffer);
    size += buffer.length;
    start += engine.bytesWritten;
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

/** One block, as Fluent Bit sends it. */
function unsnapped(body: Buffer, maxBytes: number, setting: string | undefined): Buffer {
  const plain = unsnap(body, maxBytes);
  if (plain === 'too_large') throw tooLarge(maxBytes, setting);
  if (plain === undefined) throw new Error('it is no block');
  return plain;
}

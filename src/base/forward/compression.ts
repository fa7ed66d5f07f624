import { promisify } from 'node:util';
import { gunzipSync, gzip, type ZstdOptions, zstdCompress, zstdDecompressSync } from 'node:zlib';
import { FrameError } from './errors.ts';

export type Compression = 'gzip' | 'zstd';

const gzipAsync = promisify(gzip);
const zstdAsync = promisify(zstdCompress);

/** The entries of a packed frame, compressed. */
export function compress(method: Compression, entries: Buffer): Promise<Buffer> {
  return method === 'gzip' ? gzipAsync(entries, { level: 1 }) : zstdAsync(entries);
}

/** Compressed chunks grow by appending whole gzip members or zstd frames; each zstd frame costs a call. */
const MAX_ZSTD_FRAMES = 65_536;

/**
 * The entries of a CompressedPackedForward frame.
 * @throws FrameError `decompressed_too_large` before more than `maxBytes` exist, `bad_compression`, `unsupported_compression`.
 */
export function decompress(method: string, bytes: Uint8Array, maxBytes: number): Buffer {
  if (method !== 'gzip' && method !== 'zstd') throw new FrameError('unsupported_compression');
  try {
    return method === 'gzip' ? gunzipSync(bytes, { maxOutputLength: maxBytes }) : unzstd(bytes, maxBytes);
  } catch (error) {
    if (error instanceof FrameError) throw error;
    const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw new FrameError(tooLarge ? 'decompressed_too_large' : 'bad_compression');
  }
}

/** Node stops after the first frame, unlike with gzip: the rest must be asked for. */
function unzstd(bytes: Uint8Array, maxBytes: number): Buffer {
  const parts: Buffer[] = [];
  let total = 0;
  let rest = bytes;
  for (let frames = 0; rest.length > 0; frames++) {
    if (frames >= MAX_ZSTD_FRAMES) throw new FrameError('bad_compression');
    // zlib takes no limit of 0: one byte too many is noticed below.
    const options: ZstdOptions & { info: true } = { info: true, maxOutputLength: Math.max(1, maxBytes - total) };
    const { buffer, engine } = zstdDecompressSync(rest, options) as unknown as ZstdFrame;
    total += buffer.length;
    if (total > maxBytes) throw new FrameError('decompressed_too_large');
    parts.push(buffer);
    if (engine.bytesWritten === 0) throw new FrameError('bad_compression');
    rest = rest.subarray(engine.bytesWritten);
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, total);
}

/** What zlib gives with `info: true`; `bytesWritten` is how much of the input was used. */
export interface ZstdFrame {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

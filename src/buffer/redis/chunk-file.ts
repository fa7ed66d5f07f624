import { unlink } from 'node:fs/promises';
import type { FileReader } from '../../base/disk/file-reader.ts';
import type { Chunk } from '../../core/contracts.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';

/** The bytes belong to `use` until its promise settles. @throws LongshoreError LS_REDIS_CHUNK_MISSING (permanent), LS_REDIS_CHUNK_FILE */
export async function readChunk<T>(files: FileReader, chunk: Chunk, use: (body: Buffer) => Promise<T>): Promise<T> {
  const body = await files.read(chunk).catch(cause => {
    if (cause.code !== 'ENOENT') throw fileFailure(chunk, 'read', cause);
    // Trying again cannot bring it back.
    throw new LongshoreError('LS_REDIS_CHUNK_MISSING', `The file ${chunk.path} is gone.`, { cause });
  });
  try {
    return await use(body);
  } finally {
    files.give(body);
  }
}

/** @throws LongshoreError LS_REDIS_CHUNK_FILE */
export async function removeChunk(chunk: Chunk): Promise<void> {
  try {
    await unlink(chunk.path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw fileFailure(chunk, 'removed', cause);
  }
}

function fileFailure(chunk: Chunk, what: string, cause: unknown): LongshoreError {
  return new LongshoreError('LS_REDIS_CHUNK_FILE', `${chunk.path} cannot be ${what}: ${messageOf(cause)}.`, {
    retryable: true,
    cause,
  });
}

import { open, unlink } from 'node:fs/promises';
import type { Chunk } from '../../core/contracts.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';

/** Larger buffers than this are not kept. */
const MAX_KEPT_BYTES = 16_000_000;

/** Reads chunk files into memory that is used again: a fresh 4 MB for each makes the collector the busiest part of the way. */
export class ChunkReader {
  readonly #kept: Buffer[] = [];

  /** The bytes belong to `use` until its promise settles. @throws LongshoreError LS_REDIS_CHUNK_MISSING (permanent), LS_REDIS_CHUNK_FILE */
  async read<T>(chunk: Chunk, use: (body: Buffer) => Promise<T>): Promise<T> {
    let memory = this.#kept.pop() ?? Buffer.allocUnsafeSlow(65_536);
    try {
      const { body, memory: grown } = await readInto(memory, chunk);
      memory = grown;
      return await use(body);
    } finally {
      if (memory.length <= MAX_KEPT_BYTES) this.#kept.push(memory);
    }
  }
}

async function readInto(memory: Buffer, chunk: Chunk): Promise<{ body: Buffer; memory: Buffer }> {
  try {
    const handle = await open(chunk.path, 'r');
    try {
      let filled = 0;
      let target = memory;
      for (;;) {
        if (filled === target.length || chunk.bytes >= target.length) {
          const larger = Buffer.allocUnsafeSlow(Math.max(target.length * 2, chunk.bytes + 1));
          target.copy(larger, 0, 0, filled);
          target = larger;
        }
        const { bytesRead } = await handle.read(target, filled, target.length - filled, filled);
        if (bytesRead === 0) return { body: target.subarray(0, filled), memory: target };
        filled += bytesRead;
      }
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw fileFailure(chunk, 'read', cause);
    // Trying again cannot bring it back.
    throw new LongshoreError('LS_REDIS_CHUNK_MISSING', `The file ${chunk.path} is gone.`, { cause });
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

import type { FileReader } from '../../base/disk/file-reader.ts';
import type { Chunk } from '../../core/contracts.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import type { ChunkDelivery } from './sender.ts';

/** A chunk to be sent, read when its turn comes. Reading throws LS_FORWARD_CHUNK_MISSING (permanent), LS_FORWARD_READ_CHUNK. */
export function chunkFile({ id, path, bytes }: Pick<Chunk, 'id' | 'path' | 'bytes'>, files: FileReader): ChunkDelivery {
  const read = async () => {
    try {
      return await files.read({ path, bytes });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
        throw new LongshoreError('LS_FORWARD_CHUNK_MISSING', `the file of chunk ${id} does not exist.`, { cause });
      }
      throw new LongshoreError('LS_FORWARD_READ_CHUNK', `chunk ${id} cannot be read: ${messageOf(cause)}.`, {
        retryable: true,
        cause,
      });
    }
  };
  return { id, read, give: body => files.give(body) };
}

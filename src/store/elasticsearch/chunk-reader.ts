import { open, readFile } from 'node:fs/promises';
import type { Chunk } from '../../core/contracts.ts';

const MIN_BYTES = 64 * 1024;
const MAX_KEPT_BYTES = 8 * 1024 * 1024;
const MAX_KEPT = 4;

/** Reads chunks into memory that is used again: new memory for each costs page faults, and the garbage collector its rounds. */
export class ChunkReader {
  readonly #free: Buffer[] = [];

  /** The whole file. Rejects as `readFile` does. */
  async read({ path, bytes }: Pick<Chunk, 'path' | 'bytes'>): Promise<Buffer> {
    // One more, to see that the file ends there.
    const memory = this.#take(bytes + 1);
    const file = await open(path, 'r');
    let length = 0;
    try {
      for (;;) {
        const { bytesRead } = await file.read(memory, length, bytes + 1 - length, length);
        length += bytesRead;
        if (bytesRead === 0 || length > bytes) break;
      }
    } finally {
      await file.close();
    }
    return length > bytes ? readFile(path) : memory.subarray(0, length);
  }

  /** Nobody looks at what `read` gave any more, nor will. What is not given back is freed as other memory is. */
  give(content: Buffer): void {
    const { buffer, byteOffset } = content;
    const isOurs = byteOffset === 0 && buffer.byteLength >= MIN_BYTES && buffer.byteLength <= MAX_KEPT_BYTES;
    if (isOurs && this.#free.length < MAX_KEPT) this.#free.push(Buffer.from(buffer));
  }

  #take(bytes: number): Buffer {
    const at = this.#free.findIndex(memory => memory.length >= bytes);
    if (at >= 0) return this.#free.splice(at, 1)[0]!;
    let size = MIN_BYTES;
    while (size < bytes) size *= 2;
    // The small ones make room for those that are asked for now.
    this.#free.shift();
    return Buffer.allocUnsafeSlow(size > MAX_KEPT_BYTES ? bytes : size);
  }
}

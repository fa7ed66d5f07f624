import { type FileHandle, open } from 'node:fs/promises';
import { type BulkPart, wholeItems } from './bulk-split.ts';

const STEP_BYTES = 256 * 1024;
/** More is in use only while the store is slow: then it may cost something. */
const MAX_KEPT_BYTES = 16_000_000;

/**
 * Reads chunks part by part, into memory that is used again: what waits for an answer is bounded by the requests under way, however
 * long chunks are, and what the garbage collector does not see calls for none of its rounds.
 */
export class ChunkParts {
  readonly #maxBytes: number;
  readonly #free: Buffer[] = [];
  #freeBytes = 0;

  /** `maxBytes`: of a part, except that an item is never cut. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Gives the parts of a file of about so many bytes to `use`, one after another; true: the part is needed no more, not even by a
   * request that failed. Rejects as `open` and `use` do, and with a RangeError when an action has no document.
   */
  async each(path: string, bytes: number, use: (part: BulkPart) => Promise<boolean>): Promise<void> {
    const file = await open(path, 'r');
    try {
      let memory = this.#take(Math.min(bytes + 1, this.#maxBytes));
      for (let at = 0; ; ) {
        const length = await fill(memory, file, at);
        if (length === 0) break;
        const part = wholeItems(memory.subarray(0, length), length < memory.length);
        if (part === undefined) {
          memory = Buffer.allocUnsafeSlow(memory.length * 2);
          continue;
        }
        at += part.body.length;
        if (!(await use(part))) memory = this.#take(memory.length);
        if (length < memory.length) break;
      }
      this.#give(memory);
    } finally {
      await file.close();
    }
  }

  #take(bytes: number): Buffer {
    const at = this.#free.findIndex(memory => memory.length >= bytes);
    // Those that are too small make room for one of the size that is asked for now.
    const memory = this.#free.splice(Math.max(at, 0), 1)[0];
    this.#freeBytes -= memory?.length ?? 0;
    return at >= 0
      ? memory!
      : Buffer.allocUnsafeSlow(Math.min(this.#maxBytes, Math.ceil(bytes / STEP_BYTES) * STEP_BYTES));
  }

  #give(memory: Buffer): void {
    if (memory.length > this.#maxBytes || this.#freeBytes + memory.length > MAX_KEPT_BYTES) return;
    this.#free.push(memory);
    this.#freeBytes += memory.length;
  }
}

/** Bytes of the file from `at` on, as many as there are or fit. */
async function fill(memory: Buffer, file: FileHandle, at: number): Promise<number> {
  let length = 0;
  while (length < memory.length) {
    const { bytesRead } = await file.read(memory, length, memory.length - length, at + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}

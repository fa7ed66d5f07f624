import { open, readFile } from 'node:fs/promises';

const STEP_BYTES = 256 * 1024;
const MAX_KEPT_BYTES = 8 * 1024 * 1024;
const MAX_KEPT = 8;

/** Reads files into memory that is used again: new memory for each costs page faults, and the garbage collector its rounds. */
export class FileReader {
  readonly #free: Buffer[] = [];
  readonly #lent = new WeakMap<ArrayBufferLike, Buffer>();

  /** The whole file, of which `bytes` are expected. Rejects as `readFile` does. */
  async read({ path, bytes }: { path: string; bytes: number }): Promise<Buffer> {
    const file = await open(path, 'r');
    // One more, to see that the file ends there.
    const memory = this.#take(bytes + 1);
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
    if (length <= bytes) return memory.subarray(0, length);
    this.give(memory);
    return readFile(path);
  }

  /** Nobody looks at what `read` gave any more, nor will. What is not given back is freed as other memory is. */
  give(content: Buffer): void {
    const memory = this.#lent.get(content.buffer);
    if (memory === undefined) return;
    this.#lent.delete(content.buffer);
    if (memory.length <= MAX_KEPT_BYTES && this.#free.length < MAX_KEPT) this.#free.push(memory);
  }

  #take(bytes: number): Buffer {
    const at = this.#free.findIndex(memory => memory.length >= bytes);
    // Those that are too small make room for one of the size that is asked for now.
    const memory = this.#free.splice(Math.max(at, 0), 1)[0];
    const taken = at >= 0 ? memory! : this.#new(bytes);
    this.#lent.set(taken.buffer, taken);
    return taken;
  }

  #new(bytes: number): Buffer {
    // Chunks are a little over their limit: memory of the next power of two would be half empty.
    const size = Math.ceil(bytes / STEP_BYTES) * STEP_BYTES;
    return Buffer.allocUnsafeSlow(size > MAX_KEPT_BYTES ? bytes : size);
  }
}

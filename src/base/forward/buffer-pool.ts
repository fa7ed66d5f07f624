const MIN_BYTES = 4096;
const MAX_KEPT_BYTES = 1024 * 1024;

/** Buffers for frames that arrive in several reads: sizes are powers of two, and a few of each size are kept for the next. */
export class BufferPool {
  readonly #keptEach: number;
  readonly #free = new Map<number, Buffer[]>();

  constructor(keptEach = 4) {
    this.#keptEach = keptEach;
  }

  /** At least `bytes` long, with anything in it. */
  take(bytes: number): Buffer {
    let size = MIN_BYTES;
    while (size < bytes) size *= 2;
    return this.#free.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size);
  }

  give(buffer: Buffer): void {
    if (buffer.length > MAX_KEPT_BYTES) return;
    const kept = this.#free.get(buffer.length);
    if (kept === undefined) this.#free.set(buffer.length, [buffer]);
    else if (kept.length < this.#keptEach) kept.push(buffer);
  }
}

import { type FileHandle, open, unlink } from 'node:fs/promises';
import { writeAll } from './write-all.ts';

/** A file that is appended to, durably. What a failed write has left of itself is cut off before the next. */
export class AppendFile {
  readonly #handle: FileHandle;
  #bytes: number;
  #isTorn = false;

  private constructor(handle: FileHandle, bytes: number) {
    this.#handle = handle;
    this.#bytes = bytes;
  }

  /** A new file that begins with `head`, which is durable with what is appended first. @throws EEXIST */
  static async create(path: string, head: Buffer): Promise<AppendFile> {
    const handle = await open(path, 'ax');
    try {
      await writeAll(handle, [head]);
      return new AppendFile(handle, head.length);
    } catch (error) {
      await handle.close().catch(() => {});
      await unlink(path).catch(() => {});
      throw error;
    }
  }

  /** Goes on behind the first `bytes`; whatever is there beyond them is cut off. */
  static async open(path: string, bytes: number): Promise<AppendFile> {
    const handle = await open(path, 'a');
    try {
      if ((await handle.stat()).size > bytes) await handle.truncate(bytes);
      return new AppendFile(handle, bytes);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Of all that is durable, and of the head. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Resolves when it is on the disk; rejected, nothing of it counts. */
  async append(buffers: readonly Buffer[]): Promise<void> {
    if (this.#isTorn) await this.#cut();
    this.#isTorn = true;
    try {
      await writeAll(this.#handle, buffers);
      await this.#handle.datasync();
    } catch (error) {
      // A disk that refuses this, too, is asked again before the next write.
      await this.#cut().catch(() => {});
      throw error;
    }
    this.#isTorn = false;
    for (const buffer of buffers) this.#bytes += buffer.length;
  }

  /** False: it was deleted, and what is appended is lost with the process. */
  async isLinked(): Promise<boolean> {
    return (await this.#handle.stat()).nlink > 0;
  }

  async #cut(): Promise<void> {
    await this.#handle.truncate(this.#bytes);
    this.#isTorn = false;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

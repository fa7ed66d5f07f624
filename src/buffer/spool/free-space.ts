import { statfs } from 'node:fs/promises';

/** How much of the disk is free, looked at each second. */
export class FreeSpace {
  readonly #dir: string;
  #timer: NodeJS.Timeout | undefined;
  bytes = Number.POSITIVE_INFINITY;

  constructor(dir: string) {
    this.#dir = dir;
  }

  async start(): Promise<void> {
    await this.#look();
    this.#timer = setInterval(() => void this.#look(), 1000).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    try {
      const { bavail, bsize } = await statfs(this.#dir);
      this.bytes = bavail * bsize;
    } catch {
      // The next write will tell.
    }
  }
}

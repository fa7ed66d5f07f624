import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import type { Frame } from '../../src/core/event.ts';

/** The lives of an input that keeps its positions in a file: what is under way when one is killed is never answered. */
export class Lives {
  #life = {};
  readonly #positions: string;
  readonly #consume: (frame: Frame) => Promise<void>;

  constructor(positions: string, consume: (frame: Frame) => Promise<void>) {
    this.#positions = positions;
    this.#consume = consume;
  }

  async consume(frame: Frame): Promise<void> {
    const life = this.#life;
    await this.#consume(frame);
    await turn();
    if (this.#life !== life) await new Promise(() => {});
  }

  /** Ends this life by `stop`; the positions are what they were on the disk. */
  async kill(stop: () => Promise<void> | undefined): Promise<void> {
    this.#life = {};
    const there = existsSync(this.#positions) ? readFileSync(this.#positions) : Buffer.alloc(0);
    await stop();
    writeFileSync(this.#positions, there);
  }
}

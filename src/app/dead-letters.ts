import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { counter } from '../core/metrics.ts';
import { dayOf } from '../core/time.ts';

const letters = counter(
  'longshore_dead_letters_total',
  'Events that the store will never take, kept in data_dir/dead-letters',
  ['type'],
);

/** What is kept of an event that cannot be stored: anything that is JSON, with its kind and when that was. */
export interface Letter {
  readonly type: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** `data_dir/dead-letters/<day of refusal>.ndjson`, one JSON object a line. */
export class DeadLetterFile {
  readonly #dir: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Resolves when they are on the disk. Rejects when the disk refuses: ask again. */
  append(all: readonly Letter[]): Promise<void> {
    const written = this.#writing.then(() => this.#write(all));
    this.#writing = written.catch(() => {});
    return written;
  }

  async #write(all: readonly Letter[]): Promise<void> {
    if (all.length === 0) return;
    await mkdir(this.#dir, { recursive: true });
    const handle = await open(join(this.#dir, `${dayOf(all[0]!.at)}.ndjson`), 'a');
    try {
      await handle.appendFile(all.map(letter => `${JSON.stringify(letter)}\n`).join(''));
      await handle.datasync();
    } finally {
      await handle.close();
    }
    for (const { type } of all) letters.inc({ type });
  }
}

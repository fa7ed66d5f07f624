import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { PartLog } from '../base/disk/part-log/part-log.ts';
import { messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import { readFormerState, removeFormerState } from './former-file-state.ts';
import { type AlertState, type AlertStateChange, parseState, type StateStore } from './state.ts';

const log = logger('alerts');
const FOLDER = 'state';
/** What is in no part is one itself: no other has a name without a colon. */
const MAIN = 'main';

/** The state as a log in a folder: a write is one append, whatever the state holds. */
export class FileStateStore implements StateStore {
  readonly mayLag = true;
  readonly where: string;
  readonly #dir: string;
  readonly #log: PartLog;
  #mayHaveFormer = true;

  constructor(dir: string) {
    this.#dir = dir;
    this.where = join(dir, FOLDER);
    this.#log = new PartLog(this.where, {
      onDamage: ({ path, aside, bytes, parts }) =>
        log.error(
          { file: path, aside, bytes, parts: parts.slice(0, 20) },
          'a file of the alert state is damaged: what holds of it is read, and a copy is kept beside it',
        ),
    });
  }

  /** What cannot be read is put aside: it must not keep the service from starting. */
  async read(): Promise<AlertState | undefined> {
    await mkdir(this.where, { recursive: true });
    try {
      const parts = await this.#log.read();
      const main = parts.get(MAIN);
      parts.delete(MAIN);
      if (main !== undefined) return { ...parseState(main.join('\n')), parts: Object.fromEntries(parts) };
    } catch (error) {
      const aside = `${this.where}.unreadable-${Date.now()}`;
      await rename(this.where, aside);
      await mkdir(this.where);
      await this.#log.read();
      log.error(
        { error: messageOf(error), aside },
        'alert state is damaged and was put aside; starting with an empty one',
      );
      return undefined;
    }
    const former = await readFormerState(this.#dir);
    return former && { ...former, isForeign: true };
  }

  async write({ main, parts, isAll }: AlertStateChange): Promise<void> {
    const changed = new Map([[MAIN, [JSON.stringify(main)] as readonly string[]], ...parts.changed]);
    await this.#log.write({ changed, gone: parts.gone, isAll });
    if (!this.#mayHaveFormer) return;
    // Only from now on nothing of it is of use.
    await removeFormerState(this.#dir);
    this.#mayHaveFormer = false;
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}

import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import { type AlertState, parseState, type StateStore } from './state.ts';

const log = logger('alerts');
const FILE = 'alerts.json';

/**
 * The state as one file (`alerts.json`, readable by its owner only): written to a temporary file, fsynced, renamed, and
 * the folder fsynced, so that after a crash there is the old state or the new one.
 */
export class FileStateStore implements StateStore {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** One that cannot be read is put aside: it must not keep the service from starting. */
  async read(): Promise<AlertState | undefined> {
    const path = join(this.#dir, FILE);
    await mkdir(this.#dir, { recursive: true });
    await rm(`${path}.tmp`, { force: true });
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      log.error({ error: messageOf(error) }, 'alert state cannot be read; starting with an empty one');
      return undefined;
    }
    try {
      return parseState(text);
    } catch (error) {
      const aside = `${path}.unreadable-${Date.now()}`;
      await rename(path, aside).catch(() => {});
      log.error(
        { error: messageOf(error), aside },
        'alert state is damaged and was put aside; starting with an empty one',
      );
      return undefined;
    }
  }

  async write(text: string): Promise<void> {
    const path = join(this.#dir, FILE);
    const file = await open(`${path}.tmp`, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.tmp`, path);
    const folder: FileHandle = await open(this.#dir, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}

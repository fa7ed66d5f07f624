import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../base/disk/replace-file.ts';
import { messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import { readSilences, type Silence } from './silencing/silence.ts';
import type { SilenceKeeper } from './user-silences.ts';

const log = logger('alerts');
const SILENCES_FILE = 'silences.json';
const VERSION = 1;
const SECRET_BYTES = 32;

/** The silences that people made, in a file that is replaced with each change. */
export class SilenceFile implements SilenceKeeper {
  readonly #dir: string;
  readonly #path: string;
  #isRead = false;

  constructor(dir: string) {
    this.#dir = dir;
    this.#path = join(dir, SILENCES_FILE);
  }

  /** One that is damaged is put aside and said, not thrown. */
  async read(): Promise<readonly Silence[] | undefined> {
    if (this.#isRead) return undefined;
    this.#isRead = true;
    await mkdir(this.#dir, { recursive: true });
    try {
      const { version, silences } = JSON.parse(await readFile(this.#path, 'utf8')) as Record<string, unknown>;
      if (version !== VERSION) throw new Error(`it has version ${String(version)}, this program knows ${VERSION}`);
      return readSilences(silences);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      const aside = `${this.#path}.unreadable-${Date.now()}`;
      await rename(this.#path, aside).catch(() => {});
      log.error({ error: messageOf(error), aside }, 'the file of silences is damaged and was put aside; none holds');
      return [];
    }
  }

  async secret(): Promise<Uint8Array> {
    const path = join(this.#dir, 'link-secret');
    await mkdir(this.#dir, { recursive: true });
    const kept = await readFile(path).catch(() => undefined);
    if (kept !== undefined && kept.length >= SECRET_BYTES) return kept;
    const made = randomBytes(SECRET_BYTES);
    await writeFile(path, made, { mode: 0o600 });
    return made;
  }

  write({ all }: Parameters<SilenceKeeper['write']>[0]): Promise<void> {
    return replaceFile(this.#path, JSON.stringify({ version: VERSION, silences: all }));
  }
}

import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { AppendFile } from '../../base/disk/append-file.ts';
import { makeFolder } from '../../base/disk/folder.ts';
import { FolderLock } from '../../base/disk/folder-lock.ts';
import { wholeLines } from '../../base/text/whole-lines.ts';
import { LongshoreError } from '../../core/errors.ts';
import { isFields } from '../../core/event.ts';

/*
 * `imports.log`, JSON lines; of a key the last one counts:
 *
 *     {"key":"...","file":"...","offset":524288,"tail":"...","pending":1048576}
 *
 * `pending` is on the disk before what ends there is sent: an import that was interrupted sends the same piece again, with the
 * same id.
 */

/** How far a file was imported, in bytes of what is in it when it is unpacked. */
export interface Progress {
  /** Names the bytes, whatever becomes of the file's name: a part of the id of each batch. */
  readonly key: string;
  /** What is the same for a file and its rotations: where it goes, its name, its first line. */
  readonly file: string;
  offset: number;
  /** Digest of the last bytes before `offset`. */
  tail: string;
  /** The end of a batch that begins at `offset`, and may have been taken. */
  pending?: number | undefined;
}

/** Bytes before an offset by which the place is known again. */
export const TAIL_BYTES = 256;
export const tailOf = (bytes: Uint8Array): string => digest(bytes.subarray(-TAIL_BYTES));
const digest = (...parts: (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('base64url').slice(0, 24);
};

/** What is remembered of imports, by one command at a time. */
export class ImportLog {
  readonly #file: AppendFile;
  readonly #lock: FolderLock;
  readonly #known: Map<string, Progress>;

  private constructor(file: AppendFile, lock: FolderLock, known: Map<string, Progress>) {
    this.#file = file;
    this.#lock = lock;
    this.#known = known;
  }

  /** `folder` is made when it is missing. @throws LongshoreError LS_CLI_IMPORT */
  static async open(folder: string): Promise<ImportLog> {
    await makeFolder(folder);
    const lock = await FolderLock.acquire(folder, 'longshore-import');
    if (lock === undefined)
      throw new LongshoreError('LS_CLI_IMPORT', 'another import is running.', {
        where: folder,
        fix: 'Wait for its end: it says which lines are there already.',
      });
    const path = join(folder, 'imports.log');
    const known = new Map<string, Progress>();
    let end = 0;
    for (const line of wholeLines(await readFile(path).catch(ifMissing))) {
      end = line.end;
      const progress = readProgress(line.text);
      if (progress !== undefined) known.set(progress.key, progress);
    }
    return new ImportLog(await AppendFile.open(path, end), lock, known);
  }

  /** Imports of the file or of others that begin like it, those that went farthest first. */
  of(file: string): Progress[] {
    return [...this.#known.values()].filter(one => one.file === file).sort((a, b) => b.offset - a.offset);
  }

  begin(file: string): Progress {
    return { key: randomBytes(12).toString('base64url'), file, offset: 0, tail: tailOf(new Uint8Array()) };
  }

  /** Resolves when it is on the disk. */
  async note(progress: Progress): Promise<void> {
    this.#known.set(progress.key, progress);
    await this.#file.append([Buffer.from(`${JSON.stringify(progress)}\n`)]);
  }

  async close(): Promise<void> {
    await this.#file.close();
    await this.#lock.release();
  }
}

function readProgress(text: string): Progress | undefined {
  try {
    const line: unknown = JSON.parse(text);
    if (!isFields(line)) return undefined;
    const { key, file, offset, tail } = line;
    const isWhole = [key, file, tail].every(one => typeof one === 'string') && typeof offset === 'number';
    return isWhole ? (line as unknown as Progress) : undefined;
  } catch {
    return undefined;
  }
}

function ifMissing(error: NodeJS.ErrnoException): Buffer {
  if (error.code === 'ENOENT') return Buffer.alloc(0);
  throw error;
}

/** Where imports are remembered unless `--state` says otherwise. */
export const defaultFolder = (env: NodeJS.ProcessEnv): string =>
  join(env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state'), 'longshore');

/** Names a file for `Progress.file`: `app.log`, `app.log.2.gz` and `app.log-20261130` are one, if they begin with the same line. */
export function fileName(target: string, path: string, firstLine: Uint8Array): string {
  const full = resolve(path);
  const name = basename(full)
    .replace(/\.(?:gz|zst)$/, '')
    .replace(/[-_.]\d[-_.:T\d]*(?=(?:\.[^.\d]*)?$)/, '');
  return digest(target, dirname(full), name, firstLine);
}

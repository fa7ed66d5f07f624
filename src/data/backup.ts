import { constants, copyFile, link, mkdir, readdir, rename, rm, stat, truncate } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { makeFolder, syncPath } from '../base/disk/folder.ts';
import { replaceFile } from '../base/disk/replace-file.ts';
import type { BackupAnswer } from '../core/api/operations.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { contentsOf } from './contents.ts';

import { checkDataFormat } from './data-format.ts';

/*
 * A backup is a data_dir: what `kill -9` would have left at one moment, with `backup.json` beside it. It is taken while
 * the service runs:
 *
 *   held: logs of all spools, their journals, chunks -> segments -> all the rest
 *
 * For the first part all spools stand still: what one worker has for another (a piece of a long line, the key of a frame)
 * is with both of them or with none. That takes as long as some links and the copies of the journals; acknowledgements
 * wait meanwhile, and the bytes of logs are copied after it, up to the length that they had. The store seals, merges and
 * deletes nothing until the segments are linked, too. The state of alerts comes after the logs, whose hits go only when
 * the state has them.
 *
 * Segments and chunks never change: they are linked. Not a copy of another disk, therefore: `copyBackup` makes that.
 */
/** A store with work of its own in the folder. */
export interface Holder {
  /** Resolves when nothing in the folder is replaced or deleted any more, until `release`, `ms` at most. */
  hold?(ms: number): Promise<void>;
  release?(): Promise<void>;
}

export const BACKUPS = 'backups';
const MARK = 'backup.json';
const HOLD_MS = 60_000;
/** Longer than this nobody waits for an acknowledgement because of a backup. */
const SPOOLS_HOLD_MS = 10_000;
const LOG = /^\d{16}\.(log|done)$/;
const JOURNAL = /^journal-\d{10}$/;
const IMMUTABLE = /^(chunks|copies|store)\/.*\.(parquet|ndjson)$/;
const LEFT_OUT = /(^|\/)(lock\.sock.*|\.writable|tmp|backups)(\/|$)|\.(tmp|draft)$|\/\.[^/]*$/;

/** Takes backups of one data_dir into `data_dir/backups/<time>`, one at a time. */
export class Backups {
  readonly #dataDir: string;
  readonly #store: Holder;
  readonly #spools: Holder;
  #running = false;

  constructor(dataDir: string, store: Holder, spools: Holder) {
    this.#dataDir = dataDir;
    this.#store = store;
    this.#spools = spools;
  }

  /** Throws LS_BACKUP_RUNNING, LS_BACKUP_FAILED. */
  async take(): Promise<BackupAnswer> {
    if (this.#running) {
      throw new LongshoreError('LS_BACKUP_RUNNING', 'another backup is being taken.', { retryable: true });
    }
    this.#running = true;
    const name = new Date().toISOString().replaceAll(/[:.]/g, '-');
    try {
      return await takeBackup(this.#dataDir, join(this.#dataDir, BACKUPS, name), this.#store, this.#spools);
    } finally {
      this.#running = false;
    }
  }
}

/** `target` must be on the file system of `dataDir`. Throws LS_BACKUP_FAILED; then there is no target. */
export async function takeBackup(
  dataDir: string,
  target: string,
  store: Holder = {},
  spools: Holder = {},
): Promise<BackupAnswer> {
  const draft = `${target}.partial`;
  try {
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true });
    await store.hold?.(HOLD_MS);
    const heldSince = performance.now();
    let logs: LinkedLog[];
    try {
      logs = await heldSpools(dataDir, draft, spools);
      await linkRest(dataDir, draft);
    } finally {
      await store.release?.();
    }
    if (performance.now() - heldSince > HOLD_MS) throw new Error('linking took too long; try again');
    for (const { path, bytes } of logs) {
      await copyFile(path, `${path}.draft`, constants.COPYFILE_FICLONE);
      await truncate(`${path}.draft`, bytes);
      await syncPath(`${path}.draft`);
      await rename(`${path}.draft`, path);
    }
    const { files, bytes } = await sizeOf(draft);
    const contents = await contentsOf(draft);
    const mark = { at: new Date().toISOString(), files, bytes, events: contents.events };
    await replaceFile(join(draft, MARK), `${JSON.stringify(mark)}\n`);
    await rename(draft, target);
    await syncPath(dirname(target));
    return { path: resolve(target), files, bytes, contents };
  } catch (cause) {
    await rm(draft, { recursive: true, force: true }).catch(() => {});
    throw new LongshoreError('LS_BACKUP_FAILED', `the backup could not be taken: ${messageOf(cause)}.`, { cause });
  }
}

/** A link to a log, which may grow after this. */
interface LinkedLog {
  readonly path: string;
  readonly bytes: number;
}

async function heldSpools(dataDir: string, draft: string, spools: Holder): Promise<LinkedLog[]> {
  const heldSince = performance.now();
  try {
    await spools.hold?.(SPOOLS_HOLD_MS);
    const logs = await linkSpools(dataDir, draft);
    if (performance.now() - heldSince > SPOOLS_HOLD_MS) throw new Error('the spools could not stand still so long');
    return logs;
  } finally {
    await spools.release?.();
  }
}

/** The quick part. */
async function linkSpools(dataDir: string, draft: string): Promise<LinkedLog[]> {
  const logs: LinkedLog[] = [];
  const spools = (await filesIn(join(dataDir, 'spool'))).map(path => join('spool', path));
  for (const path of spools.filter(each => LOG.test(nameOf(each)))) {
    const linked =
      (await tryLink(dataDir, draft, path)) ?? (await tryLink(dataDir, draft, path.replace(/log$/, 'done')));
    if (linked !== undefined) logs.push({ path: linked, bytes: (await stat(linked)).size });
  }
  for (const folder of new Set(spools.map(path => dirname(path)))) await copyJournal(dataDir, draft, folder);
  for (const path of await filesIn(join(dataDir, 'chunks'))) await take(dataDir, draft, join('chunks', path));
  return logs;
}

async function linkRest(dataDir: string, draft: string): Promise<void> {
  for (const under of ['copies', 'store'])
    for (const path of await filesIn(join(dataDir, under))) await take(dataDir, draft, join(under, path));
  for (const path of await filesIn(dataDir)) {
    if (/^(spool|chunks|copies|store|alerts)\//.test(path)) continue;
    await take(dataDir, draft, path);
  }
  await takeAlerts(join(dataDir, 'alerts'), join(draft, 'alerts'));
}

/**
 * The state of alerts is a log: what is copied first is the older part of it, so that the copy is what was there at one
 * moment. Of a file that went meanwhile another one has what counts: then all are taken anew.
 */
async function takeAlerts(from: string, to: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    await rm(to, { recursive: true, force: true });
    const paths = (await filesIn(from)).filter(path => !LEFT_OUT.test(path)).sort();
    let isWhole = true;
    for (const path of paths) isWhole &&= await copyIfThere(join(from, path), join(to, path));
    if (isWhole) return;
  }
  throw new Error('the state of alerts does not stand still');
}

/** Its newest generation; one that is replaced at this moment is looked for again. */
async function copyJournal(dataDir: string, draft: string, folder: string): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const newest = (await readdir(join(dataDir, folder)))
      .filter(name => JOURNAL.test(name))
      .sort()
      .at(-1);
    if (newest === undefined) return;
    if (await copyIfThere(join(dataDir, folder, newest), join(draft, folder, newest))) return;
  }
  throw new Error(`the journal in ${folder} does not stand still`);
}

/** What went away since it was listed has gone on to where is looked next. */
async function take(dataDir: string, draft: string, path: string): Promise<void> {
  if (LEFT_OUT.test(path)) return;
  if (IMMUTABLE.test(path)) await tryLink(dataDir, draft, path);
  else await copyIfThere(join(dataDir, path), join(draft, path));
}

async function tryLink(dataDir: string, draft: string, path: string): Promise<string | undefined> {
  const target = join(draft, path);
  await mkdir(dirname(target), { recursive: true });
  try {
    await link(join(dataDir, path), target);
    return target;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    // A file system without links.
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EMLINK') throw error;
    await copyIfThere(join(dataDir, path), target);
    return undefined;
  }
}

async function copyIfThere(from: string, to: string): Promise<boolean> {
  await mkdir(dirname(to), { recursive: true });
  try {
    await copyDurably(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** A backup (or the data_dir of a stopped service) to another place. The target must not exist, or be empty. */
export async function copyBackup(from: string, to: string): Promise<BackupAnswer> {
  await assertEmpty(to);
  await makeFolder(resolve(to)).catch(cause => {
    throw new LongshoreError('LS_BACKUP_TARGET', `${to} cannot be made: ${messageOf(cause)}.`, { cause });
  });
  for (const path of await filesIn(from)) {
    if (LEFT_OUT.test(path)) continue;
    await mkdir(dirname(join(to, path)), { recursive: true });
    await copyDurably(join(from, path), join(to, path));
  }
  const { files, bytes } = await sizeOf(to);
  return { path: resolve(to), files, bytes, contents: await contentsOf(to) };
}

/** Throws LS_BACKUP_NONE for a folder that is no backup, LS_DATA_DIR_NEWER for one of a later build. */
export async function checkBackup(path: string): Promise<void> {
  const names = await readdir(path).catch(() => []);
  if (!names.some(name => name === MARK || name === 'spool')) {
    throw new LongshoreError('LS_BACKUP_NONE', `${path} is no backup.`, {
      fix: "Name a folder that 'longshore backup' has made.",
    });
  }
  await checkDataFormat(path);
}

/** True for a folder that `takeBackup` has made. */
export async function isBackup(path: string): Promise<boolean> {
  return (await readdir(path).catch((): string[] => [])).includes(MARK);
}

/** Throws LS_BACKUP_TARGET when something is in it. `what`: the folder as the user knows it. */
export async function assertEmpty(path: string, what = path, fix = 'Name a new folder.'): Promise<void> {
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (names.every(name => name.startsWith('lock.sock'))) return;
  throw new LongshoreError('LS_BACKUP_TARGET', `${what} is not empty.`, { fix });
}

async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await syncPath(to);
}

async function filesIn(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries
    .filter(entry => entry.isFile())
    .map(entry => relative(dir, join(entry.parentPath, entry.name)))
    .sort();
}

async function sizeOf(dir: string): Promise<{ files: number; bytes: number }> {
  const paths = await filesIn(dir);
  let bytes = 0;
  for (const path of paths) bytes += (await stat(join(dir, path))).size;
  return { files: paths.length, bytes };
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

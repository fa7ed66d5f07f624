import { chmod, stat, unlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeFolder } from '../base/disk/folder.ts';
import { FolderLock } from '../base/disk/folder-lock.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';

/** `data_dir` belongs to one process. Throws LS_DATA_DIR_IN_USE while another one has it, LS_DATA_DIR when it cannot be used at all. */
export async function lockDataDir(dataDir: string): Promise<FolderLock> {
  const path = resolve(dataDir);
  try {
    await makeFolder(path);
    await writeFile(join(path, '.writable'), '');
    await unlink(join(path, '.writable'));
  } catch (cause) {
    throw new LongshoreError('LS_DATA_DIR', `data_dir ${path} cannot be written: ${messageOf(cause)}.`, {
      fix: 'Create it for this user, or set data_dir to another folder.',
      cause,
    });
  }
  const lock = await FolderLock.acquire(path, 'longshore-data-dir').catch(cause => {
    throw new LongshoreError('LS_DATA_DIR', `data_dir ${path} cannot be locked: ${messageOf(cause)}.`, {
      fix: 'Its file system must allow unix sockets; set data_dir to a folder on a local disk.',
      cause,
    });
  });
  if (lock !== undefined) return lock;
  throw new LongshoreError('LS_DATA_DIR_IN_USE', `data_dir ${path} is used by another longshore.`, {
    fix: 'Stop that one, or give this one another data_dir.',
  });
}

/** For a folder whose owner is ending: tries again for so long. */
export async function lockDataDirSoon(dataDir: string, waitMs = 10_000): Promise<FolderLock> {
  const until = performance.now() + waitMs;
  for (;;) {
    try {
      return await lockDataDir(dataDir);
    } catch (error) {
      const isTaken = error instanceof LongshoreError && error.code === 'LS_DATA_DIR_IN_USE';
      if (!isTaken || performance.now() > until) throw error;
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  }
}

/** What longshore makes in a data_dir and what is in it of other people's logs. */
const OWN_FOLDERS = ['spool', 'chunks', 'store', 'alerts', 'dead-letters', 'copies', 'backups'];

/**
 * Folders that an earlier build has made readable for all become their owner's. The data_dir itself is left as whoever
 * made it wants it: it may be the mount of a volume, or hold other things.
 */
export async function keepFoldersPrivate(dataDir: string): Promise<void> {
  for (const name of OWN_FOLDERS) {
    const path = join(dataDir, name);
    try {
      if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o700);
    } catch {
      // It is not there, or not ours.
    }
  }
}

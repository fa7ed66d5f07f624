import { unlink, writeFile } from 'node:fs/promises';
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

const SOON_MS = 10_000;

/** For a folder whose owner is ending: tries again for ten seconds. */
export async function lockDataDirSoon(dataDir: string): Promise<FolderLock> {
  const until = performance.now() + SOON_MS;
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

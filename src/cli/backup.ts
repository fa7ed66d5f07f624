import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { assertEmpty, BACKUPS, type BackupMade, copyBackup, takeBackup } from '../app/data/backup.ts';
import { DataDirLock } from '../app/data/data-dir.ts';
import { loadSettings } from '../app/settings.ts';
import { LongshoreError } from '../core/errors.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, clientFor } from './client.ts';
import type { Command } from './command.ts';

export const backupCommand: Command = {
  name: 'backup',
  summary: 'copy data_dir, also while the service runs',
  usage: `longshore backup DIR [options]

${CLIENT_USAGE}

DIR, which must be new or empty, becomes a data_dir with everything that was acknowledged before: 'longshore restore DIR',
or copying it back, is the way back. A running service takes the backup itself (POST /api/backup, scope admin) in
data_dir/backups, from where it is copied. Events in Elasticsearch or Redis are not in it: they have snapshots of their own.`,

  async run(args, io) {
    const { values, positionals } = parseArgs({ args: [...args], options: CLIENT_OPTIONS, allowPositionals: true });
    const [target, ...more] = positionals;
    if (target === undefined || more.length > 0) {
      io.stderr.write("longshore: name one folder: 'longshore backup DIR'.\n");
      return 2;
    }
    await assertEmpty(target);
    const { settings } = loadSettings({ ...values, env: io.env });
    assertOutside(target, settings.data_dir);
    if (!existsSync(settings.data_dir) && values.url === undefined) {
      throw new LongshoreError('LS_BACKUP_NONE', `there is no data_dir ${settings.data_dir}.`, {
        fix: 'Name the configuration of the service with --config, or its data_dir with --set data_dir=...',
      });
    }
    const lock = await DataDirLock.acquire(settings.data_dir).catch(error => {
      if (error instanceof LongshoreError && error.code === 'LS_DATA_DIR_IN_USE') return undefined;
      throw error;
    });
    const taken = await takeFrom(lock, () => clientFor(values, io.env, settings).post('/api/backup', {}));
    try {
      const { path, files, bytes } = await copyBackup(taken.path, target);
      io.stdout.write(`${path}: ${files} files, ${(bytes / 1e6).toFixed(1)} MB\n`);
    } finally {
      await rm(taken.path, { recursive: true, force: true });
    }
    return 0;
  },
};

/** In data_dir it would be gone with what it is for, and be part of the next one. */
function assertOutside(target: string, dataDir: string): void {
  if (!`${resolve(target)}/`.startsWith(`${resolve(dataDir)}/`)) return;
  throw new LongshoreError('LS_BACKUP_TARGET', `${target} is inside data_dir (${dataDir}).`, {
    fix: 'Name a folder elsewhere, best on another disk.',
  });
}

/** By ourselves when no service runs, else by the service. */
async function takeFrom(lock: DataDirLock | undefined, ask: () => Promise<Response>): Promise<BackupMade> {
  if (lock === undefined) {
    const made = (await (await ask()).json()) as BackupMade;
    if (dirname(made.path).endsWith(BACKUPS)) return made;
    throw new LongshoreError('LS_BACKUP_FAILED', `the service named ${made.path}, which is no backup of it.`);
  }
  try {
    return await takeBackup(lock.path, join(resolve(lock.path), BACKUPS, `${Date.now()}`));
  } finally {
    await lock.release();
  }
}

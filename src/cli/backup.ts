import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadSettings, type Settings } from '../app/settings.ts';
import type { BackupAnswer } from '../core/api/operations.ts';
import { LongshoreError } from '../core/errors.ts';
import { assertEmpty, BACKUPS, copyBackup, isBackup, takeBackup } from '../data/backup.ts';
import { hasStore } from '../data/contents.ts';
import { lockDataDir } from '../data/data-dir.ts';
import { backupText } from './backup-text.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, type Client, type ClientValues, clientFor } from './client.ts';
import type { Command } from './command.ts';
import { keepPrivate } from './private-files.ts';

export const backupCommand: Command = {
  name: 'backup',
  usage: `longshore backup DIR [options]

${CLIENT_USAGE}

DIR, which must be new or empty, becomes a data_dir with everything that was acknowledged before: 'longshore restore DIR',
or copying it back, is the way back. A running service takes the backup itself (POST /api/backup, scope admin) in
data_dir/backups, from where it is copied; with --url it is that service, whatever the configuration here says. Exit
code 1 when there is no event in the backup. Events in Elasticsearch or Redis are not in it: they have snapshots of their own.`,

  async run(args, io) {
    keepPrivate(io);
    const { values, positionals } = parseArgs({ args: [...args], options: CLIENT_OPTIONS, allowPositionals: true });
    const [target, ...more] = positionals;
    if (target === undefined || more.length > 0) {
      io.stderr.write("longshore: name one folder: 'longshore backup DIR'.\n");
      return 2;
    }
    await assertEmpty(target);
    const isNamed = values.url !== undefined || io.env['LONGSHORE_URL'] !== undefined;
    const { taken, dataDir } = isNamed
      ? await askService(clientFor(values, io.env))
      : await takeOrAsk(loadSettings({ ...values, env: io.env }).settings, target, values, io.env);
    try {
      assertOutside(target, dataDir);
      const copy = await copyBackup(taken.path, target);
      io.stdout.write(backupText(copy));
      // Where Elasticsearch has the events, none of them is expected here.
      if (copy.contents.events > 0 || !hasStore(dataDir)) return 0;
      io.stderr.write(`longshore: the backup of ${dataDir} has no event in it. Is it the data_dir that you mean?\n`);
      return 1;
    } finally {
      await rm(taken.path, { recursive: true, force: true });
    }
  },
};

interface Taken {
  readonly taken: Pick<BackupAnswer, 'path'>;
  /** Whose backup it is. */
  readonly dataDir: string;
}

/** The configuration says which data_dir: by ourselves when no service runs on it, else by the service. */
async function takeOrAsk(
  settings: Settings,
  target: string,
  values: ClientValues,
  env: NodeJS.ProcessEnv,
): Promise<Taken> {
  const { data_dir } = settings;
  assertOutside(target, data_dir);
  if (!holdsData(data_dir)) {
    throw new LongshoreError('LS_BACKUP_NONE', `there is no data_dir ${data_dir}, or no service has ever run on it.`, {
      fix: 'Name the running service with --url, or its configuration with --config, or its data_dir with --set data_dir=...',
    });
  }
  const lock = await lockDataDir(data_dir).catch(error => {
    if (error instanceof LongshoreError && error.code === 'LS_DATA_DIR_IN_USE') return undefined;
    throw error;
  });
  if (lock === undefined) return askService(clientFor(values, env, settings));
  try {
    const taken = await takeBackup(lock.path, join(resolve(lock.path), BACKUPS, `${Date.now()}`));
    return { taken, dataDir: data_dir };
  } finally {
    await lock.release();
  }
}

/** Its backup lies in its own data_dir, which this machine must see to copy it. */
async function askService({ base, post }: Client): Promise<Taken> {
  const taken = (await (await post('/api/backup', {})).json()) as Pick<BackupAnswer, 'path'>;
  const folder = dirname(taken.path);
  if (basename(folder) !== BACKUPS || !(await isBackup(taken.path))) {
    throw new LongshoreError('LS_BACKUP_ELSEWHERE', `${base} took the backup at ${taken.path}, which is not here.`, {
      fix: 'Run this command on its machine, or copy that folder from there; it is a backup.',
    });
  }
  return { taken, dataDir: dirname(folder) };
}

/** A service has run on it. Nothing is made there to find that out. */
const holdsData = (dataDir: string): boolean =>
  ['format.json', 'spool', 'store'].some(name => existsSync(join(dataDir, name)));

/** In data_dir it would be gone with what it is for, and be part of the next one. */
function assertOutside(target: string, dataDir: string): void {
  if (!`${resolve(target)}/`.startsWith(`${resolve(dataDir)}/`)) return;
  throw new LongshoreError('LS_BACKUP_TARGET', `${target} is inside data_dir (${dataDir}).`, {
    fix: 'Name a folder elsewhere, best on another disk.',
  });
}

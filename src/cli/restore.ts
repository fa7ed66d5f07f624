import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadSettings } from '../app/settings.ts';
import { assertEmpty, checkBackup, copyBackup } from '../data/backup.ts';
import { lockDataDir } from '../data/data-dir.ts';
import { backupText } from './backup-text.ts';
import { CONFIG_OPTIONS, CONFIG_USAGE, type Command } from './command.ts';
import { keepPrivate } from './private-files.ts';

export const restoreCommand: Command = {
  name: 'restore',
  usage: `longshore restore DIR [options]

${CONFIG_USAGE}

DIR is what 'longshore backup' has made. data_dir must be new or empty, and no service may run on it.`,

  async run(args, io) {
    keepPrivate(io);
    const { values, positionals } = parseArgs({ args: [...args], options: CONFIG_OPTIONS, allowPositionals: true });
    const [source, ...more] = positionals;
    if (source === undefined || more.length > 0) {
      io.stderr.write("longshore: name one folder: 'longshore restore DIR'.\n");
      return 2;
    }
    await checkBackup(source);
    const { settings } = loadSettings({ ...values, env: io.env });
    await assertEmpty(
      settings.data_dir,
      `data_dir ${settings.data_dir}`,
      'Move it away, or restore to another one: --set data_dir=... (and run the service with it).',
    );
    const lock = await lockDataDir(settings.data_dir);
    try {
      const restored = await copyBackup(source, settings.data_dir);
      await rm(join(restored.path, 'backup.json'), { force: true });
      io.stdout.write(backupText(restored));
      return 0;
    } finally {
      await lock.release();
    }
  },
};

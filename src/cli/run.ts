import { parseArgs } from 'node:util';
import { loadChecked } from '../app/check/settings.ts';
import { namesOf, parseRoles } from '../app/roles.ts';
import type { Settings } from '../app/settings.ts';
import { IdleMemory } from '../base/process/idle-memory.ts';
import { watchUncaught } from '../base/process/uncaught.ts';
import { configureLog, logger } from '../core/log.ts';
import { readEachFile } from '../definitions/user-files.ts';
import { isWorkerProcess } from '../workers/worker-process.ts';
import { urlOf } from './client.ts';
import { CONFIG_OPTIONS, CONFIG_USAGE, type Command } from './command.ts';
import { keepPrivate } from './private-files.ts';

function matchesNothing(patterns: Settings['rules']): boolean {
  const { files, unreadable } = readEachFile(patterns);
  return files.length === 0 && unreadable.length === 0;
}

/** Started in another folder than usual it finds neither, and without a word nobody would see why. */
function warnOfMissingFiles(settings: Settings): void {
  const log = logger('run');
  const folder = process.cwd();
  if (settings.pipelines.length > 0 && matchesNothing(settings.pipelines)) {
    log.warn(
      { pipelines: settings.pipelines, folder },
      'no pipelines: no file matches this pattern in this folder. Lines are stored without being parsed by rules. Start longshore in the folder that holds pipelines/, or set `pipelines` (`pipelines: []` for none)',
    );
  }
  if (settings.rules.length > 0 && matchesNothing(settings.rules)) {
    log.warn(
      { rules: settings.rules, folder },
      'no alert rules: no file matches this pattern in this folder. No alert will fire. Start longshore in the folder that holds config/rules/, or set `rules` (`rules: []` for none)',
    );
  }
}

export const runCommand: Command = {
  name: 'run',
  usage: `longshore run [options]

      --role ROLES       some of ingest,index,alert,web (default: all); with Redis between the processes
${CONFIG_USAGE}

SIGHUP reloads pipelines and rules. SIGTERM drains and ends.`,

  async run(args, io) {
    keepPrivate(io);
    if (isWorkerProcess()) return (await import('../workers/worker-run.ts')).runWorker(io);
    const { values } = parseArgs({ args: [...args], options: { ...CONFIG_OPTIONS, role: { type: 'string' } } });
    const roles = parseRoles(values.role);
    const { settings, file, unsetVariables } = loadChecked({ ...values, env: io.env }, roles);
    configureLog(settings.log_level);
    const log = logger('run');
    log.info(
      { config: file ?? '(defaults)', data_dir: settings.data_dir, roles: namesOf(roles), unset: unsetVariables },
      'starting',
    );
    warnOfMissingFiles(settings);

    const { Service } = await import('../app/service.ts');
    const service = new Service(settings, io.env, roles);
    watchUncaught(io);
    const ended = new Promise<string>(resolve => {
      io.once('SIGTERM', () => resolve('SIGTERM'));
      io.once('SIGINT', () => resolve('SIGINT'));
    });
    io.on('SIGHUP', () => void service.reload());
    await service.start();
    const { http, ...ports } = service.listening;
    const page = roles.has('web')
      ? urlOf({ ...settings.http, address: settings.http.address.replace(/:0$/, `:${http}`) })
      : undefined;
    log.info({ ...ports, http, page, ready_ms: Math.round(io.uptime() * 1000) }, 'ready');
    if (page !== undefined && io.stderr.isTTY) log.info(`open ${page}/ in a browser to search; Ctrl+C stops`);
    new IdleMemory().start();
    // After start nothing else ends the process.
    const signal = await ended;
    log.info({ signal }, 'stopping');
    await service.stop();
    log.info('stopped');
    return 0;
  },
};

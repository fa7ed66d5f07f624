import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { judgeSettings } from '../app/judge.ts';
import { namesOf, parseRoles } from '../app/roles/roles.ts';
import { loadSettings } from '../app/settings.ts';
import { isWorkerProcess } from '../app/workers/worker-process.ts';
import { logger, setRootLogger } from '../core/log.ts';
import { CONFIG_OPTIONS, CONFIG_USAGE, type Command } from './command.ts';

export const runCommand: Command = {
  name: 'run',
  summary: 'take logs in, keep them, alert; until SIGTERM or SIGINT',
  usage: `longshore run [options]

      --role ROLES       some of ingest,index,alert,web (default: all); with Redis between the processes
${CONFIG_USAGE}

SIGHUP reloads pipelines and rules. SIGTERM drains and ends.`,

  async run(args, io) {
    if (isWorkerProcess()) return (await import('../app/workers/worker-run.ts')).runWorker(io);
    const { values } = parseArgs({ args: [...args], options: { ...CONFIG_OPTIONS, role: { type: 'string' } } });
    const roles = parseRoles(values.role);
    const { settings, file, unsetVariables, where } = loadSettings({ ...values, env: io.env });
    const mistakes = judgeSettings(settings, where, roles);
    if (mistakes.length > 0) throw new AggregateError(mistakes, 'the configuration has mistakes');
    setRootLogger(pino({ level: settings.log_level, base: {} }, pino.destination({ dest: 2, sync: true })));
    const log = logger('run');
    log.info(
      { config: file ?? '(defaults)', data_dir: settings.data_dir, roles: namesOf(roles), unset: unsetVariables },
      'starting',
    );

    const { Service } = await import('../app/service.ts');
    const service = new Service(settings, io.env, undefined, roles);
    // After start nothing may end the process but these signals: what was forgotten somewhere is an error, not an end.
    io.on('uncaughtException', error =>
      log.error({ error: error.stack ?? String(error) }, 'an error that nobody caught'),
    );
    io.on('unhandledRejection', error => log.error({ error: String(error) }, 'a rejection that nobody caught'));
    const ended = new Promise<string>(resolve => {
      io.once('SIGTERM', () => resolve('SIGTERM'));
      io.once('SIGINT', () => resolve('SIGINT'));
    });
    io.on('SIGHUP', () => void service.reload());
    await service.start();
    log.info({ ...service.listening, ready_ms: Math.round(io.uptime() * 1000) }, 'ready');
    const signal = await ended;
    log.info({ signal }, 'stopping');
    await service.stop();
    log.info('stopped');
    return 0;
  },
};

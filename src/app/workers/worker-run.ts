import { pino } from 'pino';
import { logger, setRootLogger } from '../../core/log.ts';
import { Worker } from './worker.ts';
import { primaryChannel } from './worker-process.ts';

/** The life of a process that `startWorkerProcess` made; the exit code. */
export async function runWorker(io: NodeJS.Process): Promise<number> {
  const log = logger('workers');
  // The primary says when to stop: signals for the whole group of processes reach it as well.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) io.on(signal, () => {});
  io.on('uncaughtException', error =>
    log.error({ error: error.stack ?? String(error) }, 'an error that nobody caught'),
  );
  io.on('unhandledRejection', error => log.error({ error: String(error) }, 'a rejection that nobody caught'));
  const orphaned = new Promise<'orphaned'>(resolve => io.once('disconnect', () => resolve('orphaned')));
  const worker = new Worker(primaryChannel(), io.env);
  const ended = worker.run(({ name, settings }) => {
    setRootLogger(
      pino({ level: settings.log_level, base: { worker: name } }, pino.destination({ dest: 2, sync: true })),
    );
  });
  // Without its primary nobody knows what is accepted elsewhere: what is durable is in the spool, and the rest is sent again.
  const how = await Promise.race([ended, orphaned]);
  return how === true ? 0 : 1;
}

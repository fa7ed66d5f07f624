import { IdleMemory } from '../base/process/idle-memory.ts';
import { stateUnknown } from '../base/process/uncaught.ts';
import { configureLog } from '../core/log.ts';
import { Worker } from './worker.ts';

/** The life of a process that `forkWorker` made; the exit code. */
export async function runWorker(io: NodeJS.Process): Promise<number> {
  // The primary says when to stop: signals for the whole group of processes reach it as well.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) io.on(signal, () => {});
  const unknown = stateUnknown(io);
  const orphaned = new Promise<'orphaned'>(resolve => io.once('disconnect', () => resolve('orphaned')));
  const worker = new Worker(io, io.env, ({ name, settings }) => {
    configureLog(settings.log_level, { worker: name });
  });
  new IdleMemory().start();
  // Without its primary nobody knows what is accepted elsewhere: what is durable is in the spool, and the rest is sent again.
  const how = await Promise.race([worker.ended, orphaned, unknown]);
  return how === 'stopped' ? 0 : 1;
}

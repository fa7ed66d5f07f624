import { messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import { counter } from '../core/metrics.ts';
import { isSystemError } from '../core/system-error.ts';

const log = logger('run');
const uncaught = counter('longshore_process_uncaught_errors_total', 'Errors that nobody caught', ['kind']);

/** Younger than this no process ends itself: what makes each new one fail must not keep all others from being served. */
const MIN_UPTIME_MS = 60_000;
/** The log holds no more of them; the counter goes on. */
const MAX_TOLD = 100;

/**
 * Watches for errors that nobody caught. Behind one that was thrown stands a state that nobody knows, so the returned
 * promise resolves, and the process is to be stopped in order and started again: what was acknowledged is on the disk.
 * A rejection leaves the work of one promise undone, and an error of a socket or a file that nobody listened to leaves
 * that one: they are told and counted.
 */
export function stateUnknown(io: Pick<NodeJS.Process, 'on' | 'uptime'>): Promise<'uncaught error'> {
  const { promise, resolve } = Promise.withResolvers<'uncaught error'>();
  let told = 0;
  let isEnding = false;
  const tell = (kind: string, error: unknown, message: string): void => {
    uncaught.inc({ kind });
    if (told++ < MAX_TOLD) log.error({ error: error instanceof Error ? error.stack : messageOf(error) }, message);
  };
  io.on('unhandledRejection', error => tell('rejection', error, 'a rejection that nobody caught'));
  io.on('uncaughtException', error => {
    tell('exception', error, 'an error that nobody caught');
    if (isEnding || isSystemError(error)) return;
    isEnding = true;
    const waitMs = Math.max(0, Math.round(MIN_UPTIME_MS - io.uptime() * 1000));
    log.error({ stops_in_ms: waitMs }, 'the state of the process is unknown: it stops, to be started again');
    setTimeout(() => resolve('uncaught error'), waitMs);
  });
  return promise;
}

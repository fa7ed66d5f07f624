import { messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import { counter } from '../../core/metrics.ts';
import { isSystemError } from './system-error.ts';

const log = logger('run');
const uncaught = counter('longshore_process_uncaught_errors_total', 'Errors that nobody caught', ['kind']);

/** Younger than this no process ends itself: what makes each new one fail must not keep all others from being served. */
const MIN_UPTIME_MS = 60_000;
/** The log holds no more of them; the counter goes on. */
const MAX_TOLD = 100;

type Tell = (kind: 'exception' | 'rejection', error: unknown, message: string) => void;

/**
 * Tells and counts errors that nobody caught. They end nothing: no peer may be able to end the process by sending
 * something that nobody foresaw, and what was acknowledged is on the disk. `onException`: for those that were thrown, behind
 * which stands a state that nobody knows; a rejection leaves only the work of one promise undone, and an error of a socket or
 * a file that nobody listened to only that one.
 */
export function watchUncaught(io: Pick<NodeJS.Process, 'on'>, onException: () => void = () => {}): void {
  let told = 0;
  const tell: Tell = (kind, error, message) => {
    uncaught.inc({ kind });
    if (told++ < MAX_TOLD) log.error({ error: error instanceof Error ? error.stack : messageOf(error) }, message);
  };
  io.on('unhandledRejection', error => tell('rejection', error, 'a rejection that nobody caught'));
  io.on('uncaughtException', error => {
    tell('exception', error, 'an error that nobody caught; the process goes on. Restart it when it suits you');
    if (!isSystemError(error)) onException();
  });
}

/** The same for a process that another one starts again: it resolves when this one should end in order. */
export function stateUnknown(io: Pick<NodeJS.Process, 'on' | 'uptime'>): Promise<'uncaught error'> {
  const { promise, resolve } = Promise.withResolvers<'uncaught error'>();
  let isEnding = false;
  watchUncaught(io, () => {
    if (isEnding) return;
    isEnding = true;
    const waitMs = Math.max(0, Math.round(MIN_UPTIME_MS - io.uptime() * 1000));
    log.error({ stops_in_ms: waitMs }, 'the state of the process is unknown: it stops, to be started again');
    setTimeout(() => resolve('uncaught error'), waitMs);
  });
  return promise;
}

import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { LogThrottle } from '../log-throttle.ts';
import * as metrics from './metrics.ts';

/** Counts a file that cannot be read. Of each reason one is told from time to time. */
export function tellUnreadable(log: Logger, throttle: LogThrottle, path: string, error: unknown): void {
  metrics.errors.inc({ reason: 'unreadable' });
  const { code = 'other' } = error as NodeJS.ErrnoException;
  if (!throttle.allows(`unreadable ${code}`)) return;
  const hint = code === 'EACCES' || code === 'EPERM' ? mendRights(path) : undefined;
  log.warn({ path, error: messageOf(error), hint }, 'a file cannot be read');
}

export const mendRights = (path: string): string =>
  `Give the user of longshore the group that may read it (often adm), or: setfacl -R -m u:$(whoami):rX ${path}`;

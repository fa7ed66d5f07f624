import { type Logger, pino } from 'pino';

export type { Logger };

let root: Logger = pino({ level: process.env['LOG_LEVEL'] ?? 'info', base: {} });

/** Longshore's own log of one room. Constant message texts, details as fields: `log.warn({ peer }, 'frame refused')`. */
export function logger(room: string): Logger {
  return root.child({ room });
}

/** Replaces the root before the rooms start (level, destination); loggers created earlier keep theirs. */
export function setRootLogger(logger: Logger): void {
  root = logger;
}

import { type Logger, pino } from 'pino';

export type { Logger };

// Standard error from the start: standard output belongs to what a command prints.
let root: Logger = pino(
  { level: process.env['LOG_LEVEL'] ?? 'info', base: {} },
  pino.destination({ dest: 2, sync: true }),
);

/**
 * Longshore's own log of one room. Constant message texts, details as fields: `log.warn({ peer }, 'frame refused')`.
 * Rooms make theirs when they are imported, before the configuration is known: it follows when the root is replaced.
 */
export function logger(room: string): Logger {
  let parent = root;
  let child = parent.child({ room });
  return new Proxy(child, {
    get(_, key) {
      if (parent !== root) {
        parent = root;
        child = parent.child({ room });
      }
      const value: unknown = Reflect.get(child, key);
      return typeof value === 'function' ? value.bind(child) : value;
    },
  });
}

/** Replaces the root (level, destination), also for the loggers that are there already. */
export function setRootLogger(logger: Logger): void {
  root = logger;
}

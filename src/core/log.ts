import { writeSync } from 'node:fs';
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import { logLine } from './log-line.ts';

export type { Logger };

// Standard error from the start: standard output belongs to what a command prints.
let root = rootLogger(process.env['LOG_LEVEL'] ?? 'info');

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

/** Sets level, common fields and destination, also for the loggers that are there already. */
export function configureLog(level: string, base: object = {}, destination?: DestinationStream): void {
  root = rootLogger(level, base, destination);
}

/** An object of JSON a line, with `level` as a word and `time` in ISO 8601; on a terminal lines for people. */
function rootLogger(level: string, base: object = {}, destination = standardError()): Logger {
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino({ level, base, formatters, timestamp: stdTimeFunctions.isoTime }, destination);
}

function standardError(): DestinationStream {
  if (!process.stderr.isTTY) return pino.destination({ dest: 2, sync: true });
  return { write: json => void writeSync(2, logLine(json, process.env['NO_COLOR'] === undefined)) };
}

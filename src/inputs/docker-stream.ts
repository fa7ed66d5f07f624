import type { Fields } from '../core/event.ts';

/**
 * The severity that Docker's `syslog` and `gelf` drivers give only says by which stream a line came: 6 is stdout, 3 is stderr.
 * So stdout leaves the level to the text; stderr is an error, unless the text itself names a lower level, for many
 * programs write everything there. `record` has its `message`.
 */
export function addDockerStream(record: Fields, severity: unknown): void {
  if (severity === 6) record['stream'] = 'stdout';
  if (severity !== 3) return;
  record['stream'] = 'stderr';
  const { message } = record as { message?: unknown };
  if (typeof message !== 'string') return;
  const named = LOWER_LEVEL.exec(message.length > HEAD ? message.slice(0, HEAD) : message);
  if (named !== null) record['level'] = named[0];
}

const LOWER_LEVEL = /\b(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING)\b/;
const HEAD = 400;

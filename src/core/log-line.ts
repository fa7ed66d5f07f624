const COLORS: { readonly [level: string]: string } = {
  trace: '2',
  debug: '2',
  info: '32',
  warn: '33',
  error: '31',
  fatal: '1;31',
};

/**
 * An entry of the log for people: `13:55:36 WARN  store: Elasticsearch is unreachable (node=es-1 status=503)`, in local time.
 * A stack follows on lines of its own. Nothing that a peer sent can steer the terminal.
 */
export function logLine(json: string, withColors: boolean): string {
  const { level, time, room, msg = '', err, ...fields } = JSON.parse(json) as Entry;
  const clock = new Date(time).toTimeString().slice(0, 8);
  const word = level.toUpperCase().padEnd(5);
  const shown = withColors ? `\u001b[${COLORS[level] ?? '0'}m${word}\u001b[0m` : word;
  const details = Object.entries(fields).map(([name, value]) => `${name}=${valueText(value)}`);
  const more = details.length === 0 ? '' : ` (${details.join(' ')})`;
  const stack = err?.stack ?? err?.message;
  const below =
    stack === undefined
      ? ''
      : `${stack
          .split('\n')
          .map(line => `\n    ${harmless(line)}`)
          .join('')}`;
  return `${clock} ${shown} ${room === undefined ? '' : `${room}: `}${harmless(msg)}${more}${below}\n`;
}

interface Entry {
  level: string;
  time: string;
  room?: string;
  msg?: string;
  err?: { stack?: string; message?: string };
  [field: string]: unknown;
}

function valueText(value: unknown): string {
  const isPlain = typeof value === 'string' && /^[^\s"()=]+$/.test(value);
  return harmless(isPlain ? value : JSON.stringify(value));
}

/** Without the characters that steer terminals. */
const harmless = (text: string): string =>
  text.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

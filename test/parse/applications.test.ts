import { describe, expect, test } from 'vitest';
import { APPLICATIONS, RECEIVED_ISO, stored, UNKNOWN_IMAGES } from './applications.ts';

/** Fields that tell where a line comes from, not what it says. */
const ORIGIN = new Set(['image', 'service', 'tag', 'container_id', 'container_name']);

describe.each(APPLICATIONS)('$name', ({ image, lines }) => {
  test.for(lines)('$line', ({ line, expect: wanted, time }) => {
    const known = stored(line, image);
    const picked = Object.fromEntries(Object.keys(wanted).map(key => [key, known[key] ?? null]));
    expect(picked).toEqual(wanted);
    expect(known['pipeline_error']).toBeUndefined();
    expect(known['schema_errors']).toBeUndefined();
    if (time === 'none') expect(known['@timestamp']).toBe(RECEIVED_ISO);
    else if (time === undefined) expect(known['@timestamp']).toMatch(/^2026-11-20T13:55:36/);
  });

  const said = (line: string, of: string) =>
    Object.fromEntries(
      Object.entries(stored(line, of)).filter(([key, value]) => value !== undefined && !ORIGIN.has(key)),
    );

  // No other pipeline takes it, and the image is no condition of being read.
  test.for(lines)('without its image: $line', ({ line }) => {
    for (const other of UNKNOWN_IMAGES) expect(said(line, other), other).toEqual(said(line, image));
  });

  test.for(lines)('in colours: $line', ({ line }) => {
    expect(said(coloured(line), 'none')).toEqual(said(line, 'none'));
  });
});

/** The first word dim, as loggers write times; each level in a colour of its own. */
function coloured(line: string): string {
  if (line.startsWith('{')) return `\u001b[32m${line}\u001b[0m`;
  return line
    .replace(/\b(?:TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|error|warn|info|ERR|WRN|INF)\b/, '\u001b[1;31m$&\u001b[0m')
    .replace(/^\S+/, '\u001b[2m$&\u001b[22m');
}

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pythonFormat } from '../../../src/alerts/python/format.ts';
import { PercentError, percentFormat } from '../../../src/alerts/python/percent.ts';
import { pythonStr } from '../../../src/alerts/python/str.ts';
import { strptime } from '../../../src/alerts/python/strptime.ts';
import { strftime } from '../../../src/alerts/python/time.ts';
import { Tuple } from '../../../src/alerts/python/types.ts';
import { fixedZone } from '../../../src/base/time/zone.ts';
import { newFields } from '../../../src/core/event.ts';

// What Python makes of random formats, times and values; see record.py.

type Line = [kind: string, ...rest: unknown[]];

const recorded = readFileSync(new URL('recorded.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line) as Line);

/** Mappings as events have them. */
function fields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fields);
  if (typeof value !== 'object' || value === null) return value;
  const out = newFields();
  for (const [key, one] of Object.entries(value)) out[key] = fields(one);
  return out;
}

const RUN: Record<string, (line: Line) => unknown> = {
  format: ([, template, values]) => pythonFormat(String(template), { positional: fields(values) as unknown[] }),
  percent: ([, template, values]) => {
    try {
      return percentFormat(String(template), Array.isArray(values) ? Tuple.of2(...values.map(fields)) : fields(values));
    } catch (error) {
      if (error instanceof PercentError) return null;
      throw error;
    }
  },
  strftime: ([, ms, offset, template]) =>
    strftime(Number(ms), String(template), fixedZone('XST', Number(offset) * 60_000)),
  strptime: ([, text, template]) => {
    const ms = strptime(String(text), String(template));
    return Number.isNaN(ms) ? null : ms;
  },
  str: ([, value]) => pythonStr(fields(value)),
};

describe('as Python does it', () => {
  test('there are enough of them', () => expect(recorded.length).toBeGreaterThan(1700));

  test.for(Object.keys(RUN))('%s', kind => {
    const wrong = recorded.flatMap(line => {
      if (line[0] !== kind) return [];
      const want = line.at(-1);
      // An alert is sent all the same where Python raises: the text stays as it is written.
      if (kind === 'format' && want === null) return [];
      const got = RUN[kind]!(line);
      return got === want ? [] : [{ line, got }];
    });
    expect(wrong).toEqual([]);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Fields, newFields } from '../../src/core/event.ts';
import { createAdmit } from '../../src/schema/admit.ts';
import { createConform } from '../../src/schema/conform.ts';
import { conformAgain } from '../../src/schema/conform-again.ts';
import type { EventOptions } from '../../src/schema/options.ts';
import { parseStored, serialise } from '../../src/schema/serialise.ts';

const admit = createAdmit();

interface Case {
  name: string;
  tag?: string;
  time?: number;
  options?: Partial<EventOptions>;
  record: Fields;
  repeat?: Record<string, [string, number]>;
}

const cases = parse(readFileSync(new URL('./cases.yaml', import.meta.url), 'utf8')) as Case[];
const RECEIVED = Date.UTC(2026, 10, 20, 14);

describe('a stored document that comes in again stays as it is', () => {
  test.for(cases)('$name', ({ tag = 'docker.test', time = RECEIVED - 1000, options, record, repeat }) => {
    const fields = Object.assign(newFields(), structuredClone(record));
    for (const [key, [text, times]] of Object.entries(repeat ?? {})) fields[key] = text.repeat(times);
    const conform = createConform(options);
    const meta = { tag, time, receivedAt: RECEIVED };
    const first = bare(serialise(conform(admit(fields, meta), meta), 'id', 1, 'embedded'));
    // Under another tag: nothing of that may show.
    const later = { tag: 'other', time: Number.NaN, receivedAt: RECEIVED };
    const again = conformAgain(conform, Object.assign(newFields(), first), later);
    expect(bare(serialise(again, 'id', 1, 'embedded'))).toEqual(first);
  });
});

test.for([
  ['schema_errors', { not: 'a list' }],
  ['schema_errors', ['fine', 7]],
  ['schema_errors', ['x'.repeat(1001)]],
  ['event_time_original', 7],
  ['fields_overflow', ['x']],
] as const)('what only looks like a note is a reserved name as before: %s', ([name, value]) => {
  const fields = Object.assign(newFields(), { message: 'm', [name]: value });
  const event = conformAgain(createConform(), fields, { tag: 't', time: RECEIVED, receivedAt: RECEIVED });
  expect(event.fields[`${name}_`]).toEqual(value);
  expect(event.fields['schema_errors']).toEqual([expect.stringContaining('a reserved name')]);
});

function bare(line: string): Fields {
  const { _id, _index, seq, ...rest } = parseStored(line, '2026.11.20');
  return rest;
}

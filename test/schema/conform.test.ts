import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Double } from '../../src/core/double.ts';
import { type Fields, newFields } from '../../src/core/event.ts';
import { createAdmit } from '../../src/schema/admit.ts';
import { createConform } from '../../src/schema/conform.ts';
import type { EventOptions } from '../../src/schema/options.ts';
import { parseStored, serialise } from '../../src/schema/serialise.ts';
import { compileEventSchema } from './validate.ts';

interface Case {
  name: string;
  tag?: string;
  time?: number;
  options?: Partial<EventOptions>;
  record: Fields;
  /** Fields with so many repetitions of a text, and how many bytes are left of them. */
  repeat?: Record<string, [string, number]>;
  cut?: Record<string, number>;
  expect?: Fields;
}

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const cases = parse(read('./cases.yaml')) as Case[];
const problemsOf = compileEventSchema(read('../../config/schema.json'));
const RECEIVED = Date.UTC(2026, 10, 20, 14);

function stored({ tag = 'docker.test', time = RECEIVED - 1000, options, record, repeat }: Case): Fields {
  const meta = { tag, time, receivedAt: RECEIVED };
  const fields = Object.assign(newFields(), structuredClone(record));
  for (const [key, [text, times]] of Object.entries(repeat ?? {})) fields[key] = text.repeat(times);
  const event = createConform(options)(createAdmit(options)(fields, meta), meta);
  expect(event.time).toBe(Date.parse(event.fields['@timestamp'] as string));
  expect(event.day).toBe((event.fields['@timestamp'] as string).slice(0, 10).replaceAll('-', '.'));
  const { _id, _index, seq, ...rest } = parseStored(serialise(event, 'id', 7, 'embedded'), event.day);
  expect([_id, _index, seq]).toEqual(['id', `docker-logs-${event.day}`, 7]);
  expect(problemsOf(rest)).toEqual([]);
  return rest;
}

describe('a record becomes an event', () => {
  test.for(cases)('$name', one => {
    const got = stored(one);
    for (const [key, bytes] of Object.entries(one.cut ?? {})) {
      const text = got[key] as string;
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(bytes);
      expect(Buffer.byteLength(text)).toBeGreaterThan(bytes - 4);
      expect(text.endsWith('…')).toBe(true);
      expect(got['schema_errors']).toContainEqual(expect.stringMatching(`^${key}: cut off at ${bytes} of`));
    }
    if (one.expect === undefined) return;
    for (const key of ['@timestamp', 'tag', 'service', 'level']) if (!Object.hasOwn(one.expect, key)) delete got[key];
    expect(entriesOf(got)).toEqual(entriesOf(one.expect));
  });
});

describe('limits of an event', () => {
  const event = (record: Fields, options: Partial<EventOptions>) => stored({ name: '', record, options });

  test('values beyond max_fields are kept as text', () => {
    const record = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`f${i}`, `v${i}`]));
    const got = event({ message: 'm', ...record }, { max_fields: 32 });
    expect(Object.keys(got).length).toBeLessThanOrEqual(34);
    const overflow = JSON.parse(got['fields_overflow'] as string) as Fields;
    for (let i = 0; i < 100; i++) expect(got[`f${i}`] ?? overflow[`f${i}`]).toBe(`v${i}`);
    expect(got['message']).toBe('m');
  });

  test('values beyond max_fields within one object, too', () => {
    const inner = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`f${i}`, `v${i}`]));
    const text = JSON.stringify(event({ message: 'm', o: inner, l: Object.values(inner) }, { max_fields: 32 }));
    for (let i = 0; i < 100; i++) expect(text.split(`v${i}`).length).toBeGreaterThan(2);
  });

  test('what is too deep becomes text', () => {
    let deep: unknown = 'bottom';
    for (let i = 0; i < 40; i++) deep = i % 2 ? [deep] : { d: deep };
    const got = event({ message: 'm', deep }, { max_depth: 5 });
    expect(JSON.stringify(got['deep'])).toContain('bottom');
    expect(depthOf(got['deep'])).toBeLessThanOrEqual(5);
    expect(got['schema_errors']).toEqual([expect.stringContaining('deeper than 5 levels')]);
  });

  test('a cycle ends as text', () => {
    const cycle: Fields = newFields();
    cycle['again'] = cycle;
    const event = createConform()(Object.assign(newFields(), { message: 'm', cycle }), {
      tag: 't',
      time: 0,
      receivedAt: RECEIVED,
    });
    expect(() => JSON.parse(serialise(event, 'i', 1, 'embedded'))).not.toThrow();
  });

  test('an event that is too large is cut, declared fields last', () => {
    const big = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, '한'.repeat(1000)]));
    const got = event(
      { message: 'm'.repeat(1000), ...big, nested: { a: 'x'.repeat(5000) } },
      { max_event_bytes: 8192 },
    );
    expect(Buffer.byteLength(JSON.stringify(got))).toBeLessThan(8192 + 3000);
    expect(got['message']).toBe('m'.repeat(1000));
    expect(got['schema_errors']).toContainEqual(expect.stringContaining('the event is larger than 8192 bytes'));
  });
});

test('notes of one event are not told of the next', () => {
  const conform = createConform();
  const meta = { tag: 't', time: RECEIVED, receivedAt: RECEIVED };
  conform(Object.assign(newFields(), { message: 'x', seq: 1 }), meta);
  expect(conform(Object.assign(newFields(), { message: 'x' }), meta).fields['schema_errors']).toBeUndefined();
});

test('an unknown time zone is an error that names the setting', () => {
  expect(() => createConform({ timezone: 'Europe/Berln' })).toThrow(
    /event\.timezone: 'Europe\/Berln' is not a time zone.*LS_SCHEMA_TIMEZONE/,
  );
});

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

/** Nested sorted entries: `__proto__` counts as a key like any other, the order of keys does not. */
function entriesOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(entriesOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.keys(value)
    .sort()
    .map(key => [key, entriesOf((value as Fields)[key])]);
}

test('a double of a pipeline that is whole is a number like any other', () => {
  const meta = { tag: 'docker.test', time: RECEIVED, receivedAt: RECEIVED };
  const record = { message: 'x', response_time: new Double(12), level: new Double(50), time: new Double(1795182936) };
  const { fields } = createConform()(Object.assign(newFields(), record), meta);
  expect(fields).toMatchObject({ response_time: 12, level: 'ERROR', '@timestamp': '2026-11-20T13:55:36.000Z' });
  expect(fields['schema_errors']).toBeUndefined();
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decodeEvents, decodeRaw } from '../../../src/inputs/splunk/decode.ts';
import { NO_DEFAULTS } from '../../../src/inputs/splunk/record.ts';
import { seeded } from '../../support/chance.ts';

interface Case {
  name: string;
  body: string;
  raw?: boolean;
  defaults?: object;
  records: object[];
  /** Null: none. */
  times: (number | null)[];
  fault?: number;
}
const cases = readFileSync(new URL('./cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Case);

test.for(cases)('$name', ({ body, raw, defaults, records, times, fault }) => {
  const decode = raw === true ? decodeRaw : decodeEvents;
  const found = decode(Buffer.from(body), { ...NO_DEFAULTS, ...defaults }, 100);
  expect(JSON.parse(JSON.stringify(found.records))).toEqual(records);
  expect(found.times.map(time => (Number.isNaN(time) ? null : time))).toEqual(times);
  expect([found.fault, found.tooDeep, found.invalidUtf8]).toEqual([fault, [], false]);
});

test('no more is read than one beyond the limit', () => {
  expect(decodeEvents(Buffer.from('{"event":"a"}'.repeat(10)), NO_DEFAULTS, 3).records).toHaveLength(4);
  expect(decodeRaw(Buffer.from('a\n'.repeat(10)), NO_DEFAULTS, 3).records).toHaveLength(4);
});

test('what is nested too deeply is kept as its text, or refused when it is absurd, as are absurdly many names', () => {
  const nested = (depth: number) => Buffer.from(`{"event":"a"}{"event":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`);
  const { records, tooDeep, fault } = decodeEvents(nested(100), NO_DEFAULTS, 10);
  expect(records[1]!['message']).toMatch(/^(\{"a":)+1\}+$/);
  expect([tooDeep, fault]).toEqual([[2], undefined]);
  expect(decodeEvents(nested(100_000), NO_DEFAULTS, 10)).toMatchObject({ records: [{ message: 'a' }], fault: 6 });
  const names = Array.from({ length: 100_001 }, (_, i) => `"${i}":1`).join();
  for (const wide of [`{"event":{${names}}}`, `{"event":{"a":[{${names}}]}}`, `{"event":"x","fields":{${names}}}`])
    expect(decodeEvents(Buffer.from(`{"event":"a"}${wide}`), NO_DEFAULTS, 10)).toMatchObject({
      ...{ records: [{ message: 'a' }], fault: 6 },
    });
});

test('a raw line has as many labels as are likely, and is whole', () => {
  const event = `0123456789ab ${'a.b.c=d '.repeat(1000)}end`;
  const body = Buffer.from(JSON.stringify({ event, time: '1795182936.123456' }));
  const [record] = decodeEvents(body, NO_DEFAULTS, 10).records;
  expect(record).toMatchObject({ labels: { 'a.b.c': 'd' }, message: `${'a.b.c=d '.repeat(900)}end` });
});

test('bytes that are no UTF-8 are replaced, and named', () => {
  const body = Buffer.from('{"event":"caf\xe9"}', 'latin1');
  expect(decodeEvents(body, NO_DEFAULTS, 10)).toMatchObject({ records: [{ message: 'caf\uFFFD' }], invalidUtf8: true });
});

test('keys of an object inherit nothing', () => {
  const [record] = decodeEvents(
    Buffer.from('{"event":{"__proto__":{"a":1},"constructor":2}}'),
    NO_DEFAULTS,
    10,
  ).records;
  expect(Object.getPrototypeOf(Object.getPrototypeOf(record))).toBe(null);
  expect(Object.keys(record!)).toEqual(['__proto__', 'constructor']);
});

test('whatever comes, the events before it are read, and it ends', () => {
  const good = '{"time":1,"event":"good","fields":{"a":"b"}}';
  const lies = ['{', '}', '[', ']', '"', '\\', ',', '{"event":', '\0', '\ud800', '1e999', '"time":', '__proto__'];
  for (let seed = 1; seed <= 300; seed++) {
    const random = seeded(seed);
    let rest = good.repeat(3);
    for (let i = 0; i < 4; i++) {
      const at = Math.floor(random() * rest.length);
      rest = rest.slice(0, at) + lies[Math.floor(random() * lies.length)] + rest.slice(at + Math.floor(random() * 6));
    }
    const { records, times, fault } = decodeEvents(Buffer.from(good + rest), NO_DEFAULTS, 100);
    expect(records[0]).toMatchObject({ message: 'good', a: 'b' });
    expect(times).toHaveLength(records.length);
    expect(times.every(time => Number.isNaN(time) || Number.isFinite(time))).toBe(true);
    if (fault === undefined) expect(records.length).toBeGreaterThan(1);
  }
});

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { zoneOf } from '../../../src/base/time/zone.ts';
import { decodeSyslog } from '../../../src/inputs/syslog/decode.ts';
import { parseSyslog } from '../../../src/inputs/syslog/message.ts';
import { syslogRecord } from '../../../src/inputs/syslog/record.ts';

interface Case {
  name: string;
  text: string;
  /** ISO, or epoch milliseconds with fraction. */
  time?: string | number;
  isBroken?: true;
  record: object;
}
const cases = readFileSync(new URL('cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Case);
const NOW = Date.UTC(2026, 10, 20, 14);
const UTC = zoneOf('UTC');

test.for(cases)('$name', ({ text, time, isBroken, record }) => {
  const found = parseSyslog(text, NOW, UTC);
  // As JSON: keys of others are own keys, and in this order.
  expect(JSON.stringify(syslogRecord(found, 'unix'))).toBe(JSON.stringify(record));
  expect(found.isBroken).toBe(isBroken === true);
  expect(found.time).toBe(time === undefined ? Number.NaN : typeof time === 'string' ? Date.parse(time) : time);
});

describe('what the text does not say', () => {
  test('a time without a zone is of the zone of the setting, also where its clocks change', () => {
    const times = ['<13>Nov 20 13:55:36 h a: x', '<13>Jul 20 13:55:36 h a: x', '<13>1 2026-07-20T13:55:36 h a - - - x'];
    const berlin = zoneOf('Europe/Berlin');
    expect(times.map(text => new Date(parseSyslog(text, NOW, berlin).time).toISOString())).toEqual([
      '2026-11-20T12:55:36.000Z',
      '2026-07-20T11:55:36.000Z',
      '2026-07-20T11:55:36.000Z',
    ]);
  });

  test('who sent it is the host where none is named, unless that is this machine', () => {
    const records = ['192.0.2.7', '127.0.0.1', 'unix'].map(peer => syslogRecord(parseSyslog('<3>x', NOW, UTC), peer));
    expect(records.map(({ hostname }) => hostname)).toEqual(['192.0.2.7', undefined, undefined]);
    expect(records[0]!['log']).toMatchObject({ source: { address: '192.0.2.7' } });
  });
});

test('what is wrong with a message is counted, and the message is kept', () => {
  const messages = ['<14>1 2026-11-20T13:55:36Z h app 7 - bad', 'hello', '<13>caf\xe9'].map(text =>
    Buffer.from(text, 'latin1'),
  );
  const { records, times, faults } = decodeSyslog(messages, 0, 'unix', NOW, UTC);
  expect(records.map(({ message }) => message)).toEqual(['bad', 'hello', 'caf\uFFFD']);
  expect(times).toEqual([Date.UTC(2026, 10, 20, 13, 55, 36), Number.NaN, Number.NaN]);
  expect(faults).toEqual(['broken', 'no_header', 'invalid_utf8']);
  const cut = decodeSyslog([Buffer.from('<13>Nov 20 13:55:36 h a: ab')], 7, 'unix', NOW, UTC);
  expect(cut).toMatchObject({ records: [{ message: 'ab', truncated_bytes: 7 }], faults: ['cut'] });
});

test('long texts that are nothing in the end are read once', () => {
  const hostile = [
    `<13>1 - h app - - [x ${'a="1" '.repeat(100_000)}`,
    `<13>1 - h app - - ${'[x a="1"]'.repeat(100_000)}[`,
    `<13>1 - h app - - [x a="${'\\'.repeat(1_000_000)}`,
    `<13>Nov 20 13:55:36 ${'a'.repeat(1_000_000)}`,
    `<13>Nov 20 13:55:36 h ${'['.repeat(1_000_000)}`,
    `<13>Nov 20 13:55:36 h ${'a['.repeat(500_000)}]:`,
    `<189>${'1'.repeat(1_000_000)}: `,
    `<13>${' '.repeat(1_000_000)}`,
  ];
  // What is not linear takes minutes for these.
  for (const text of hostile) expect(parseSyslog(text, NOW, UTC).priority).toBeGreaterThan(0);
});

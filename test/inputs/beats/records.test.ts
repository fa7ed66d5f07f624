import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withDefaults } from '../../../src/base/options.ts';
import { beatsEvent, pairsEvent } from '../../../src/inputs/beats/record.ts';
import { loadPipelines } from '../../../src/parse/pipelines.ts';
import { createAdmit } from '../../../src/schema/admit.ts';
import { createConform } from '../../../src/schema/conform.ts';
import { eventSchema } from '../../../src/schema/options.ts';
import { filebeatEvent } from './frames.ts';

/**
 * What a Beat sends, and what is stored of it. `event` stands beside what each Beat sends (null takes that away), `stored` is a part of the document; a field that is null there must not be stored.
 */
interface Case {
  readonly name: string;
  readonly event: Record<string, unknown>;
  readonly stored: Record<string, unknown>;
}
const cases: Case[] = readFileSync(new URL('records.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line));

const now = Date.UTC(2026, 10, 20, 14);
const options = { ...withDefaults(eventSchema, {}), timezone: 'UTC' };
const admit = createAdmit(options);
const conform = createConform(options);
const automatic = loadPipelines([]);

const sent = (event: unknown) => beatsEvent(Buffer.from(JSON.stringify(event)), now);

test.for(cases)('$name', ({ event, stored }) => {
  const whole = Object.entries({ ...filebeatEvent('a line', 7), ...event }).filter(([, value]) => value !== null);
  const { record, time, fault } = sent(Object.fromEntries(whole));
  expect(fault).toBeUndefined();
  const meta = { tag: 'beats', time, receivedAt: now };
  const { fields } = conform(automatic.run(admit(record, meta), meta)!, meta);
  const gone = Object.keys(stored).filter(name => stored[name] === null);
  expect(fields).toMatchObject(Object.fromEntries(Object.entries(stored).filter(([, value]) => value !== null)));
  for (const name of gone) expect(fields[name], name).toBeUndefined();
});

const place = filebeatEvent('a line', 7);
const windows = {
  ...{ '@timestamp': place['@timestamp'], agent: place.agent, message: 'An account was logged on.' },
  winlog: { record_id: 77, channel: 'Security', computer_name: 'DC1' },
};
const nothing = { ...place, log: undefined };

/** Pairs of events: whether the second is the first, sent again. */
test.for<[string, object, object, boolean]>([
  ['the same line', place, { ...place }, true],
  ['keys in another order', place, Object.fromEntries(Object.entries(place).reverse()), true],
  ['the next line', place, filebeatEvent('a line', 14), false],
  ['another line at the place', place, filebeatEvent('another', 7), false],
  ['the line at the place, read at another time', place, { ...place, '@timestamp': '2026-11-20T13:56:00.000Z' }, false],
  ['a file of another agent', place, { ...place, agent: { id: 'other' } }, false],
  ['another file', place, filebeatEvent('a line', 7, { log: { offset: 7, file: { path: '/srv/b.log' } } }), false],
  ['a new file of the name', place, { ...place, log: { offset: 7, file: { ...place.log.file, inode: '9' } } }, false],
  ['a record of a Windows log', windows, { ...windows }, true],
  ['the next record', windows, { ...windows, winlog: { ...windows.winlog, record_id: 78 } }, false],
  ['another log', windows, { ...windows, winlog: { ...windows.winlog, channel: 'System' } }, false],
  ['an id of its own', { ...nothing, '@metadata': { _id: 'x1' } }, { '@metadata': { _id: 'x1' } }, true],
  ['another id', { ...place, '@metadata': { _id: 'x1' } }, { ...place, '@metadata': { _id: 'x2' } }, false],
])('%s', ([, first, second, isSame]) => {
  const [a, b] = [sent(first).id, sent(second).id];
  expect(a).toBeTypeOf('string');
  if (isSame) expect(b).toBe(a);
  else expect(b).not.toBe(a);
});

test.for<[string, object]>([
  ['no place', nothing],
  ['no agent', { ...place, agent: undefined }],
  ['no time', { ...place, '@timestamp': undefined }],
  ['an id that is empty', { ...nothing, '@metadata': { _id: '' } }],
  ['a place that is no number', { ...place, log: { ...place.log, offset: {} } }],
])('%s: nothing tells it from others', ([, event]) => {
  expect(sent(event).id).toBeUndefined();
});

test.for<[string, string | Buffer, string, string]>([
  ['no JSON', '{"message":', '{"message":', 'not_json'],
  ['no object', '[1]', '[1]', 'not_an_object'],
  [
    'nested too deep',
    `{"a":${'['.repeat(100)}${']'.repeat(100)}}`,
    `{"a":${'['.repeat(100)}${']'.repeat(100)}}`,
    'too_deep',
  ],
  ['bytes that are no UTF-8', Buffer.from('7b226d657373616765223a22ff227d', 'hex'), '\uFFFD', 'invalid_utf8'],
])('%s: kept as text, and counted', ([, json, message, fault]) => {
  const found = beatsEvent(Buffer.from(json as string), now);
  expect({ ...found.record }).toEqual({ message });
  expect(found.fault).toBe(fault);
});

test('keys that objects inherit, whole numbers beyond doubles, half characters', () => {
  const json = '{"__proto__":{"a":1},"constructor":"c","n":12345678901234567890,"message":"\\ud800"}';
  const { record } = beatsEvent(Buffer.from(json), now);
  expect(Object.keys(record)).toEqual(['__proto__', 'constructor', 'n', 'message']);
  expect(String(record['n'])).toBe('12345678901234567890');
  expect(record['message']).toBe('\uFFFD');
});

test('version 1: fields are texts, the line is the message', () => {
  const path = `/var/lib/docker/containers/${'c'.repeat(64)}/${'c'.repeat(64)}-json.log`;
  const pairs = ['line', 'a 안녕', 'file', path, 'offset', '7', 'host', 'web-1', '__proto__', 'x'];
  const { record, id, fault } = pairsEvent(pairs.map(text => Buffer.from(text)));
  expect({ ...record }).toMatchObject({ message: 'a 안녕', container_id: 'c'.repeat(64), host: 'web-1' });
  expect(Object.getOwnPropertyDescriptor(record, '__proto__')?.value).toBe('x');
  expect([id, fault]).toEqual([undefined, undefined]);
});

import { afterEach, expect, test, vi } from 'vitest';
import type { AlertsAnswer } from '../../src/core/api/alerts.ts';
import { Longshore } from '../support/longshore.ts';

/* Numbers of all types and an `_id` of a pipeline's own, all the way: spool, store, search, alert filter. */

const PIPELINE = `match: { tag: docker.test }
processors:
  - json: { field: message, target_field: j }
  - convert: { field: j.size, type: long }
  - bytes: { field: j.memory, target_field: memory }
  - set: { field: whole, value: 5.0 }
  - set: { field: big, value: 9007199254740993 }
  - set: { field: was, value: '{{{_id}}}' }
  - set: { field: _id, value: 'order-{{j.id}}' }
`;
const RULE = `name: big
index: docker-logs-*
alert: debug
realert: { minutes: 0 }
type: any
filter: [{ range: { memory: { gte: 2048 } } }, { term: { whole: 5 } }]
`;

let longshore: Longshore | undefined;
afterEach(() => longshore?.remove());
const WAIT = { timeout: 20_000, interval: 50 };

test('events with numbers of all types are stored, found and alerted on', { timeout: 300_000 }, async () => {
  const service = await Longshore.start({ rules: { 'big.yaml': RULE }, pipelines: { 'a.yaml': PIPELINE } });
  longshore = service;
  const line = '{"id":17,"half":0.5,"whole":2.0,"exact":9007199254740993,"size":"9223372036854775807","memory":"2kb"}';
  const url = `${service.url}/api/logs?tag=docker.test`;
  const headers = { 'content-type': 'application/json' };
  const sent = await fetch(url, { method: 'POST', headers, body: JSON.stringify([{ message: line }]) });
  expect(sent.status).toBe(200);
  await vi.waitFor(async () => expect((await service.search('big:9007199254740993')).total).toBe(1), WAIT);
  const [event] = (await service.search('memory:>2000')).hits;
  expect(event).toMatchObject({
    _id: 'order-17',
    memory: 2048,
    whole: 5,
    big: '9007199254740993',
    j: { id: 17, half: 0.5, whole: 2, exact: '9007199254740993', size: '9223372036854775807' },
  });
  expect(event?.['was']).toMatch(/^.+-0$/);
  // The same beside the message, and in a line of JSON: 64 bits are kept as their digits; 5.0 is 5, as in the document that is stored.
  const record = '{"message":"paid","order_id":9007199254740993,"least":-9223372036854775808,"ratio":5.0}';
  const body = `[${record},{"message":${JSON.stringify(record)}}]`;
  expect((await fetch(`${service.url}/api/logs?tag=other`, { method: 'POST', headers, body })).status).toBe(200);
  await vi.waitFor(async () => expect((await service.search('order_id:9007199254740993')).total).toBe(2), WAIT);
  expect((await service.search('order_id:9007199254740992')).total).toBe(0);
  const exact = { order_id: '9007199254740993', least: '-9223372036854775808', ratio: 5 };
  expect((await service.search('ratio:5')).hits).toMatchObject([exact, exact]);
  const alerts = async () => ((await (await fetch(`${service.url}/api/alerts`)).json()) as AlertsAnswer).alerts;
  await vi.waitFor(async () => expect((await alerts()).map(({ rule }) => rule)).toEqual(['big']), WAIT);
});

import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { LongshoreError } from '../../../src/core/errors.ts';
import { inSplunksWords } from '../../../src/inputs/http/splunk.ts';
import { FakeConsumer, served } from './support.ts';

interface Asked {
  method?: string;
  path?: string;
  body?: string | Buffer;
  headers?: Record<string, string>;
}

async function collector() {
  const consumer = new FakeConsumer();
  const { app, url } = await served(consumer, { max_body_bytes: 10_000, max_events_per_request: 5 });
  onTestFinished(() => app.close());
  const ask = async ({ method = 'POST', path = '/event', body, headers = {} }: Asked) => {
    const init = { method, headers, ...(body === undefined ? {} : { body: body as NonNullable<RequestInit['body']> }) };
    const response = await fetch(`${url}/services/collector${path}`, init);
    const text = await response.text();
    return { status: response.status, answer: (text === '' ? '' : JSON.parse(text)) as Record<string, unknown> };
  };
  return { consumer, ask };
}

const two = '{"event":"a","time":1}{"event":{"b":2}}';
const key = { 'idempotency-key': 'k' };

test.for([
  ['the short path', { path: '', body: two }],
  ['the path of Fluent Bit', { path: '/event', body: two }],
  ['the path of Docker', { path: '/event/1.0', body: two }],
  ['gzip', { body: gzipSync(two), headers: { 'content-encoding': 'gzip' } }],
  ['any type', { body: two, headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
] as const)('%s: the events of a request are one frame', async ([, asked]) => {
  const { consumer, ask } = await collector();
  expect(await ask({ ...asked, headers: { ...key, ...('headers' in asked ? asked.headers : {}) } })).toEqual({
    status: 200,
    answer: { text: 'Success', code: 0 },
  });
  expect(consumer.frames).toMatchObject([
    { source: 'http', tag: 'splunk', chunkId: 'k', records: [{ message: 'a' }, { b: 2 }], times: [1000, Number.NaN] },
  ]);
});

test('lines, with what the address says of them', async () => {
  const { consumer, ask } = await collector();
  const { answer } = await ask({ path: '/raw?host=h&sourcetype=t&time=2', body: 'one\ntwo\n' });
  expect(answer).toEqual({ text: 'Success', code: 0 });
  const splunk = { sourcetype: 't' };
  const records = ['one', 'two'].map(message => ({ message, hostname: 'h', splunk }));
  expect(consumer.frames).toMatchObject([{ records, times: [2000, 2000] }]);
});

test('a request is taken up to an event that is none, and the place of that is told', async () => {
  const { consumer, ask } = await collector();
  const { status, answer } = await ask({ body: '{"event":"a"}{"event":"b"}{"time":1}{"event":"c"}', headers: key });
  expect(status).toBe(400);
  expect(answer).toMatchObject({ text: 'Event field is required', code: 12, 'invalid-event-number': 2 });
  // The request without its mistake is not the same one.
  await ask({ body: '{"event":"a"}', headers: key });
  expect(consumer.frames).toMatchObject([
    { records: [{ message: 'a' }, { message: 'b' }], chunkId: 'k\x002' },
    { records: [{ message: 'a' }], chunkId: 'k' },
  ]);
});

test.for([
  ['nothing', { body: ' ' }, 400, 5],
  ['no lines', { path: '/raw', body: '\n\n' }, 400, 5],
  ['no JSON', { body: 'event' }, 400, 6],
  ['an empty event', { body: '{"event":""}' }, 400, 13],
  ['too many events', { body: '{"event":"a"}'.repeat(6) }, 413, 6],
  ['too large a body', { body: 'x'.repeat(20_000) }, 413, 6],
  ['broken gzip', { body: gzipSync(two).subarray(0, 20), headers: { 'content-encoding': 'gzip' } }, 400, 6],
  ['acknowledgements without a channel', { path: '/ack', body: '{"acks":[1]}' }, 400, 10],
  ['acknowledgements of nothing', { path: '/ack?channel=c', body: '{"acks":["x"]}' }, 400, 6],
] as const)('%s is refused', async ([, asked, expected, code]) => {
  const { consumer, ask } = await collector();
  const { status, answer } = await ask(asked);
  expect([status, answer['code'], consumer.frames]).toEqual([expected, code, []]);
});

test.for([
  ['the disk is full', new LongshoreError('LS_SPOOL_FULL', 'Full.', { retryable: true }), 503, 9],
  ['we made a mistake', new TypeError('secret'), 500, 8],
] as const)('when %s the sender is told to come again', async ([, error, expected, code]) => {
  const { consumer, ask } = await collector();
  consumer.policy = () => Promise.reject(error);
  for (const body of [two, `${two}{`]) {
    const { status, answer } = await ask({ body });
    expect([status, answer['code']]).toEqual([expected, code]);
  }
});

test('who names a channel gets numbers, each of which is indexed when it is asked for', async () => {
  const { ask } = await collector();
  const headers = { 'x-splunk-request-channel': 'fe0ecfad-13d5-401b-847d-77833bd77131' };
  const first = (await ask({ body: two, headers })).answer['ackId'] as number;
  const second = (await ask({ path: '/raw?channel=c', body: 'x' })).answer['ackId'] as number;
  expect(second).toBe(first + 1);
  expect(await ask({ path: '/ack', headers, body: JSON.stringify({ acks: [first, second] }) })).toEqual({
    status: 200,
    answer: { acks: { [first]: true, [second]: true } },
  });
});

test.for(['/health', '/health/1.0'])('GET %s', async path => {
  const { ask } = await collector();
  expect(await ask({ method: 'GET', path })).toEqual({ status: 200, answer: { text: 'HEC is healthy', code: 17 } });
});

test.for(['', '/event', '/event/1.0', '/raw'])('Docker asks OPTIONS %s before a container starts', async path => {
  const { ask } = await collector();
  expect((await ask({ method: 'OPTIONS', path })).status).toBe(200);
});

test('other paths of Splunk are refused with those that are here', async () => {
  const { ask } = await collector();
  const { status, answer } = await ask({ path: '/mint', body: two });
  expect(status).toBe(404);
  expect(JSON.stringify(answer)).toContain('/services/collector/event');
});

test.for([
  [401, 'LS_WEB_TOKEN_MISSING', 401, 2],
  [401, 'LS_WEB_TOKEN_UNKNOWN', 403, 4],
  [403, 'LS_WEB_SCOPE_MISSING', 403, 4],
  [421, 'LS_WEB_HOST_UNKNOWN', 421, 3],
] as const)('the guard says %i %s as Splunk does', ([given, error, status, code]) => {
  expect(inSplunksWords(given, error, 'why')).toMatchObject({ status, body: { code, detail: 'why' } });
});

import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { LongshoreError } from '../../../src/core/errors.ts';
import { inLokisWords } from '../../../src/inputs/http/loki.ts';
import { snapped, writePush } from '../loki/write.ts';
import { FakeConsumer, served } from './support.ts';

async function loki() {
  const consumer = new FakeConsumer();
  const { app, url } = await served(consumer, { max_body_bytes: 10_000, max_events_per_request: 50 });
  onTestFinished(() => app.close());
  const push = async (body: string | Buffer, headers: Record<string, string> = {}, path = '/loki/api/v1/push') => {
    const own = { 'content-type': 'application/json', 'idempotency-key': 'k', ...headers };
    const init = { method: 'POST', body: body as NonNullable<RequestInit['body']>, headers: own };
    const response = await fetch(url + path, init);
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  };
  return { consumer, url, push };
}

const pushOf = (label: string, count: number) =>
  JSON.stringify({
    streams: [{ stream: { label }, values: Array.from({ length: count }, () => ['1000000000', 'x']) }],
  });
const json = '{"streams":[{"stream":{"app":"shop"},"values":[["1000000000","x"]]}]}';
const proto = snapped(writePush([{ labels: '{app="shop"}', entries: [{ seconds: 1, line: 'x' }] }]));
const protobuf = { 'content-type': 'application/x-protobuf' };

test.for<[string, string | Buffer, Record<string, string>, string?]>([
  ['JSON', json, {}],
  ['JSON with a charset', json, { 'content-type': 'application/json; charset=utf-8' }],
  ['JSON in gzip', gzipSync(json), { 'content-encoding': 'gzip' }],
  ['protobuf in snappy', proto, protobuf],
  ['protobuf that names its compression', proto, { ...protobuf, 'content-encoding': 'snappy' }],
  ['the older path', json, {}, '/api/prom/push'],
])('%s: the lines of a request are one frame', async ([, body, headers, path]) => {
  const { consumer, push } = await loki();
  expect(await push(body, headers, path)).toEqual({ status: 204, type: null, text: '' });
  expect(consumer.frames).toMatchObject([
    { source: 'http', tag: 'loki', chunkId: 'k', records: [{ message: 'x', service: 'shop' }], times: [1000] },
  ]);
});

test('the tenant is kept', async () => {
  const { consumer, push } = await loki();
  await push(json, { 'x-scope-orgid': 'team-1' });
  expect(consumer.frames).toMatchObject([{ records: [{ tenant: 'team-1' }] }]);
});

test('a request without lines is answered like any other', async () => {
  const { consumer, push } = await loki();
  expect((await push('{"streams":[]}')).status).toBe(204);
  expect(consumer.frames).toEqual([]);
});

test.for<[string, string | Buffer, Record<string, string>, number, string]>([
  ['no JSON', '{', {}, 400, 'JSON'],
  ['what is no push', '{"streams":[{"stream":{},"values":[["now","x"]]}]}', {}, 400, 'streams[0].values[0][0]'],
  ['no snappy', json, protobuf, 400, 'snappy'],
  ['no protobuf', snapped(Buffer.from('hello')), protobuf, 400, 'protobuf'],
  ['a bomb', Buffer.from('ffffffff0f00', 'hex'), protobuf, 413, 'larger than 10000 bytes'],
  ['too many lines', pushOf('l', 51), {}, 413, 'more than 50 events'],
  ['labels that would stand in too many lines', pushOf('l'.repeat(1000), 50), {}, 413, 'shorter labels'],
  ['another type', json, { 'content-type': 'text/plain' }, 415, 'text/plain'],
])('%s is refused in plain text', async ([, body, headers, expected, told]) => {
  const { consumer, push } = await loki();
  const { status, type, text } = await push(body, headers);
  expect([status, type, consumer.frames]).toEqual([expected, 'text/plain; charset=utf-8', []]);
  expect(text).toContain(told);
});

test('when the disk is full the sender is told to come again', async () => {
  const { consumer, push } = await loki();
  consumer.policy = () => Promise.reject(new LongshoreError('LS_SPOOL_FULL', 'Full.', { retryable: true }));
  expect(await push(json)).toMatchObject({ status: 503, text: 'Full. (LS_SPOOL_FULL)\n' });
});

test('the guard says its refusals in plain text, too', () => {
  expect(inLokisWords(401, 'LS_WEB_TOKEN_MISSING', 'Send a token.')).toEqual({ status: 401, body: 'Send a token.\n' });
});

test('it is ready, and has no other paths', async () => {
  const { url, push } = await loki();
  expect((await fetch(`${url}/ready`)).status).toBe(200);
  expect(await push(json, {}, '/loki/api/v1/query')).toMatchObject({
    status: 404,
    text: expect.stringContaining('/loki/api/v1/push') as unknown,
  });
});

import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { LongshoreError } from '../../../src/core/errors.ts';
import { FakeConsumer, served } from './support.ts';

/** One record with the body "a". */
const PROTOBUF = Buffer.from('0a0912071205' + '2a030a0161', 'hex');
const JSON_BODY = JSON.stringify({
  resourceLogs: [
    { scopeLogs: [{ logRecords: [{ timeUnixNano: '1795182936500000000', body: { stringValue: 'a' } }] }] },
  ],
});
const PROTOBUF_TYPE = { 'content-type': 'application/x-protobuf' };
const JSON_TYPE = { 'content-type': 'application/json' };

async function posted(
  body: string | Buffer,
  headers: Record<string, string>,
  policy: FakeConsumer['policy'] = () => Promise.resolve(),
  path = '/v1/logs',
) {
  const consumer = new FakeConsumer();
  consumer.policy = policy;
  const { app, url } = await served(consumer, { max_body_bytes: 10_000 });
  onTestFinished(() => app.close());
  const response = await fetch(url + path, { method: 'POST', body, headers });
  return {
    status: response.status,
    headers: response.headers,
    answer: Buffer.from(await response.arrayBuffer()),
    consumer,
  };
}

test.for([
  ['protobuf', PROTOBUF, PROTOBUF_TYPE, Number.NaN],
  ['protobuf in gzip', gzipSync(PROTOBUF), { ...PROTOBUF_TYPE, 'content-encoding': 'gzip' }, Number.NaN],
  ['JSON', JSON_BODY, JSON_TYPE, 1795182936500],
  ['JSON in gzip', gzipSync(JSON_BODY), { ...JSON_TYPE, 'content-encoding': 'gzip' }, 1795182936500],
] as const)('%s is taken, and answered in its own type', async ([, body, headers, time]) => {
  const { status, answer, consumer, headers: answered } = await posted(body, { ...headers, 'idempotency-key': 'k' });
  expect(consumer.frames).toMatchObject([
    { source: 'http', sender: '127.0.0.1', tag: 'otlp', chunkId: 'k', records: [{ message: 'a' }], times: [time] },
  ]);
  expect([status, answered.get('content-type')]).toEqual([200, headers['content-type']]);
  expect(answer.toString()).toBe(headers['content-type'] === 'application/json' ? '{}' : '');
});

const deep = `${'{"arrayValue":{"values":['.repeat(70)}{}${']}}'.repeat(70)}`;
const PARTLY = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":${deep}},{"body":{"stringValue":"a"}}]}]}]}`;

test('what is refused of a request is told as a partial success', async () => {
  const { status, answer, consumer } = await posted(PARTLY, JSON_TYPE);
  expect([status, consumer.frames]).toMatchObject([200, [{ records: [{ message: 'a' }] }]]);
  expect(JSON.parse(answer.toString())).toEqual({
    partialSuccess: { rejectedLogRecords: '1', errorMessage: expect.stringContaining('64 levels') as string },
  });
});

test('the answer waits until the events are durable', async () => {
  const durable = Promise.withResolvers<void>();
  let isAnswered = false;
  const answered = posted(PROTOBUF, PROTOBUF_TYPE, () => durable.promise.then(() => expect(isAnswered).toBe(false)));
  void answered.then(() => {
    isAnswered = true;
  });
  durable.resolve();
  expect((await answered).status).toBe(200);
});

const busy = (): Promise<void> => Promise.reject(new LongshoreError('LS_INPUTS_BUSY', 'Full.', { retryable: true }));
const bug = (): Promise<void> => Promise.reject(new Error('a secret of ours'));

test.for([
  ['the spool stands', PROTOBUF, PROTOBUF_TYPE, busy, 503, 'LS_INPUTS_BUSY'],
  ['a mistake of ours', PROTOBUF, PROTOBUF_TYPE, bug, 503, 'could not be taken'],
  ['no protobuf', 'hello', PROTOBUF_TYPE, undefined, 400, 'LS_INPUTS_OTLP_INVALID'],
  ['no JSON', 'hello', JSON_TYPE, undefined, 400, 'LS_INPUTS_OTLP_INVALID'],
  ['another type', JSON_BODY, { 'content-type': 'text/plain' }, undefined, 415, 'LS_INPUTS_TYPE_UNKNOWN'],
  [
    'a bomb',
    gzipSync(Buffer.alloc(1_000_000)),
    { ...PROTOBUF_TYPE, 'content-encoding': 'gzip' },
    undefined,
    413,
    'LS_INPUTS_BODY_TOO_LARGE',
  ],
  [
    'broken gzip',
    'hello',
    { ...PROTOBUF_TYPE, 'content-encoding': 'gzip' },
    undefined,
    400,
    'LS_INPUTS_ENCODING_BROKEN',
  ],
  [
    'an unknown encoding',
    'hello',
    { ...PROTOBUF_TYPE, 'content-encoding': 'br' },
    undefined,
    415,
    'LS_INPUTS_ENCODING_UNKNOWN',
  ],
] as const)('%s: refused with a status', async ([, body, headers, policy, status, words]) => {
  const refused = await posted(body, headers, policy);
  expect(refused.status).toBe(status);
  expect(refused.answer.toString()).toContain(words);
  expect(refused.answer.toString()).not.toContain('secret');
  expect(refused.headers.get('retry-after')).toBe(status === 503 ? '1' : null);
  const isProtobuf = headers['content-type'] === 'application/x-protobuf';
  expect(refused.headers.get('content-type')).toBe(isProtobuf ? 'application/x-protobuf' : 'application/json');
});

test.for(['/v1/traces', '/v1/metrics'])('%s is refused with what helps', async path => {
  const { status, answer, consumer } = await posted(PROTOBUF, PROTOBUF_TYPE, undefined, path);
  expect([status, consumer.frames]).toEqual([404, []]);
  expect(answer.toString()).toContain('OTEL_TRACES_EXPORTER=none');
});

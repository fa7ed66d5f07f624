import { request } from 'node:http';
import { connect } from 'node:net';
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { encodeMsgpack } from '../../../src/base/msgpack/write.ts';
import { LongshoreError } from '../../../src/core/errors.ts';
import { registry } from '../../../src/core/metrics.ts';
import { FakeConsumer, served } from './support.ts';

let consumer: FakeConsumer;
let app: FastifyInstance;
let url: string;
beforeEach(async () => {
  consumer = new FakeConsumer();
  ({ app, url } = await served(consumer, { max_body_bytes: 100_000, max_unacked_bytes: 150_000 }));
});
afterEach(() => app.close());

const post = (path: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url + path, {
    method: 'POST',
    body: body as NonNullable<RequestInit['body']>,
    headers: { 'content-type': 'application/json', ...headers },
  });
const codeOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { error: { code: string } }).error.code;

describe('where events go', () => {
  test.for([
    ['/api/logs?tag=app.web', 'app.web'],
    ['/api/logs', 'http'],
    ['/app.web', 'app.web'],
    ['/app/web', 'app.web'],
    ['/app//web/', 'app.web'],
    ['/%EC%95%B1', '앱'],
    ['/..%2F..%2Fetc', '......etc'],
  ] as const)('%s has the tag %s', async ([path, tag]) => {
    const response = await post(path, '{"a":1}');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ accepted: 1 });
    expect(consumer.frames[0]).toMatchObject({
      source: 'http',
      sender: '127.0.0.1',
      tag,
    });
  });

  test.for(['/api/other', '/api', '/healthz', '/readyz', '/metrics', '/-/x', '/ui/x', '/'])(
    '%s is no tag',
    async path => {
      expect((await post(path, '{"a":1}')).status).toBe(404);
      expect(consumer.frames).toHaveLength(0);
    },
  );

  test.for([
    ['/logs/_update/1', 'Elasticsearch'],
    ['/loki/api/v1/query', 'Loki'],
    ['/services/receivers/simple', 'Splunk'],
    ['/v1/traces', 'OpenTelemetry'],
    ['/otlp/v1/logs', 'OpenTelemetry'],
    ['/v1/traces/', 'OpenTelemetry'],
    ['/opentelemetry.proto.collector.logs.v1.LogsService/Export', 'OpenTelemetry'],
    ['/api/v2/logs', 'Datadog'],
    ['/log/v1', 'New Relic'],
    ['/insert/jsonline?_stream_fields=x', 'VictoriaLogs'],
    ['/write?db=x', 'InfluxDB'],
    ['/intake/v2/events', 'APM'],
    ['/favicon.ico', 'web site'],
    ['/wp-login.php', 'web site'],
    ['/a/b/index.html', 'web site'],
  ] as const)('%s is %s, and refused with the way to go', async ([path, protocol]) => {
    const response = await post(path, '{"create":{"_index":"a"}}\n{"message":"bulk"}\n');
    expect(response.status).toBe(404);
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe('LS_INPUTS_PATH_UNKNOWN');
    expect(error.message).toContain(protocol);
    expect(error.message).toContain('/api/logs?tag=');
    expect(consumer.frames).toHaveLength(0);
  });

  test.for([
    ['/v1/app', 'v1.app'],
    ['/v1.logs', 'v1.logs'],
    ['/writer', 'writer'],
    ['/services/shop', 'services.shop'],
    ['/lokiproxy', 'lokiproxy'],
    ['/app_bulk', 'app_bulk'],
    ['/gelf/old', 'gelf.old'],
    ['/app.js', 'app.js'],
    ['/docker/nginx/stdout', 'docker.nginx.stdout'],
  ] as const)('%s has the tag %s', async ([path, tag]) => {
    expect((await post(path, '{"a":1}')).status).toBe(200);
    expect(consumer.frames[0]).toMatchObject({ tag });
  });

  test.for(['/a%00b', '/a%0Ab', `/${'t'.repeat(256)}`, '/api/logs?tag=a%1Bb'])('%s is refused', async path => {
    const response = await post(path, '{"a":1}');
    expect(response.status).toBe(400);
    expect(await codeOf(response)).toBe('LS_INPUTS_TAG_INVALID');
  });
});

test('several events are one frame, with time and chunk', async () => {
  const before = Date.now();
  const response = await post('/app?time=1700000000.25', '[{"a":1},{"b":2}]', { 'idempotency-key': 'batch-7' });
  expect(await response.json()).toEqual({ accepted: 2 });
  expect(consumer.frames).toHaveLength(1);
  const frame = consumer.frames[0]!;
  expect(frame).toMatchObject({ chunkId: 'batch-7', times: [1700000000250, 1700000000250], bytes: 17 });
  expect(frame.receivedAt).toBeGreaterThanOrEqual(before);
});

test('without a time it is NaN; a wrong one is refused', async () => {
  await post('/app', '{"a":1}');
  expect(consumer.frames[0]!.times).toEqual([Number.NaN]);
  expect(consumer.frames[0]!.chunkId).toBeUndefined();
  expect(await codeOf(await post('/app?time=yesterday', '{"a":1}'))).toBe('LS_INPUTS_TIME_INVALID');
});

test('bad events are kept and reported, at most twenty by place', async () => {
  const response = await post('/app', `{"a":1}\n${'oops\n'.repeat(30)}`, { 'content-type': 'application/x-ndjson' });
  const answer = (await response.json()) as { accepted: number; kept_as_text: number; bad: unknown[] };
  expect(answer).toMatchObject({ accepted: 31, kept_as_text: 30 });
  expect(answer.bad).toHaveLength(20);
  expect(answer.bad[0]).toEqual({ at: 2, reason: 'not_json' });
});

test('what curl sends without a header is refused with the header to send', async () => {
  const response = await post('/app', 'plain text', { 'content-type': 'application/x-www-form-urlencoded' });
  expect(response.status).toBe(400);
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  expect(error.code).toBe('LS_INPUTS_FORM_INVALID');
  expect(error.message).toMatch(/Content-Type: text\/plain.*application\/json/);
});

test('the times of entries in MessagePack go before that of the query', async () => {
  const body = encodeMsgpack([{ b: 2 }, [1.5, { a: 1 }]]);
  const response = await post('/app?time=7', body, { 'content-type': 'application/msgpack' });
  expect(await response.json()).toEqual({ accepted: 2 });
  expect(consumer.frames[0]!.times).toEqual([7000, 1500]);
});

test('an empty batch is accepted without bothering the consumer', async () => {
  expect(await (await post('/app', '[]')).json()).toEqual({ accepted: 0 });
  expect(consumer.frames).toHaveLength(0);
});

test('events in the query, as Fluentd takes them', async () => {
  const response = await fetch(`${url}/app?json=${encodeURIComponent('{"a":1}')}`, { method: 'POST' });
  expect(await response.json()).toEqual({ accepted: 1 });
});

describe('the answer', () => {
  test('comes only after the events are durable', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    consumer.policy = () => promise;
    let answered = false;
    const response = post('/app', '{"a":1}').then(r => {
      answered = true;
      return r.status;
    });
    await vi.waitFor(() => expect(consumer.frames).toHaveLength(1));
    for (let turn = 0; turn < 50; turn++) await new Promise(done => setImmediate(done));
    expect(answered).toBe(false);
    resolve();
    expect(await response).toBe(200);
  });

  test('is 503 with Retry-After when trying again helps', async () => {
    consumer.policy = () =>
      Promise.reject(new LongshoreError('LS_SPOOL_FULL', 'The spool is full.', { retryable: true }));
    const response = await post('/app', '{"a":1}');
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await codeOf(response)).toBe('LS_SPOOL_FULL');
  });

  test('is 400 when it never will', async () => {
    consumer.policy = () => Promise.reject(new LongshoreError('LS_SPOOL_TOO_LARGE', 'Too large.'));
    const response = await post('/app', '{"a":1}');
    expect(response.status).toBe(400);
    expect(await codeOf(response)).toBe('LS_SPOOL_TOO_LARGE');
  });

  test('is 500 without details when we made a mistake', async () => {
    consumer.policy = () => Promise.reject(new TypeError('secret detail'));
    const response = await post('/app', '{"a":1}');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
  });
});

describe('Content-Encoding', () => {
  const body = Buffer.from('{"a":"안녕"}\n{"b":2}\n');
  const half = body.indexOf(0x0a) + 1;
  test.for<[string, string, Buffer]>([
    ['gzip', 'gzip', gzipSync(body)],
    ['gzip of two members', 'gzip', Buffer.concat([gzipSync(body.subarray(0, half)), gzipSync(body.subarray(half))])],
    ['deflate', 'deflate', deflateSync(body)],
    ['raw deflate', 'deflate', deflateRawSync(body)],
    ['zstd', 'ZSTD', zstdCompressSync(body)],
    [
      'zstd of two frames',
      'zstd',
      Buffer.concat([zstdCompressSync(body.subarray(0, half)), zstdCompressSync(body.subarray(half))]),
    ],
    ['identity', 'identity', body],
  ])('%s', async ([, encoding, sent]) => {
    const response = await post('/app', sent, { 'content-encoding': encoding });
    expect(await response.json()).toEqual({ accepted: 2 });
    expect(consumer.frames[0]!.records.map(record => ({ ...record }))).toEqual([{ a: '안녕' }, { b: 2 }]);
    expect(consumer.frames[0]!.bytes).toBe(body.length);
  });

  const bomb = Buffer.alloc(50_000_000, ' ');
  const tinyFrames = Buffer.concat(Array.from({ length: 20 }, () => zstdCompressSync(Buffer.alloc(10_000, ' '))));
  test.for<[string, string, Buffer, number]>([
    ['a gzip bomb', 'gzip', gzipSync(bomb), 413],
    ['a deflate bomb', 'deflate', deflateSync(bomb), 413],
    ['a zstd bomb', 'zstd', zstdCompressSync(bomb), 413],
    ['a zstd bomb of many frames', 'zstd', tinyFrames, 413],
    ['truncated gzip', 'gzip', gzipSync(body).subarray(0, 20), 400],
    ['truncated zstd', 'zstd', zstdCompressSync(body).subarray(0, 12), 400],
    ['garbage after gzip', 'gzip', Buffer.concat([gzipSync(body), Buffer.from('garbage')]), 400],
    ['garbage after zstd', 'zstd', Buffer.concat([zstdCompressSync(body), Buffer.from('garbage')]), 400],
    ['no gzip at all', 'gzip', body, 400],
    ['an unknown encoding', 'br', body, 415],
  ])('refused: %s', async ([, encoding, sent, status]) => {
    const response = await post('/app', sent, { 'content-encoding': encoding });
    expect(response.status).toBe(status);
    expect(await codeOf(response)).toMatch(/^LS_INPUTS_/);
    expect(consumer.frames).toHaveLength(0);
  });
});

describe('limits', () => {
  test('a body that says it is too large is not read', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(
      'POST /app HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000000000\r\n\r\n{',
    );
    const answer = await new Promise<string>(resolve => {
      let text = '';
      socket.on('data', data => {
        text += data.toString();
      });
      socket.on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('LS_INPUTS_BODY_TOO_LARGE');
  });

  test('a body that grows too large is not read on', async () => {
    let sent = 0;
    const status = await new Promise<number | string>(resolve => {
      const outgoing = request(`${url}/app`, { method: 'POST', headers: { 'content-type': 'application/json' } });
      outgoing.on('response', response => {
        resolve(response.statusCode!);
        outgoing.destroy();
      });
      outgoing.on('error', error => resolve((error as NodeJS.ErrnoException).code!));
      const pump = (): void => {
        while (sent < 1_000_000_000 && !outgoing.destroyed) {
          sent += 65_536;
          if (!outgoing.write(Buffer.alloc(65_536, 'x'))) return;
        }
      };
      outgoing.on('drain', pump);
      pump();
    });
    expect([413, 'EPIPE', 'ECONNRESET']).toContain(status);
    expect(sent).toBeLessThan(50_000_000);
    expect(consumer.frames).toHaveLength(0);
  });

  test('bodies that wait are bounded together; the room comes back', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    consumer.policy = () => promise;
    const body = JSON.stringify({ pad: 'p'.repeat(90_000) });
    const first = post('/app', body);
    await vi.waitFor(() => expect(consumer.frames).toHaveLength(1));
    const second = await post('/app', body);
    expect(second.status).toBe(503);
    expect(second.headers.get('retry-after')).toBe('1');
    resolve();
    expect((await first).status).toBe(200);
    expect((await post('/app', body)).status).toBe(200);
    const gauge = await registry.getSingleMetric('longshore_http_input_unacked_bytes')!.get();
    await vi.waitFor(async () => expect(gauge.values[0]!.value).toBe(0));
  });

  test('a connection cut within a body hurts nobody', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(
      'POST /app HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{"a":',
    );
    await vi.waitFor(() => expect(socket.bytesWritten).toBeGreaterThan(0));
    socket.on('error', () => {});
    socket.resetAndDestroy();
    expect((await post('/app', '{"a":1}')).status).toBe(200);
    expect(consumer.frames).toHaveLength(1);
  });
});

test.for([
  ['image/png', 415],
  ['application/msgpack', 400],
  ['not a type', 415],
  ['text/plain', 200],
  ['application/octet-stream', 200],
] as const)('the type %s is answered with %i', async ([type, status]) => {
  expect((await post('/app', '{"a":1}', { 'content-type': type })).status).toBe(status);
});

test('a body without a type is read as JSON', async () => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.end('POST /app HTTP/1.1\r\nhost: x\r\ncontent-length: 7\r\nconnection: close\r\n\r\n{"a":1}');
  socket.resume();
  await vi.waitFor(() => expect(consumer.frames).toHaveLength(1));
});

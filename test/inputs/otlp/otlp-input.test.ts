import { type ClientHttp2Session, connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { request as requestHttps } from 'node:https';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { withDefaults } from '../../../src/base/options.ts';
import { LongshoreError } from '../../../src/core/errors.ts';
import { registry } from '../../../src/core/metrics.ts';
import { type OtlpInputOptions, otlpInputSchema } from '../../../src/inputs/otlp/options.ts';
import { OtlpInput } from '../../../src/inputs/otlp/otlp-input.ts';
import { seeded } from '../../support/chance.ts';
import { connected, FakeConsumer, gate } from '../tcp-json/support.ts';

/** One record with the body "a". */
const REQUEST = Buffer.from('0a0912071205' + '2a030a0161', 'hex');
const EXPORT = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
const GRPC = { ':method': 'POST', ':path': EXPORT, 'content-type': 'application/grpc', te: 'trailers' };
const ANY_PORT = { address: '127.0.0.1:0', http_address: '127.0.0.1:0' };

async function started(consumer: FakeConsumer, given: Partial<OtlpInputOptions> = {}): Promise<OtlpInput> {
  const input = new OtlpInput(withDefaults(otlpInputSchema, { ...ANY_PORT, ...given } as never), consumer);
  await input.start();
  onTestFinished(() => input.stop(AbortSignal.abort()));
  return input;
}

function framed(message: Buffer, flag = 0): Buffer {
  const prefix = Buffer.from([flag, 0, 0, 0, 0]);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

interface Called {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
}

function session(port: number, scheme = 'http'): ClientHttp2Session {
  const made = connectHttp2(`${scheme}://127.0.0.1:${port}`, { rejectUnauthorized: false });
  made.on('error', () => {});
  onTestFinished(() => made.destroy());
  return made;
}

function call(client: ClientHttp2Session, bytes: Buffer, headers: Record<string, string> = {}): Promise<Called> {
  return new Promise((resolve, reject) => {
    const stream = client.request({ ...GRPC, ...headers });
    let answered: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    const parts: Buffer[] = [];
    stream.on('response', own => {
      answered = own;
    });
    stream.on('trailers', own => {
      trailers = own;
    });
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.on('error', reject);
    stream.on('close', () => resolve({ headers: answered, trailers, body: Buffer.concat(parts) }));
    stream.end(bytes);
  });
}

const statusOf = ({ headers, trailers }: Called): unknown => headers['grpc-status'] ?? trailers['grpc-status'];
const wordsOf = ({ headers }: Called): string => decodeURIComponent(String(headers['grpc-message']));
const full = (): Promise<void> =>
  Promise.reject(new LongshoreError('LS_SPOOL_FULL', 'The spool is full.', { retryable: true }));

async function errorsOf(reason: string): Promise<number> {
  const { values } = await registry.getSingleMetric('longshore_otlp_errors_total')!.get();
  return values.find(({ labels }) => (labels as { reason?: string }).reason === reason)?.value ?? 0;
}

describe('gRPC', () => {
  test.for([
    ['as it is', framed(REQUEST), {}],
    ['in gzip', framed(gzipSync(REQUEST), 1), { 'grpc-encoding': 'gzip' }],
    ['with the name of the format', framed(REQUEST), { 'content-type': 'application/grpc+proto' }],
  ] as const)('a request is taken, and answered with an empty message: %s', async ([, bytes, headers]) => {
    const consumer = new FakeConsumer();
    const input = await started(consumer);
    const answer = await call(session(input.port), bytes, headers);
    expect([statusOf(answer), answer.body.toString('hex')]).toEqual(['0', '0000000000']);
    expect(consumer.taken).toMatchObject([
      { source: 'otlp', sender: '127.0.0.1', tag: 'otlp', records: [{ message: 'a' }] },
    ]);
  });

  test('the answer waits until the events are durable; others of the connection do not wait for it', async () => {
    const consumer = new FakeConsumer();
    const { promise, resolve } = gate();
    consumer.policy = (_frame, nth) => (nth === 1 ? promise : Promise.resolve());
    const input = await started(consumer);
    const client = session(input.port);
    const order: string[] = [];
    const first = call(client, framed(REQUEST)).then(() => order.push('first'));
    await vi.waitFor(() => expect(consumer.frames).toHaveLength(1));
    await call(client, framed(REQUEST)).then(() => order.push('second'));
    resolve();
    await first;
    expect(order).toEqual(['second', 'first']);
  });

  test('while the spool stands: UNAVAILABLE, and when to send again', async () => {
    const consumer = new FakeConsumer();
    consumer.policy = full;
    const input = await started(consumer);
    const answer = await call(session(input.port), framed(REQUEST));
    expect([statusOf(answer), wordsOf(answer)]).toEqual(['14', expect.stringContaining('LS_SPOOL_FULL')]);
    const details = Buffer.from(String(answer.headers['grpc-status-details-bin']), 'base64');
    expect(details.toString('latin1')).toContain('type.googleapis.com/google.rpc.RetryInfo');
    expect(details.toString('hex')).toMatch(/12040a020801$/);
  });

  test.for([
    ['no protobuf', framed(Buffer.from('hello')), {}, '3', 'LS_INPUTS_OTLP_INVALID'],
    ['no frame', Buffer.alloc(0), {}, '3', 'LS_INPUTS_OTLP_INVALID'],
    ['two messages', Buffer.concat([framed(REQUEST), framed(REQUEST)]), {}, '3', 'LS_INPUTS_OTLP_INVALID'],
    ['a flag that is not known', framed(REQUEST, 2), {}, '3', 'LS_INPUTS_OTLP_INVALID'],
    ['a compression that is not known', framed(REQUEST, 1), { 'grpc-encoding': 'br' }, '12', 'gzip'],
    ['broken gzip', framed(REQUEST, 1), { 'grpc-encoding': 'gzip' }, '3', 'LS_INPUTS_ENCODING_BROKEN'],
    [
      'a bomb',
      framed(gzipSync(Buffer.alloc(1_000_000)), 1),
      { 'grpc-encoding': 'gzip' },
      '8',
      'inputs.otlp.max_body_bytes',
    ],
    ['too much', framed(Buffer.alloc(500_000)), {}, '8', 'inputs.otlp.max_body_bytes'],
    [
      'traces',
      framed(REQUEST),
      { ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export' },
      '12',
      'OTEL_TRACES_EXPORTER=none',
    ],
  ] as const)('refused for good: %s', async ([, bytes, headers, status, words]) => {
    const consumer = new FakeConsumer();
    const input = await started(consumer, { max_body_bytes: 100_000 });
    const client = session(input.port);
    const answer = await call(client, bytes, headers);
    expect([statusOf(answer), wordsOf(answer)]).toEqual([status, expect.stringContaining(words)]);
    expect(answer.headers['grpc-status-details-bin']).toBeUndefined();
    expect(consumer.frames).toEqual([]);
    // The connection lives.
    expect(statusOf(await call(client, framed(REQUEST)))).toBe('0');
  });

  test('HTTP/2 without gRPC is told the way', async () => {
    const input = await started(new FakeConsumer());
    const answer = await call(session(input.port), REQUEST, { 'content-type': 'application/x-protobuf' });
    expect([answer.headers[':status'], answer.body.toString()]).toEqual([415, expect.stringContaining('http_address')]);
  });

  test('what many send at once is bounded; the room comes back', async () => {
    const consumer = new FakeConsumer();
    const { promise, resolve } = gate();
    consumer.policy = () => promise;
    const input = await started(consumer, { max_unacked_bytes: 100_000, max_body_bytes: 100_000 });
    const client = session(input.port);
    const big = framed(Buffer.concat([REQUEST, Buffer.from('f2038080' + '04', 'hex'), Buffer.alloc(65_536)]));
    const first = call(client, big);
    await vi.waitFor(() => expect(consumer.frames).toHaveLength(1));
    expect(statusOf(await call(client, big))).toBe('14');
    resolve();
    expect(statusOf(await first)).toBe('0');
    expect(statusOf(await call(client, big))).toBe('0');
  });
});

describe('HTTP at a port of its own', () => {
  const post = (port: number, body: Buffer | string, headers: Record<string, string>, path = '/v1/logs') =>
    fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body, headers });
  const PROTOBUF = { 'content-type': 'application/x-protobuf' };

  test('a request is taken', async () => {
    const consumer = new FakeConsumer();
    const input = await started(consumer, { tag: 'apps' });
    const headers = { ...PROTOBUF, 'content-encoding': 'gzip', 'idempotency-key': 'k' };
    const response = await post(input.httpPort, gzipSync(REQUEST), headers);
    expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([200, 0]);
    expect(consumer.taken).toMatchObject([{ source: 'otlp', tag: 'apps', chunkId: 'k', records: [{ message: 'a' }] }]);
  });

  test.for([
    ['another path', '/v1/traces', PROTOBUF, REQUEST, 404, 'OTEL_TRACES_EXPORTER=none'],
    ['another type', '/v1/logs', { 'content-type': 'text/plain' }, REQUEST, 415, 'application/x-protobuf'],
    ['no request', '/v1/logs', { 'content-type': 'application/json' }, 'hello', 400, 'LS_INPUTS_OTLP_INVALID'],
    ['too much', '/v1/logs', PROTOBUF, Buffer.alloc(2000), 413, 'inputs.otlp.max_body_bytes'],
  ] as const)('refused: %s', async ([, path, headers, body, status, words]) => {
    const input = await started(new FakeConsumer(), { max_body_bytes: 1000 });
    const response = await post(input.httpPort, body, headers, path);
    expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(words)]);
  });

  test('while the spool stands: 503, and when to send again', async () => {
    const consumer = new FakeConsumer();
    consumer.policy = full;
    const input = await started(consumer);
    const response = await post(input.httpPort, REQUEST, PROTOBUF);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  });
});

describe('who may send', () => {
  const tokens = [
    { name: 'shop', token: 'correct-horse' },
    { name: 'bank', token: 'battery-staple' },
  ];

  test.for([
    [undefined, '16'],
    ['Bearer wrong-horse', '16'],
    ['Basic correct-horse', '16'],
    ['Bearer correct-horse', '0'],
    ['bearer battery-staple', '0'],
  ] as const)('gRPC with the token %s: status %s', async ([authorization, status]) => {
    const consumer = new FakeConsumer();
    const input = await started(consumer, { tokens });
    const headers = authorization === undefined ? {} : { authorization };
    expect(statusOf(await call(session(input.port), framed(REQUEST), headers as Record<string, string>))).toBe(status);
    const name = authorization?.includes('horse') === true ? 'shop' : 'bank';
    expect(consumer.taken).toMatchObject(status === '0' ? [{ sender: `127.0.0.1/${name}` }] : []);
  });

  test('HTTP without a token: 401', async () => {
    const input = await started(new FakeConsumer(), { tokens });
    const response = await fetch(`http://127.0.0.1:${input.httpPort}/v1/logs`, {
      method: 'POST',
      body: REQUEST,
      headers: { 'content-type': 'application/x-protobuf' },
    });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  });

  test.for([
    ['a wide address', { address: ':4317' }, 'inputs.otlp.address'],
    ['a wide address for HTTP', { http_address: ':4318' }, 'inputs.otlp.http_address'],
    ['with no token in the list', { address: ':4317', tokens: [] }, 'inputs.otlp.address'],
  ] as const)('nobody is let in unasked: %s', ([, given, where]) => {
    const make = () => new OtlpInput(withDefaults(otlpInputSchema, given as never), new FakeConsumer());
    expect(make).toThrow(expect.objectContaining({ code: 'LS_INPUTS_ALLOW_REQUIRED', where }) as Error);
  });

  test.for([
    ['tokens', { tokens }],
    ['a list', { allow: ['10.0.0.0/8'] }],
  ] as const)('a wide address may have %s', ([, given]) => {
    const options = withDefaults(otlpInputSchema, { address: ':4317', http_address: ':4318', ...given } as never);
    expect(() => new OtlpInput(options, new FakeConsumer())).not.toThrow();
  });

  test('for one connection too many, the one that waits longest is closed; who is being answered stays', async () => {
    const before = await errorsOf('too_many_connections_of_address');
    const consumer = new FakeConsumer();
    const { promise, resolve } = gate();
    consumer.policy = () => promise;
    const input = await started(consumer, { max_connections_per_address: 3 });
    const busy = [
      call(session(input.port), framed(REQUEST)),
      fetch(`http://127.0.0.1:${input.httpPort}/v1/logs`, {
        method: 'POST',
        body: REQUEST,
        headers: { 'content-type': 'application/x-protobuf' },
      }),
    ] as const;
    await vi.waitFor(() => expect(consumer.frames).toHaveLength(2));
    // It says nothing; the next one of the same address takes its place, whose request is not whole either.
    const silent = (await connected(input.port)).resume();
    const slow = connect(input.httpPort, '127.0.0.1')
      .on('error', () => {})
      .resume();
    slow.write('POST /v1/logs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{');
    onTestFinished(() => [silent, slow].forEach(socket => void socket.destroy()));
    await new Promise(done => silent.once('close', done));
    const next = call(session(input.port), framed(REQUEST));
    await new Promise(done => slow.once('close', done));
    await vi.waitFor(() => expect(consumer.frames).toHaveLength(3));
    // Nobody waits now: there is no room.
    const none = connect(input.httpPort, '127.0.0.1')
      .on('error', () => {})
      .resume();
    await new Promise(done => none.once('close', done));
    resolve();
    expect([statusOf(await busy[0]), (await busy[1]).status, statusOf(await next)]).toEqual(['0', 200, '0']);
    expect(await errorsOf('too_many_connections_of_address')).toBe(before + 3);
  });
});

test('TLS at both addresses', async () => {
  const fixture = (file: string) => fileURLToPath(new URL(`../../web/fixtures/localhost.${file}.pem`, import.meta.url));
  const consumer = new FakeConsumer();
  const tls = { cert_file: fixture('cert'), key_file: fixture('key') };
  const input = await started(consumer, { tls } as never);
  expect(statusOf(await call(session(input.port, 'https'), framed(REQUEST)))).toBe('0');
  const status = await new Promise((resolve, reject) => {
    const options = {
      ...{ host: '127.0.0.1', port: input.httpPort, path: '/v1/logs', method: 'POST', rejectUnauthorized: false },
      headers: { 'content-type': 'application/x-protobuf' },
    };
    requestHttps(options, response => resolve(response.resume().statusCode))
      .on('error', reject)
      .end(REQUEST);
  });
  expect([status, consumer.taken.length]).toEqual([200, 2]);
});

test('at the stop what is under way is answered first', async () => {
  const consumer = new FakeConsumer();
  const { promise, resolve } = gate();
  consumer.policy = () => promise;
  const input = await started(consumer);
  const grpc = call(session(input.port), framed(REQUEST));
  const http = fetch(`http://127.0.0.1:${input.httpPort}/v1/logs`, {
    method: 'POST',
    body: REQUEST,
    headers: { 'content-type': 'application/x-protobuf' },
  });
  await vi.waitFor(() => expect(consumer.frames).toHaveLength(2));
  const stopped = input.stop(new AbortController().signal);
  resolve();
  expect([statusOf(await grpc), (await http).status]).toEqual(['0', 200]);
  await stopped;
});

test.for([
  ['HTTP at the port of gRPC', 'POST /v1/logs HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n', 'port'],
  ['gRPC at the port of HTTP', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'httpPort'],
] as const)('%s is counted, and ends', async ([, bytes, port]) => {
  const before = await errorsOf('other_protocol');
  const input = await started(new FakeConsumer());
  const socket = await connected(input[port]);
  let heard = '';
  socket.on('data', part => {
    heard += part.toString('latin1');
  });
  socket.write(bytes);
  await new Promise(resolve => socket.once('close', resolve));
  expect(await errorsOf('other_protocol')).toBe(before + 1);
  if (port === 'httpPort') expect(heard).toContain('gRPC is spoken at inputs.otlp.address');
});

test('hostile bytes on both ports hurt nobody beside them', async () => {
  const consumer = new FakeConsumer();
  const input = await started(consumer, { max_body_bytes: 100_000 });
  const good = session(input.port);
  const chance = seeded(4317);
  const random = (below: number): number => Math.floor(chance() * below);
  const preface = Buffer.concat([
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    Buffer.from('000000040000000000', 'hex'),
  ]);
  const head = Buffer.from('POST /v1/logs HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-protobuf\r\n');
  for (let round = 0; round < 60; round++) {
    const noise = Buffer.from(Array.from({ length: random(400) }, () => random(256)));
    const start = [Buffer.alloc(0), preface, head][random(3)]!;
    const socket = await connected(random(2) === 0 ? input.port : input.httpPort);
    socket.on('data', () => {}).end(Buffer.concat([start, noise]));
    if (random(2) === 0) socket.destroy();
    if (round % 20 === 0) expect(statusOf(await call(good, framed(REQUEST)))).toBe('0');
  }
  // Calls that are given up half-way.
  for (let round = 0; round < 50; round++) {
    const stream = good.request(GRPC);
    stream.on('error', () => {});
    stream.write(framed(REQUEST).subarray(0, random(12)));
    if (round % 2 === 0) stream.close(8);
    else stream.end();
  }
  const other = session(input.port);
  expect(statusOf(await call(other, framed(REQUEST)))).toBe('0');
  expect(consumer.taken.every(({ records }) => records.length === 1)).toBe(true);
});

import { readFileSync } from 'node:fs';
import { constants, connect as http2, type OutgoingHttpHeaders } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { seeded } from '../support/chance.ts';
import { Longshore } from '../support/longshore.ts';

/*
 * The doors of senders in a started service, locked with tokens, while a good sender goes on beside whatever is said there.
 */

const TOKEN = 'a-token-for-senders';
const OTHER = 'a-token-for-readers';
const EXPORT = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
const MAX_MEMORY = 900 * 1024 * 1024;

let longshore: Longshore;
let grpc: string;
let otlp: string;
beforeAll(async () => {
  const tokens = `[{name: good, token: ${TOKEN}, scopes: [ingest]}, {name: team, token: ${OTHER}, scopes: [read]}]`;
  const own = `{address: '127.0.0.1:0', http_address: '127.0.0.1:0', tokens: [{name: good, token: ${TOKEN}}]}`;
  longshore = await Longshore.start({
    set: {
      ...{ 'http.tokens': tokens, 'inputs.otlp': own },
      ...{ 'http.max_body_bytes': '3000000', 'http.max_events_per_request': '2000' },
    },
  });
  const { port, http_port } = JSON.parse(longshore.log.find(line => line.includes('"room":"inputs.otlp"'))!) as {
    port: number;
    http_port: number;
  };
  grpc = `http://127.0.0.1:${port}`;
  otlp = `http://127.0.0.1:${http_port}`;
}, 120_000);
afterAll(() => longshore?.remove());

interface Said {
  path: string;
  type?: string;
  body: string | Buffer;
}
const BULK = '{"create":{"_index":"a"}}\n{"case":"bad"}\n';
const PUSH = JSON.stringify({ streams: [{ stream: { case: 'bad' }, values: [['1', 'x']] }] });
const LOGS = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"}}]}]}]}';
const ALERTS = '{"alerts":[{"status":"firing","labels":{"alertname":"bad"},"startsAt":"2026-11-20T13:00:00Z"}]}';
const DOORS: readonly Said[] = [
  { path: '/api/logs?tag=x', type: 'application/json', body: '[{"case":"bad"},{"b":{"c":[1,null]}}]' },
  { path: '/x', type: 'application/x-ndjson', body: '{"case":"bad"}\n{"b":\n{"c":1}{"d":2}\n' },
  { path: '/x', type: 'application/msgpack', body: Buffer.from('81a463617365a362616492cb41d8000000000000c0', 'hex') },
  { path: '/gelf', body: '{"version":"1.1","short_message":"bad","_case":"bad"}' },
  { path: '/_bulk', body: BULK },
  { path: '/a/_bulk', body: BULK },
  { path: '/a/_doc', body: '{"case":"bad"}' },
  { path: '/a/_create/1', body: '{"case":"bad"}' },
  { path: '/services/collector', body: '{"event":{"case":"bad"},"time":1}{"event":"x"}' },
  { path: '/services/collector/event/1.0', body: '{"event":"x","fields":{"case":"bad"}}' },
  { path: '/services/collector/raw', body: 'bad\nworse' },
  { path: '/loki/api/v1/push', type: 'application/json', body: PUSH },
  { path: '/api/prom/push', type: 'application/x-protobuf', body: Buffer.from('0a00', 'hex') },
  { path: '/webhooks/alertmanager', type: 'application/json', body: ALERTS },
  { path: '/webhooks/gitlab', type: 'application/json', body: '{"object_kind":"deployment","status":"success"}' },
  { path: '/metrics/job/x', body: 'a{case="bad"} 1\nb 2\n' },
  { path: '/v1/logs', type: 'application/json', body: LOGS },
  { path: '/v1/logs', type: 'application/x-protobuf', body: Buffer.from('0a061204120022020a00', 'hex') },
];

const post = (said: Said, headers: Record<string, string> = {}, base = longshore.url, method = 'POST') =>
  fetch(base + said.path, {
    method,
    headers: { ...(said.type === undefined ? {} : { 'content-type': said.type }), ...headers },
    body: said.body as NonNullable<RequestInit['body']>,
  });
const withToken = { authorization: `Bearer ${TOKEN}` };

describe('without a token', () => {
  test.for(DOORS)('nothing is taken at $path ($type)', async said => {
    expect([401, 403]).toContain((await post(said)).status);
    for (const authorization of [
      'Bearer nope',
      `Bearer ${OTHER}`,
      'Splunk nope',
      `Basic ${btoa('x:nope')}`,
      'Basic =',
      'ApiKey =',
    ])
      expect([401, 403]).toContain((await post(said, { authorization })).status);
    if (said.path === '/v1/logs') expect((await post(said, {}, otlp)).status).toBe(401);
  });

  test.for([
    ['POST', '/services/collector/ack', 401],
    ['PUT', '/a', 401],
    ['PUT', '/_bulk', 401],
    ['GET', '/_license', 401],
    ['GET', '/_cluster/health', 401],
    ['PUT', '/_index_template/a', 401],
    // Nothing stands behind these: that somebody listens.
    ['OPTIONS', '/services/collector/event', 200],
    ['GET', '/services/collector/health', 200],
    ['GET', '/ready', 200],
  ] as const)('%s %s is answered %i', async ([method, path, status]) => {
    expect((await fetch(longshore.url + path, { method })).status).toBe(status);
  });

  test("a client of Elasticsearch gets no greeting; gRPC's hear UNAUTHENTICATED", async () => {
    const greet = (headers: Record<string, string>) =>
      fetch(longshore.url, { headers: { 'user-agent': 'elastic-transport', ...headers } });
    expect([
      (await greet({ accept: 'application/json' })).status,
      (await greet({ accept: 'application/json', ...withToken })).status,
    ]).toEqual([401, 200]);
    expect(await exported({})).toBe('16');
    expect(await exported({ authorization: `Bearer ${OTHER}` })).toBe('16');
    expect(await exported(withToken)).toBe('0');
  });
});

/** The `grpc-status` of one empty request. */
async function exported(headers: OutgoingHttpHeaders): Promise<string> {
  const session = http2(grpc);
  const stream = session.request({
    ':method': 'POST',
    ':path': EXPORT,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  const status = new Promise<string>((resolve, reject) => {
    for (const event of ['response', 'trailers'] as const)
      stream.on(
        event,
        (given: Record<string, unknown>) => given['grpc-status'] !== undefined && resolve(String(given['grpc-status'])),
      );
    stream.on('error', reject);
  });
  stream.end(Buffer.alloc(5));
  const given = await status;
  session.destroy();
  return given;
}

/** Sends one event after the other until it is told to stop; what was answered with 200. */
function goodSender(): { stop(): Promise<number[]>; answered(): number } {
  const taken: number[] = [];
  let isOver = false;
  const going = (async () => {
    for (let n = 0; !isOver; n++) {
      const response = await post(
        { path: '/api/logs?tag=good', type: 'application/json', body: JSON.stringify({ n }) },
        withToken,
      );
      if (response.status === 200) taken.push(n);
      await response.arrayBuffer();
    }
  })();
  const stop = async (): Promise<number[]> => {
    isOver = true;
    await going;
    return taken;
  };
  return { stop, answered: () => taken.length };
}

const memoryOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;

const raw = (text: string | Buffer, base: string): Socket => {
  const socket = connect(Number(new URL(base).port), '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  socket.on('error', () => {}).resume();
  socket.write(text);
  return socket;
};

test('whatever is said, the service lives, stays small, and the good sender loses nothing', {
  timeout: 120_000,
}, async () => {
  const good = goodSender();
  const statuses = new Set<number>();
  const say = async (said: Said, headers: Record<string, string> = {}, base?: string): Promise<number> => {
    const { status } = await post(said, { ...withToken, ...headers }, base);
    statuses.add(status);
    return status;
  };

  // Bytes overwritten, cut out and doubled, with seeds.
  for (let seed = 1; seed <= 120; seed++) {
    const random = seeded(seed);
    const said = DOORS[Math.floor(random() * DOORS.length)]!;
    const body = Buffer.from(said.body);
    for (let i = 0; i < 1 + random() * 4; i++) body[Math.floor(random() * body.length)] = Math.floor(random() * 256);
    await say(
      { ...said, body: Buffer.concat([body.subarray(0, random() * body.length), body]) },
      random() < 0.1 ? { 'content-encoding': 'gzip' } : {},
    );
  }

  // Bombs, a million levels, a million tiny events, a million names, names that lie.
  const bomb = gzipSync(Buffer.alloc(10_000_000, 0x20));
  const many = (text: string, count = 100_000): string => text.repeat(count);
  for (const said of DOORS) {
    if (said.path !== '/gelf')
      expect(await say({ ...said, body: bomb }, { 'content-encoding': 'gzip' })).toBe(
        said.type === 'application/x-protobuf' && said.path !== '/v1/logs' ? 400 : 413,
      );
    await say({ ...said, body: `${many('[')}${many(']')}` });
    await say({ ...said, body: `${many('{"a":')}1${many('}')}` });
  }
  for (const [path, body] of [
    ['/x', many('{}\n', 5000)],
    ['/x', `[${many('{},', 5000)}{}]`],
    ['/a/_bulk', many('{"create":{}}\n{}\n', 5000)],
    ['/services/collector/event', many('{"event":1}', 5000)],
    ['/services/collector/raw', many('a\n', 5000)],
    ['/loki/api/v1/push', `{"streams":[{"stream":{},"values":[${many('["1",""],', 5000)}["1",""]]}]}`],
    ['/v1/logs', `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${many('{},', 5000)}{}]}]}]}`],
  ] as const)
    expect(await say({ path, type: 'application/json', body }), path).toBe(413);
  for (const body of [many('[a] '), many('a=b '), many('"a":'), `{"event":"${many('\\ud800')}"}`])
    await say({ path: '/services/collector/raw', body });

  // Half requests, headers that are none.
  for (const base of [longshore.url, otlp]) {
    for (let i = 0; i < 150; i++)
      raw(
        [
          '',
          'POST /x HTTP/1.1\r\nhost: 127.0.0.1\r\n',
          `POST /v1/logs HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${TOKEN}\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{`,
        ][i % 3]!,
        base,
      );
    for (const head of [
      'content-length: -1',
      'content-length: 1\r\ntransfer-encoding: chunked',
      'transfer-encoding: nope',
      `x: ${'y'.repeat(100_000)}`,
      many('a: b\r\n', 5000),
      'host: 127.0.0.1\0',
    ])
      raw(`POST /x HTTP/1.1\r\nhost: 127.0.0.1\r\n${head}\r\n\r\nx`, base);
  }

  // HTTP/2: resets, settings and pings in floods, metadata without an end, streams that say nothing, another protocol.
  const session = http2(grpc);
  session.on('error', () => {}).setMaxListeners(0);
  onTestFinished(() => session.destroy());
  const request = (headers: OutgoingHttpHeaders = {}) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': EXPORT,
      'content-type': 'application/grpc',
      ...withToken,
      ...headers,
    });
    stream.on('error', () => {}).on('response', () => {});
    return stream;
  };
  for (let i = 0; i < 1000 && !session.destroyed; i++) request().close(constants.NGHTTP2_CANCEL);
  const others = Array.from({ length: 5 }, () => http2(grpc));
  for (const [i, other] of others.entries()) {
    onTestFinished(() => other.destroy());
    other.on('error', () => {}).setMaxListeners(0);
    for (let n = 0; n < 300 && !other.destroyed; n++) {
      if (i === 0) other.settings({ initialWindowSize: 1000 + n });
      else if (i === 1) other.ping(() => {});
      else
        other
          .request({
            ':method': 'POST',
            ':path': EXPORT,
            'content-type': 'application/grpc',
            x: 'y'.repeat(i === 2 ? 30_000 : 10),
          })
          .on('error', () => {});
    }
  }
  const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
  for (const frames of [
    many('\0\0\0\x04\0\0\0\0\0', 20_000),
    many('\0\0\x08\x06\0\0\0\0\0abcdefgh', 20_000),
    many('\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08', 20_000),
    `\0\x40\0\x01\0\0\0\0\x01${many('\0\x40\0\x09\0\0\0\0\x01', 50)}`,
    'GET / HTTP/1.1\r\n\r\n',
  ])
    raw(Buffer.from(preface + frames, 'latin1'), grpc);

  const before = good.answered();
  await vi.waitFor(() => expect(good.answered()).toBeGreaterThan(before + 10), { timeout: 30_000 });
  expect(await exported(withToken)).toBe('0');
  expect((await fetch(`${longshore.url}/healthz`)).status).toBe(200);
  const taken = await good.stop();
  expect([...statuses].filter(status => status >= 500)).toEqual([]);
  expect(longshore.process.exitCode).toBeNull();
  expect(memoryOf(longshore.process.pid!)).toBeLessThan(MAX_MEMORY);
  expect(longshore.log.filter(line => /"level":"(?:error|fatal)"/.test(line))).toEqual([]);
  const url = new URL('/api/search', longshore.url);
  url.search = new URLSearchParams({ query: 'tag:good', size: '1000' }).toString();
  const { total } = (await (await fetch(url, { headers: { authorization: `Bearer ${OTHER}` } })).json()) as {
    total: { value: number };
  };
  expect(total.value).toBe(taken.length);
});

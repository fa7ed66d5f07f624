import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { encodeMsgpack, eventTime } from '../../src/base/msgpack/write.ts';
import { bytesOf } from '../support/bytes.ts';
import { seeded } from '../support/chance.ts';
import { frameCases } from './forward/frame-cases.ts';
import { connectPeer, Sink, startInput, until } from './forward/support.ts';
import { served } from './http/support.ts';
import { snapped, writePush } from './loki/write.ts';
import { started } from './tcp-json/support.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../web/fixtures/localhost.${name}.pem`, import.meta.url));
const docker = { container_id: 'c'.repeat(64), container_name: '/web-1', source: 'stdout', log: '안녕 GET /' };
const entries = [1, 'text', null].flatMap(bad => [
  [eventTime(1000), docker],
  [bad, bad],
  [eventTime(2000), { ...docker, nested: { a: [1, { b: null }] } }],
]);
const packed = Buffer.concat(entries.map(entry => encodeMsgpack(entry)));
const json = JSON.stringify([docker, { a: [1, { b: 2 }] }, 'text', null]);
const gelf = '{"version":"1.1","host":"h","short_message":"m","_a":1}';

/** Things that peers say, each to the right door and to the wrong ones. */
const said: Buffer[] = [
  ...frameCases.map(({ frame }) => bytesOf(frame)),
  encodeMsgpack(['t', entries, { chunk: 'c' }]),
  encodeMsgpack(['t', packed, { chunk: 'c' }]),
  encodeMsgpack(['t', gzipSync(packed), { chunk: 'c', compressed: 'gzip' }]),
  encodeMsgpack(['t', zstdCompressSync(packed), { chunk: 'c', compressed: 'zstd' }]),
  Buffer.from(`["t",${json},{"chunk":"c"}]["t",1,{"a":1}]`),
  Buffer.from(`${gelf}\0${gelf}\0`),
  Buffer.from(`${json}\n{"a":1}{"b":2}{"c"`),
  Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n'),
  Buffer.from('16030100a5010000a10303', 'hex'),
];
const push = { streams: [{ stream: { app: 'a' }, values: [['1', 'x', { a: 'b' }]] }] };
for (const [type, body, path = '/t'] of [
  ['application/json', Buffer.from(json)],
  ['application/x-ndjson', Buffer.from('{"a":1}\n{"b":\n{"c":1}{"d":2}')],
  ['application/msgpack', packed],
  ['text/plain', Buffer.from('one\ntwo')],
  [
    'text/plain',
    Buffer.from('{"event":{"a":1},"fields":{"b":"c"}}{"event":"x","time":1}'),
    '/services/collector/event',
  ],
  ['application/json', Buffer.from(JSON.stringify(push)), '/loki/api/v1/push'],
  [
    'application/json',
    Buffer.from('{"alerts":[{"status":"firing","labels":{"alertname":"a"},"startsAt":"2026-11-20T13:00:00Z"}]}'),
    '/webhooks/alertmanager',
  ],
  ['text/plain', Buffer.from('# TYPE a gauge\na{b="c"} 1\n{"d e",f="g"} NaN 1 # {x="y"} 1\n'), '/metrics/job/x/y/z'],
  [
    'application/x-protobuf',
    snapped(writePush([{ labels: '{a="b"}', entries: [{ line: 'x' }] }])),
    '/loki/api/v1/push',
  ],
] as const) {
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n`;
  said.push(Buffer.concat([Buffer.from(head), body]));
}
for (const [path, body] of [
  [
    '_bulk',
    '{"create":{"_index":"a","_id":"1"}}\n{"a":1}\n{"index":{"_index":"b"}}\n{"b":[{}]}\n{"delete":{"_index":"a"}}\n',
  ],
  ['a/_bulk?filter_path=items.**,-took', '{"create":{}}\n{"a":1}\n'],
  ['a/_doc/1?op_type=create', '{"a":1}'],
  ['_template/x', '{"settings":{}}'],
] as const)
  said.push(Buffer.from(`POST /${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: ${body.length}\r\n\r\n${body}`));

/** Some bytes overwritten, cut out, doubled, or replaced by ones that lie. */
function mutate(bytes: Buffer, random: () => number): Buffer {
  let result = Buffer.from(bytes);
  const below = (limit: number) => Math.floor(random() * limit);
  for (let i = below(4); i > 0; i--) {
    const at = below(result.length + 1);
    const lie = Buffer.from(LIES[below(LIES.length)]!, 'latin1');
    const piece = [Buffer.of(below(256)), lie, Buffer.alloc(0), result.subarray(at, at + 40)][below(4)]!;
    result = Buffer.concat([result.subarray(0, at), piece, result.subarray(at + below(6))]);
  }
  return result;
}
const LIES = [
  '\xdb\xff\xff\xff\xff',
  '\xdd\xff\xff\xff\xff',
  '\xdf\x7f\xff\xff\xff',
  '\xc1',
  '\xc0',
  '{'.repeat(200),
  '['.repeat(200),
  '"',
  '\0',
  '\n',
  '}{',
  '\r\n\r\n',
  '\\ud800',
];

test('whatever is said to any door, a good peer beside it keeps its acknowledgements', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'longshore-hostile-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'in.sock');
  const sink = new Sink();
  const limits = { max_frame_bytes: 100_000, frame_timeout_ms: 300, handshake_timeout_ms: 300 };
  const forward = await startInput({ ...limits, unix_socket: path }, sink);
  const keyed = await startInput({ ...limits, shared_key: 'k' }, sink);
  const tls = { cert_file: fixture('cert'), key_file: fixture('key') };
  const secure = await startInput({ ...limits, tls }, sink);
  const tcp = await started(sink, { max_line_bytes: 10_000 });
  onTestFinished(() => tcp.stop(AbortSignal.abort()));
  const { app, url } = await served(sink);
  onTestFinished(() => app.close());
  const doors = [
    ...[forward.port, keyed.port, secure.port, tcp.port, Number(new URL(url).port)].map(port => ({
      port,
      host: '127.0.0.1',
    })),
    { path },
  ];

  const good = await connectPeer(forward.port);
  let sent = 0;
  let expected = Buffer.alloc(0);
  for (let seed = 1; seed <= 360; seed++) {
    const random = seeded(seed);
    const door = doors[seed % doors.length]!;
    const socket = connect(door);
    socket.on('error', () => {});
    socket.resume();
    await until('connected', () => !socket.connecting);
    const bytes = mutate(said[Math.floor(random() * said.length)]!, random);
    const cut = Math.floor(random() * bytes.length);
    socket.write(bytes.subarray(0, cut));
    if (random() < 0.2) 'path' in door ? socket.destroy() : socket.resetAndDestroy();
    else socket.end(bytes.subarray(cut));
    const chunk = `good-${sent++}`;
    good.send(encodeMsgpack(['good', 1, { chunk }, { chunk }]));
    expected = Buffer.concat([expected, encodeMsgpack({ ack: chunk })]);
  }
  await until('all acknowledgements', () => good.receivedBytes >= expected.length);
  expect(good.received.equals(expected)).toBe(true);
  expect(good.isClosed).toBe(false);
  expect(sink.frames.filter(({ tag }) => tag === 'good').length).toBe(sent);
  for (const { times, records } of sink.frames) expect(times.length).toBe(records.length);

  // The other doors serve, too.
  const line = connect(tcp.port, '127.0.0.1');
  line.end('{"still":"here"}\n');
  await until('the line', () => sink.frames.some(({ records }) => records[0]?.['still'] === 'here'));
  const response = await fetch(`${url}/still.here`, {
    method: 'POST',
    body: '{"a":1}',
    headers: { 'content-type': 'application/json' },
  });
  expect(await response.json()).toEqual({ accepted: 1 });
});

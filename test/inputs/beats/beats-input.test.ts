import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ByteBudget } from '../../../src/base/flow/byte-budget.ts';
import { withDefaults } from '../../../src/base/options.ts';
import { LongshoreError } from '../../../src/core/errors.ts';
import { registry } from '../../../src/core/metrics.ts';
import { BeatsInput } from '../../../src/inputs/beats/beats-input.ts';
import { BeatsConnection } from '../../../src/inputs/beats/connection.ts';
import { type BeatsInputOptions, beatsInputSchema } from '../../../src/inputs/beats/options.ts';
import { seeded } from '../../support/chance.ts';
import { connected, FakeConsumer, gate } from '../tcp-json/support.ts';
import { ack, filebeatEvent, jsonFrame, packedFrame, pairsFrame, sentWindow, windowFrame } from './frames.ts';

class MessageTaker extends FakeConsumer {
  readonly takesMessages = true;
}

const make = (consumer: FakeConsumer, given: Partial<BeatsInputOptions> = {}): BeatsInput =>
  new BeatsInput(withDefaults(beatsInputSchema, { address: '127.0.0.1:0', ...given }), consumer);

async function started(consumer: FakeConsumer, given?: Partial<BeatsInputOptions>): Promise<BeatsInput> {
  const input = make(consumer, given);
  await input.start();
  onTestFinished(() => input.stop(AbortSignal.abort()));
  return input;
}

/** What a peer has heard, and whether its connection has ended. */
class Heard {
  bytes = Buffer.alloc(0);
  isClosed = false;

  constructor(socket: Socket) {
    socket.on('data', read => {
      this.bytes = Buffer.concat([this.bytes, read]);
    });
    socket.on('close', () => {
      this.isClosed = true;
    });
    onTestFinished(() => {
      socket.destroy();
    });
  }

  get acks(): number[] {
    return Array.from({ length: this.bytes.length / 6 }, (_, i) => this.bytes.readUInt32BE(i * 6 + 2));
  }
}

async function peer(input: BeatsInput): Promise<{ socket: Socket; heard: Heard }> {
  const socket = await connected(input.port);
  return { socket, heard: new Heard(socket) };
}

const events = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => filebeatEvent(`line ${from + i}`, (from + i) * 10));
const textsOf = (consumer: FakeConsumer): unknown[] => consumer.records.map(({ message }) => message);
const lines = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => `line ${from + i}`);
const refusal = (retryable: boolean) => new LongshoreError('LS_SPOOL_FULL', 'The spool is full.', { retryable });

async function errorsOf(reason: string): Promise<number> {
  const { values } = await registry.getSingleMetric('longshore_beats_errors_total')!.get();
  return values.find(({ labels }) => (labels as { reason?: string }).reason === reason)?.value ?? 0;
}

test('a window is acknowledged when all of it is durable, and not before', async () => {
  const consumer = new MessageTaker();
  const durable = gate();
  consumer.policy = () => durable.promise;
  const { socket, heard } = await peer(await started(consumer));
  socket.write(sentWindow(events(3)));
  await vi.waitFor(() => expect(consumer.frames.length).toBe(1));
  expect(heard.acks).toEqual([]);
  durable.resolve();
  await vi.waitFor(() => expect(heard.bytes).toEqual(ack(3)));
  const [frame] = consumer.taken;
  expect(frame).toMatchObject({ source: 'beats', sender: '127.0.0.1', tag: 'beats', isMessages: true });
  expect(frame!.times).toEqual(Array(3).fill(Date.UTC(2026, 10, 20, 13, 55, 36, 123)));
  expect(new Set(frame!.chunkIds).size).toBe(3);
});

test('where messages are taken one by one, each has its id', async () => {
  const consumer = new FakeConsumer();
  const { socket, heard } = await peer(await started(consumer));
  socket.write(sentWindow(events(3)));
  await vi.waitFor(() => expect(heard.acks).toEqual([3]));
  expect(textsOf(consumer)).toEqual(lines(3));
  expect(new Set(consumer.taken.map(({ chunkId }) => chunkId)).size).toBe(3);
});

test('events that nothing tells from others are taken together, without ids', async () => {
  const consumer = new MessageTaker();
  const { socket, heard } = await peer(await started(consumer));
  socket.write(sentWindow([...events(2), { message: 'line 2' }, { message: 'line 3' }, ...events(1, 4)]));
  await vi.waitFor(() => expect(heard.acks).toEqual([5]));
  expect(textsOf(consumer)).toEqual(lines(5));
  expect(consumer.taken.map(({ chunkIds }) => chunkIds?.length)).toEqual([2, undefined, 1]);
});

test('windows under way at the same time are acknowledged in their order', async () => {
  const consumer = new MessageTaker();
  const gates = [gate(), gate(), gate()];
  consumer.policy = (_, call) => gates[call - 1]!.promise;
  const { socket, heard } = await peer(await started(consumer));
  socket.write(Buffer.concat([sentWindow(events(2)), sentWindow(events(3, 2)), sentWindow(events(1, 5))]));
  await vi.waitFor(() => expect(consumer.frames.length).toBe(3));
  gates[2]!.resolve();
  gates[1]!.resolve();
  await vi.waitFor(() => expect(consumer.taken.length).toBe(2));
  expect(heard.acks).toEqual([]);
  gates[0]!.resolve();
  await vi.waitFor(() => expect(heard.acks).toEqual([2, 3, 1]));
});

test('a slow window is kept alive with what is durable of it', async () => {
  const { port, connections } = await bareServer();
  const consumer = connections.consumer;
  const gates = [gate(), gate(), gate()];
  consumer.policy = (_, call) => gates[call - 1]!.promise;
  const socket = connect(port, '127.0.0.1');
  const heard = new Heard(socket);
  socket.write(sentWindow(events(2500)));
  await vi.waitFor(() => expect(consumer.frames.length).toBe(3));
  const [connection] = connections.all;
  const later = performance.now() + 5100;
  connection!.check(performance.now());
  connection!.check(later);
  await vi.waitFor(() => expect(heard.acks).toEqual([0]));
  gates[0]!.resolve();
  await vi.waitFor(() => expect(consumer.taken.length).toBe(1));
  connection!.check(later + 5100);
  await vi.waitFor(() => expect(heard.acks).toEqual([0, 1000]));
  gates[2]!.resolve();
  gates[1]!.resolve();
  await vi.waitFor(() => expect(heard.acks).toEqual([0, 1000, 2500]));
  connection!.check(later + 60_000);
  expect(connection!.isOpen).toBe(true);
});

test('what takes too long ends: a frame that does not come whole, and silence where a limit is set', async () => {
  const { port, connections } = await bareServer({ idleTimeoutMs: 1000 });
  const slow = connect(port, '127.0.0.1');
  slow.write(windowFrame(1).subarray(0, 3));
  await vi.waitFor(() => expect(connections.all[0]?.heldBytes).toBe(3));
  connections.all[0]!.check(performance.now() + 100_000);
  expect(connections.all[0]!.isOpen).toBe(true);
  connections.all[0]!.check(performance.now() + 121_000);
  expect(connections.ended).toEqual(['frame_timeout']);
  const silent = connect(port, '127.0.0.1');
  await vi.waitFor(() => expect(connections.all.length).toBe(2));
  connections.all[1]!.check(performance.now() + 1100);
  expect(connections.ended).toEqual(['frame_timeout', 'idle_timeout']);
  await Promise.all([slow, silent].map(socket => socket.resume().destroyed || once(socket, 'close')));
});

test('a refusal ends the connection; what is durable is told before', async () => {
  const consumer = new MessageTaker();
  consumer.policy = async (_, call) => {
    if (call === 2) throw refusal(true);
  };
  const { socket, heard } = await peer(await started(consumer));
  socket.write(sentWindow(events(1500)));
  await vi.waitFor(() => expect(heard.isClosed).toBe(true));
  expect(heard.acks).toEqual([1000]);
  expect(textsOf(consumer)).toEqual(lines(1000));
});

test('a refusal for good: what stands before the event at fault is taken and acknowledged', async () => {
  const consumer = new MessageTaker();
  consumer.policy = async ({ records }) => {
    if (records.some(({ message }) => message === 'line 3')) throw refusal(false);
  };
  const { socket, heard } = await peer(await started(consumer));
  socket.write(sentWindow(events(6)));
  await vi.waitFor(() => expect(heard.isClosed).toBe(true));
  expect(heard.acks).toEqual([3]);
  expect(textsOf(consumer)).toEqual(lines(3));
});

test('a window that is sent again has the same ids, whatever its shape', async () => {
  const consumer = new MessageTaker();
  const input = await started(consumer);
  for (const sent of [sentWindow(events(5)), sentWindow(events(5).reverse())]) {
    const { socket, heard } = await peer(input);
    socket.write(sent);
    await vi.waitFor(() => expect(heard.acks).toEqual([5]));
  }
  const [first, second] = consumer.taken;
  expect(second!.chunkIds!.toReversed()).toEqual(first!.chunkIds);
});

test('version 1 is acknowledged in its own words', async () => {
  const consumer = new MessageTaker();
  const { socket, heard } = await peer(await started(consumer));
  socket.write(
    Buffer.concat([windowFrame(2, 1), pairsFrame(8, { line: 'line 0' }), pairsFrame(9, { line: 'line 1' })]),
  );
  await vi.waitFor(() => expect(heard.bytes).toEqual(ack(9, 1)));
  expect(textsOf(consumer)).toEqual(lines(2));
});

test('a peer that ends its side still hears its acknowledgement', async () => {
  const consumer = new MessageTaker();
  const durable = gate();
  consumer.policy = () => durable.promise;
  const { socket, heard } = await peer(await started(consumer));
  socket.end(sentWindow(events(2)));
  await vi.waitFor(() => expect(consumer.frames.length).toBe(1));
  durable.resolve();
  await vi.waitFor(() => expect(heard.isClosed).toBe(true));
  expect(heard.acks).toEqual([2]);
});

test('an orderly stop acknowledges what was taken', async () => {
  const consumer = new MessageTaker();
  const durable = gate();
  consumer.policy = () => durable.promise;
  const input = await started(consumer);
  const { socket, heard } = await peer(input);
  socket.write(Buffer.concat([sentWindow(events(2)), windowFrame(9), jsonFrame(1, events(1)[0])]));
  await vi.waitFor(() => expect(consumer.frames.length).toBe(2));
  const stopped = input.stop(AbortSignal.timeout(40_000));
  durable.resolve();
  await stopped;
  await vi.waitFor(() => expect(heard.isClosed).toBe(true));
  expect(heard.acks).toEqual([2, 1]);
});

test('reading stops while events wait to become durable, and every sender has its turn', async () => {
  const consumer = new MessageTaker();
  const durable = gate();
  consumer.policy = () => durable.promise;
  const input = await started(consumer, { max_unacked_bytes: 65_536 });
  const windows = 4;
  const size = 300;
  const peers = await Promise.all(Array.from({ length: 5 }, () => peer(input)));
  for (const [p, { socket }] of peers.entries()) {
    for (let w = 0; w < windows; w++) {
      const padded = events(size, w * size).map(event => ({ ...event, peer: p, padding: 'x'.repeat(200) }));
      socket.write(sentWindow(padded));
    }
  }
  let seen = 0;
  await vi.waitFor(() => {
    const before = seen;
    seen = consumer.frames.length;
    expect(seen).toBeGreaterThan(0);
    expect(seen).toBe(before);
  });
  // One run of each peer at the most goes over the limit.
  expect(seen).toBeLessThanOrEqual(peers.length + 1);
  durable.resolve();
  for (const { heard } of peers) await vi.waitFor(() => expect(heard.acks).toEqual(Array(windows).fill(size)));
  for (const p of peers.keys()) {
    const ours = consumer.records.filter(record => record['peer'] === p).map(({ message }) => message);
    expect(ours).toEqual(lines(windows * size));
  }
  const [unacked] = (await registry.getSingleMetric('longshore_beats_unacked_bytes')!.get()).values;
  expect(unacked!.value).toBe(0);
});

test('TLS, and client certificates where they are required', async () => {
  const file = (name: string) => fileURLToPath(new URL(`../forward/tls/${name}.pem`, import.meta.url));
  const consumer = new MessageTaker();
  const tls = {
    cert_file: file('server'),
    key_file: file('server-key'),
    ca_file: file('ca'),
    require_client_cert: true,
  };
  const input = await started(consumer, { tls });
  const before = await errorsOf('tls_failed');
  const plain = await peer(input);
  plain.socket.write(sentWindow(events(1)));
  const own = { port: input.port, host: '127.0.0.1', rejectUnauthorized: false };
  const stranger = connectTls(own).on('error', () => {});
  stranger.write(sentWindow(events(1)));
  await vi.waitFor(async () => expect(await errorsOf('tls_failed')).toBe(before + 2));
  const known = connectTls({ ...own, cert: readFileSync(file('client')), key: readFileSync(file('client-key')) });
  const heard = new Heard(known);
  known.write(sentWindow(events(2)));
  await vi.waitFor(() => expect(heard.acks).toEqual([2]));
  expect(textsOf(consumer)).toEqual(lines(2));
  stranger.destroy();
});

test('HTTP is told where it belongs', async () => {
  const { socket, heard } = await peer(await started(new MessageTaker()));
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  await vi.waitFor(() => expect(heard.isClosed).toBe(true));
  expect(heard.bytes.toString()).toMatch(/^HTTP\/1\.1 400 [\s\S]*output\.logstash/);
});

test('settings that would let anybody in, or cannot work', () => {
  const consumer = new FakeConsumer();
  const tls = { cert_file: 'c', key_file: 'k', require_client_cert: true };
  expect(() => make(consumer, { address: ':5044' })).toThrow('LS_INPUTS_ALLOW_REQUIRED');
  expect(() => make(consumer, { address: ':5044', tls: { ...tls, ca_file: 'a' } })).not.toThrow();
  expect(() => make(consumer, { tls })).toThrow('LS_INPUTS_NO_CA');
  expect(() => make(consumer, { address: 'nonsense' })).toThrow('LS_INPUTS_ADDRESS_INVALID');
  expect(() => make(consumer, { allow: ['nonsense'] })).toThrow('LS_INPUTS_NETWORK_INVALID');
});

test('connections above the limits are refused, and the others go on', async () => {
  const consumer = new MessageTaker();
  const input = await started(consumer, { max_connections: 3, max_connections_per_address: 2 });
  const peers = [await peer(input), await peer(input), await peer(input)];
  await vi.waitFor(() => expect(peers.some(({ heard }) => heard.isClosed)).toBe(true));
  const open = peers.filter(({ heard }) => !heard.isClosed);
  expect(open.length).toBe(2);
  for (const { socket } of open) socket.write(sentWindow(events(1)));
  for (const { heard } of open) await vi.waitFor(() => expect(heard.acks).toEqual([1]));
});

test('connections that never finish their TLS handshake are bounded', async () => {
  const file = (name: string) => fileURLToPath(new URL(`../forward/tls/${name}.pem`, import.meta.url));
  const tls = { cert_file: file('server'), key_file: file('server-key'), require_client_cert: false };
  const input = await started(new MessageTaker(), { tls, max_connections: 2 });
  const before = await errorsOf('too_many_connections');
  const peers = [await peer(input), await peer(input), await peer(input)];
  await vi.waitFor(() => expect(peers.filter(({ heard }) => heard.isClosed).length).toBe(1));
  expect(await errorsOf('too_many_connections')).toBe(before + 1);
});

test('whatever strangers say, a good peer beside them has its acknowledgements', async () => {
  const consumer = new MessageTaker();
  const input = await started(consumer, { max_frame_bytes: 65_536, max_connections: 50 });
  const good = await peer(input);
  const bomb = deflateSync(Buffer.alloc(3_000_000));
  const said = [
    sentWindow(events(3)),
    Buffer.concat([windowFrame(0xffffffff), packedFrame(jsonFrame(1, '{"a":'))]),
    Buffer.concat([windowFrame(2, 1), pairsFrame(1, { line: 'x' })]),
    Buffer.concat([windowFrame(1), Buffer.from(`3243${bomb.length.toString(16).padStart(8, '0')}`, 'hex'), bomb]),
    Buffer.concat(Array.from({ length: 2000 }, () => windowFrame(3))),
    packedFrame(packedFrame(sentWindow(events(1)))),
    Buffer.concat([windowFrame(0), windowFrame(1), jsonFrame(1, Buffer.from([0xff, 0xfe]))]),
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.from('16030100a5010000a10303', 'hex'),
  ];
  for (let seed = 1; seed <= 200; seed++) {
    const random = seeded(seed);
    const below = (limit: number): number => Math.floor(random() * limit);
    let bytes = Buffer.from(said[below(said.length)]!);
    for (let i = below(4); i > 0; i--) {
      const at = below(bytes.length + 1);
      const piece = [Buffer.of(below(256)), windowFrame(below(9)), bytes.subarray(at, at + 30), ack(1)][below(4)]!;
      bytes = Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + below(6))]);
    }
    const stranger = connect(input.port, '127.0.0.1').on('error', () => {});
    stranger.resume();
    stranger.write(bytes.subarray(0, below(bytes.length)));
    if (random() < 0.3) stranger.resetAndDestroy();
    else stranger.end();
    good.socket.write(sentWindow([{ good: seed }]));
  }
  await vi.waitFor(() => expect(good.heard.acks).toEqual(Array(200).fill(1)));
  const goods = consumer.records.map(record => record['good']).filter(n => n !== undefined);
  expect(goods).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
  for (const { times, records } of consumer.frames) expect(times.length).toBe(records.length);
});

/** Connections whose clock is the test's. */
async function bareServer(given: { idleTimeoutMs?: number } = {}) {
  const connections = { all: [] as BeatsConnection[], ended: [] as string[], consumer: new MessageTaker() };
  const context = {
    ...{ tag: 'beats', consumer: connections.consumer, maxFrameBytes: 4_000_000, idleTimeoutMs: 0, ...given },
    unacked: new ByteBudget(32_000_000),
    partialBytesChanged: () => {},
    ended: (_: string, reason: string) => connections.ended.push(reason),
    kept: () => {},
  };
  const server = createServer({ allowHalfOpen: true }, socket => {
    connections.all.push(new BeatsConnection(socket, 'peer', context, () => {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const connection of connections.all) connection.abandon();
    server.close();
  });
  return { port: (server.address() as { port: number }).port, connections };
}

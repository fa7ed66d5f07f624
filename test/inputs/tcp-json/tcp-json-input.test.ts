import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { LongshoreError } from '../../../src/core/errors.ts';
import { registry } from '../../../src/core/metrics.ts';
import { TcpJsonInput } from '../../../src/inputs/tcp-json/tcp-json-input.ts';
import { connected, FakeConsumer, gate, optionsOf, STOP_AT_ONCE, started } from './support.ts';

const inputs: TcpJsonInput[] = [];
async function start(...args: Parameters<typeof started>): Promise<TcpJsonInput> {
  const input = await started(...args);
  inputs.push(input);
  return input;
}
afterEach(async () => {
  for (const input of inputs.splice(0)) await input.stop(STOP_AT_ONCE);
});

const full = (): LongshoreError => new LongshoreError('LS_SPOOL_FULL', 'The spool is full.', { retryable: true });
const ended = (socket: { once(name: 'close', listener: () => void): unknown }) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once('close', () => resolve());
  return promise;
};
async function errorCount(reason: string): Promise<number> {
  const metric = await registry.getSingleMetric('longshore_tcp_json_errors_total')!.get();
  return metric.values.find(value => value.labels['reason'] === reason)?.value ?? 0;
}

test('the lines of one read are one frame', async () => {
  const consumer = new FakeConsumer();
  const input = await start(consumer, { tag: 'app' });
  const socket = await connected(input.port);
  const before = Date.now();
  socket.write('{"a":1}\n{"b":2}\nplain\n');
  await vi.waitFor(() => expect(consumer.taken).toHaveLength(1));
  const frame = consumer.taken[0]!;
  expect(frame).toMatchObject({
    source: 'tcp_json',
    sender: '127.0.0.1',
    tag: 'app',
    times: [NaN, NaN, NaN],
    bytes: 21,
  });
  expect(frame.chunkId).toBeUndefined();
  expect(frame.receivedAt).toBeGreaterThanOrEqual(before);
  expect(consumer.records).toEqual([{ a: 1 }, { b: 2 }, { message: 'plain' }]);
  socket.destroy();
});

test('a last line without newline counts, also when the connection is reset', async () => {
  const consumer = new FakeConsumer();
  const input = await start(consumer);
  const polite = await connected(input.port);
  polite.end('{"a":1}\n{"last":1}');
  await vi.waitFor(() => expect(consumer.records).toEqual([{ a: 1 }, { last: 1 }]));
  const rude = await connected(input.port);
  const bytes = async () => (await registry.getSingleMetric('longshore_tcp_json_bytes_total')!.get()).values[0]!.value;
  const before = await bytes();
  rude.write('{"rude":1}');
  await vi.waitFor(async () => expect(await bytes()).toBe(before + 10));
  rude.resetAndDestroy();
  await vi.waitFor(() => expect(consumer.records).toHaveLength(3));
});

test('after retryable refusals every line arrives once and in order', async () => {
  const consumer = new FakeConsumer();
  consumer.policy = (frame, call) => {
    // Hostile on purpose: the records belong to the consumer, even those that it refuses.
    if (call <= 3) {
      for (const record of frame.records) record['n'] = -1;
      return Promise.reject(full());
    }
    return Promise.resolve();
  };
  const input = await start(consumer);
  const socket = await connected(input.port);
  for (let n = 0; n < 50; n++) {
    socket.write(`{"n":${n}}\n`);
    if (n % 10 === 0) await vi.waitFor(() => expect(consumer.frames.length).toBeGreaterThan(0));
  }
  await vi.waitFor(() => expect(consumer.records).toHaveLength(50), 10_000);
  expect(consumer.records.map(record => record['n'])).toEqual(Array.from({ length: 50 }, (_, n) => n));
  expect(await errorCount('retry')).toBeGreaterThanOrEqual(3);
  socket.destroy();
});

test("an error that is nobody's verdict is tried again, a refusal for good is counted and the rest goes on", async () => {
  const consumer = new FakeConsumer();
  consumer.policy = async (frame, call) => {
    if (call === 1) throw new TypeError('a mistake');
    if (Object.hasOwn(frame.records[0]!, 'poison')) throw new LongshoreError('LS_SPOOL_TOO_LARGE', 'Never.');
  };
  const input = await start(consumer);
  const before = await errorCount('refused');
  const socket = await connected(input.port);
  socket.write('{"a":1}\n');
  await vi.waitFor(() => expect(consumer.taken).toHaveLength(1));
  socket.write('{"poison":1}\n');
  await vi.waitFor(async () => expect(await errorCount('refused')).toBe(before + 1));
  socket.write('{"b":1}\n');
  await vi.waitFor(() => expect(consumer.records).toEqual([{ a: 1 }, { b: 1 }]));
  socket.destroy();
});

test('reading pauses while too much is pending, and goes on when it is durable', async () => {
  const consumer = new FakeConsumer();
  const open = gate();
  consumer.policy = () => open.promise;
  const input = await start(consumer, { max_unacked_bytes: 65_536 });
  const socket = await connected(input.port);
  const line = `{"pad":"${'p'.repeat(1000)}"}\n`;
  const lines = 20_000;
  let written = 0;
  for (; written < lines; written++) socket.write(line);
  await vi.waitFor(() => expect(consumer.frames.length).toBeGreaterThan(0));
  // The kernel's buffers are full, the sender's queue is not moving: its length stays the same over many turns.
  await vi.waitFor(async () => {
    const length = socket.writableLength;
    for (let turn = 0; turn < 200; turn++) await new Promise(resolve => setImmediate(resolve));
    expect(socket.writableLength).toBe(length);
  });
  expect(socket.writableLength).toBeGreaterThan(1_000_000);
  const pending = consumer.frames.reduce((sum, frame) => sum + frame.bytes, 0);
  expect(pending).toBeLessThan(65_536 * 3);
  open.resolve();
  await vi.waitFor(() => expect(consumer.records).toHaveLength(lines), 10_000);
  socket.destroy();
});

test('another connection is not hurt by bad bytes', async () => {
  const consumer = new FakeConsumer();
  const input = await start(consumer, { max_line_bytes: 1000 });
  const good = await connected(input.port);
  good.write('{"good":1}\n');
  const bad = await connected(input.port);
  bad.write(Buffer.concat([Buffer.from([0xff, 0xfe, 0, 0x80, 0x0a]), Buffer.alloc(2_000_000, '[')]));
  bad.end();
  await ended(bad);
  good.write('{"good":2}\n');
  await vi.waitFor(() => expect(consumer.records.filter(record => 'good' in record)).toHaveLength(2));
  await vi.waitFor(() => {
    const cut = consumer.records.find(record => 'truncated_bytes' in record);
    expect(cut).toEqual({ message: '['.repeat(1000), truncated_bytes: 1_999_000 });
  });
  good.destroy();
});

test.for([
  ['HTTP', 'GET / HTTP/1.1\r\nhost: x\r\n\r\n', /^HTTP\/1\.1 400 .*inputs\.tcp_json.*http\.address/s],
  ['HTTP', 'POST /api/logs HTTP/1.1\r\ncontent-length: 7\r\n\r\n{"a":1}', /^HTTP\/1\.1 400 /],
  ['HTTP', 'HEAD /x?y=z HTTP/1.0\n\n', /^HTTP\/1\.1 400 /],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['TLS', Buffer.from('1603010200010001fc0303', 'hex'), /^$/],
  ['the forward protocol', Buffer.from('93a174018161'.concat('6b0a'), 'hex'), /^$/],
] as const)('%s is answered by the end of the connection', async ([, bytes, answer]) => {
  const before = await errorCount('other_protocol');
  const consumer = new FakeConsumer();
  const input = await start(consumer);
  const socket = await connected(input.port);
  let text = '';
  socket.on('data', data => {
    text += data.toString();
  });
  socket.write(bytes);
  await ended(socket);
  expect(text).toMatch(answer);
  expect(await errorCount('other_protocol')).toBe(before + 1);
  expect(consumer.frames).toHaveLength(0);
});

test.for(['GET / HTTP/1.1 200 12ms\n', 'POSTED x HTTP/1.1\n', 'GET the thing\n', '\u0093\n'])(
  '%j is a line of text',
  async line => {
    const consumer = new FakeConsumer();
    const input = await start(consumer);
    const socket = await connected(input.port);
    socket.end(line);
    await vi.waitFor(() => expect(consumer.records).toEqual([{ message: line.trim() }]));
  },
);

test('of many lines the one that is refused for good is set aside, and the others are taken', async () => {
  const consumer = new FakeConsumer();
  consumer.policy = async frame => {
    if (frame.records.some(record => Object.hasOwn(record, 'poison')))
      throw new LongshoreError('LS_SPOOL_TOO_LARGE', 'Never.');
  };
  const input = await start(consumer);
  const before = await errorCount('refused');
  const socket = await connected(input.port);
  socket.end(
    Array.from({ length: 50 }, (_, n) => `${JSON.stringify(n === 17 || n === 49 ? { poison: n } : { n })}\n`).join(''),
  );
  await vi.waitFor(() => expect(consumer.records).toHaveLength(48));
  await vi.waitFor(async () => expect(await errorCount('refused')).toBe(before + 2));
  expect(consumer.records.map(record => record['n']).sort()).toEqual(
    Array.from({ length: 50 }, (_, n) => n)
      .filter(n => n !== 17 && n !== 49)
      .sort(),
  );
});

test('what was read before the peer reset a paused connection is taken', async () => {
  const consumer = new FakeConsumer();
  const open = gate();
  consumer.policy = () => open.promise;
  const input = await start(consumer, { max_unacked_bytes: 65_536 });
  const before = await errorCount('socket');
  const blocker = await connected(input.port);
  blocker.write(`{"pad":"${'p'.repeat(70_000)}"}\n`);
  await vi.waitFor(() => expect(consumer.frames).toHaveLength(1));
  // The first read pauses it; Node reads one more ahead.
  const socket = await connected(input.port);
  socket.write('{"n":1}\n');
  await vi.waitFor(() => expect(consumer.frames).toHaveLength(2));
  socket.write('{"n":2}\n{"n":3}');
  await new Promise(resolve => setTimeout(resolve, 50));
  socket.resetAndDestroy();
  open.resolve();
  await vi.waitFor(async () => expect(await errorCount('socket')).toBe(before + 1));
  await vi.waitFor(() => expect(consumer.records.slice(1)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]));
  blocker.destroy();
});

test('one address cannot hold all connections', async () => {
  const consumer = new FakeConsumer();
  const input = await start(consumer, { max_connections_per_address: 1 });
  const before = await errorCount('too_many_connections_of_address');
  const first = await connected(input.port);
  first.write('{"a":1}\n');
  await vi.waitFor(() => expect(consumer.records).toHaveLength(1));
  const second = await connected(input.port);
  second.resume();
  await ended(second);
  expect(await errorCount('too_many_connections_of_address')).toBe(before + 1);
  first.end();
  await ended(first.resume());
  await vi.waitFor(async () => {
    const third = await connected(input.port);
    third.end('{"a":3}\n');
    expect(consumer.records).toContainEqual({ a: 3 });
  });
});

test('connections beyond the limit are closed', async () => {
  const consumer = new FakeConsumer();
  const input = await start(consumer, { max_connections: 2 });
  const before = await errorCount('too_many_connections');
  const first = await connected(input.port);
  const second = await connected(input.port);
  first.write('{"a":1}\n');
  second.write('{"a":2}\n');
  await vi.waitFor(() => expect(consumer.records).toHaveLength(2));
  const third = await connected(input.port);
  third.resume();
  await ended(third);
  expect(await errorCount('too_many_connections')).toBe(before + 1);
  first.end();
  await ended(first.resume());
  await vi.waitFor(async () => {
    const fourth = await connected(input.port);
    fourth.write('{"a":4}\n');
    fourth.end();
    expect(consumer.records).toContainEqual({ a: 4 });
  });
  second.destroy();
});

test('a silent connection is closed when asked for', async () => {
  const input = await start(new FakeConsumer(), { idle_timeout_ms: 50 });
  const socket = await connected(input.port);
  socket.resume();
  await ended(socket);
  expect(await errorCount('idle')).toBeGreaterThan(0);
});

describe('stop', () => {
  test('waits for what was read, the open line among it', async () => {
    const consumer = new FakeConsumer();
    const open = gate();
    consumer.policy = () => open.promise;
    const input = await start(consumer);
    const socket = await connected(input.port);
    socket.write('{"a":1}\n{"open":');
    await vi.waitFor(() => expect(consumer.frames).toHaveLength(1));
    let stopped = false;
    const stopping = input.stop(new AbortController().signal).then(() => {
      stopped = true;
    });
    await vi.waitFor(() => expect(consumer.frames).toHaveLength(2));
    expect(stopped).toBe(false);
    open.resolve();
    await stopping;
    expect(consumer.records).toEqual([{ a: 1 }, { message: '{"open":' }]);
  });

  test('still reads what has arrived in the kernel', async () => {
    const consumer = new FakeConsumer();
    const input = await start(consumer);
    const socket = await connected(input.port);
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.write('{"first":1}\n');
    await vi.waitFor(() => expect(consumer.taken).toHaveLength(1));
    socket.write('{"a":1}\n'.repeat(10_000), () => resolve());
    await promise;
    await input.stop(new AbortController().signal);
    expect(consumer.records).toHaveLength(10_001);
  });

  test('gives up at the deadline, twice is once, before start is nothing', async () => {
    const consumer = new FakeConsumer();
    consumer.policy = () => Promise.reject(full());
    const input = new TcpJsonInput(optionsOf(), consumer);
    await input.stop(STOP_AT_ONCE);
    const running = await start(consumer);
    const socket = await connected(running.port);
    socket.write('{"a":1}\n');
    await vi.waitFor(() => expect(consumer.frames.length).toBeGreaterThan(0));
    await running.stop(AbortSignal.timeout(50));
    await running.stop(AbortSignal.timeout(50));
    expect(await errorCount('abandoned')).toBeGreaterThan(0);
  });
});

describe('settings', () => {
  test('a wide address needs an allow-list', () => {
    expect(() => new TcpJsonInput(optionsOf({ address: '0.0.0.0:5000' }), new FakeConsumer())).toThrow(
      /LS_INPUTS_ALLOW_REQUIRED/,
    );
    expect(() => new TcpJsonInput(optionsOf({ address: ':5000' }), new FakeConsumer())).toThrow(
      /inputs\.tcp_json\.allow/,
    );
    expect(
      () => new TcpJsonInput(optionsOf({ address: ':5000', allow: ['10.0.0.0/8'] }), new FakeConsumer()),
    ).not.toThrow();
  });

  test.for(['10.0.0.0/33', '10.0.0', 'all', '10.0.0.0/8/8', '::/129', '10.0.0.0/'])('%s is not a network', network => {
    expect(() => new TcpJsonInput(optionsOf({ allow: [network] }), new FakeConsumer())).toThrow(
      /inputs\.tcp_json\.allow\[0\].*LS_INPUTS_NETWORK_INVALID/,
    );
  });

  test.for(['5000', 'localhost', '127.0.0.1:99999', ''])("'%s' is not an address", address => {
    expect(() => new TcpJsonInput(optionsOf({ address }), new FakeConsumer())).toThrow(/LS_INPUTS_ADDRESS_INVALID/);
  });

  test('a port in use names the setting', async () => {
    const input = await start(new FakeConsumer());
    const second = new TcpJsonInput(optionsOf({ address: `127.0.0.1:${input.port}` }), new FakeConsumer());
    await expect(second.start()).rejects.toThrow(/inputs\.tcp_json\.address: .*in use.*LS_INPUTS_ADDRESS_IN_USE/);
  });

  test('a unix socket beside the address; a dead one is replaced', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'longshore-tcp-'));
    const path = join(folder, 'in.sock');
    const consumer = new FakeConsumer();
    const input = await start(consumer, { unix_socket: path });
    const second = new TcpJsonInput(optionsOf({ unix_socket: path }), consumer);
    await expect(second.start()).rejects.toThrow(/inputs\.tcp_json\.unix_socket/);
    const socket = await connected(path);
    socket.end('{"via":"unix"}\n');
    await vi.waitFor(() => expect(consumer.taken[0]?.sender).toBe('unix'));
    await input.stop(STOP_AT_ONCE);
    await rm(folder, { recursive: true });
  });
});

test("a socket that is nobody's is not taken for dead while someone listens", async () => {
  const blocker = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  blocker.listen(0, '127.0.0.1', resolve);
  await promise;
  const { port } = blocker.address() as { port: number };
  const input = new TcpJsonInput(optionsOf({ address: `127.0.0.1:${port}` }), new FakeConsumer());
  await expect(input.start()).rejects.toThrow(LongshoreError);
  blocker.close();
});

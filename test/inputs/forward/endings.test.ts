import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { encodeMsgpack } from '../../../src/base/msgpack/write.ts';
import { LongshoreError } from '../../../src/core/errors.ts';
import type { ForwardInput } from '../../../src/inputs/forward/forward-input.ts';
import { bytesTotal } from '../../../src/inputs/forward/metrics.ts';
import type { ForwardInputOptions } from '../../../src/inputs/forward/options.ts';
import { connectPeer, errorCount, HeldSink, Peer, startInput, until } from './support.ts';

const FRAMES = 30;
/** Frames of about 1 kB without chunk ids: nobody sends them a second time. */
const message = (n: number) => encodeMsgpack(['t', 1, { n, pad: 'x'.repeat(1000) }]);
const messages = Buffer.concat(Array.from({ length: FRAMES }, (_, n) => message(n)));
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
/** Two frames fill it. */
const tight = { max_unacked_bytes_without_chunk: 2000 };
const file = (name: string) => fileURLToPath(new URL(`../../web/fixtures/localhost.${name}.pem`, import.meta.url));

class Numbers extends HeldSink {
  get numbers(): unknown[] {
    return this.frames.map(({ records }) => records[0]!['n']);
  }

  /** Everything becomes durable, as it comes, and each of `messages` is there once, in order. */
  async settleAll(): Promise<void> {
    await this.settleUntil(FRAMES);
    expect(this.numbers).toEqual(numbers(FRAMES));
  }

  /** Everything becomes durable, as it comes, until there are `count` frames. */
  async settleUntil(count: number): Promise<void> {
    await until(`${count} frames`, () => {
      for (const { resolve } of this.settle.splice(0)) resolve();
      return this.frames.length >= count;
    });
  }
}

const bytesRead = async () => (await bytesTotal.get()).values[0]?.value ?? 0;

/** A peer whose bytes have all been read, though most of its frames wait for the budget. */
async function pausedPeer(
  sink: Numbers,
  options: Partial<ForwardInputOptions> = {},
  bytes = messages,
): Promise<{ input: ForwardInput; peer: Peer }> {
  const input = await startInput({ ...tight, ...options }, sink);
  const peer = await connectPeer(input.port);
  const before = await bytesRead();
  peer.send(bytes);
  await until('all is read', async () => (await bytesRead()) === before + bytes.length);
  expect(sink.frames.length).toBeLessThan(10);
  return { input, peer };
}

describe('whole frames that were read are taken, though they had to wait', () => {
  const ways: [string, (options: { path: string }) => Partial<ForwardInputOptions>, (at: Place) => Promise<Peer>][] = [
    ['TCP', () => ({}), ({ port }) => connectPeer(port)],
    ['a unix socket', ({ path }) => ({ unix_socket: path }), ({ path }) => connectPeer({ path })],
    ['TLS', () => ({ tls: { cert_file: file('cert'), key_file: file('key') } }), ({ port }) => connectSecure(port)],
  ];
  test.for(ways)('when the peer closes right after its last one: %s', async ([, options, connect]) => {
    const before = await errorCount('truncated');
    const sink = new Numbers();
    const folder = mkdtempSync(join(tmpdir(), 'longshore-forward-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'in.sock');
    const { port } = await startInput({ ...tight, ...options({ path }) }, sink);
    const peer = await connect({ port, path });
    peer.socket.end(messages);
    await sink.settleAll();
    await peer.closed();
    expect(await errorCount('truncated')).toBe(before);
  });

  test('when the peer resets the connection', async () => {
    const before = await errorCount('socket');
    const sink = new Numbers();
    const { peer } = await pausedPeer(sink);
    peer.socket.resetAndDestroy();
    // The reset is noticed with the next read.
    await sink.settleAll();
    await until('it is noticed', async () => (await errorCount('socket')) === before + 1);
  });

  test('when the last one is cut off', async () => {
    const before = await errorCount('truncated');
    const sink = new Numbers();
    const { peer } = await pausedPeer(sink);
    peer.socket.end(message(99).subarray(0, 500));
    await sink.settleAll();
    await peer.closed();
    expect(await errorCount('truncated')).toBe(before + 1);
  });

  test.for([
    ['garbage', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['bad_tag', encodeMsgpack([1, 1, {}])],
    ['bad_compression', encodeMsgpack(['t', 'x', { compressed: 'gzip' }])],
    ['invalid_byte', Buffer.of(0x93, 0xc1)],
  ] as const)('when what follows is %s', async ([reason, bad]) => {
    const before = await errorCount(reason);
    const sink = new Numbers();
    const { peer } = await pausedPeer(sink, {}, Buffer.concat([messages, bad]));
    await sink.settleAll();
    await peer.closed();
    expect(await errorCount(reason)).toBe(before + 1);
  });

  test('when a frame among them is none: those behind it were read, too', async () => {
    const sink = new Numbers();
    const bad = encodeMsgpack(['t', [[1, {}]], { chunk: 5 }]);
    const { peer } = await pausedPeer(sink, {}, Buffer.concat([message(0), bad, message(1), bad, message(2)]));
    await sink.settleUntil(3);
    expect(sink.numbers).toEqual([0, 1, 2]);
    await peer.closed();
  });

  test('when one of them is not taken', async () => {
    const before = await errorCount('not_taken_permanent');
    const sink = new Numbers();
    const { peer } = await pausedPeer(sink);
    sink.settle.shift()!.reject(new LongshoreError('LS_SPOOL_FULL', 'never'));
    await sink.settleAll();
    await peer.closed();
    expect(await errorCount('not_taken_permanent')).toBe(before + 1);
  });

  test('when memory for frames that are not whole runs out', async () => {
    const before = await errorCount('partial_bytes_full');
    const sink = new Numbers();
    const { input, peer } = await pausedPeer(sink, { max_partial_bytes: 100_000 });
    const greedy = await connectPeer(input.port);
    greedy.send(encodeMsgpack(['t', 1, { pad: 'x'.repeat(400_000) }]).subarray(0, 300_000));
    await greedy.closed();
    expect(await errorCount('partial_bytes_full')).toBe(before + 1);
    await sink.settleAll();
    expect(peer.isClosed).toBe(false);
  });

  test('when the service stops', async () => {
    const sink = new Numbers();
    const { input } = await pausedPeer(sink);
    const stopped = input.stop(AbortSignal.timeout(5000));
    await sink.settleUntil(FRAMES);
    await stopped;
    expect(sink.numbers).toEqual(numbers(FRAMES));
  });

  test('when the service stops after the peer has gone', async () => {
    const sink = new Numbers();
    const { input, peer } = await pausedPeer(sink);
    const before = await errorCount('socket');
    peer.socket.resetAndDestroy();
    // Room for one more frame, so that it reads on and notices.
    await sink.settleUntil(20);
    let isStopped = false;
    const stopped = input.stop(AbortSignal.timeout(5000)).then(() => {
      isStopped = true;
    });
    expect(isStopped).toBe(false);
    await sink.settleUntil(FRAMES);
    await stopped;
    expect(sink.numbers).toEqual(numbers(FRAMES));
    expect(await errorCount('socket')).toBeLessThanOrEqual(before + 1);
  });
});

test('many senders without acknowledgements, each closing right after its lines, lose none', async () => {
  const sink = new Numbers();
  const { port } = await startInput({ ...tight, max_unacked_bytes: 20_000 }, sink);
  const peers = 40;
  for (let i = 0; i < peers; i++) (await connectPeer(port)).socket.end(messages);
  await sink.settleUntil(peers * FRAMES);
  const counts = new Map<unknown, number>();
  for (const n of sink.numbers) counts.set(n, (counts.get(n) ?? 0) + 1);
  expect([...counts.values()]).toEqual(numbers(FRAMES).map(() => peers));
});

interface Place {
  readonly port: number;
  readonly path: string;
}

async function connectSecure(port: number): Promise<Peer> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  const peer = new Peer(socket);
  onTestFinished(() => {
    socket.destroy();
  });
  await until('secure', () => socket.authorizationError !== null || socket.authorized);
  return peer;
}

describe('the TLS port', () => {
  const tls = { cert_file: file('cert'), key_file: file('key') };

  test.for([
    ['connect and close', (peer: Peer) => peer.socket.end()],
    ['connect, reset', (peer: Peer) => peer.socket.resetAndDestroy()],
    ['say nothing', () => {}],
    ['begin a handshake and close', (peer: Peer) => peer.socket.end(Buffer.from('160301020001000', 'hex'))],
    ['say something else', (peer: Peer) => peer.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'))],
  ] as const)('peers that %s leave room for others', async ([, act]) => {
    const sink = new Numbers();
    const { port } = await startInput({ tls, max_connections: 3, handshake_timeout_ms: 150 }, sink);
    for (let i = 0; i < 3; i++) act(await connectPeer(port));
    let peer: Peer | undefined;
    await until('a good peer is served', async () => {
      peer?.socket.destroy();
      peer = await Promise.race([
        connectSecure(port),
        new Promise<undefined>(resolve => setTimeout(() => resolve(undefined), 300)),
      ]).catch(() => undefined);
      return peer !== undefined && !peer.isClosed;
    });
    peer!.send(message(7));
    await sink.settleUntil(1);
    expect(sink.numbers).toEqual([7]);
  });
});

test('one address cannot hold all connections, and gets room back', async () => {
  const before = await errorCount('too_many_connections_of_address');
  const sink = new Numbers();
  const { port } = await startInput({ max_connections_per_address: 2 }, sink);
  const first = await connectPeer(port);
  const second = await connectPeer(port);
  first.send(message(1));
  second.send(message(2));
  await sink.settleUntil(2);
  const third = await connectPeer(port);
  await third.closed();
  expect(await errorCount('too_many_connections_of_address')).toBe(before + 1);
  const other = await connectPeer({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
  other.send(message(3));
  await sink.settleUntil(3);
  first.socket.destroy();
  await until('the room is back', async () => {
    const again = await connectPeer(port);
    again.send(message(4));
    await Promise.race([again.closed().catch(() => {}), until('taken', () => sink.frames.length > 3).catch(() => {})]);
    return sink.frames.length > 3;
  });
});

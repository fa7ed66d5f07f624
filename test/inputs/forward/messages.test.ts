import { expect, test } from 'vitest';
import { encodeMsgpack } from '../../../src/base/msgpack/write.ts';
import { LongshoreError } from '../../../src/core/errors.ts';
import type { Frame } from '../../../src/core/event.ts';
import { connectPeer, errorCount, HeldSink, Sink, startInput, until } from './support.ts';

class MessageSink extends Sink {
  readonly takesMessages = true;
}

const message = (n: number, chunk?: string, tag = 't') =>
  encodeMsgpack([tag, 1, { n }, ...(chunk === undefined ? [] : [{ chunk }])]);
const acks = (...chunks: string[]) => Buffer.concat(chunks.map(chunk => encodeMsgpack({ ack: chunk })));
const numbers = (frames: readonly Frame[]) => frames.map(({ records }) => records.map(({ n }) => n));
const broken = new LongshoreError('LS_INTAKE_FAILED', 'broken');

test('messages that came together are one frame, and are answered together', async () => {
  const sink = new MessageSink();
  const peer = await connectPeer((await startInput({}, sink)).port);
  peer.send(Buffer.concat(['a', 'b', 'c', 'd'].map((chunk, n) => message(n, chunk))));
  await until('the answers', () => peer.received.equals(acks('a', 'b', 'c', 'd')));
  expect(sink.frames).toMatchObject([
    { isMessages: true, chunkIds: ['a', 'b', 'c', 'd'], tag: 't', times: [1000, 1000, 1000, 1000] },
  ]);
  expect(sink.frames[0]!.bytes).toBe(4 * message(0, 'a').length);
  expect(numbers(sink.frames)).toEqual([[0, 1, 2, 3]]);
});

test('other frames and messages without an id are apart, in their order; other tags are not', async () => {
  const sink = new MessageSink();
  const peer = await connectPeer((await startInput({}, sink)).port);
  const entries = encodeMsgpack([
    't',
    [
      [1, { n: 4 }],
      [1, { n: 5 }],
    ],
  ]);
  const setAside = encodeMsgpack(['t', 1, 'no record']);
  peer.send(
    Buffer.concat([
      message(0),
      message(1),
      message(2, 'a'),
      message(3, 'b', 'u'),
      entries,
      message(6),
      setAside,
      message(7),
    ]),
  );
  await until('all of them', () => numbers(sink.frames).flat().length === 8);
  expect(numbers(sink.frames)).toEqual([[0, 1], [2, 3], [4, 5], [6], [7]]);
  expect(sink.frames.map(({ chunkIds }) => chunkIds)).toEqual([undefined, ['a', 'b'], undefined, undefined, undefined]);
  expect(sink.frames.map(({ tags }) => tags)).toEqual([undefined, ['t', 'u'], undefined, undefined, undefined]);
});

test('one that breaks what is behind the input does not keep the others of its read from being taken', async () => {
  const sink = new MessageSink();
  sink.consumeWith = async ({ records }) => {
    if (records.some(({ n }) => n === 1)) throw broken;
  };
  const peer = await connectPeer((await startInput({}, sink)).port);
  const before = await errorCount('not_taken_permanent');
  peer.send(Buffer.concat(['a', 'b', 'c', 'd'].map((chunk, n) => message(n, chunk))));
  await peer.closed();
  expect(peer.received).toEqual(acks('a', 'c', 'd'));
  expect(numbers(sink.frames)).toEqual([[0, 1, 2, 3], [0], [1], [2], [3]]);
  expect(sink.frames.slice(1).map(({ chunkId }) => chunkId)).toEqual(['a', 'b', 'c', 'd']);
  expect(await errorCount('not_taken_permanent')).toBe(before + 1);
});

test('a disk that is full for all of them ends the connection, and none is taken alone', async () => {
  const sink = new MessageSink();
  sink.consumeWith = () => Promise.reject(new LongshoreError('LS_SPOOL_FULL', 'full', { retryable: true }));
  const peer = await connectPeer((await startInput({}, sink)).port);
  peer.send(Buffer.concat([message(0, 'a'), message(1, 'b')]));
  await peer.closed();
  expect(peer.received.length).toBe(0);
  expect(sink.frames.length).toBe(1);
});

test('a broken frame behind messages ends the connection after these are answered', async () => {
  const sink = new MessageSink();
  const peer = await connectPeer((await startInput({}, sink)).port);
  peer.send(Buffer.concat([message(0, 'a'), message(1, 'b'), Buffer.of(0xc1)]));
  await peer.closed();
  expect(peer.received).toEqual(acks('a', 'b'));
});

test('reading pauses while too much waits, counted in the bytes of the messages', async () => {
  const sink = new (class extends HeldSink {
    readonly takesMessages = true;
  })();
  const { length } = message(0);
  const peer = await connectPeer((await startInput({ max_unacked_bytes_without_chunk: 3 * length }, sink)).port);
  peer.send(Buffer.concat(Array.from({ length: 10 }, (_, n) => message(n))));
  for (let taken = 3; taken < 10; taken += 3) {
    await until(`${taken} messages`, () => numbers(sink.frames).flat().length === taken);
    sink.settle.at(-1)!.resolve();
  }
  await until('all', () => numbers(sink.frames).flat().length === 10);
});

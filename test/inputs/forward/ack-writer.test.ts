import type { Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { encodeMsgpack } from '../../../src/base/msgpack/write.ts';
import { AckWriter } from '../../../src/inputs/forward/ack-writer.ts';
import { connectPeer, HeldSink, startInput, until } from './support.ts';

/** A writer on a socket that only notes what is written. */
function noted() {
  const written: string[] = [];
  const socket = { writable: true, write: (ack: Buffer) => written.push(ack.toString()) };
  return { written, writer: new AckWriter(socket as unknown as Socket) };
}

test('of two answers that are due together, the second comes a while later', async () => {
  const { writer, written } = noted();
  const marks = [writer.expect(), writer.expect()];
  const start = performance.now();
  writer.answer(Buffer.from('a'), marks[0]!);
  writer.answer(Buffer.from('b'), marks[1]!);
  expect(written).toEqual(['a']);
  await until('the second', () => written.length === 2);
  expect(written).toEqual(['a', 'b']);
  expect(performance.now() - start).toBeGreaterThan(3);
});

test('a peer with one frame in flight gets each answer at once', () => {
  const { writer, written } = noted();
  for (let i = 1; i <= 5; i++) {
    writer.answer(Buffer.from('a'), writer.expect());
    expect(written.length).toBe(i);
  }
});

test('a peer with many frames in flight gets its answers at once, in one write', async () => {
  const { writer, written } = noted();
  const marks = [writer.expect(), writer.expect(), writer.expect()];
  for (const mark of marks) writer.answer(Buffer.from('a'), mark);
  await until('the write', () => written.length > 0);
  expect(written).toEqual(['aaa']);
});

test('a third frame in flight sets the answer free that was held back', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { writer, written } = noted();
  const marks = [writer.expect(), writer.expect()];
  writer.answer(Buffer.from('a'), marks[0]!);
  writer.answer(Buffer.from('b'), marks[1]!);
  expect(written).toEqual(['a']);
  writer.expect();
  expect(written).toEqual(['a']);
  writer.expect();
  expect(written).toEqual(['a', 'b']);
});

test('an answer that is held back is written before the connection ends', async () => {
  const sink = new HeldSink();
  const peer = await connectPeer((await startInput({}, sink)).port);
  for (const chunk of ['a', 'b']) peer.send(encodeMsgpack(['t', 1, {}, { chunk }]));
  await until('both frames', () => sink.frames.length === 2);
  for (const { resolve } of sink.settle) resolve();
  peer.socket.end();
  await peer.closed();
  expect(peer.received).toEqual(Buffer.concat(['a', 'b'].map(chunk => encodeMsgpack({ ack: chunk }))));
});

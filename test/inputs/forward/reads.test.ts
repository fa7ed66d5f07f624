import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { ByteBudget } from '../../../src/base/flow/byte-budget.ts';
import { BufferPool } from '../../../src/base/forward/buffer-pool.ts';
import { FrameDecoder } from '../../../src/base/forward/frame.ts';
import { encodeMsgpack, eventTime } from '../../../src/base/msgpack/write.ts';
import type { Frame } from '../../../src/core/event.ts';
import { ForwardConnection } from '../../../src/inputs/forward/connection.ts';
import { forwardSettings } from '../../../src/inputs/forward/options.ts';
import { DOCKER_FORM } from '../../../src/inputs/forward/record-form.ts';
import { seeded } from '../../support/chance.ts';
import { Sink, until } from './support.ts';

/** A socket without a network: the test says what each read brings. */
class FakeSocket extends EventEmitter {
  readonly writable = true;
  readonly writableNeedDrain = false;
  readonly destroyed = false;
  readonly written: Buffer[] = [];

  write(bytes: Buffer): boolean {
    this.written.push(Buffer.from(bytes));
    return true;
  }

  pause(): void {}
  resume(): void {}

  destroySoon(): void {
    this.emit('close');
  }
}

/** What a consumer gets of these reads, event by event, and what the peer gets. */
async function taken(reads: readonly Buffer[], takesMessages: boolean) {
  const sink = Object.assign(new Sink(), { takesMessages });
  const socket = new FakeSocket();
  const ended: string[] = [];
  let isClosed = false;
  new ForwardConnection(
    socket as unknown as Socket,
    { address: '127.0.0.1', needsHandshake: false, acceptsParsed: false },
    {
      settings: forwardSettings(),
      consumer: sink,
      decoder: new FrameDecoder(forwardSettings(), DOCKER_FORM),
      pool: new BufferPool(),
      unacked: new ByteBudget(32e6),
      handshake: undefined,
      partialBytesChanged: () => {},
      ended: (_, reason) => ended.push(reason),
      setAside: (_, tag, { total }) => ended.push(`${total} of ${tag}`),
      notTrusted: () => {},
      closed: () => {
        isClosed = true;
      },
    },
  );
  for (const read of reads) {
    socket.emit('data', Buffer.from(read));
    // As between two reads.
    await new Promise(resolve => setImmediate(resolve));
  }
  socket.emit('end');
  await until('the end', () => isClosed);
  return {
    events: sink.frames.flatMap(eventsOf),
    frames: sink.frames,
    answers: answersOf(Buffer.concat(socket.written)),
    ended,
  };
}

/** In no order: a frame with nothing to make durable is answered before those that wait for the disk. */
const answersOf = (bytes: Buffer) => bytes.toString('latin1').split('\x81\xa3ack').sort();

const eventsOf = ({ tag, tags, chunkId, chunkIds, records, times, receivedAt: _, ...rest }: Frame) =>
  records.map((record, i) => ({
    ...{ tag: tags === undefined ? tag : tags[i], chunk: chunkIds === undefined ? chunkId : chunkIds[i] },
    ...{ record: { ...record }, time: times[i], sender: rest.sender, pipeline: rest.pipeline },
  }));

function cut(bytes: Buffer, random: () => number, most: number): Buffer[] {
  const reads: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const to = Math.min(bytes.length, at + 1 + Math.floor(random() * most));
    reads.push(bytes.subarray(at, to));
    at = to;
  }
  return reads;
}

test('whatever each read brings, the events, their tags and ids and the answers are those of frames one by one', async () => {
  let together = 0;
  let manyTags = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const random = seeded(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const isAsking = random() < 0.5;
    let n = 0;
    const record = () =>
      pick<() => unknown>([
        () => ({ container_id: `c${n % 3}`, container_name: `/n${n % 5}`, source: 'stdout', log: `line ${n++}` }),
        () => ({ log: 'é'.repeat(n % 40), n: n++, more: { a: [1, { b: 2 }] } }),
        () => ({ log: Buffer.of(0x61, 0xff), n: n++ }),
        () => ({ partial_message: 'true', partial_id: 'p', log: Buffer.of(0xc3), n: n++ }),
        () => ({}),
        () => (random() < 0.2 ? 'no record' : { n: n++ }),
      ])();
    const time = () => pick([1, 1.5, eventTime(1_700_000_000_123), null]);
    const frames = Array.from({ length: 40 }, () => {
      const tag = pick(['docker.a', 'docker.b', 'c']);
      const chunk = pick([`id${n}`, `é${n}`, Buffer.from(`b${n}`), 'x'.repeat(50)]);
      const option = random() < (isAsking ? 0.9 : 0.1) ? [{ chunk }] : pick([[], [], [{}], [null], [{ chunk: '' }]]);
      if (random() < 0.1)
        return encodeMsgpack([
          tag,
          [
            [1, record()],
            [2, record()],
          ],
          ...option,
        ]);
      if (random() < 0.05) return encodeMsgpack(null);
      if (random() < 0.05) return encodeMsgpack([tag, 1, record(), { size: 1, ...option[0] }]);
      return encodeMsgpack([tag, time(), record(), ...option]);
    });
    // Some end in what is no frame.
    if (random() < 0.3) frames.push(Buffer.of(0xc1));
    const bytes = Buffer.concat(frames);
    const plain = await taken(frames, false);
    for (const most of [bytes.length * 2, 700, 60]) {
      const got = await taken(cut(bytes, random, most), true);
      expect(got.events).toEqual(plain.events);
      expect(got.answers).toEqual(plain.answers);
      expect(got.ended).toEqual(plain.ended);
      together += plain.frames.length - got.frames.length;
      manyTags += got.frames.filter(({ tags }) => tags !== undefined).length;
    }
  }
  expect(together).toBeGreaterThan(1000);
  expect(manyTags).toBeGreaterThan(200);
});

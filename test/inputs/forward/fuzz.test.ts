import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { FrameError } from '../../../src/base/forward/errors.ts';
import { FrameDecoder } from '../../../src/base/forward/frame.ts';
import { MsgpackError } from '../../../src/base/msgpack/msgpack.ts';
import { encodeMsgpack, eventTime } from '../../../src/base/msgpack/write.ts';
import type { Fields } from '../../../src/core/event.ts';
import { forwardSettings } from '../../../src/inputs/forward/options.ts';
import { DOCKER_FORM } from '../../../src/inputs/forward/record-form.ts';
import { bytesOf } from '../../support/bytes.ts';
import { seeded } from '../../support/chance.ts';
import { frameCases } from './frame-cases.ts';
import { connectPeer, Sink, startInput, until } from './support.ts';

const docker = { container_id: 'c'.repeat(64), container_name: '/web-1', source: 'stdout', log: '안녕 GET /' };
const entries = Array.from({ length: 20 }, (_, i) => [eventTime(i * 1000), { ...docker, i, nested: { a: [i] } }]);
const packed = Buffer.concat(entries.map(entry => encodeMsgpack(entry)));
const seeds: Buffer[] = [
  ...frameCases.map(({ frame }) => bytesOf(frame)),
  encodeMsgpack(['t', 1, docker, { chunk: 'c' }]),
  encodeMsgpack(['t', entries, { chunk: 'c' }]),
  encodeMsgpack(['t', packed, { chunk: 'c' }]),
  encodeMsgpack(['t', gzipSync(packed), { chunk: 'c', compressed: 'gzip' }]),
];

/** Some bytes overwritten, cut out, doubled, or replaced by headers that lie. */
function mutate(frame: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(frame);
  const below = (limit: number) => Math.floor(random() * limit);
  for (let i = 1 + below(4); i > 0; i--) {
    const at = below(bytes.length + 1);
    const cut = below(6);
    const inserted = LIES[below(LIES.length)]!;
    const piece = [Buffer.of(below(256)), inserted, Buffer.alloc(0), bytes.subarray(at, at + 20)][below(4)]!;
    bytes = Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + cut)]);
  }
  return bytes;
}
const LIES = [
  'dbffffffff',
  'ddffffffff',
  'dfffffffff',
  'c6ffffffff',
  'c9ffffffff00',
  'da',
  'c1',
  'd700',
  '9f',
  '8f',
].map(hex => Buffer.from(hex, 'hex'));

test('the decoder refuses or decodes whatever comes, and never lets a string through that is not well-formed', () => {
  const decoder = new FrameDecoder({ ...forwardSettings(), max_decompressed_bytes: 100_000 }, DOCKER_FORM);
  let decoded = 0;
  let refused = 0;
  for (let seed = 1; seed <= 15_000; seed++) {
    const random = seeded(seed);
    const bytes = mutate(seeds[seed % seeds.length]!, random);
    try {
      const frame = decoder.decode(bytes, 0, bytes.length);
      decoded++;
      if (frame === undefined) continue;
      expect(frame.times.length).toBe(frame.records.length);
      expect(frame.times.every(time => typeof time === 'number')).toBe(true);
      for (const record of frame.records) checkValue(record, Object.hasOwn(record, 'partial_message'));
    } catch (error) {
      if (!(error instanceof FrameError) && !(error instanceof MsgpackError)) throw error;
      refused++;
    }
  }
  expect(decoded).toBeGreaterThan(1000);
  expect(refused).toBeGreaterThan(1000);
});

test('bad frames end their own connection; a good peer beside them is served all the time', async () => {
  const sink = new Sink();
  const { port } = await startInput({ max_frame_bytes: 100_000, frame_timeout_ms: 200 }, sink);
  const good = await connectPeer(port);
  let sent = 0;
  for (let seed = 1; seed <= 150; seed++) {
    const random = seeded(seed);
    const peer = await connectPeer(port);
    peer.socket.end(mutate(seeds[Math.floor(random() * seeds.length)]!, random));
    good.send(encodeMsgpack(['good', 1, { n: sent++ }]));
    await peer.closed();
  }
  const numbers = () => sink.frames.filter(({ tag }) => tag === 'good').map(({ records }) => records[0]!['n']);
  await until('all good frames', () => numbers().length >= sent);
  expect(good.isClosed).toBe(false);
  expect(numbers()).toEqual(Array.from({ length: sent }, (_, i) => i));
});

function checkValue(value: unknown, mayBeBytes: boolean): void {
  if (typeof value === 'string') expect(value.isWellFormed()).toBe(true);
  else if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
  else if (Array.isArray(value)) for (const item of value) checkValue(item, false);
  else if (value instanceof Uint8Array) expect(mayBeBytes).toBe(true);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value as Fields)) {
      expect(key.isWellFormed()).toBe(true);
      checkValue(inner, mayBeBytes && key === 'log');
    }
  } else expect(value === null || typeof value === 'boolean').toBe(true);
}

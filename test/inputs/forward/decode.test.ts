import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { FrameDecoder } from '../../../src/base/forward/frame.ts';
import { encodeMsgpack } from '../../../src/base/msgpack/write.ts';
import type { Fields } from '../../../src/core/event.ts';
import { forwardSettings } from '../../../src/inputs/forward/options.ts';
import { DOCKER_FORM } from '../../../src/inputs/forward/record-form.ts';
import { bytesOf } from '../../support/bytes.ts';
import { frameCases } from './frame-cases.ts';

const settings = forwardSettings();

test.for(frameCases)('$name', frameCase => {
  const decoder = new FrameDecoder(settings, DOCKER_FORM);
  // Somewhere inside a read, with other bytes around.
  const frame = bytesOf(frameCase.frame);
  const read = Buffer.concat([Buffer.from([0x93, 0xa1]), frame, Buffer.from([0xff, 0xff, 0xff, 0xff])]);
  const decode = () => decoder.decode(read, 2, 2 + frame.length);
  if (frameCase.error !== undefined) {
    expect(decode).toThrow(frameCase.error);
    return;
  }
  const decoded = decode();
  if (frameCase.heartbeat) {
    expect(decoded).toBeUndefined();
    return;
  }
  expect(decoded!.times.length).toBe(decoded!.records.length);
  if ('tag' in frameCase) expect(decoded!.tag).toBe(frameCase.tag);
  if ('times' in frameCase) expect(decoded!.times).toEqual(frameCase.times);
  if ('records' in frameCase) expect(entriesOf(decoded!.records)).toEqual(entriesOf(frameCase.records!));
  if ('chunk' in frameCase) expect(decoded!.chunk).toBe(frameCase.chunk);
  if ('ack' in frameCase) {
    expect(decoded!.ack?.toString('hex')).toBe(frameCase.ack && bytesOf(frameCase.ack).toString('hex'));
  }
  if ('setAside' in frameCase) {
    expect(Object.fromEntries(decoded!.setAside?.counts ?? [])).toEqual(frameCase.setAside);
  } else expect(decoded!.setAside).toBeUndefined();
  if ('repairs' in frameCase) {
    const found = Object.entries(decoder.repairs).filter(([, count]) => count > 0);
    expect(Object.fromEntries(found)).toEqual(frameCase.repairs);
  }
});

test('maps inherit nothing', () => {
  const decoded = new FrameDecoder(settings, DOCKER_FORM).decode(...whole(bytesOf("93 a1't' 01 81 a1'k' 80")));
  const record = decoded!.records[0]!;
  for (const fields of [record, record['k'] as Fields]) {
    expect(fields['toString']).toBeUndefined();
    expect(fields['constructor']).toBeUndefined();
  }
});

test('records with the same keys in any order give fields in one order', () => {
  const decoder = new FrameDecoder(settings, DOCKER_FORM);
  const keys = ['log', 'extra', 'container_id', 'source', 'container_name'];
  const orders = keys.map((_, i) => [...keys.slice(i), ...keys.slice(0, i)]);
  const frame = encodeMsgpack(['t', orders.map(order => [1, new Map(order.map(key => [key, key]))])]);
  const records = decoder.decode(...whole(frame))!.records;
  expect(new Set(records.map(record => Object.keys(record).join()))).toEqual(
    new Set(['container_id,container_name,source,log,extra']),
  );
});

test('what was decoded does not change with the bytes', () => {
  const frame = bytesOf("94 a1't' 01 82 a3'log' a2'ab' af'partial_message' c3 81 a5'chunk' a2'id'");
  const decoded = new FrameDecoder(settings, DOCKER_FORM).decode(...whole(frame))!;
  frame.fill(0);
  expect(decoded.records[0]!['log']).toEqual(Uint8Array.from(Buffer.from('ab')));
  expect(decoded.chunk).toBe('id');
  expect(decoded.ack!.toString('latin1')).toBe('\x81\xa3ack\xa2id');
});

describe('compressed entries', () => {
  const entry = (n: number) => encodeMsgpack([n, { n }]);
  const entries = (from: number, to: number) =>
    Buffer.concat(Array.from({ length: to - from }, (_, i) => entry(from + i)));
  const halves: [Buffer, Buffer] = [entries(0, 500), entries(500, 1000)];
  const numbers = Array.from({ length: 1000 }, (_, i) => i);
  const packed = (bytes: Buffer, compressed: string) => whole(encodeMsgpack(['t', bytes, { compressed, chunk: 'c' }]));

  test.for([
    ['gzip', gzipSync(Buffer.concat(halves))],
    ['gzip', Buffer.concat(halves.map(half => gzipSync(half)))],
    ['zstd', zstdCompressSync(Buffer.concat(halves))],
    ['zstd', Buffer.concat(halves.map(half => zstdCompressSync(half)))],
  ] as const)('%s, in one part or two', ([method, bytes]) => {
    const decoded = new FrameDecoder(settings, DOCKER_FORM).decode(...packed(bytes, method))!;
    expect(decoded.records.map(record => record['n'])).toEqual(numbers);
    expect(decoded.bytes).toBeGreaterThanOrEqual(Buffer.concat(halves).length);
  });

  test.for([
    ['gzip', gzipSync(Buffer.concat(halves)).subarray(0, -5), 'bad_compression'],
    ['zstd', zstdCompressSync(Buffer.concat(halves)).subarray(0, -5), 'bad_compression'],
    ['gzip', Buffer.concat([gzipSync(halves[0]), Buffer.from('junk')]), 'bad_compression'],
    ['zstd', Buffer.concat([zstdCompressSync(halves[0]), Buffer.from('junk')]), 'bad_compression'],
    ['gzip', gzipSync(Buffer.alloc(200_000)), 'decompressed_too_large'],
    ['zstd', zstdCompressSync(Buffer.alloc(200_000)), 'decompressed_too_large'],
    ['zstd', Buffer.concat(Array(3).fill(zstdCompressSync(Buffer.alloc(40_000)))), 'decompressed_too_large'],
    ['gzip', gzipSync(halves[0].subarray(0, -1)), 'truncated'],
  ] as const)('%s %#: %s', ([method, bytes, error]) => {
    const decoder = new FrameDecoder({ ...settings, max_decompressed_bytes: 100_000 }, DOCKER_FORM);
    expect(() => decoder.decode(...packed(bytes, method))).toThrow(error);
  });

  test('exactly as large as may be', () => {
    const plain = Buffer.concat(halves);
    const decoder = new FrameDecoder({ ...settings, max_decompressed_bytes: plain.length }, DOCKER_FORM);
    for (const [method, bytes] of [
      ['gzip', gzipSync(plain)],
      ['zstd', zstdCompressSync(plain)],
    ] as const) {
      expect(decoder.decode(...packed(bytes, method))!.records.length).toBe(1000);
    }
  });
});

describe('limits', () => {
  const ten = Array.from({ length: 10 }, (_, i) => [i, { a: [1, 2, 3] }]);
  const forward = encodeMsgpack(['t', ten]);
  const packed = encodeMsgpack(['t', Buffer.concat(ten.map(entry => encodeMsgpack(entry)))]);

  test.for([
    ['records of forward', forward, { max_records_per_frame: 9 }, 'too_many_records'],
    ['records of packed', packed, { max_records_per_frame: 9 }, 'too_many_records'],
    ['values of forward', forward, { max_values_per_frame: 50 }, 'too_many_values'],
    ['values of packed', packed, { max_values_per_frame: 50 }, 'too_many_values'],
  ] as const)('%s', ([, frame, limit, error]) => {
    expect(() => new FrameDecoder({ ...settings, ...limit }, DOCKER_FORM).decode(...whole(frame))).toThrow(error);
    expect(
      new FrameDecoder({ ...settings, max_records_per_frame: 10 }, DOCKER_FORM).decode(...whole(frame))!.records.length,
    ).toBe(10);
  });
});

function whole(bytes: Buffer): [Buffer, number, number] {
  return [bytes, 0, bytes.length];
}

/** As arrays of entries: comparing objects would pass over `__proto__`, and over prototypes. */
function entriesOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(entriesOf);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, entriesOf(inner)]);
}

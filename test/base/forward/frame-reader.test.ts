import { describe, expect, test } from 'vitest';
import { BufferPool } from '../../../src/base/forward/buffer-pool.ts';
import { FrameReader } from '../../../src/base/forward/frame-reader.ts';
import { JsonScanner } from '../../../src/base/forward/json-scanner.ts';
import { encodeMsgpack, eventTime } from '../../../src/base/msgpack/write.ts';
import { forwardSettings } from '../../../src/inputs/forward/options.ts';
import { frameCases } from '../../inputs/forward/frame-cases.ts';
import { bytesOf } from '../../support/bytes.ts';
import { seeded } from '../../support/chance.ts';

const MB = 1024 * 1024;
const settings = forwardSettings();

function newReader(maxFrameBytes = 64 * MB): FrameReader {
  return new FrameReader(maxFrameBytes, new BufferPool(), new JsonScanner(settings));
}

/** The frames of a stream that arrives in these reads, as hex. Each read's memory is overwritten afterwards, as sockets do. */
function framesOf(reads: Buffer[], reader = newReader()): string[] {
  const frames: string[] = [];
  for (const read of reads) {
    const copy = Buffer.from(read);
    reader.push(copy);
    while (reader.next()) frames.push(reader.bytes.subarray(reader.start, reader.end).toString('hex'));
    reader.settle();
    copy.fill(0xc1);
  }
  return frames;
}

function cut(stream: Buffer, random: () => number, largest: number): Buffer[] {
  const reads: Buffer[] = [];
  for (let at = 0; at < stream.length; ) {
    const end = Math.min(stream.length, at + 1 + Math.floor(random() * largest));
    reads.push(stream.subarray(at, end));
    at = end;
  }
  return reads;
}

const wellFormed = frameCases.map(({ frame }) => bytesOf(frame));

describe('any cut of the stream gives the same frames', () => {
  const large = encodeMsgpack(['t', Array.from({ length: 150 }, (_, i) => [eventTime(i), { log: 'x'.repeat(i), i }])]);
  const packed = encodeMsgpack(['t', Buffer.alloc(70_000, 0x80), { chunk: 'c' }]);
  const frames = [...wellFormed, large, packed, ...wellFormed, large];
  const expected = frames.map(frame => frame.toString('hex'));
  const stream = Buffer.concat(frames);

  test('whole', () => expect(framesOf([stream])).toEqual(expected));
  test('byte by byte', () => expect(framesOf(cut(stream, () => 0, 1))).toEqual(expected));
  test.for([2, 3, 7, 20, 100, 1000, 5000, 65_536])('reads of up to %i bytes', largest => {
    // Short reads are many: one time has all places of a cut.
    const seeds = largest < 10 ? 1 : 5;
    for (let seed = 1; seed <= seeds; seed++) expect(framesOf(cut(stream, seeded(seed), largest))).toEqual(expected);
  });

  test('JSON', () => {
    const texts = ['["t",1,{"k":"]}\\"["}]', '["t",[[1,{"한":"글"}]],{"chunk":"c"}]', '["t",1,{"a":[[]]}]'];
    const json = Buffer.from(`${texts[0]}\n ${texts[1]}${texts[2]}\r\n\n`);
    for (let seed = 1; seed <= 50; seed++) {
      const reader = newReader();
      const found = framesOf(cut(json, seeded(seed), 1 + (seed % 20)), reader);
      expect(found.map(hex => Buffer.from(hex, 'hex').toString().trim())).toEqual(texts);
      expect(reader.waiting).toBe(0);
    }
  });
});

test('frames that are whole in one read are not copied', () => {
  const reader = newReader();
  const read = Buffer.concat(wellFormed);
  reader.push(read);
  while (reader.next()) expect(reader.bytes).toBe(read);
  reader.settle();
  expect(reader.heldBytes).toBe(0);
});

describe('lengths that lie', () => {
  test.for<[string, string, string]>([
    ['array of 4 billion', "93 a1't' 01 81 a1'k' ddffffffff", 'frame_too_large'],
    ['frame of 4 billion', 'ddffffffff', 'frame_too_large'],
    ['map of 4 billion', "93 a1't' 01 dfffffffff", 'frame_too_large'],
    ['text of 4 GB', '93 dbffffffff', 'frame_too_large'],
    ['bin of 4 GB', "92 a1't' c6ffffffff", 'frame_too_large'],
    ['ext of 4 GB', "93 a1't' c9ffffffff00", 'frame_too_large'],
    ['0xc1', "93 a1't' c1", 'invalid_byte'],
    ['a number', '05', 'garbage'],
    ['text', "a3'abc'", 'garbage'],
    ['a map', '81 a1 61 01', 'garbage'],
    ['HTTP', "'GET / HTTP/1.1'", 'garbage'],
    ['TLS', '16030100', 'garbage'],
  ])('%s: %s', ([, notation, error]) => {
    expect(() => framesOf([bytesOf(notation)])).toThrow(error);
    expect(() => framesOf([...bytesOf(notation)].map(byte => Buffer.of(byte)))).toThrow(error);
  });

  test('64 MB announced, and a little sent, hold a little', () => {
    const reader = newReader();
    framesOf([bytesOf("92 a1't' c603f00000"), Buffer.alloc(100), Buffer.alloc(10_000)], reader);
    expect(reader.waiting).toBe(10_108);
    expect(reader.heldBytes).toBeLessThan(16 * 10_108);
  });

  test('a JSON text larger than may be', () => {
    expect(() => framesOf([Buffer.from('["'), Buffer.alloc(2000, 'x')], newReader(1024))).toThrow('frame_too_large');
  });

  test.for<[string, string]>([
    ['["t",1,{"k":'.padEnd(500, '['), 'too_deep'],
    ['[]x', 'bad_json'],
  ])('JSON: %s', ([text, error]) => expect(() => framesOf([Buffer.from(text)])).toThrow(error));
});

test('a frame of 60 MB in small reads is put together in linear time', () => {
  const reader = newReader();
  const body = Buffer.alloc(16_384, 'x');
  reader.push(bytesOf("92 a1't' c603c00000"));
  let found = false;
  for (let i = 0; i < 3840; i++) {
    expect(found).toBe(false);
    reader.settle();
    reader.push(body);
    found = reader.next();
  }
  expect(reader.end - reader.start).toBe(3840 * 16_384 + 8);
  reader.clear();
  expect(reader.heldBytes).toBe(0);
});

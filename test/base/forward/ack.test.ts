import { describe, expect, test } from 'vitest';
import { decodeAck, encodeAck, encodeJsonAck } from '../../../src/base/forward/ack.ts';
import { readAnswer } from '../../../src/base/forward/answers.ts';
import { encodeMsgpack } from '../../../src/base/msgpack/write.ts';
import { bytesOf } from '../../support/bytes.ts';
import { seeded } from '../../support/chance.ts';

const decode = (bytes: Buffer) => decodeAck(readAnswer(bytes, 0, bytes.length));

/** The answer to a frame in which the id stands so, with other bytes around it. */
function ackOf(id: Buffer): Buffer {
  const frame = Buffer.concat([Buffer.of(0x93, 0x81), id, Buffer.of(0xc0)]);
  return encodeAck(frame, 2, 2 + id.length);
}

test('an id comes back as it was given, be it str or bin, of any length', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = seeded(seed);
    const id = 'aé각🚢/+='.repeat(1 + Math.floor(random() * 80)).slice(0, 1 + Math.floor(random() * 400));
    const text = id.toWellFormed();
    for (const given of [text, Buffer.from(text)]) {
      const ack = ackOf(encodeMsgpack(given));
      expect(decode(ack)).toBe(text);
      expect(ack).toEqual(encodeMsgpack({ ack: given }));
    }
  }
});

test('the answer to JSON is JSON', () => {
  expect(encodeJsonAck('a"\u00e9').toString()).toBe('{"ack":"a\\"\u00e9"}');
});

describe('what is no acknowledgement', () => {
  test.for<[string, string]>([
    ['nil', 'c0'],
    ['a number', '05'],
    ['an array', "92 a3'ack' a1'i'"],
    ['an empty map', '80'],
    ['another key', "81 a4'nack' a1'i'"],
    ['an empty id', "81 a3'ack' a0"],
    ['an id that is a number', "81 a3'ack' 01"],
    ['a key that is a map', "81 80 a1'i'"],
  ])('%s', ([, notation]) => expect(decode(bytesOf(notation))).toBeUndefined());

  test('among other things the id is found', () => {
    expect(decode(bytesOf("83 01 91 c0 a1'x' 82 01 02 03 04 a3'ack' a1'i'"))).toBe('i');
  });
});

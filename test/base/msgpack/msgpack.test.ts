import { expect, test } from 'vitest';
import { MsgpackReader } from '../../../src/base/msgpack/read.ts';
import { MsgpackScanner } from '../../../src/base/msgpack/scan.ts';
import { encodeMsgpack } from '../../../src/base/msgpack/write.ts';
import { randomOf } from '../../inputs/forward/support.ts';

const limits = { max_nesting_depth: 64, max_values_per_frame: 1_000_000 };

function readAll(bytes: Buffer, reader = new MsgpackReader(limits, [])): unknown {
  reader.begin(bytes, 0, bytes.length);
  const value = reader.readValue(0);
  expect(reader.atEnd).toBe(true);
  return value;
}

/** A random value of everything that JSON knows. */
function randomValue(random: () => number, depth: number): unknown {
  const below = (limit: number) => Math.floor(random() * limit);
  const text = () => 'aé각🚢'.repeat(below(30)).slice(0, below(90)).toWellFormed();
  const kind = below(depth > 0 ? 8 : 6);
  if (kind === 0) return null;
  if (kind === 1) return random() < 0.5;
  if (kind === 2) return Math.floor((random() - 0.5) * 2 ** below(54));
  if (kind === 3) return (random() - 0.5) * 10 ** below(200);
  if (kind <= 5) return text();
  const items = Array.from({ length: below(random() < 0.1 ? 300 : 20) }, () => randomValue(random, depth - 1));
  return kind === 6 ? items : Object.fromEntries(items.map((item, i) => [`${i}${text()}`, item]));
}

test('what the encoder writes, the reader reads, and the scanner knows where it ends', () => {
  for (let seed = 1; seed <= 150; seed++) {
    const value = randomValue(randomOf(seed), 4);
    const bytes = encodeMsgpack(value);
    expect(JSON.stringify(readAll(bytes))).toBe(JSON.stringify(value));
    expect(new MsgpackScanner().scan(Buffer.concat([bytes, bytes]), 0, bytes.length * 2, 1e9)).toBe(bytes.length);
  }
});

test('more keys than the table has room for are read right, again and again', () => {
  const reader = new MsgpackReader(limits, ['log']);
  const record = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`key_${i * 7919}`, i]));
  const small = Object.fromEntries(Object.entries(record).slice(0, 30));
  for (let round = 0; round < 3; round++) {
    for (const expected of [record, small]) {
      const bytes = encodeMsgpack(expected);
      reader.begin(bytes, 0, bytes.length);
      expect({ ...reader.readRecord('log', 'partial_message') }).toEqual(expected);
    }
  }
});

test('the encoder takes the shortest forms', () => {
  const hex = (value: unknown) => encodeMsgpack(value).subarray(0, 5).toString('hex');
  expect([hex(127), hex(-32), hex(128), hex(2 ** 32), hex(-33)]).toEqual([
    '7f',
    'e0',
    'ce00000080',
    'cf00000001',
    'd3ffffffff',
  ]);
  expect([hex('x'.repeat(31)).slice(0, 2), hex('x'.repeat(32)), hex('x'.repeat(256)), hex('x'.repeat(65_536))]).toEqual(
    ['bf', 'd920787878', 'da01007878', 'db00010000'],
  );
  expect([hex(Buffer.alloc(1)), hex(Buffer.alloc(256)), hex(Array(16)), hex({})]).toEqual([
    'c40100',
    'c501000000',
    'dc0010c0c0',
    '80',
  ]);
});

import { expect, test } from 'vitest';
import { Chunks } from '../../../src/inputs/gelf/chunks.ts';
import { seeded } from '../../support/chance.ts';

const LIMITS = { maxMessages: 3, maxBytes: 10_000, maxMessageBytes: 2000 };

/** A chunk with the header as it is told, be it possible or not. */
function chunk(id: string, number: number, count: number, data = ''): Buffer {
  return Buffer.concat([
    Buffer.from([0x1e, 0x0f]),
    Buffer.from(id.padEnd(8)),
    Buffer.of(number, count),
    Buffer.from(data),
  ]);
}

test('chunks in any order, of several messages at once, twice or not', () => {
  const random = seeded(3);
  const chunks = new Chunks({ ...LIMITS, maxMessages: 100 });
  const sent = ['a', 'b', 'c'].flatMap(id => Array.from({ length: 128 }, (_, n) => chunk(id, n, 128, `${id}${n};`)));
  const shuffled = [...sent, ...sent.slice(0, 5)].map(one => ({ one, at: random() })).sort((a, b) => a.at - b.at);
  const whole: string[] = [];
  for (const { one } of shuffled) {
    const result = chunks.add('192.0.2.1', one, 0);
    if (result !== undefined && typeof result !== 'string') whole.push(result.toString());
  }
  expect(whole.sort()).toEqual(['a', 'b', 'c'].map(id => Array.from({ length: 128 }, (_, n) => `${id}${n};`).join('')));
});

test.for([
  ['no header', Buffer.from([0x1e, 0x0f, 1, 2]), 'chunk_invalid'],
  ['none', chunk('x', 0, 0), 'chunk_invalid'],
  ['more than 128', chunk('x', 0, 129), 'chunk_invalid'],
  ['a number beyond the count', chunk('x', 2, 2), 'chunk_invalid'],
  ['another count', chunk('a', 1, 3), 'chunk_conflict'],
  ['one that was there', chunk('a', 0, 2), 'chunk_repeated'],
  ['too much of one message', chunk('a', 1, 2, 'x'.repeat(2000)), 'chunk_too_large'],
  ['the same id of another peer', chunk('a', 1, 2), undefined, '192.0.2.2'],
] as const)('%s', ([, datagram, result, peer = '192.0.2.1']) => {
  const chunks = new Chunks(LIMITS);
  expect(chunks.add('192.0.2.1', chunk('a', 0, 2, 'x'), 0)).toBeUndefined();
  expect(chunks.add(peer, datagram, 0)).toBe(result);
});

test('what is not whole after five seconds is given up, not before', () => {
  const chunks = new Chunks(LIMITS);
  chunks.add('p', chunk('a', 0, 2, 'x'), 0);
  chunks.add('p', chunk('b', 0, 2, 'x'), 1000);
  expect([chunks.giveUp(4999), chunks.giveUp(5000), chunks.waiting]).toEqual([0, 1, 1]);
  // Its other chunk begins it anew.
  expect(chunks.add('p', chunk('a', 1, 2, 'x'), 5000)).toBeUndefined();
  expect(chunks.add('p', chunk('b', 1, 2, 'y'), 5500)).toEqual(Buffer.from('xy'));
});

test('the oldest go when there are too many, or too much of them', () => {
  const chunks = new Chunks(LIMITS);
  for (const id of ['a', 'b', 'c', 'd']) chunks.add('p', chunk(id, 0, 2), 0);
  expect([chunks.giveUp(0), chunks.waiting]).toEqual([1, 3]);
  const heavy = new Chunks({ ...LIMITS, maxMessages: 1000 });
  for (let i = 0; i < 100; i++) {
    heavy.add('p', chunk(String(i), 0, 2, 'x'.repeat(1500)), 0);
    heavy.giveUp(0);
    expect(heavy.waitingBytes).toBeLessThanOrEqual(10_000);
  }
  expect(heavy.waiting).toBe(6);
});

test('hostile chunks leave nothing behind', () => {
  for (let seed = 1; seed <= 15; seed++) {
    const random = seeded(seed);
    const below = (limit: number): number => Math.floor(random() * limit);
    const chunks = new Chunks(LIMITS);
    for (let i = 0; i < 300; i++) {
      chunks.add('p', chunk(`${below(6)}`, below(5), below(5), 'x'.repeat(below(900))), i * 10);
      chunks.giveUp(i * 10);
      expect(chunks.waitingBytes).toBeLessThanOrEqual(LIMITS.maxBytes);
      expect(chunks.waiting).toBeLessThanOrEqual(LIMITS.maxMessages);
    }
    chunks.giveUp(1e6);
    expect([chunks.waiting, chunks.waitingBytes]).toEqual([0, 0]);
  }
});

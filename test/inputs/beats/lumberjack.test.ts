import { describe, expect, test } from 'vitest';
import { ackFrame, isLumberjack, LumberjackFault, LumberjackReader } from '../../../src/inputs/beats/lumberjack.ts';
import { seeded } from '../../support/chance.ts';
import { ack, jsonFrame, packedFrame, pairsFrame, sentWindow, windowFrame } from './frames.ts';

const LIMIT = 10_000;

/** What a reader finds in these reads, in words; the reason where it stops at a fault. */
function found(reads: readonly Buffer[], limit = LIMIT): string[] {
  const reader = new LumberjackReader(limit);
  const said: string[] = [];
  try {
    for (const read of reads) {
      reader.push(Buffer.from(read));
      for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
        if (frame.type === 'window') said.push(`window ${frame.version} ${frame.events}`);
        else if (frame.type === 'json') said.push(`json ${frame.sequence} ${frame.text}`);
        else said.push(`pairs ${frame.sequence} ${frame.pairs.join(' ')}`);
      }
    }
  } catch (error) {
    if (!(error instanceof LumberjackFault)) throw error;
    said.push(error.reason);
  }
  return said;
}

const event = (i: number) => ({ message: `line ${i} 안녕`, padding: 'x'.repeat(i * 7) });
const json = (i: number) => `json ${i} ${JSON.stringify(event(i))}`;

const cases: Record<string, [Buffer[], string[]]> = {
  'a window of JSON': [
    [windowFrame(2), jsonFrame(1, event(1)), jsonFrame(2, event(2))],
    ['window 2 2', json(1), json(2)],
  ],
  'a compressed window': [[sentWindow([event(1), event(2)])], ['window 2 2', json(1), json(2)]],
  'several compressed frames and plain ones in a window': [
    [windowFrame(3), packedFrame(jsonFrame(1, event(1))), jsonFrame(2, event(2)), packedFrame(jsonFrame(3, event(3)))],
    ['window 2 3', json(1), json(2), json(3)],
  ],
  'windows without a pause between them': [
    [sentWindow([event(1)]), sentWindow([event(1), event(2)])],
    ['window 2 1', json(1), 'window 2 2', json(1), json(2)],
  ],
  'a window within a compressed frame': [[packedFrame(sentWindow([]))], ['window 2 0', 'nested_compression']],
  'an empty compressed frame': [[packedFrame(Buffer.alloc(0)), windowFrame(1)], ['window 2 1']],
  'version 1': [
    [windowFrame(2, 1), pairsFrame(7, { line: 'a 안녕', file: '/a' }), packedFrame(pairsFrame(8, { line: 'b' }), 1)],
    ['window 1 2', 'pairs 7 line a 안녕 file /a', 'pairs 8 line b'],
  ],
  'an event without fields': [[pairsFrame(1, {})], ['pairs 1 ']],
  'a compressed frame that is cut': [[packedFrame(jsonFrame(1, event(1)).subarray(0, -1))], ['garbage']],
  'no zlib': [[Buffer.from('3243000000020000', 'hex')], ['broken_compression']],
  'a bomb': [[packedFrame(Buffer.alloc(LIMIT + 1))], ['frame_too_large']],
  'an event above the limit': [[jsonFrame(1, 'x'.repeat(LIMIT + 1)).subarray(0, 10)], ['frame_too_large']],
  'a compressed frame above the limit': [[Buffer.from('3243ffffffff', 'hex')], ['frame_too_large']],
  'fields above the limit': [[Buffer.from('3144000000010000000100002710', 'hex')], ['frame_too_large']],
  'too many fields': [[Buffer.from('314400000001ffffffff', 'hex')], ['frame_too_large']],
  'an unknown type': [
    [windowFrame(1), Buffer.from('2X')],
    ['window 2 1', 'garbage'],
  ],
  'an acknowledgement': [[ack(1)], ['garbage']],
  'an unknown version': [[Buffer.from('3W')], ['garbage']],
};

describe.for(Object.entries(cases))('%s', ([, [frames, expected]]) => {
  const all = Buffer.concat(frames);

  test('in one read', () => expect(found([all])).toEqual(expected));

  test('byte by byte', () => expect(found(Array.from(all, byte => Buffer.of(byte)))).toEqual(expected));

  test('cut anywhere', () => {
    for (let at = 1; at < Math.min(all.length, 300); at++) {
      expect(found([all.subarray(0, at), all.subarray(at)])).toEqual(expected);
    }
  });
});

test('what is no frame is refused, however it is cut, and nothing else is thrown', () => {
  const good = Object.values(cases).map(([frames]) => Buffer.concat(frames));
  for (let seed = 1; seed <= 1200; seed++) {
    const random = seeded(seed);
    const below = (limit: number) => Math.floor(random() * limit);
    const bytes = Buffer.from(Buffer.concat([good[below(good.length)]!, good[below(good.length)]!]));
    for (let i = below(5); i > 0; i--) bytes[below(bytes.length)] = below(256);
    const whole = found([bytes]);
    const reads: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + below(200);
      reads.push(bytes.subarray(at, at + size));
      at += size;
    }
    expect(found(reads), `seed ${seed}`).toEqual(whole);
  }
});

test('memory is held for what has come, not for what a length promises', () => {
  const reader = new LumberjackReader(64_000_000);
  reader.push(Buffer.from('324a0000000103000000', 'hex'));
  reader.push(Buffer.from('{"message":"'));
  expect(reader.next()).toBeUndefined();
  expect(reader.waiting).toBe(22);
  expect(reader.heldBytes).toBeLessThan(100_000);
  reader.clear();
  expect([reader.waiting, reader.heldBytes, reader.unpackedBytes]).toEqual([0, 0, 0]);
});

test('what a compressed frame holds is counted until it is given out', () => {
  const reader = new LumberjackReader(LIMIT);
  const frames = Buffer.concat([jsonFrame(1, event(1)), jsonFrame(2, event(2))]);
  reader.push(packedFrame(frames));
  expect(reader.next()).toMatchObject({ type: 'json', sequence: 1 });
  expect(reader.unpackedBytes).toBe(jsonFrame(2, event(2)).length);
  expect(reader.next()).toMatchObject({ type: 'json', sequence: 2 });
  expect(reader.next()).toBeUndefined();
  expect(reader.unpackedBytes).toBe(0);
});

test('an acknowledgement has the version of its window', () => {
  expect(ackFrame(2, 2048)).toEqual(ack(2048));
  expect(ackFrame(1, 5)).toEqual(ack(5, 1));
});

test.for([
  ['2W', true],
  ['1D', true],
  ['2', true],
  ['GE', false],
  ['2A', false],
  ['\x16\x03', false],
] as const)('a connection may begin with %j: %s', ([first, may]) => {
  expect(isLumberjack(Buffer.from(first, 'latin1'))).toBe(may);
});

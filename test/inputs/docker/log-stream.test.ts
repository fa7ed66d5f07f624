import { describe, expect, test } from 'vitest';
import { FrameDecoder, type LogDecoder, TerminalDecoder } from '../../../src/inputs/docker/log-stream.ts';
import { seeded } from '../../support/chance.ts';

const T = '2026-11-30T16:18:31.123456789Z';
const MOST = 16_384;

function frame(kind: number, content: string): Buffer {
  const bytes = Buffer.from(content);
  const header = Buffer.from([kind, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

function decoded(decoder: LogDecoder, bytes: Buffer, cutAt: () => number) {
  const lines = [];
  for (let from = 0; from < bytes.length; ) {
    const to = Math.min(bytes.length, from + cutAt());
    lines.push(...decoder.push(bytes.subarray(from, to)));
    from = to;
  }
  return [...lines, ...decoder.end()].map(({ time, stream, bytes: text, isWhole, cutBytes }) => [
    ...[time, stream, text.length > 100 ? text.length : text.toString(), isWhole, cutBytes],
  ]);
}

const big = 'x'.repeat(16_384);

const FRAMES: readonly [name: string, frames: Buffer[], lines: unknown[][]][] = [
  [
    'both streams',
    [frame(1, `${T} a\n`), frame(2, `${T} b\n`)],
    [
      [T, 'stdout', 'a', true, 0],
      [T, 'stderr', 'b', true, 0],
    ],
  ],
  [
    'pieces',
    [frame(1, `${T} ${big}`), frame(1, `${T} end\n`)],
    [
      [T, 'stdout', 16_384, false, 0],
      [T, 'stdout', 'end', true, 0],
    ],
  ],
  [
    'empty lines',
    [frame(1, `${T} \n`), frame(1, `${T}\n`), frame(1, '')],
    [
      [T, 'stdout', '', true, 0],
      [T, 'stdout', '', true, 0],
      ['', 'stdout', '', false, 0],
    ],
  ],
  ['no time', [frame(1, 'plain text\n')], [['', 'stdout', 'plain text', true, 0]]],
  [
    'a time that is none',
    [frame(1, '2026-13-30T16:18:31.123456789Z a\n')],
    [['', 'stdout', '2026-13-30T16:18:31.123456789Z a', true, 0]],
  ],
  [
    'a time of another engine',
    [frame(1, '2026-11-30T17:18:31.5+01:00 a\n')],
    [['2026-11-30T16:18:31.500000000Z', 'stdout', 'a', true, 0]],
  ],
  [
    'longer than it may be',
    [frame(1, `${T} ${big}${big}\n`), frame(1, `${T} next\n`)],
    [
      [T, 'stdout', 16_384, true, 16_384 + 1],
      [T, 'stdout', 'next', true, 0],
    ],
  ],
];

describe.each([
  ['whole', () => 1e9],
  ['byte by byte', () => 1],
  [
    'as it comes',
    (
      random => () =>
        1 + Math.floor(random() * 5000)
    )(seeded(7)),
  ],
])('%s', (_, cutAt) => {
  test.each(FRAMES)('frames: %s', (_name, frames, lines) => {
    expect(decoded(new FrameDecoder(MOST), Buffer.concat(frames), cutAt)).toEqual(lines);
  });

  test.each([
    [
      'lines',
      `${T} a\r\n${T} b\n`,
      [
        [T, 'stdout', 'a\r', true, 0],
        [T, 'stdout', 'b', true, 0],
      ],
    ],
    [
      'pieces',
      `${T} ${big}${T} ${big}${T} end\n${T} next\n`,
      [
        [T, 'stdout', 16_384, false, 0],
        [T, 'stdout', 16_384, false, 0],
        [T, 'stdout', 'end', true, 0],
        [T, 'stdout', 'next', true, 0],
      ],
    ],
    [
      'a long text that only looks like pieces',
      `${T} ${big}${T.replace('7', '8')} x\n`,
      [[T, 'stdout', 16_384, true, 32]],
    ],
  ])('terminal: %s', (_name, text, lines) => {
    const told = decoded(new TerminalDecoder(MOST), Buffer.from(text), cutAt);
    expect(told).toEqual(lines);
  });
});

test.each([
  ['a kind that there is none of', Buffer.from([9, 0, 0, 0, 0, 0, 0, 1, 65])],
  ['padding that is none', Buffer.from([1, 1, 0, 0, 0, 0, 0, 1, 65])],
  ['text', Buffer.from('HTTP/1.1 200 OK\r\n')],
  ['an error of the engine', frame(3, 'error from daemon in stream: no such file')],
])('garbage ends it: %s', (_, bytes) => {
  expect(() => new FrameDecoder(MOST).push(bytes)).toThrow(/the engine/);
});

test('a frame of 4 GB takes no more memory than a line may', () => {
  const decoder = new FrameDecoder(MOST);
  expect(decoder.push(Buffer.from([1, 0, 0, 0, 255, 255, 255, 255]))).toEqual([]);
  const chunk = Buffer.alloc(1_000_000, 120);
  let left = 0xffff_ffff;
  const lines = [];
  while (left > 0) {
    const bytes = left >= chunk.length ? chunk : chunk.subarray(0, left);
    lines.push(...decoder.push(bytes));
    left -= bytes.length;
  }
  expect(lines).toMatchObject([{ time: '', isWhole: true, cutBytes: 0xffff_ffff - MOST }]);
  expect(lines[0]!.bytes).toHaveLength(MOST);
});

test('a terminal line without an end takes no more either', () => {
  const decoder = new TerminalDecoder(MOST);
  for (let i = 0; i < 100; i++) expect(decoder.push(Buffer.alloc(65_536, 120))).toEqual([]);
  const [line] = decoder.push(Buffer.from('\n'));
  expect(line!.bytes).toHaveLength(MOST);
});

test.each([
  ['an error of the engine', frame(3, 'no such file')],
  ['garbage', Buffer.alloc(20, 9)],
])('lines before %s are given first', (_, bytes) => {
  const decoder = new FrameDecoder(MOST);
  expect(decoder.push(Buffer.concat([frame(1, `${T} a\n`), bytes]))).toHaveLength(1);
  expect(() => decoder.end()).toThrow(/the engine/);
  expect(() => decoder.push(frame(1, `${T} b\n`))).toThrow(/the engine/);
});

import { describe, expect, test } from 'vitest';
import { formatEvent, jsonLine, painter, printable } from '../../src/cli/format.ts';
import type { StoredEvent } from '../../src/core/contracts.ts';

const io = (isTTY: boolean, env: NodeJS.ProcessEnv = {}) =>
  ({ stdout: { isTTY }, env }) as unknown as Parameters<typeof painter>[0];
const hit = (more: Record<string, unknown>): StoredEvent => ({
  _id: 'a',
  _index: 'docker-logs-2026.11.20',
  seq: 1,
  '@timestamp': '2026-11-20T12:00:00.000Z',
  ...more,
});

describe('colours', () => {
  test('only on a terminal, and not where nobody wants them', () => {
    expect(painter(io(true))(31, 'x')).toBe('\x1b[31mx\x1b[0m');
    for (const none of [io(false), io(true, { NO_COLOR: '1' }), io(true, { TERM: 'dumb' })]) {
      expect(painter(none)(31, 'x')).toBe('x');
    }
    expect(painter(io(true, { NO_COLOR: '' }))(31, 'x')).not.toBe('x');
  });
});

describe('an event as a line', () => {
  const plain = painter(io(false));

  test('time, level, service, message', () => {
    const line = formatEvent(hit({ level: 'WARN', service: 'api', message: 'slow\nvery' }), plain);
    expect(line).toBe('2026-11-20T12:00:00.000Z WARN  api slow\n    very');
    expect(formatEvent(hit({ container_name: 'web-1', message: 'x' }), plain)).toBe(
      '2026-11-20T12:00:00.000Z       web-1 x',
    );
  });

  test('only the message may have lines', () => {
    const line = formatEvent(hit({ level: 'INFO', service: 'a\nb\x1b[2J', message: 'x' }), plain);
    expect(line).toBe('2026-11-20T12:00:00.000Z INFO  a b x');
  });
});

describe('what reaches the terminal', () => {
  test.each([
    ['colours', '\x1b[1;31mred\x1b[0m', 'red'],
    ['colours in one byte', '\x9b31mred', 'red'],
    ['a cursor move with intermediates', 'a\x1b[2 qb', 'ab'],
    ['a title', '\x1b]0;t\x07', '\ufffd]0;t\ufffd'],
    ['a device control string', '\x90q\x9c', '\ufffdq\ufffd'],
    ['a carriage return alone', 'good\rbad', 'good\ufffdbad'],
    ['Windows line ends', 'a\r\nb', 'a\n    b'],
    ['a tab', 'a\tb', 'a\tb'],
    ['turned direction', 'a\u202eb\u2066c', 'a\ufffdb\ufffdc'],
    ['other scripts and emoji', '한국어 ä 🚢', '한국어 ä 🚢'],
  ])('%s', (_, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test('JSON means the same and has none of it', () => {
    const value = { a: '\x1b[31m\x9b\x7f\u202e\u2028', b: ['한국어', 1, null] };
    const line = jsonLine(value);
    expect(line).toBe('{"a":"\\u001b[31m\\u009b\\u007f\\u202e\\u2028","b":["한국어",1,null]}');
    expect(JSON.parse(line)).toEqual(value);
  });
});

import { expect, test } from 'vitest';
import { WarmStreams } from '../../src/workers/warm-streams.ts';

test('a line without any form follows one that may be joined, for a while and in its own stream only', () => {
  const streams = new WarmStreams();
  expect(streams.takes('a', 1000, false)).toBe(false);
  expect(streams.takes('a', 1000, true)).toBe(true);
  expect(streams.takes('b', 1500, false)).toBe(false);
  expect(streams.takes('a', 1500, false)).toBe(true);
  expect(streams.takes('a', 3000, false)).toBe(true);
  expect(streams.takes('a', 3001, false)).toBe(false);
  expect(streams.takes('a', 1500, false)).toBe(false);
});

import { expect, test } from 'vitest';
import { Backoff, backoffMs } from '../../../src/base/flow/backoff.ts';

const limits = { baseMs: 100, capMs: 2000 };

test.each([
  [1, 100],
  [2, 200],
  [5, 1600],
  [6, 2000],
  [100_000, 2000],
])('after %i failures in a row the pause is between the half and the whole of %i ms', (failures, longest) => {
  expect(backoffMs(failures, limits, () => 0)).toBe(longest / 2);
  expect(backoffMs(failures, limits, () => 0.5)).toBe((longest * 3) / 4);
  expect(backoffMs(failures, limits, () => 1)).toBe(longest);
});

test('the pause is another one each time', () => {
  expect(new Set(Array.from({ length: 20 }, () => backoffMs(1, limits))).size).toBeGreaterThan(1);
});

test('pauses grow with each failure, and begin anew after a success', () => {
  const backoff = new Backoff(limits, () => 1);
  expect([backoff.next(), backoff.next(), backoff.next()]).toEqual([100, 200, 400]);
  expect(backoff.failures).toBe(3);
  backoff.reset();
  expect(backoff.failures).toBe(0);
  expect(backoff.next()).toBe(100);
});

test('a wait lasts as long as the pause', async () => {
  const started = performance.now();
  await new Backoff({ baseMs: 30, capMs: 30 }, () => 1).wait(new AbortController().signal);
  expect(performance.now() - started).toBeGreaterThan(25);
});

test('a wait ends when the signal aborts, and counts as one', async () => {
  const backoff = new Backoff({ baseMs: 3_600_000, capMs: 3_600_000 });
  const ending = new AbortController();
  const waited = backoff.wait(ending.signal);
  ending.abort();
  await waited;
  await backoff.wait(ending.signal);
  expect(backoff.failures).toBe(2);
});

import { expect, test } from 'vitest';
import { configureLog } from '../../src/core/log.ts';
import { LeastWatermark } from '../../src/evaluator/least-watermark.ts';

// Workers of one machine: who lags holds back what is judged by time, who is stuck does not for ever.

configureLog('silent');

function watched(...names: string[]) {
  let now = 1000;
  const marks = new LeastWatermark(15_000, () => now);
  for (const name of names) marks.expect(name);
  return {
    marks,
    /** Seconds go by in which these speak; how far all have come then. */
    seconds(count: number, speaking: Record<string, (now: number) => number | undefined>): number | undefined {
      let reached: number | undefined;
      for (let n = 0; n < count; n++) {
        now += 1000;
        for (const [name, at] of Object.entries(speaking)) reached = marks.hear(name, at(now));
      }
      return reached;
    },
    sleep(ms: number): void {
      now += ms;
    },
    get now() {
      return now;
    },
  };
}
const inTime = (now: number): number => now;

test('nothing is judged before all have spoken, nor beyond who lags most', () => {
  const all = watched('w0', 'w1');
  expect(all.seconds(3, { w0: inTime })).toBeUndefined();
  expect(all.seconds(30, { w0: inTime, w1: now => now - 10_000 })).toBe(all.now - 10_000);
});

test('one that is stuck, or never came up, is waited for and then left out, until it speaks again', () => {
  const all = watched('w0', 'w1', 'never');
  expect(all.seconds(5, { w0: inTime, w1: inTime })).toBeUndefined();
  const last = all.now;
  expect(all.seconds(11, { w0: inTime })).toBe(last);
  expect(all.seconds(5, { w0: inTime })).toBe(all.now);
  expect(all.marks.hear('w1', last)).toBe(last);
});

test('one that takes nothing in holds the others back for as long as that lasts', () => {
  const all = watched('w0', 'full');
  all.seconds(5, { w0: inTime, full: inTime });
  const last = all.now;
  expect(all.seconds(60, { w0: inTime, full: () => undefined })).toBe(last);
});

test('after a sleep of the whole machine nobody is taken for dead', () => {
  const all = watched('w0', 'w1');
  const before = all.seconds(5, { w0: inTime, w1: inTime });
  all.sleep(3_600_000);
  expect(all.marks.hear('w0', all.now)).toBe(before);
  expect(all.seconds(1, { w1: inTime })).toBe(all.now - 1000);
});

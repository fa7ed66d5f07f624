import { expect, test } from 'vitest';
import { Slices } from '../../../src/base/flow/slices.ts';

const SLICE_MS = 3;

function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test('in each turn of the event loop there is one slice, of all the work in turn', async () => {
  const slices = new Slices();
  const log: string[] = [];
  const work = async (name: string): Promise<void> => {
    const pause = slices.begin();
    for (let step = 0; step < 3; step++) {
      await pause();
      log.push(name);
      spin(SLICE_MS + 1);
    }
  };
  const all = Promise.all([work('a'), work('b')]);
  let isDone = false;
  void all.then(() => {
    isDone = true;
  });
  const turns = (async () => {
    while (!isDone) {
      log.push('.');
      await new Promise(resolve => setImmediate(resolve));
    }
  })();
  await all;
  await turns;
  const text = log.join('');
  expect(text.replaceAll('.', '')).toBe('ababab');
  // The event loop went on between any two of them.
  expect(text).not.toMatch(/[ab]{2}/);
});

test('work that is short goes on without waiting', async () => {
  const pause = new Slices().begin();
  await pause();
  expect(pause()).toBeUndefined();
});

import { expect, test } from 'vitest';
import { Coalesced } from '../../../src/base/flow/coalesced.ts';

test('work that is asked for while it runs is done once more, for all who asked', async () => {
  let runs = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const work = new Coalesced(async () => {
    if (++runs === 1) await promise;
  });
  const all = [work.run(), work.run(), work.run()];
  resolve();
  await Promise.all(all);
  expect(runs).toBe(2);
  await work.run();
  expect(runs).toBe(3);
});

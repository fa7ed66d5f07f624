import { afterEach, expect, test, vi } from 'vitest';
import { Offers } from '../../../src/buffer/spool/offers.ts';
import type { Chunk } from '../../../src/core/contracts.ts';
import { configureLog } from '../../../src/core/log.ts';

const lines: { msg: string; waiting?: number }[] = [];
configureLog('info', {}, { write: line => lines.push(JSON.parse(line)) });

const stop = new AbortController();
afterEach(() => stop.abort());

const chunkOf = (id: string) => ({ id, bytes: 10, events: 1 }) as Chunk;

test('a store that is away for many chunks is one line, and its return another', async () => {
  const offers = new Offers(0, stop.signal);
  let isAway = true;
  let tries = 0;
  offers.start(async () => {
    tries++;
    if (isAway) throw new Error('away');
  }, 4);
  for (let i = 0; i < 40; i++) offers.add(chunkOf(`c${i}`), undefined);
  await vi.waitUntil(() => tries > 12);
  isAway = false;
  await offers.settled;
  expect(lines.map(({ msg }) => msg)).toEqual([
    'the store did not accept a chunk; chunks wait and are retried',
    'the store accepts chunks again',
  ]);
});

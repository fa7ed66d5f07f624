import { afterEach, expect, test, vi } from 'vitest';
import { Offers } from '../../../src/buffer/spool/offers.ts';
import { Pages } from '../../../src/buffer/spool/pages.ts';
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

test('documents that are kept hold no more memory than they are long, however they lie between others', () => {
  const pages = new Pages();
  const offers = new Offers(1_000_000, stop.signal, bodies => pages.give(bodies));
  const used = new Set<ArrayBufferLike>();
  for (let log = 0; log < 50; log++) {
    const days = { today: [] as Buffer[], late: [] as Buffer[] };
    for (let i = 0; i < 60; i++) {
      const day = i % 20 === 0 ? 'late' : 'today';
      const document = Buffer.from(`${log}.${i}.${'x'.repeat(100_000)}`).subarray(0, day === 'late' ? 50 : 100_000);
      if (!pages.append(document, document.length)) throw new Error('no room');
      days[day].push(pages.take());
    }
    for (const { buffer } of days.today) used.add(buffer);
    // Too large to be kept, and small enough.
    offers.add({ id: `${log}.today`, bytes: 5_700_000, events: 57 } as Chunk, days.today);
    offers.add({ id: `${log}.late`, bytes: 150, events: 3 } as Chunk, days.late);
  }
  expect(used.size).toBeLessThan(10);
  const kept = [...offers.inMemory()].map(({ bodies }) => Buffer.concat(bodies).toString());
  expect(kept).toHaveLength(50);
  expect(kept[7]).toBe([0, 20, 40].map(i => `7.${i}.${'x'.repeat(100)}`.slice(0, 50)).join(''));
});

import { describe, expect, test } from 'vitest';
import type { SearchRequest, SortKey, Store, StoredEvent } from '../../src/core/contracts.ts';
import { LongshoreError } from '../../src/core/errors.ts';
import { allPages } from '../../src/store/pages.ts';
import { compareKeys } from '../../src/store/query/cursor.ts';
import { seeded } from '../support/chance.ts';

const START = Date.UTC(2026, 10, 20);
const keyOf = (event: StoredEvent): SortKey => [Date.parse(event['@timestamp']), event.seq, event._id];

const event = (n: number, time: number): StoredEvent => ({
  _id: `e${n}`,
  _index: 'i',
  seq: n,
  '@timestamp': new Date(time).toISOString(),
});

/** What a store does with such requests. */
function storeOf(events: StoredEvent[], more: { form?: Store['form']; maxSize?: number } = {}) {
  const requests: SearchRequest[] = [];
  const store = {
    form: more.form ?? 'embedded',
    search: async (request: SearchRequest) => {
      requests.push(request);
      if (request.size > (more.maxSize ?? Number.POSITIVE_INFINITY))
        throw new LongshoreError('LS_STORE_RESULT_TOO_LARGE', 'too large.');
      const { from = 0, to = 0, after, size } = request;
      const hits = events
        .filter(one => keyOf(one)[0] >= from && keyOf(one)[0] <= to)
        .filter(one => after === undefined || compareKeys(keyOf(one), after) > 0)
        .sort((a, b) => compareKeys(keyOf(a), keyOf(b)))
        .slice(0, size);
      return { total: { value: hits.length, relation: 'gte' as const }, hits };
    },
  };
  return { store: store as unknown as Store, requests };
}

async function read(
  store: Store,
  tail: StoredEvent[],
  { from = START, to = START + 86_400_000, size = 50 } = {},
): Promise<StoredEvent[]> {
  const all: StoredEvent[] = [];
  const asked = { query: { type: 'all' as const }, from, to, size, timeoutMs: 1000 };
  for await (const page of allPages(store, { chunks: ['t'], events: tail, isComplete: true }, asked)) all.push(...page);
  return all;
}

describe('all pages', () => {
  test.each([1, 2, 3, 4, 5, 6])('each event once, in order, whatever their density (%i)', async seed => {
    const random = seeded(seed);
    const events: StoredEvent[] = [];
    let time = START;
    // Quiet hours, bursts of one moment, everything in between.
    while (time < START + 86_400_000 && events.length < 4000) {
      events.push(event(events.length, time));
      time += [0, 0, 0, 1, 1000, 60_000, 3_600_000][Math.floor(random() * 7)]!;
    }
    const tail = events.filter(() => random() < 0.1);
    const stored = events.filter(one => !tail.includes(one));
    const { store, requests } = storeOf(stored);
    const from = START + 1_800_000;
    const to = time - 1_800_000;
    const wanted = events.filter(one => keyOf(one)[0] >= from && keyOf(one)[0] <= to);
    const inTime = tail.filter(one => wanted.includes(one));
    expect((await read(store, inTime, { from, to })).map(one => one._id)).toEqual(wanted.map(one => one._id));
    expect(requests.every(request => request.withoutTotal === true && request.excludeChunks![0] === 't')).toBe(true);
    expect(requests.length).toBeLessThan(80 + wanted.length / 12);
  });

  test('of a store of whole documents, what is in the tail as well comes once', async () => {
    const events = [1, 2, 3, 4].map(n => event(n, START + n * 1000));
    const { store } = storeOf(events, { form: 'elasticsearch' });
    expect((await read(store, [events[1]!, event(9, START + 9000)])).map(one => one._id)).toEqual([
      'e1',
      'e2',
      'e3',
      'e4',
      'e9',
    ]);
  });

  test('where whole events are too large for a page, pages are smaller', async () => {
    const events = Array.from({ length: 100 }, (_, n) => event(n, START + n));
    const { store } = storeOf(events, { maxSize: 5 });
    expect(await read(store, [])).toHaveLength(100);
    await expect(read(storeOf(events, { maxSize: 0 }).store, [])).rejects.toMatchObject({
      code: 'LS_STORE_RESULT_TOO_LARGE',
    });
  });

  test('a year without an event takes few requests, and no time at all none', async () => {
    const { store, requests } = storeOf([]);
    expect(await read(store, [], { to: START + 365 * 86_400_000 })).toEqual([]);
    expect(requests.length).toBeLessThan(12);
    expect(await read(store, [], { from: START + 1, to: START })).toEqual([]);
  });

  test('what the store refuses is thrown', async () => {
    const store = { form: 'embedded', search: async () => Promise.reject(new Error('away')) } as unknown as Store;
    await expect(read(store, [])).rejects.toThrow('away');
  });
});

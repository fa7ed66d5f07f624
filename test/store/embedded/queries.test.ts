import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { allPages } from '../../../src/store/pages.ts';
import { all, DAY, ids, NEVER_SEAL, Place, untilSealed } from './helpers.ts';

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.close());

const EVENTS_A_CHUNK = 500;

async function fill(store: EmbeddedStore, chunks: number, message = 'some text'): Promise<void> {
  for (let c = 0; c < chunks; c++) {
    const events = Array.from({ length: EVENTS_A_CHUNK }, (_, i) => ({
      id: `${c}-${i}`,
      time: DAY + c * 1000,
      declared: { level: i % 100 === 0 ? 'ERROR' : 'INFO', message: `${message} ${i}` },
    }));
    await store.accept(place.chunk(events));
  }
}

test('eight searches beside intake, sealing and merging always see every accepted event once', async () => {
  const store = await place.store({ seal_rows: 1_000, seal_max_age_ms: 20, merge_segments: 2, merge_max_rows: 20_000 });
  const CHUNKS = 40;
  let accepted = 0;
  let searches = 0;
  let filling = true;
  const searcher = async () => {
    while (filling) {
      const least = accepted;
      const { total } = await store.search(
        all({ size: 100, query: { type: 'match', field: 'level', value: 'ERROR' } }),
      );
      expect(total.relation).toBe('eq');
      expect(total.value % 5).toBe(0);
      expect(total.value).toBeGreaterThanOrEqual(least * 5);
      expect(total.value).toBeLessThanOrEqual(CHUNKS * 5);
      searches++;
    }
  };
  const searchers = Array.from({ length: 8 }, searcher);
  for (let c = 0; c < CHUNKS; c++) {
    const events = Array.from({ length: EVENTS_A_CHUNK }, (_, i) => ({
      id: `${c}-${i}`,
      time: DAY + c * 1000,
      declared: { level: i % 100 === 0 ? 'ERROR' : 'INFO' },
    }));
    await store.accept(place.chunk(events));
    accepted++;
  }
  await untilSealed(store);
  filling = false;
  await Promise.all(searchers);
  expect(searches).toBeGreaterThan(8);
  expect((await store.search(all({ size: 0 }))).total).toEqual({ value: CHUNKS * EVENTS_A_CHUNK, relation: 'eq' });
});

test('a search that is out of time ends with an error, and the next one works', async () => {
  const store = await place.store(NEVER_SEAL);
  await fill(store, 20, 'x'.repeat(500));
  const slow = { type: 'regexp' as const, field: 'message', pattern: '(.*a){3}.*b' };
  await expect(store.search(all({ query: slow, timeoutMs: 1 }))).rejects.toMatchObject({
    code: 'LS_STORE_QUERY_TIMEOUT',
    retryable: true,
  });
  expect((await store.search(all({ size: 1 }))).hits).toHaveLength(1);
  expect(await store.stats()).toMatchObject({ queries_running: 0, queries_waiting: 0, trash: 0 });
});

test('a search can be cancelled, running or waiting', async () => {
  const store = await place.store({ ...NEVER_SEAL, whole_queries: 1 });
  await fill(store, 20, 'x'.repeat(500));
  const controller = new AbortController();
  const running = store.search(all(), controller.signal);
  const waiting = store.search(all(), controller.signal);
  controller.abort();
  const results = await Promise.allSettled([running, waiting]);
  expect(results.map(result => (result as PromiseRejectedResult).reason.code)).toEqual([
    'LS_STORE_QUERY_CANCELLED',
    'LS_STORE_QUERY_CANCELLED',
  ]);
  await expect(store.search(all(), AbortSignal.abort())).rejects.toMatchObject({ code: 'LS_STORE_QUERY_CANCELLED' });
  expect((await store.search(all({ size: 1 }))).hits).toHaveLength(1);
});

test('more searches than may wait are refused', async () => {
  const store = await place.store({ ...NEVER_SEAL, whole_queries: 1, max_queued_queries: 2 });
  await fill(store, 4);
  const results = await Promise.allSettled(Array.from({ length: 6 }, () => store.search(all())));
  const refused = results.filter(result => result.status === 'rejected').map(result => result.reason.code);
  expect(refused).toEqual(['LS_STORE_BUSY', 'LS_STORE_BUSY', 'LS_STORE_BUSY']);
});

test('a total that takes too long is a lower bound, and the hits are there', async () => {
  const store = await place.store({ ...NEVER_SEAL, total_budget_ms: 0 });
  await fill(store, 4);
  const { hits, total } = await store.search(all({ size: 10 }));
  expect(hits).toHaveLength(10);
  expect(total.relation).toBe('gte');
  expect(total.value).toBeGreaterThanOrEqual(10);
});

test('hits are told before all that match are counted', async () => {
  const store = await place.store(NEVER_SEAL);
  await fill(store, 4);
  const order: unknown[] = [];
  const { hits } = await store
    .search(all({ size: 10 }), undefined, rows => order.push(ids(rows)))
    .finally(() => order.push('counted'));
  expect(order).toEqual([ids(hits), 'counted']);
  await store.search(all({ query: { type: 'none' } }), undefined, rows => order.push(rows));
  expect(order.slice(2)).toEqual([[]]);
});

test('a page that is larger than allowed is refused with a way out', async () => {
  const store = await place.store({ ...NEVER_SEAL, max_result_bytes: 100_000 });
  await fill(store, 1, 'x'.repeat(1000));
  await expect(store.search(all())).rejects.toMatchObject({
    code: 'LS_STORE_RESULT_TOO_LARGE',
    fix: expect.any(String),
  });
  expect((await store.search(all({ size: 50 }))).hits).toHaveLength(50);
});

test('a page from many events of the same second reads no more than its own', async () => {
  const store = await place.store({ max_result_bytes: 100_000 });
  await fill(store, 1, 'x'.repeat(1000));
  await untilSealed(store);
  for (const order of ['desc', 'asc'] as const) {
    const { hits } = await store.search(all({ size: 50, order }));
    const wanted = Array.from({ length: 50 }, (_, i) => `0-${order === 'asc' ? i : EVENTS_A_CHUNK - 1 - i}`);
    expect(ids(hits)).toEqual(wanted);
  }
});

test('a mistake in the query is the user’s, not the store’s', async () => {
  const store = await place.store(NEVER_SEAL);
  await fill(store, 1);
  const wrong = all({ query: { type: 'regexp', field: 'message', pattern: '(' } });
  await expect(store.search(wrong)).rejects.toMatchObject({ retryable: false });
  expect(ids((await store.search(all({ size: 1 }))).hits)).toHaveLength(1);
});

test('all pages: each event once, in the order of their times, out of segments and chunks', async () => {
  const store = await place.store({ seal_rows: 1_000, seal_max_age_ms: 20, merge_segments: 2 });
  await fill(store, 8);
  await untilSealed(store);
  await fill(store, 2, 'later');
  const tail = { chunks: [], events: [], isComplete: true };
  const query = { type: 'match' as const, field: 'level', value: 'INFO' };
  const asked = { query, from: DAY - 1000, to: DAY + 60_000, size: 300, timeoutMs: 5000 };
  const keys: string[] = [];
  const times: number[] = [];
  for await (const page of allPages(store, tail, asked)) {
    expect(page.length).toBeLessThanOrEqual(300);
    for (const event of page) {
      keys.push(`${event['message']} ${event['@timestamp']} ${event.seq}`);
      times.push(Date.parse(event['@timestamp']));
    }
  }
  expect(keys).toHaveLength(10 * 495);
  expect(new Set(keys).size).toBe(10 * 495);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

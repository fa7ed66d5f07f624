import { existsSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CountRow, SortKey } from '../../../src/core/contracts.ts';
import { seeded as random } from '../../support/chance.ts';
import { all, DAY, DAY_NAME, ids, NEVER_SEAL, Place, type TestEvent, until, untilSealed } from './helpers.ts';

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.close());

describe('an empty store', () => {
  test('answers with nothing', async () => {
    const store = await place.store();
    expect(store.ready()).toBe(true);
    expect(await store.search(all())).toEqual({ total: { value: 0, relation: 'eq' }, hits: [] });
    expect(await store.histogram({ query: { type: 'all' }, from: 0, to: 1000, intervalMs: 100 })).toEqual([]);
    expect(await store.days()).toEqual([]);
    expect(await store.fieldNames()).toContain('response_time');
    expect(await store.stats()).toMatchObject({ segments: 0, rows: 0, unsealed_chunks: 0 });
  });

  test('stop is idempotent, safe before start, and refuses work after', async () => {
    const { EmbeddedStore } = await import('../../../src/store/embedded/embedded-store.ts');
    const unstarted = new EmbeddedStore(place.storeDir);
    await unstarted.stop(AbortSignal.timeout(1000));
    const store = await place.store();
    await store.stop(AbortSignal.timeout(5000));
    await store.stop(AbortSignal.timeout(5000));
    await expect(store.accept(place.chunk([{ id: 'a' }]))).rejects.toMatchObject({
      code: 'LS_STORE_STOPPED',
      retryable: true,
    });
    await expect(store.search(all())).rejects.toMatchObject({ code: 'LS_STORE_STOPPED' });
  });

  test('start rejects when the folder cannot be made', async () => {
    const { writeFileSync } = await import('node:fs');
    writeFileSync(place.storeDir, 'a file where the folder should be');
    await expect(place.store()).rejects.toMatchObject({ code: 'LS_STORE_FAILED' });
  });
});

describe('a chunk', () => {
  const events: TestEvent[] = Array.from({ length: 50 }, (_, i) => ({
    id: `e${i}`,
    time: DAY + i * 1000,
    seq: 5000 + i,
    declared: { level: i % 10 === 0 ? 'ERROR' : 'INFO', message: `line ${i}`, response_time: i / 2, labels: { n: i } },
    fields: `{"verb":"GET","status":${200 + i}}`,
  }));

  test('is found at once, and the same after it is sealed', async () => {
    const store = await place.store(NEVER_SEAL);
    const chunk = place.chunk(events);
    await store.accept(chunk);
    const before = await store.search(all());
    expect(before.total).toEqual({ value: 50, relation: 'eq' });
    expect(ids(before.hits)).toEqual(events.map(event => event.id).reverse());
    expect(before.hits[0]).toEqual({
      _id: 'e49',
      _index: 'docker-logs-2026.11.20',
      seq: 5049,
      '@timestamp': '2026-11-20T00:00:49.000Z',
      level: 'INFO',
      message: 'line 49',
      response_time: 24.5,
      labels: { n: 49 },
      verb: 'GET',
      status: 249,
    });
    await store.stop(AbortSignal.timeout(5000));

    const sealing = await place.store();
    await sealing.accept(chunk);
    await untilSealed(sealing);
    expect(existsSync(chunk.path)).toBe(false);
    expect(place.segments()).toHaveLength(1);
    expect(await sealing.search(all())).toEqual(before);
    expect(await sealing.days()).toEqual([{ day: DAY_NAME, events: 50, bytes: expect.any(Number) }]);
  });

  test('is left out of a search that excludes it', async () => {
    const store = await place.store(NEVER_SEAL);
    await store.accept(place.chunk([{ id: 'a' }], { id: 'one' }));
    await store.accept(place.chunk([{ id: 'b' }], { id: 'two' }));
    const { hits, total } = await store.search(all({ excludeChunks: ['one'] }));
    expect(ids(hits)).toEqual(['b']);
    expect(total.value).toBe(1);
    const buckets = await store.histogram({
      query: { type: 'all' },
      from: DAY,
      to: DAY + 1000,
      intervalMs: 1000,
      excludeChunks: ['two'],
    });
    expect(buckets).toEqual([{ at: DAY, count: 1 }]);
  });

  test('that is offered twice is stored once, also after it was sealed', async () => {
    const store = await place.store(NEVER_SEAL);
    const chunk = place.chunk([{ id: 'a' }]);
    await Promise.all([store.accept(chunk), store.accept(chunk)]);
    expect((await store.search(all())).total.value).toBe(1);
  });

  test('whose file does not exist is refused for good', async () => {
    const store = await place.store();
    const chunk = { ...place.chunk([{ id: 'a' }]), path: join(place.dir, 'nowhere.ndjson') };
    await expect(store.accept(chunk)).rejects.toMatchObject({ code: 'LS_STORE_CHUNK_MISSING', retryable: false });
  });

  test('that is nearly as large as what the store may use is searched, and then sealed', {
    timeout: 300_000,
  }, async () => {
    const text = 'a'.repeat(1_000_000);
    const events = Array.from({ length: 120 }, (_, i) => ({ id: `big-${i}`, declared: { message: `${i} ${text}` } }));
    const chunk = place.chunk(events);
    const searching = await place.store(NEVER_SEAL);
    await searching.accept(chunk);
    expect((await searching.search({ ...all(), size: 1 })).total.value).toBe(120);
    await searching.stop(AbortSignal.timeout(5000));
    const sealing = await place.store({ seal_rows: 10, seal_min_age_ms: 0, seal_max_age_ms: 0 });
    await sealing.accept(chunk);
    await untilSealed(sealing);
    expect((await sealing.search({ ...all(), size: 1 })).total.value).toBe(120);
  });

  test('whose file the system cannot give at this moment is refused for now, not for ever', async () => {
    const store = await place.store();
    const chunk = place.chunk([{ id: 'later' }]);
    const aside = `${chunk.path}.aside`;
    renameSync(chunk.path, aside);
    symlinkSync(chunk.path, chunk.path);
    await expect(store.accept(chunk)).rejects.toMatchObject({ code: 'LS_STORE_FAILED', retryable: true });
    rmSync(chunk.path);
    renameSync(aside, chunk.path);
    await store.accept(chunk);
    expect((await store.search(all())).total.value).toBe(1);
  });

  test('of every size of day waits for its turn: a folder a day', async () => {
    const store = await place.store();
    for (let day = 0; day < 3; day++)
      await store.accept(place.chunk([{ id: `d${day}`, time: DAY - day * 86_400_000 }]));
    await untilSealed(store);
    expect(place.segments().map(name => name.split('/')[0])).toEqual([
      'docker-logs-2026.11.18',
      'docker-logs-2026.11.19',
      'docker-logs-2026.11.20',
    ]);
    expect((await store.days()).map(day => day.day)).toEqual(['2026.11.18', '2026.11.19', '2026.11.20']);
  });
});

describe('search', () => {
  test('pages through segments and chunks in order, each event once', async () => {
    const rnd = random(7);
    const expected: { id: string; time: number; seq: number }[] = [];
    const chunkOf = (n: number) => {
      const events = Array.from({ length: n }, () => {
        const i = expected.length;
        // Whole seconds, many equal: seq decides.
        const event = {
          id: `e${i}`,
          time: DAY + Math.floor(rnd() * 60) * 1000,
          seq: 1 + Math.floor(rnd() * 1e6) * 1000 + i,
        };
        expected.push(event);
        return event;
      });
      return place.chunk(events);
    };
    const sealing = await place.store();
    for (let i = 0; i < 4; i++) {
      await sealing.accept(chunkOf(60));
      await untilSealed(sealing);
    }
    await sealing.stop(AbortSignal.timeout(5000));
    const store = await place.store({ ...NEVER_SEAL, merge_idle_ms: 604_800_000 });
    for (let i = 0; i < 3; i++) await store.accept(chunkOf(60));
    expected.sort((a, b) => a.time - b.time || a.seq - b.seq);

    for (const order of ['desc', 'asc'] as const) {
      const seen: string[] = [];
      let after: SortKey | undefined;
      for (;;) {
        const page = await store.search(all({ size: 37, order, after }));
        expect(page.total).toEqual({ value: expected.length, relation: 'eq' });
        seen.push(...ids(page.hits));
        const last = page.hits.at(-1);
        if (last === undefined) break;
        after = [Date.parse(last['@timestamp']), last.seq, last._id];
      }
      const wanted = expected.map(event => event.id);
      expect(seen).toEqual(order === 'asc' ? wanted : wanted.reverse());
    }
  });

  test('keeps to a time range, both ends included', async () => {
    const store = await place.store(NEVER_SEAL);
    await store.accept(place.chunk([0, 1, 2, 3].map(i => ({ id: `e${i}`, time: DAY + i * 1000 }))));
    const { hits, total } = await store.search(all({ from: DAY + 1000, to: DAY + 2000 }));
    expect(ids(hits)).toEqual(['e2', 'e1']);
    expect(total.value).toBe(2);
    expect((await store.search(all({ from: DAY + 3001 }))).hits).toEqual([]);
  });

  test('finds declared and undeclared fields', async () => {
    const store = await place.store();
    await store.accept(
      place.chunk([
        { id: 'a', declared: { level: 'ERROR' }, fields: '{"verb":"GET"}' },
        { id: 'b', declared: { level: 'INFO' }, fields: '{"verb":"POST"}' },
      ]),
    );
    for (const sealed of [false, true]) {
      if (sealed) await untilSealed(store);
      expect(ids((await store.search(all({ query: { type: 'match', field: 'level', value: 'ERROR' } }))).hits)).toEqual(
        ['a'],
      );
      expect(ids((await store.search(all({ query: { type: 'match', field: 'verb', value: 'POST' } }))).hits)).toEqual([
        'b',
      ]);
    }
  });

  test('size 0 gives the total only', async () => {
    const store = await place.store(NEVER_SEAL);
    await store.accept(place.chunk([{ id: 'a' }, { id: 'b' }]));
    expect(await store.search(all({ size: 0 }))).toEqual({ total: { value: 2, relation: 'eq' }, hits: [] });
  });
});

test('a histogram counts by interval and by a field', async () => {
  const store = await place.store();
  const event = (id: string, seconds: number, level: string, fields?: string): TestEvent => ({
    id,
    time: DAY + seconds * 1000,
    declared: { level },
    ...(fields === undefined ? {} : { fields }),
  });
  await store.accept(
    place.chunk([
      event('a', 1, 'INFO', '{"__proto__":1,"http":{"verb":"GET"}}'),
      event('b', 2, 'ERROR', '{"http.verb":"GET"}'),
      event('c', 61, '__proto__'),
    ]),
  );
  const range = { query: { type: 'all' as const }, from: DAY, to: DAY + 3_600_000, intervalMs: 60_000 };
  for (const sealed of [false, true]) {
    if (sealed) await untilSealed(store);
    expect(await store.histogram(range)).toEqual([
      { at: DAY, count: 2 },
      { at: DAY + 60_000, count: 1 },
    ]);
    const byLevel = await store.histogram({ ...range, by: 'level' });
    expect(byLevel.map(bucket => Object.entries(bucket.by!).sort())).toEqual([
      [
        ['ERROR', 1],
        ['INFO', 1],
      ],
      [['__proto__', 1]],
    ]);
    expect((await store.histogram({ ...range, by: 'http.verb' })).map(bucket => ({ ...bucket.by }))).toEqual([
      { GET: 2 },
      {},
    ]);
  }
  await expect(store.histogram({ ...range, intervalMs: 1 })).rejects.toMatchObject({
    code: 'LS_STORE_TOO_MANY_BUCKETS',
  });
});

test('counts by stretches of time that begin anywhere, and by fields, with the numbers of another', async () => {
  const store = await place.store();
  const event = (id: string, ms: number, service: string | undefined, fields: object): TestEvent => ({
    id,
    time: DAY + ms,
    declared: service === undefined ? { level: 'INFO' } : { service },
    fields: JSON.stringify(fields),
  });
  await store.accept(
    place.chunk([
      event('too-early', 4_999, 'api', { status: 200 }),
      event('a', 5_000, 'api', { status: 200, took: 10 }),
      event('b', 6_000, 'api', { status: 200, took: '30' }),
      event('c', 14_999, 'api', { status: 200, took: 'long' }),
      event('d', 15_000, 'api', { status: 500, took: 5.5 }),
      event('e', 15_001, 'web', { status: 200 }),
      event('no-service', 15_002, undefined, { status: 200, took: 7 }),
      event('no-status', 15_003, 'web', { took: 7 }),
      event('too-late', 25_000, 'web', { status: 200 }),
    ]),
  );
  const request = {
    query: { type: 'all' as const },
    from: DAY + 5_000,
    stretchMs: 10_000,
    stretches: 2,
    by: ['service', 'status'],
    maxRows: 100,
  };
  const byText = (rows: readonly CountRow[]) =>
    rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  const none = { sum: null, min: null, max: null };
  for (const sealed of [false, true]) {
    if (sealed) await untilSealed(store);
    expect(byText(await store.counts({ ...request, of: { field: 'took', as: 'numbers' } }))).toEqual(
      byText([
        { stretch: 0, by: ['api', '200'], events: 3, values: 2, sum: 40, min: 10, max: 30 },
        { stretch: 1, by: ['api', '500'], events: 1, values: 1, sum: 5.5, min: 5.5, max: 5.5 },
        { stretch: 1, by: ['web', '200'], events: 1, values: 0, ...none },
      ]),
    );
    const [first] = await store.counts({ ...request, stretches: 1, by: [], of: { field: 'took', as: 'values' } });
    expect(first).toMatchObject({ stretch: 0, by: [], events: 3, values: 3 });
    expect(await store.counts({ ...request, stretches: 1, by: [] })).toEqual([
      { stretch: 0, by: [], events: 3, values: 0, ...none },
    ]);
  }
  await expect(store.counts({ ...request, maxRows: 2 })).rejects.toMatchObject({ code: 'LS_STORE_TOO_MANY_VALUES' });
});

test('field names: undeclared ones, nested ones, labels; before and after sealing, and after a restart', async () => {
  const chunk = place.chunk([
    { id: 'a', declared: { labels: { team: 'x' } }, fields: '{"verb":"GET","http":{"response":{"code":1}},"a.b":1}' },
  ]);
  const names = ['verb', 'http', 'http.response', 'http.response.code', 'a.b', 'labels.team', '@timestamp', 'level'];
  const unsealed = await place.store(NEVER_SEAL);
  await unsealed.accept(chunk);
  expect(await unsealed.fieldNames()).toEqual(expect.arrayContaining(names));
  await unsealed.stop(AbortSignal.timeout(5000));
  const sealed = await place.store();
  await sealed.accept(chunk);
  await untilSealed(sealed);
  expect(await sealed.fieldNames()).toEqual(expect.arrayContaining(names));
  await sealed.stop(AbortSignal.timeout(5000));
  expect(await (await place.store()).fieldNames()).toEqual(expect.arrayContaining(names));
});

test('small segments are merged, and searches see no difference', async () => {
  const store = await place.store({ merge_segments: 3, seal_max_age_ms: 10 });
  for (let i = 0; i < 9; i++) {
    await store.accept(place.chunk([{ id: `e${i}`, time: DAY + i }]));
    await untilSealed(store);
  }
  await until('one segment is left', async () => {
    const stats = await store.stats();
    return stats.segments === 1 && stats.trash === 0;
  });
  expect(place.segments()).toHaveLength(1);
  expect(ids((await store.search(all({ order: 'asc' }))).hits)).toEqual(Array.from({ length: 9 }, (_, i) => `e${i}`));
});

import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, type TestContext, test } from 'vitest';
import type { Chunk } from '../../../src/core/contracts.ts';
import type { EmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { seeded as random } from '../../support/chance.ts';
import { all, DAY, ids, Place, until, untilSealed } from './helpers.ts';

// Side by side, as most of the time is spent waiting for processes to end and to start.
function newPlace({ onTestFinished }: Pick<TestContext, 'onTestFinished'>): Place {
  const place = new Place();
  onTestFinished(() => place.close());
  return place;
}

const MERGING = { merge_segments: 2, seal_max_age_ms: 10, seal_late_max_age_ms: 10, word_filter_min_rows: 1 };
const BAD_LINE = '{"_id":"bad","seq":1,"@timest\n';

/** Days that hold something; the events of a chunk are `<chunk>-0`, `<chunk>-1`, ... */
function makeChunks(place: Place, count: number, day = DAY): { chunk: Chunk; events: string[] }[] {
  return Array.from({ length: count }, (_, c) => {
    const events = Array.from({ length: 20 }, (_, i) => ({ id: `${day}-${c}-${i}`, time: day + i }));
    return { chunk: place.chunk(events, c === 1 ? { raw: BAD_LINE } : {}), events: events.map(event => event.id) };
  });
}

async function expectExactlyOnce(store: EmbeddedStore, expected: readonly string[]): Promise<void> {
  await untilSealed(store);
  const { hits, total } = await store.search(all());
  expect(ids(hits).sort()).toEqual([...expected].sort());
  expect(total).toEqual({ value: expected.length, relation: 'eq' });
}

/** The first store process has the fault; it is gone from the environment before anything else runs. */
function startWithFault(place: Place, fault: string, options: Parameters<Place['store']>[0]): Promise<EmbeddedStore> {
  process.env['LONGSHORE_FAULT'] = fault;
  const store = place.store(options);
  delete process.env['LONGSHORE_FAULT'];
  return store;
}

/** All that the store process has. */
const FAULT_POINTS = new Set(
  globSync('src/store/embedded/process/*.ts').flatMap(path =>
    [...readFileSync(path, 'utf8').matchAll(/\bfaultPoint\('(\w+)'\)/g)].map(match => match[1]!),
  ),
);
const dropPoints = new Set(['before_drop', 'between_drops']);
const cases = [...FAULT_POINTS.difference(dropPoints)].flatMap(point =>
  point === 'after_dead_letters' ? [`${point}:1`] : [`${point}:1`, `${point}:3`],
);

describe.concurrent('killed by the process itself at a step of sealing or merging, every event is stored exactly once', () => {
  test.for(['before_copy:1', 'after_rename:1', 'after_commit:3', 'between_deletions:3'])(
    '%s, the service lives on',
    async (fault, context) => {
      const place = newPlace(context);
      const store = await startWithFault(place, fault, MERGING);
      const { pid } = store;
      const made = makeChunks(place, 5);
      for (const { chunk } of made) {
        await store.accept(chunk);
        if (store.pid === pid) await untilSealedOrDead(store, pid);
      }
      await until('the store process was killed', () => store.pid !== pid);
      await until('it is back', () => store.ready());
      await expectExactlyOnce(
        store,
        made.flatMap(each => each.events),
      );
      expect(place.deadLetters()).toHaveLength(1);
      await until('nothing is left of interrupted work', () => place.files('tmp').length === 0);
    },
  );

  test.for(cases)('%s, the service dies, too', async (fault, context) => {
    const place = newPlace(context);
    const store = await startWithFault(place, fault, MERGING);
    const { pid } = store;
    const made = makeChunks(place, 5);
    for (const { chunk } of made) {
      if (store.pid !== pid) break;
      await store.accept(chunk);
      if (store.pid === pid) await untilSealedOrDead(store, pid);
    }
    await until('the store process was killed', () => store.pid !== pid);
    await store.stop(AbortSignal.abort());

    const next = await place.store(MERGING);
    for (const { chunk } of made) if (existsSync(chunk.path)) await next.accept(chunk);
    await expectExactlyOnce(
      next,
      made.flatMap(each => each.events),
    );
    expect(place.deadLetters()).toHaveLength(1);
    for (const { chunk } of made) expect(existsSync(chunk.path)).toBe(false);
  });
});

async function untilSealedOrDead(store: EmbeddedStore, pid: number | undefined): Promise<void> {
  await until('sealed or dead', async () => {
    if (store.pid !== pid) return true;
    const stats = await store.stats().catch(() => undefined);
    return stats === undefined || stats.unsealed_chunks === 0;
  });
}

describe.concurrent('killed from outside at random moments', () => {
  test.for([1, 2, 3])('seed %i', async (seed, context) => {
    const place = newPlace(context);
    const rnd = random(seed);
    const expected: string[] = [];
    let store = await place.store(MERGING);
    const known: Chunk[] = [];
    for (let round = 0; round < 6; round++) {
      for (let i = 0; i < 4; i++) {
        // Also late events of other days.
        const time = DAY - Math.floor(rnd() * 3) * 86_400_000;
        const events = Array.from({ length: 1 + Math.floor(rnd() * 30) }, (_, n) => ({
          id: `${round}-${i}-${n}`,
          time,
        }));
        const chunk = place.chunk(events);
        known.push(chunk);
        expected.push(...events.map(event => event.id));
        void store.accept(chunk).catch(() => {});
      }
      await new Promise(resolve => setTimeout(resolve, rnd() * 150));
      if (store.pid !== undefined) process.kill(store.pid, 'SIGKILL');
      if (rnd() < 0.5) {
        await store.stop(AbortSignal.abort());
        store = await place.store(MERGING);
        for (const each of known) if (existsSync(each.path)) void store.accept(each).catch(() => {});
      }
    }
    await until('it is back', () => store.ready());
    await expectExactlyOnce(store, expected);
    for (const chunk of known) expect(existsSync(chunk.path)).toBe(false);
  });
});

describe.concurrent('killed while retention drops days', () => {
  const DAYS = 4;
  test.for(['before_drop:1', 'between_drops:1', 'between_drops:2', 'between_deletions:1', 'after_deletions:1'])(
    '%s: the days that should stay do, the others go',
    async (fault, context) => {
      const place = newPlace(context);
      const filling = await place.store({ ...MERGING, merge_segments: 64 });
      const kept: string[] = [];
      for (let day = 0; day < DAYS; day++) {
        const [made] = makeChunks(place, 1, DAY - day * 86_400_000);
        if (day === 0) kept.push(...made!.events);
        await filling.accept(made!.chunk);
      }
      await untilSealed(filling);
      const sizes = new Map((await filling.days()).map(day => [day.day, day.bytes]));
      await filling.stop(AbortSignal.timeout(5000));

      const retention = {
        max_age_days: 36_000,
        min_free_bytes: 0,
        max_bytes: sizes.get('2026.11.20')!,
        age_drop_interval_ms: 0,
      };
      const store = await startWithFault(place, fault, { retention });
      const { pid } = store;
      await until('the store process was killed', () => store.pid !== pid);
      await until('only the newest day is left', async () => {
        const days = await store.days().catch(() => []);
        return days.length === 1;
      });
      expect(ids((await store.search(all())).hits).sort()).toEqual(kept.sort());
    },
  );
});

test('searches under way fail retryable, accepted chunks stay accepted, and the store comes back', async context => {
  const place = newPlace(context);
  const store = await place.store({ seal_max_age_ms: 3_600_000 });
  await store.accept(place.chunk([{ id: 'a' }]));
  process.kill(store.pid!, 'SIGKILL');
  const search = store.search(all());
  await expect(search).rejects.toMatchObject({ code: 'LS_STORE_RESTARTING', retryable: true });
  // Offered while it is away: waits.
  await store.accept(place.chunk([{ id: 'b' }]));
  expect(ids((await store.search(all())).hits).sort()).toEqual(['a', 'b']);
});

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LongshoreError } from '../../../src/core/errors.ts';
import { EmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { parseQuery } from '../../../src/store/query/parse.ts';
import { Searcher } from '../../../src/store/search.ts';
import { cpuSeconds } from '../processes.ts';
import { BEGIN, DAY_MS } from './events.ts';
import { type Answer, BUCKETS, type Question, type Searched } from './questions.ts';

/** Keeps events of any age. */
export const KEEP_ALL = { max_age_days: 36_000, min_free_bytes: 0 };

/** The embedded store in a folder, without a service around it. `sets`: `KEY=NUMBER`. */
export async function embeddedStore(dir: string, sets: readonly string[]): Promise<Searched> {
  const store = new EmbeddedStore(join(dir, 'store'), {
    seal_min_age_ms: 100,
    seal_max_age_ms: 1000,
    merge_idle_ms: 3_600_000,
    ...Object.fromEntries(sets.map(each => each.split('=')).map(([key, value]) => [key, Number(value)])),
    retention: KEEP_ALL,
  });
  await store.start();
  const searcher = new Searcher(store, { search: async () => ({ chunks: [], events: [], isComplete: true }) });
  return {
    name: 'Longshore',
    get pid() {
      return store.pid!;
    },
    async accept(chunk) {
      await store.accept(chunk);
      // No more than a service leaves behind when it is busy.
      while ((await store.stats()).unsealed_chunks > 60) await sleep(50);
    },
    async settled() {
      // A merge that runs shows in nothing but its work.
      for (let still = 0, before = 0; still < 5; ) {
        const { unsealed_chunks, trash } = await store.stats();
        const cpu = cpuSeconds(store.pid!);
        still = unsealed_chunks === 0 && trash === 0 && cpu - before < 0.05 ? still + 1 : 0;
        before = cpu;
        await sleep(500);
      }
    },
    async describe() {
      const { rows, bytes, segments } = await store.stats();
      return `${rows} events in ${segments} segments, ${(bytes / rows).toFixed(1)} bytes each`;
    },
    ask: question => ask(store, searcher, question),
    end: () => store.stop(AbortSignal.timeout(10_000)),
  };
}

async function ask(store: EmbeddedStore, searcher: Searcher, { query, by }: Question): Promise<Answer> {
  const range = { from: BEGIN, to: BEGIN + DAY_MS - 1 };
  const start = performance.now();
  try {
    if (by !== undefined) {
      const { buckets } = await searcher.histogram({ query, ...range, by: by ?? undefined, buckets: BUCKETS });
      const all = performance.now() - start;
      return { all, said: `${buckets.reduce((sum, { count }) => sum + count, 0)} events, ${buckets.length} buckets` };
    }
    const request = { query: parseQuery(query), ...range, size: 100, order: 'desc' as const };
    const { hits } = await store.search({ ...request, withoutTotal: true });
    const rows = performance.now() - start;
    const again = performance.now();
    const { total } = await searcher.search({ query, ...range, size: 100 });
    const all = performance.now() - again;
    return { rows, all, said: `${hits.length} rows of ${total.relation === 'gte' ? '>=' : ''}${total.value}` };
  } catch (error) {
    if (!(error instanceof LongshoreError)) throw error;
    return { all: performance.now() - start, said: error.code };
  }
}

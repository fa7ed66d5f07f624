import { describe, expect, test } from 'vitest';
import type { SortKey } from '../../../../src/core/contracts.ts';
import { chunk, numbered, Place, TIME } from '../helpers.ts';
import type { Server } from '../server.ts';

/** Pages, histograms and counts of what a real server has. */
export function readingSuite(server: () => Server): void {
  const start = (more = {}) => Place.start({ nodes: [server().url], ...more });

  test('a large chunk goes in several requests', async () => {
    const place = await start({ max_bulk_bytes: 10_000, compression: 'none' });
    try {
      await place.store.write(chunk(numbered(1000)));
      expect((await place.store.search({ query: { type: 'all' }, size: 0 })).total).toEqual({
        value: 1000,
        relation: 'eq',
      });
    } finally {
      await place.stop();
    }
  });

  describe('pages', () => {
    test.for(['asc', 'desc'] as const)('%s: every event once, also those that share time and seq', async order => {
      const place = await start();
      try {
        const documents = Array.from({ length: 120 }, (_, i) => ({
          _id: `e${(i * 37) % 120}`,
          '@timestamp': new Date(TIME + Math.floor(i / 60) * 1000).toISOString(),
          seq: Math.floor(i / 40),
        }));
        await place.store.write(chunk(documents));
        const seen: SortKey[] = [];
        let after: SortKey | undefined;
        for (let page = 0; page < 100; page++) {
          const told: unknown[] = [];
          const request = { query: { type: 'all' as const }, size: 7, order, after };
          const { hits, total } = await place.store.search(request, undefined, rows => told.push(rows));
          expect(total).toEqual({ value: 120, relation: 'eq' });
          expect(told).toEqual([hits]);
          if (hits.length === 0) break;
          seen.push(...hits.map((hit): SortKey => [Date.parse(hit['@timestamp']), hit.seq, hit._id]));
          after = seen.at(-1);
        }
        const keys = documents.map((each): SortKey => [Date.parse(each['@timestamp']), each.seq, each._id]);
        const direction = order === 'asc' ? 1 : -1;
        keys.sort((a, b) => direction * (a[0] - b[0] || a[1] - b[1] || (a[2] < b[2] ? -1 : 1)));
        expect(seen).toEqual(keys);
      } finally {
        await place.stop();
      }
    });
  });

  test('histograms count by time and by value', async () => {
    const place = await start();
    try {
      await place.store.write(chunk(numbered(120)));
      const request = { query: { type: 'all' as const }, from: TIME, to: TIME + 119_000, intervalMs: 60_000 };
      expect(await place.store.histogram(request)).toEqual([
        { at: TIME, count: 60 },
        { at: TIME + 60_000, count: 60 },
      ]);
      const split = await place.store.histogram({ ...request, by: 'level' });
      expect(split.map(({ by }) => ({ ...by }))).toEqual([
        { INFO: 48, ERROR: 12 },
        { INFO: 48, ERROR: 12 },
      ]);
      await expect(place.store.histogram({ ...request, by: 'message' })).rejects.toThrow('LS_STORE_SPLIT');
    } finally {
      await place.stop();
    }
  });

  test('counts by stretches of time that begin anywhere, and by fields, with the numbers of another', async () => {
    const place = await start();
    try {
      await place.store.write(chunk(numbered(120, { took: 2.5, verb: 'GET', status: 200 })));
      const request = {
        query: { type: 'all' as const },
        from: TIME + 5000,
        stretchMs: 60_000,
        stretches: 2,
        by: ['level', 'status'],
        of: { field: 'took', as: 'numbers' as const },
        maxRows: 100,
      };
      const sums = { min: 2.5, max: 2.5 };
      expect(await place.store.counts(request)).toEqual([
        { stretch: 0, by: ['ERROR', '200'], events: 12, values: 12, sum: 30, ...sums },
        { stretch: 0, by: ['INFO', '200'], events: 48, values: 48, sum: 120, ...sums },
        { stretch: 1, by: ['ERROR', '200'], events: 11, values: 11, sum: 27.5, ...sums },
        { stretch: 1, by: ['INFO', '200'], events: 44, values: 44, sum: 110, ...sums },
      ]);
      const none = { sum: null, min: null, max: null };
      const values = { ...request, by: [], stretches: 1, of: { field: 'verb', as: 'values' as const } };
      expect(await place.store.counts(values)).toEqual([{ stretch: 0, by: [], events: 60, values: 60, ...none }]);
      const missing = { ...values, of: { field: 'unseen', as: 'numbers' as const } };
      expect(await place.store.counts(missing)).toEqual([{ stretch: 0, by: [], events: 60, values: 0, ...none }]);
      expect(await place.store.counts({ ...request, by: ['unseen'] })).toEqual([]);
      await expect(place.store.counts({ ...request, by: ['message'] })).rejects.toThrow('LS_STORE_SPLIT');
      await expect(place.store.counts({ ...request, maxRows: 3 })).rejects.toThrow('LS_STORE_TOO_MANY_VALUES');
    } finally {
      await place.stop();
    }
  });
}

import { describe, expect, test } from 'vitest';
import type {
  CountsRequest,
  HistogramRequest,
  SearchRequest,
  SortKey,
  Store,
  StoredEvent,
} from '../../src/core/contracts.ts';
import { fieldAt } from '../../src/core/event.ts';
import { CountTable } from '../../src/store/counts.ts';
import { compareKeys } from '../../src/store/query/cursor.ts';
import { compilePredicate } from '../../src/store/query/predicate.ts';
import { Searcher } from '../../src/store/search.ts';
import { localTail } from '../../src/store/tail.ts';
import { seeded } from '../support/chance.ts';

const NOW = Date.parse('2026-11-20T14:00:00.000Z');
const keyOf = (hit: StoredEvent): SortKey => [Date.parse(hit['@timestamp']), hit.seq, hit._id];

/** Chunks of events, each in the tail, on its way (in both) or in the store only: the whole contract in memory. */
class Service implements Store {
  readonly form = 'embedded' as const;
  readonly open = new Map<string, StoredEvent[]>();
  readonly stored = new Map<string, StoredEvent[]>();
  readonly requests: (SearchRequest | HistogramRequest)[] = [];
  /** Called when the store is asked: the world goes on in the meantime. */
  meanwhile: () => void = () => {};
  /** Called when it has found the hits, before it tells how many there are. */
  counting: () => void = () => {};

  snapshot() {
    return { chunks: [...this.open.keys()], events: [...this.open.values()].flat() };
  }

  #visible(request: SearchRequest | HistogramRequest): StoredEvent[] {
    this.requests.push(structuredClone(request));
    this.meanwhile();
    const { query, from = -Infinity, to = Infinity } = request;
    const matches = compilePredicate(query, Number.NaN);
    return [...this.stored]
      .filter(([id]) => !request.excludeChunks?.includes(id))
      .flatMap(([, hits]) => hits)
      .filter(hit => keyOf(hit)[0] >= from && keyOf(hit)[0] <= to && matches(hit));
  }

  async search(request: SearchRequest, _signal?: AbortSignal, onHits?: (hits: StoredEvent[]) => void) {
    const direction = request.order === 'asc' ? 1 : -1;
    const found = this.#visible(request);
    const hits = found
      .filter(hit => request.after === undefined || compareKeys(keyOf(hit), request.after) * direction > 0)
      .sort((a, b) => compareKeys(keyOf(a), keyOf(b)) * direction)
      .slice(0, request.size);
    onHits?.(hits);
    this.counting();
    return { total: { value: found.length, relation: 'eq' as const }, hits };
  }

  async histogram(request: HistogramRequest) {
    return this.#visible(request).map(hit => ({
      at: Math.floor(keyOf(hit)[0] / request.intervalMs) * request.intervalMs,
      count: 1,
      ...(request.by === undefined ? {} : { by: { [String(fieldAt(hit, request.by))]: 1 } }),
    }));
  }

  async counts(request: CountsRequest) {
    const { from, stretchMs, stretches } = request;
    const to = from + stretchMs * stretches - 1;
    const table = new CountTable(request);
    for (const hit of this.#visible({ ...request, to, size: 0 })) table.addEvent(hit, keyOf(hit)[0]);
    return table.rows();
  }

  statistics() {
    return Promise.reject(new Error('nobody asks for statistics here'));
  }

  async days() {
    return [...new Set([...this.stored.values()].flat().map(hit => hit._index.slice(-10)))].map(day => ({
      day,
      events: 1,
      bytes: 1,
    }));
  }

  async start() {}
  async stop() {}
  async accept() {}
  async fieldNames() {
    return [];
  }
}

let sequence = 0;

function hit(id: string, time: string | number, fields: Record<string, unknown> = {}): StoredEvent {
  const iso = new Date(time).toISOString();
  return {
    _id: id,
    _index: `docker-logs-${iso.slice(0, 10).replaceAll('-', '.')}`,
    seq: ++sequence,
    '@timestamp': iso,
    ...fields,
  };
}

function service(open: Record<string, StoredEvent[]>, stored: Record<string, StoredEvent[]> = {}) {
  const both = new Service();
  for (const [id, hits] of Object.entries(open)) both.open.set(id, hits);
  for (const [id, hits] of Object.entries(stored)) both.stored.set(id, hits);
  return { both, searcher: new Searcher(both, localTail(both), { max_size: 50, max_buckets: 100 }) };
}

const ids = (page: { hits: StoredEvent[] }): string => page.hits.map(found => found._id).join(' ');

describe('search', () => {
  test('finds what is stored and what is not yet, newest first', async () => {
    const { searcher } = service(
      { c2: [hit('b', NOW - 2000), hit('d', NOW - 4000)] },
      { c1: [hit('a', NOW - 1000), hit('c', NOW - 3000)] },
    );
    const page = await searcher.search({}, NOW);
    expect(ids(page)).toBe('a b c d');
    expect(page.total).toEqual({ value: 4, relation: 'eq' });
    expect(ids(await searcher.search({ order: 'asc' }, NOW))).toBe('d c b a');
  });

  test('tells the rows, those of the tail among them, before all is counted', async () => {
    const { both, searcher } = service(
      { c2: [hit('b', NOW - 2000), hit('d', NOW - 4000)] },
      { c1: [hit('a', NOW - 1000), hit('c', NOW - 3000)] },
    );
    const told: unknown[] = [];
    both.counting = () => told.push('counting');
    for (const size of [3, 10]) {
      const { hits, cursor } = await searcher.search({ size }, NOW, undefined, rows => told.push(rows));
      expect(told.splice(0)).toEqual([cursor === undefined ? { hits } : { hits, cursor }, 'counting']);
      expect([hits.length, cursor === undefined]).toEqual(size === 3 ? [3, false] : [4, true]);
    }
  });

  test('counts an event once that is in the tail and in the store', async () => {
    const twice = [hit('a', NOW - 1000), hit('b', NOW - 2000)];
    const { both, searcher } = service({ c1: twice }, { c1: twice });
    expect(await searcher.search({}, NOW)).toMatchObject({ total: { value: 2 }, hits: twice });
    // A store that cannot leave chunks out: the ids decide.
    both.open.clear();
    both.open.set('other', twice);
    expect(await searcher.search({}, NOW)).toMatchObject({ total: { value: 2 }, hits: twice });
  });

  test('misses nothing that moves from the tail to the store while the store is asked', async () => {
    const moving = [hit('a', NOW - 1000)];
    const { both, searcher } = service({ c1: moving });
    both.meanwhile = () => {
      both.stored.set('c1', moving);
      both.open.delete('c1');
    };
    expect(await searcher.search({}, NOW)).toMatchObject({ total: { value: 1 }, hits: moving });
    expect(await searcher.search({}, NOW)).toMatchObject({ total: { value: 1 }, hits: moving });
  });

  test.for(['desc', 'asc'] as const)(
    'pages %s through each event exactly once while new ones arrive and chunks move',
    async order => {
      const random = seeded(7);
      const old = Array.from({ length: 120 }, (_, i) => hit(`o${i}`, NOW - 1000 * Math.floor(random() * 40)));
      const { both, searcher } = service({ c1: old.slice(0, 40) }, { c0: old.slice(40) });
      const seen: string[] = [];
      let cursor: string | undefined;
      let pages = 0;
      do {
        // Upwards, what arrives would never let the reading end.
        const to = order === 'asc' ? NOW : undefined;
        const page: Awaited<ReturnType<Searcher['search']>> = await searcher.search(
          { size: 7, order, cursor, to },
          NOW + pages,
        );
        seen.push(...page.hits.map(found => found._id));
        cursor = page.cursor;
        both.open.set(`n${pages}`, [hit(`n${pages}`, NOW + 5000)]);
        if (++pages === 6) {
          both.stored.set('c1', both.open.get('c1')!);
          both.open.delete('c1');
        }
      } while (cursor !== undefined);
      expect(pages).toBe(18);
      expect(seen.sort()).toEqual(old.map(found => found._id).sort());
    },
  );

  test.for(['desc', 'asc'] as const)('pages %s to the end though an event is stored twice', async order => {
    const all = Array.from({ length: 9 }, (_, i) => hit(`e${i}`, NOW - 1000 * i));
    const { searcher } = service({ open: [all[4]!, all[7]!] }, { c1: all.filter((_, i) => i !== 4), c2: [all[2]!] });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page: Awaited<ReturnType<Searcher['search']>> = await searcher.search({ size: 3, order, cursor }, NOW);
      seen.push(...page.hits.map(found => found._id));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect([...new Set(seen)].sort()).toEqual(all.map(found => found._id).sort());
  });

  test('keeps the meaning of now over all pages', async () => {
    const { searcher } = service({ c1: [hit('a', NOW - 1000), hit('b', NOW - 59_000), hit('c', NOW - 61_000)] });
    const first = await searcher.search({ from: 'now-1m', query: '@timestamp:>now-1m', size: 1 }, NOW);
    const second = await searcher.search(
      { from: 'now-1m', query: '@timestamp:>now-1m', size: 1, cursor: first.cursor },
      NOW + 30_000,
    );
    expect(ids(first) + ids(second)).toBe('ab');
    const third = await searcher.search(
      { from: 'now-1m', query: '@timestamp:>now-1m', size: 1, cursor: second.cursor },
      NOW + 60_000,
    );
    expect(third).toMatchObject({ hits: [], total: { value: 2 } });
    expect(third.cursor).toBeUndefined();
  });

  test('takes parameters as they stand in a URL', async () => {
    const { both, searcher } = service({
      c1: [hit('a', '2026-11-20T00:00:00Z', { level: 'ERROR' }), hit('b', '2026-11-19T12:00:00Z')],
    });
    expect(
      ids(await searcher.search({ query: 'level:error', from: '', to: '', size: '', order: '', cursor: '' }, NOW)),
    ).toBe('a');
    expect(ids(await searcher.search({ from: '2026-11-19', to: '2026-11-19', size: '5' }, NOW))).toBe('b');
    expect(ids(await searcher.search({ from: String(Date.parse('2026-11-20T00:00:00Z')) }, NOW))).toBe('a');
    expect(both.requests.at(-1)).toMatchObject({ size: 50, timeoutMs: 10_000, excludeChunks: ['c1'] });
  });

  test.for<[params: object, code: string, what: string]>([
    [{ size: '51' }, 'LS_SEARCH_PARAMETER', 'max_size'],
    [{ size: '-1' }, 'LS_SEARCH_PARAMETER', 'whole number'],
    [{ size: '1.5' }, 'LS_SEARCH_PARAMETER', 'whole number'],
    [{ order: 'up' }, 'LS_SEARCH_PARAMETER', 'asc or desc'],
    [{ from: 'yesterday' }, 'LS_QUERY_TIME', 'from: '],
    [{ from: 'now', to: 'now-1h' }, 'LS_SEARCH_PARAMETER', 'later than to'],
    [{ query: 'a AND' }, 'LS_QUERY_SYNTAX', 'missing'],
    [{ query: '/(/' }, 'LS_QUERY_REGEXP', 'not closed'],
    [{ cursor: 'nonsense' }, 'LS_SEARCH_PARAMETER', 'cursor'],
    [{ cursor: Buffer.from('[1,0,1,2,null,"x"]').toString('base64url') }, 'LS_SEARCH_PARAMETER', 'cursor'],
    [{ cursor: 'A'.repeat(10_000) }, 'LS_SEARCH_PARAMETER', 'cursor'],
  ])('refuses %j', async ([params, code, what]) => {
    const { both, searcher } = service({});
    await expect(searcher.search(params, NOW)).rejects.toMatchObject({ code, message: expect.stringContaining(what) });
    expect(both.requests).toEqual([]);
  });
});

describe('histogram', () => {
  test('counts store and tail together and fills the gaps', async () => {
    const shared = [hit('b', NOW - 60_000, { level: 'INFO' })];
    const { searcher } = service(
      { c2: [hit('a', NOW - 1000, { level: 'ERROR' }), hit('x', NOW - 600_000)], c3: shared },
      { c1: [hit('c', NOW - 179_000, { level: 'ERROR' }), hit('d', NOW - 178_000)], c3: shared },
    );
    const { interval_ms, buckets } = await searcher.histogram(
      { from: 'now-4m', to: 'now', interval: '1m', by: 'level' },
      NOW,
    );
    expect(interval_ms).toBe(60_000);
    const at = (minutes: number) => NOW - minutes * 60_000;
    expect(buckets.map(bucket => ({ ...bucket, by: { ...bucket.by } }))).toEqual([
      { at: at(4), count: 0, by: {} },
      { at: at(3), count: 2, by: expect.objectContaining({ ERROR: 1 }) },
      { at: at(2), count: 0, by: {} },
      { at: at(1), count: 2, by: { INFO: 1, ERROR: 1 } },
      { at: at(0), count: 0, by: {} },
    ]);
  });

  test.for<[from: string, to: string, interval: number]>([
    ['now-1h', 'now', 60_000],
    ['now-1m', 'now', 1000],
    ['now-1d', 'now', 1_800_000],
    ['now-14d', 'now', 21_600_000],
    ['now-1s', 'now', 20],
    ['now-10y', 'now', 90 * 86_400_000],
    ['now', 'now', 1],
  ])('from %s chooses a readable interval', async ([from, to, interval]) => {
    const { searcher } = service({});
    const { interval_ms, buckets } = await searcher.histogram({ from, to }, NOW);
    expect(interval_ms).toBe(interval);
    expect(buckets.length).toBeLessThanOrEqual(82);
    expect(buckets.every(bucket => bucket.count === 0)).toBe(true);
  });

  test('begins with the oldest day without from', async () => {
    const { searcher } = service({ c1: [hit('a', NOW - 1000)] }, { c0: [hit('b', '2026-11-18T12:00:00Z')] });
    const { buckets } = await searcher.histogram({}, NOW);
    expect(buckets[0]!.at).toBe(Date.parse('2026-11-18T00:00:00Z'));
    expect(buckets.reduce((sum, bucket) => sum + bucket.count, 0)).toBe(2);
  });

  test('without anything stored it begins with the tail', async () => {
    const { searcher } = service({ c1: [hit('a', NOW - 100_000), hit('b', NOW - 1000)] });
    const { buckets } = await searcher.histogram({}, NOW);
    expect(buckets.reduce((sum, bucket) => sum + bucket.count, 0)).toBe(2);
  });

  test.for<[params: object, what: string]>([
    [{ from: 'now-1d', interval: '1s' }, 'max_buckets'],
    [{ interval: '1 fortnight' }, 'not an interval'],
    [{ interval: 0 }, 'not an interval'],
    [{ buckets: 'many' }, 'whole number'],
  ])('refuses %j', async ([params, what]) => {
    const { searcher } = service({});
    await expect(searcher.histogram(params, NOW)).rejects.toThrow(what);
  });
});

test('the predicate of the live tail moves with the clock', () => {
  const { searcher } = service({});
  const recent = searcher.predicate('level:error AND @timestamp:>now-1h');
  expect(recent(hit('a', Date.now(), { level: 'ERROR' }))).toBe(true);
  expect(recent(hit('a', Date.now() - 7_200_000, { level: 'ERROR' }))).toBe(false);
  expect(() => searcher.predicate('level:')).toThrow('LS_QUERY_SYNTAX');
});

describe('beside a store that does not know chunks', () => {
  /** As Elasticsearch: whole documents, whatever chunk they came with. */
  class Documents extends Service {
    override readonly form = 'elasticsearch' as never;
  }

  function half(events: number) {
    const both = new Documents();
    const all = Array.from({ length: events }, (_, i) => hit(`h${i}`, NOW - 1000 * i, { level: 'INFO' }));
    both.open.set('c1', all);
    both.stored.set('half of c1', all.slice(0, events / 2));
    both.stored.set('c0', [hit('old', NOW - 1, { level: 'INFO' })]);
    return new Searcher(both, localTail(both), { max_size: 50, max_buckets: 100 });
  }

  test('an event of a chunk that is half stored counts once, also where the page does not show it', async () => {
    const searcher = half(40);
    for (const size of [0, 5, 50]) {
      const { total } = await searcher.search({ size, query: 'level:INFO' }, NOW);
      expect(total).toEqual({ value: 41, relation: 'eq' });
    }
    const { buckets } = await searcher.histogram({ from: NOW - 60_000, interval: '10m', by: 'level' }, NOW);
    expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(41);
  });

  test('counts are those of both, each event once', async () => {
    const request = {
      query: { type: 'all' as const },
      from: NOW - 19_999,
      stretchMs: 10_000,
      stretches: 2,
      by: ['level'],
    };
    const rows = await half(40).counts({ ...request, maxRows: 10 });
    expect(rows.map(({ stretch, by, events }) => [stretch, ...by, events]).sort()).toEqual([
      [0, 'INFO', 10],
      [1, 'INFO', 11],
    ]);
    expect(await half(40).oldest()).toBe(NOW - 39_000);
    expect(await half(40).oldest({ type: 'all' }, NOW - 40_000)).toBeUndefined();
  });

  test('with more in the tail than can be left out by id, the total is a lower bound', async () => {
    const { total } = await half(10_002).search({ size: 5 }, NOW);
    expect(total.relation).toBe('gte');
    expect(total.value).toBeGreaterThanOrEqual(5002);
    expect(total.value).toBeLessThanOrEqual(10_003);
  });
});

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SortKey } from '../../../../src/core/contracts.ts';
import { chunk, DAY, freshPrefix, numbered, Place, TIME } from '../helpers.ts';
import type { Server } from '../server.ts';

type Mapping = { [index: string]: { mappings: { properties: { [field: string]: { type: string } } } } };

const match = (field: string, value: string | number) => ({ type: 'match' as const, field, value });

/** What a store has to do, against a real server. */
export function storingSuite(server: () => Server): void {
  const start = (more = {}) => Place.start({ nodes: [server().url], ...more });

  test('a chunk is stored, its file deleted, and what was stored is found at once', async () => {
    const place = await start();
    const folder = mkdtempSync(join(tmpdir(), 'longshore-elasticsearch-'));
    try {
      const path = join(folder, 'chunk.ndjson');
      const { body, ...data } = chunk(numbered(200));
      writeFileSync(path, body);
      await place.store.accept({ ...data, path, bytes: body.length, minTime: TIME, maxTime: TIME + 200_000 });
      expect(() => statSync(path)).toThrow('ENOENT');
      const { hits, total } = await place.store.search({ query: match('level', 'error'), size: 10 });
      expect(total).toEqual({ value: 40, relation: 'eq' });
      expect(hits[0]).toEqual({
        _id: 'e195',
        _index: place.index(),
        seq: 1195,
        '@timestamp': '2026-11-20T12:03:15.000Z',
        level: 'ERROR',
        message: 'event 195',
      });
      expect(place.store.stats()).toMatchObject({ ready: true, stored: 200, known: 0, refused: 0, alarm: undefined });
    } finally {
      await place.stop();
      rmSync(folder, { recursive: true });
    }
  });

  test('a chunk that two processes send, each twice, is there once', async () => {
    const [first, second] = [await start(), await start()];
    const index = { prefix: first.prefix };
    const third = await start({ index });
    try {
      const data = chunk(numbered(300));
      await Promise.all([first.store.write(data), third.store.write(data)]);
      await Promise.all([first.store.write(data), third.store.write(data)]);
      expect((await first.ids()).length).toBe(300);
      const stored = first.store.stats().stored + third.store.stats().stored;
      const known = first.store.stats().known + third.store.stats().known;
      expect({ stored, known }).toEqual({ stored: 300, known: 900 });
      expect([...first.letters, ...third.letters]).toEqual([]);
    } finally {
      await Promise.all([first, second, third].map(place => place.stop()));
    }
  });

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

  test('what can never be stored is a dead letter with its reason, and takes nothing along', async () => {
    const place = await start();
    try {
      const bad = [
        { _id: 'bad-time', '@timestamp': 'yesterday', message: 'x', found: { a: 1 } },
        { _id: 'x'.repeat(600), message: 'an _id over 512 bytes fails a whole request' },
      ];
      await place.store.write(chunk([...numbered(5), ...bad, ...numbered(9).slice(5)]));
      expect(await place.ids()).toEqual(numbered(9).map(each => each._id));
      const letters = place.letters.toSorted((a, b) => (a.event < b.event ? -1 : 1));
      expect(letters.map(({ event, day, chunk: of, index }) => ({ event, day, of, index }))).toEqual(
        bad.map(({ _id }) => ({ event: _id, day: DAY, of: 'chunk', index: place.index() })),
      );
      expect(letters[0]!.reason).toContain('@timestamp');
      expect(JSON.parse(Buffer.from(letters[0]!.document).toString())).toMatchObject({
        '@timestamp': 'yesterday',
        message: 'x',
        found: { a: 1 },
      });
      expect(letters[1]!.reason).toMatch(/id.*too long|512/);
    } finally {
      await place.stop();
    }
  });

  test('fields of any type, form and name are stored, found, and come back as they came in', async () => {
    const place = await start();
    const values: unknown[] = [
      ...[5, 'five', true, { b: 1 }, { b: { c: 'deep' } }, [1, 'two', null], [{ b: 1 }, { b: 'x' }], [[1], ['x']]],
      ...[
        null,
        '',
        [],
        {},
        1e300,
        -0.5,
        'x'.repeat(40_000),
        12345678901234567000,
        '2026-11-20',
        '2026-11-20T00:00:00Z',
      ],
    ];
    const names = [
      '',
      ' ',
      '_id',
      '_source',
      'a..b',
      '.a',
      'a.',
      'constructor',
      'nul\u0000x',
      'ü',
      'a b',
      'x'.repeat(300),
    ];
    const documents = [
      ...values.map((value, i) => ({ _id: `v${String(i).padStart(2, '0')}`, field: value })),
      ...names.map((name, i) => ({
        _id: `n${String(i).padStart(2, '0')}`,
        nested: { [name]: 'Needle' },
        [name === '_id' ? '_type' : name]: 7,
      })),
      { _id: 'proto', ...JSON.parse('{"__proto__":{"x":1},"o":{"__proto__":"y"}}') },
    ];
    try {
      await place.store.write(chunk(documents));
      expect(place.letters).toEqual([]);
      const { hits } = await place.store.search({ query: { type: 'all' }, size: 1000 });
      const got = new Map(
        hits.map(({ _index, seq, '@timestamp': _, ...rest }) => [rest._id, JSON.stringify(sorted(rest))]),
      );
      for (const each of documents) expect(got.get(each._id)).toBe(JSON.stringify(sorted(each)));
      expect(await place.ids(match('field', 5))).toEqual(['v00']);
      expect(await place.ids(match('field', 'FIV'))).toEqual(['v01']);
      expect(await place.ids(match('field', 'two'))).toEqual(['v05']);
      expect(await place.ids(match('field.b.c', 'DEEP'))).toEqual(['v04']);
      expect(await place.ids(match('nested._source', 'needle'))).toEqual(['n03']);
    } finally {
      await place.stop();
    }
  });

  test('fields beyond the budget are moved aside, and are searched and given back all the same', async () => {
    const place = await start({ field_budget: 10 });
    const documents = Array.from({ length: 40 }, (_, i) => ({
      _id: `e${String(i).padStart(2, '0')}`,
      message: `event ${i}`,
      labels: { app: 'shop' },
      [`field${i}`]: `Value ${i}`,
      deep: { [`member${i}`]: i, list: [i, `x${i}`] },
    }));
    try {
      await place.store.write(chunk(documents.slice(0, 5)));
      await place.store.write(chunk(documents.slice(5)));
      expect(place.letters).toEqual([]);
      expect(place.store.stats().moved_fields).toBeGreaterThan(20);
      const { hits } = await place.store.search({ query: { type: 'all' }, size: 100, order: 'asc' });
      const got = new Map(hits.map(({ _index, seq, '@timestamp': _, ...rest }) => [rest._id, rest]));
      for (const each of documents) expect(got.get(each._id)).toEqual(each);
      const { body } = await server().json<Mapping>('GET', `/${place.index()}/_mapping`);
      const { properties } = body[place.index()]!.mappings;
      expect(Object.keys(properties).filter(name => /^(field|deep)/.test(name)).length).toBeLessThan(40);
      expect(properties['fields_unmapped']!.type).toBe('flattened');
      for (const query of [
        match('field39', 'value 39'),
        match('field39', 'ALUE'),
        match('deep.member39', 39),
        match('deep.list', 'x39'),
        { type: 'wildcard' as const, field: 'field39', pattern: 'val*9' },
        { type: 'regexp' as const, field: 'field39', pattern: '^value \\d+$' },
        { type: 'range' as const, field: 'deep.member39', gte: 38.5, lt: 40 },
        { type: 'range' as const, field: 'field39', gte: 'v', lt: 'w' },
        { type: 'terms' as const, field: 'field39', values: ['Value 39'] },
        { type: 'exists' as const, field: 'field39' },
        { type: 'exists' as const, field: 'deep.member39' },
      ]) {
        expect({ query, ids: await place.ids(query) }).toEqual({ query, ids: ['e39'] });
      }
      expect(await place.ids({ type: 'terms', field: 'field39', values: ['value 39'] })).toEqual([]);
      expect(await place.ids({ type: 'range', field: 'deep.member39', gt: 39 })).toEqual([]);
    } finally {
      await place.stop();
    }
  });

  test('messages longer than a term of Lucene are found by their words', async () => {
    const place = await start();
    const long = `start ${'some-filler, '.repeat(3000)} NeedleInside; the end`;
    try {
      await place.store.write(
        chunk([
          { _id: 'long', message: long },
          { _id: 'short', message: 'the end' },
        ]),
      );
      expect(place.letters).toEqual([]);
      expect(await place.ids(match('message', 'needlein'))).toEqual(['long']);
      expect(await place.ids(match('message', 'the end'))).toEqual(['long', 'short']);
      expect(await place.ids({ type: 'exists', field: 'message' })).toEqual(['long', 'short']);
      const { hits } = await place.store.search({ query: match('_id', 'long'), size: 1 });
      expect(hits[0]!['message']).toBe(long);
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
          const { hits, total } = await place.store.search({ query: { type: 'all' }, size: 7, order, after });
          expect(total).toEqual({ value: 120, relation: 'eq' });
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

  test('days and names of fields are told', async () => {
    const place = await start();
    try {
      await place.store.write(chunk(numbered(3, { verb: 'GET', http: { status: 200 } })));
      await place.store.write(chunk([{ _id: 'other', '@timestamp': '2026-11-19T00:00:00.000Z' }], '2026.11.19'));
      await place.ids();
      const days = await place.store.days();
      expect(days.map(({ day, events }) => ({ day, events }))).toEqual([
        { day: '2026.11.19', events: 1 },
        { day: DAY, events: 3 },
      ]);
      expect(days.every(({ bytes }) => bytes > 0)).toBe(true);
      const names = await place.store.fieldNames();
      expect(names).toEqual(expect.arrayContaining(['@timestamp', 'level', 'verb', 'http.status']));
      expect(names.filter(name => /folded|unmapped|keyword/.test(name))).toEqual([]);
    } finally {
      await place.stop();
    }
  });

  test('older logs in indices of others are searched beside ours', async () => {
    const old = freshPrefix();
    // What Elasticsearch makes of documents for which there is no template.
    const text = { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } };
    await server().json('PUT', `/${old}2020`, {
      mappings: {
        properties: {
          '@timestamp': { type: 'date' },
          message: text,
          level: text,
          service: text,
          verb: text,
          status: { type: 'long' },
        },
      },
    });
    await server().json('PUT', `/${old}2020/_doc/old?refresh=true`, {
      '@timestamp': '2020-01-01T00:00:00Z',
      message: 'Connection refused by peer',
      level: 'ERROR',
      service: 'web-api',
      verb: 'GET',
      status: 503,
    });
    const place = await start({ search_indices: [`${old}*`, 'there-is-none-*'] });
    try {
      await place.store.write(
        chunk([
          { _id: 'new', message: 'connection refused', level: 'ERROR', service: 'web', verb: 'GET', status: 500 },
        ]),
      );
      for (const query of [
        match('level', 'error'),
        match('message', 'REFUSED'),
        { type: 'phrase' as const, field: 'message', value: 'connection refused' },
        { type: 'wildcard' as const, field: 'service', pattern: 'WEB*' },
        { type: 'regexp' as const, field: 'service', pattern: '^web' },
        match('verb', 'ge'),
        { type: 'terms' as const, field: 'verb', values: ['GET'] },
        { type: 'range' as const, field: 'status', gte: 500 },
      ]) {
        expect({ query, ids: await place.ids(query) }).toEqual({ query, ids: ['new', 'old'] });
      }
      expect(await place.ids(match('status', 503))).toEqual(['old']);
      const { hits } = await place.store.search({ query: match('status', 503), size: 1 });
      expect(hits[0]).toMatchObject({
        _id: 'old',
        _index: `${old}2020`,
        seq: 0,
        '@timestamp': '2020-01-01T00:00:00.000Z',
        status: 503,
      });
      expect(await place.store.days()).toHaveLength(1);
    } finally {
      await place.stop();
      await server().clear(`${old}*`);
    }
  });

  test('retention deletes one index for its age at a time, others for their bytes, and never what others made', async () => {
    const prefix = freshPrefix();
    const writer = await start({ index: { prefix }, retention: { max_age_days: 36_500 } });
    const retention = { max_age_days: 5, check_interval_ms: 100, age_drop_interval_ms: 86_400_000 };
    const names = async () => (await server().indices(`${prefix}*`)).map(name => name.slice(prefix.length));
    const days = ['2026.11.01', '2026.11.02', '2026.11.10', '2026.11.11'];
    for (const day of days)
      await writer.store.write(chunk([{ _id: day, '@timestamp': `${day.replaceAll('.', '-')}T00:00:00Z` }], day));
    await writer.stop();
    const byAge = await start({ index: { prefix }, retention });
    try {
      await expect.poll(names, { timeout: 10_000 }).toEqual(days.slice(1));
      await expect.poll(async () => (await byAge.store.days()).length).toBe(3);
    } finally {
      await byAge.stop();
    }
    // A template of ours is in force for the prefix, so a stranger has to say that the index is none of ours.
    await server().json('PUT', `/${prefix}2026.10.01`, { mappings: { _meta: { managed_by: 'somebody' } } });
    const byBytes = await start({ index: { prefix }, retention: { ...retention, max_age_days: 36_500, max_bytes: 1 } });
    try {
      await expect.poll(names, { timeout: 10_000 }).toEqual(['2026.10.01', '2026.11.11']);
    } finally {
      await byBytes.stop();
    }
  });
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, sorted(inner)]);
}

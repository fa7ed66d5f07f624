import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { QueryNode } from '../../../../src/core/contracts.ts';
import { dialectOf } from '../../../../src/store/elasticsearch/product.ts';
import { chunk, clusterOf, DAY, freshPrefix, numbered, Place, TIME } from '../helpers.ts';
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
      const { body: settings } = await server().json('GET', `/${place.index()}/_settings`);
      expect(settings).toMatchObject({ [place.index()]: { settings: { index: { codec: 'best_compression' } } } });
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
      const isCurrent = dialectOf(clusterOf(place)) === 'current';
      expect(properties['fields_unmapped']!.type).toBe(isCurrent ? 'flattened' : 'object');
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
      // Where there is no `flattened`, what was moved aside is known in lower case only.
      const anyCase = isCurrent ? [] : ['e39'];
      expect(await place.ids({ type: 'terms', field: 'field39', values: ['value 39'] })).toEqual(anyCase);
      expect(await place.ids({ type: 'range', field: 'deep.member39', gt: 39 })).toEqual([]);
    } finally {
      await place.stop();
    }
  });

  test('a name that goes on below another one, as labels of Kubernetes and Compose do', async () => {
    const place = await start();
    const labels = { app: 'shop', 'app.kubernetes.io/name': 'Shop', 'app.kubernetes.io/part-of': 'x' };
    const documents = [
      { _id: 'a', labels, verb: 'GET' },
      { _id: 'b', labels: { app: { kubernetes: { deep: 'Deep' } } }, verb: 'PUT' },
      { _id: 'c', labels: { app: 'shop' }, 'labels.app': 'again', verb: 'GET' },
    ];
    try {
      for (const each of documents) await place.store.write(chunk([each]));
      await place.store.write(chunk(documents.map(each => ({ ...each, _id: `${each._id}2` }))));
      expect(place.letters).toEqual([]);
      const { hits } = await place.store.search({ query: { type: 'all' }, size: 100 });
      const got = new Map(hits.map(({ _index, seq, '@timestamp': _, ...rest }) => [rest._id, rest]));
      for (const each of documents) {
        expect(got.get(each._id)).toEqual(each);
        expect(got.get(`${each._id}2`)).toEqual({ ...each, _id: `${each._id}2` });
      }
      for (const [query, ids] of [
        [match('labels.app', 'shop'), ['a', 'a2', 'c', 'c2']],
        [match('labels.app', 'again'), ['c', 'c2']],
        [match('labels.app.kubernetes.io/name', 'shop'), ['a', 'a2']],
        [match('labels.app.kubernetes.deep', 'deep'), ['b', 'b2']],
        // What was not to blame is where it was: not all that is undeclared has gone.
        [{ type: 'terms', field: 'verb', values: ['get'] }, []],
        [{ type: 'terms', field: 'verb', values: ['GET'] }, ['a', 'a2', 'c', 'c2']],
      ] satisfies [QueryNode, string[]][]) {
        expect({ query, ids: await place.ids(query) }).toEqual({ query, ids });
      }
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

import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { dayOf } from '../../../../src/base/time/iso.ts';
import type { QueryNode, ScannedPage } from '../../../../src/core/contracts.ts';
import type { Fields } from '../../../../src/core/event.ts';
import { knownFault } from '../../../../src/store/elasticsearch/prepare.ts';
import { allPages, scannedPages } from '../../../../src/store/pages.ts';
import { filtersToQuery } from '../../../../src/store/query/filters.ts';
import { freezeTimes } from '../../../../src/store/query/freeze.ts';
import { parseQuery } from '../../../../src/store/query/parse.ts';
import { scannedEvents } from '../../../../src/store/scanned.ts';
import { seeded } from '../../../support/chance.ts';
import { type Document, document, idsInMemory, NOW } from '../../query/back-ends.ts';
import { randomDocument, randomQuery } from '../../query/random.ts';
import { chunk, clusterOf, Place } from '../helpers.ts';
import type { Server } from '../server.ts';

/*
 * The scenarios of the query room over real Elasticsearch: a difference is a failing test, unless known-differences.yaml
 * lists it with its reason; then it has to be just that difference.
 */
interface Case {
  q?: string;
  or?: boolean;
  filter?: unknown;
  node?: QueryNode;
  ids: string | null;
  /** Asks for quotes or backslashes that servers with `knownFault` index wrongly: there it tells nothing. */
  exact?: true;
}

interface Difference {
  scenario: string;
  case: string;
  ids: string | null;
  reason: string;
}

const scenarios = join(import.meta.dirname, '../../query/scenarios');
const known = parse(readFileSync(join(import.meta.dirname, '../known-differences.yaml'), 'utf8')) as
  | Difference[]
  | null;

export async function write(place: Place, documents: readonly Document[]): Promise<void> {
  const byDay = Map.groupBy(documents, each => dayOf(Date.parse(String(each['@timestamp']))));
  for (const [day, those] of byDay) await place.store.write(chunk(those, day));
}

const isFaulty = (place: Place): boolean => knownFault(clusterOf(place)) !== undefined;

/** The scenarios, or only those with these names. */
export function scenarioSuite(server: () => Server, only?: readonly string[]): void {
  for (const path of globSync(join(scenarios, '*.yaml')).sort()) {
    const name = basename(path, '.yaml');
    if (only?.includes(name) === false) continue;
    const scenario = parse(readFileSync(path, 'utf8')) as { documents: Fields[]; cases: Case[] };
    describe(`scenario ${name}`, () => {
      let place: Place;
      beforeAll(async () => {
        place = await Place.start({ nodes: [server().url], index: { prefix: 'docker-logs-' } });
        await write(place, scenario.documents.map(document));
      });
      afterAll(async () => {
        await place.stop();
        await server().clear('docker-logs-*');
      });

      test.concurrent.for(scenario.cases)(
        '$q $filter $node',
        async ({ q, or, filter, node, ids, exact }, { expect }) => {
          if (exact === true && isFaulty(place)) return;
          const query =
            node ?? (q === undefined ? filtersToQuery(filter) : parseQuery(q, or ? { defaultOperator: 'or' } : {}));
          const difference = known?.find(
            each => each.scenario === name && each.case === (q ?? JSON.stringify(filter ?? node)),
          );
          const expected = ((difference ?? { ids }).ids ?? '').split(' ').filter(Boolean).sort();
          const { hits, total } = await place.store.search({ query: freezeTimes(query, NOW), size: 100 });
          expect({ ids: hits.map(hit => hit._id).sort(), total }).toEqual({
            ids: expected,
            total: { value: expected.length, relation: 'eq' },
          });
        },
      );
    });
  }
}

/** Random documents, and pages: asked of one server of each form of templates. */
export function pageSuite(server: () => Server): void {
  test('hits come back as their events were', async () => {
    const place = await Place.start({ nodes: [server().url] });
    const random = seeded(7);
    const documents = Array.from({ length: 40 }, (_, i) => randomDocument(random, i));
    try {
      await write(place, documents);
      const { hits } = await place.store.search({ query: { type: 'all' }, size: 100 });
      expect(place.letters).toEqual([]);
      const got = new Map(hits.map(({ _index, ...hit }) => [hit._id, hit]));
      for (const each of documents) expect(got.get(each._id)).toEqual(each);
    } finally {
      await place.stop();
    }
  });

  test('all pages: each event once, in the order of their times', async () => {
    const random = seeded(5);
    const place = await Place.start({ nodes: [server().url], index: { prefix: 'docker-logs-' } });
    try {
      const documents = Array.from({ length: 600 }, (_, i) => {
        const time = NOW - Math.floor(random() ** 3 * 50) * 3_600_000 - Math.floor(random() * 5);
        return document(
          {
            _id: `p${i}`,
            seq: i,
            '@timestamp': new Date(time).toISOString(),
            level: i % 3 === 0 ? 'ERROR' : 'INFO',
          },
          i,
        );
      });
      await write(place, documents);
      const tail = { chunks: [], events: [], isComplete: true };
      const query: QueryNode = { type: 'match', field: 'level', value: 'ERROR' };
      const asked = { query, from: NOW - 60 * 3_600_000, to: NOW, size: 20, timeoutMs: 5000 };
      const found: [number, number][] = [];
      for await (const page of allPages(place.store, tail, asked))
        for (const { '@timestamp': time, seq } of page) found.push([Date.parse(time), seq]);
      const wanted = documents
        .filter(one => one['level'] === 'ERROR')
        .map((one): [number, number] => [Date.parse(String(one['@timestamp'])), Number(one['seq'])])
        .sort(([a, x], [b, y]) => a - b || x - y);
      expect(found).toEqual(wanted);

      const scanned: [number, number, unknown][] = [];
      for await (const page of scannedPages(place.store, tail, { ...asked, fields: ['level', 'labels.app'] })) {
        expect(page).toHaveProperty('text');
        for (const { time, seq, event } of scannedEvents(page as ScannedPage)) {
          scanned.push([time, seq, event['level']]);
          expect(event).not.toHaveProperty('message');
        }
      }
      expect(scanned).toEqual(wanted.map(key => [...key, 'ERROR']));
    } finally {
      await place.stop();
      await server().clear('docker-logs-*');
    }
  });
}

/** Random queries over random documents. Elasticsearch 9 has those of `agreementSuite`, which are more. */
export function randomSuite(server: () => Server): void {
  test('random queries over random documents find what they find in memory', async () => {
    const place = await Place.start({ nodes: [server().url], index: { prefix: 'docker-logs-' } });
    try {
      const random = seeded(20261120);
      const documents = Array.from({ length: 150 }, (_, i) => plain(randomDocument(random, i)) as Document);
      const faulty = isFaulty(place);
      if (faulty) for (const each of documents) for (const key of Object.keys(each)) each[key] = unquoted(each[key]);
      await write(place, documents);
      const next = seeded(1);
      let found = 0;
      const differing: unknown[] = [];
      for (let i = 0; i < 80; i++) {
        const query = freezeTimes(randomQuery(next), NOW);
        if (!isComparable(query)) continue;
        const memory = idsInMemory(documents, query);
        const ids = await place.ids(query);
        const more = ids.filter(id => !memory.includes(id));
        const less = memory.filter(id => !ids.includes(id));
        if (more.length + less.length > 0) differing.push({ query: JSON.stringify(query), more, less });
        if (memory.length > 0 && memory.length < documents.length) found++;
      }
      expect(differing).toEqual([]);
      // Queries that find all or nothing would agree by chance.
      expect(found).toBeGreaterThan(20);
    } finally {
      await place.stop();
      await server().clear('docker-logs-*');
    }
  });
}

/** Without what known-differences.yaml names in words: İ and K, exponents. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replace(/İ|K|1e3|ſ/g, 'z'));
}

/** For servers that index quotes and backslashes wrongly, which known-differences.yaml tells of. */
function unquoted(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value).replace(/\\[\\"]/g, "'"));
}

/** `_id` and `_index` are not searched by expressions. */
function isComparable(query: QueryNode): boolean {
  if (query.type === 'and' || query.type === 'or') return query.nodes.every(isComparable);
  if (query.type === 'not') return isComparable(query.node);
  const isWhole = query.type === 'match' || query.type === 'phrase';
  return isWhole || !('field' in query) || (query.field !== '_id' && query.field !== '_index');
}

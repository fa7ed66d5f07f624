import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { withDefaults } from '../../../src/base/options.ts';
import { AdaptiveLimit } from '../../../src/store/elasticsearch/adaptive-limit.ts';
import { readAllCreated } from '../../../src/store/elasticsearch/all-created.ts';
import { idOf, itemsOf, joinItems, linesOf, splitBulk } from '../../../src/store/elasticsearch/bulk-split.ts';
import { indexNames } from '../../../src/store/elasticsearch/index-name.ts';
import { moveAside, moveBack } from '../../../src/store/elasticsearch/move-aside.ts';
import { elasticsearchStoreOptions, elasticsearchStoreSchema } from '../../../src/store/elasticsearch/options.ts';
import { decideIndexRetention } from '../../../src/store/elasticsearch/retention.ts';
import { errorOf, itemVerdict, requestVerdict } from '../../../src/store/elasticsearch/verdict.ts';

describe('verdicts', () => {
  test.for([
    [201, '', '', 'stored'],
    [200, '', '', 'stored'],
    [409, 'version_conflict_engine_exception', 'document already exists', 'known'],
    [429, 'es_rejected_execution_exception', 'rejected', 'retry'],
    [429, 'circuit_breaking_exception', 'Data too large', 'retry'],
    [429, 'cluster_block_exception', 'disk usage exceeded flood-stage watermark', 'wait'],
    [403, 'cluster_block_exception', 'index write (api)', 'wait'],
    [403, 'security_exception', 'unauthorized', 'wait'],
    [401, 'security_exception', 'expired', 'wait'],
    [404, 'index_not_found_exception', 'no such index', 'wait'],
    [503, 'unavailable_shards_exception', 'primary shard is not active', 'retry'],
    [500, 'null_pointer_exception', 'oops', 'suspect'],
    [400, 'document_parsing_exception', 'failed to parse field [a]', 'move'],
    [
      400,
      'validation_exception',
      'this action would add [2] shards, but this cluster currently has [1000]/[1000] maximum normal shards open',
      'wait',
    ],
    [400, 'illegal_argument_exception', 'cannot have nested fields when index sort is activated', 'wait'],
    [400, 'illegal_argument_exception', 'unknown index sort field:[service]', 'wait'],
    [400, 'index_closed_exception', 'closed', 'wait'],
    [413, 'too_large', '', 'refused'],
  ] as const)('an item with %i %s %s: %s', ([status, type, reason, verdict]) => {
    expect(itemVerdict(status, type === '' ? undefined : { type, reason })).toBe(verdict);
  });

  test.for([
    [undefined, 'retry'],
    [200, 'answered'],
    [429, 'retry'],
    [408, 'retry'],
    [500, 'retry'],
    [503, 'retry'],
    [413, 'split'],
    [400, 'split'],
    [401, 'wait'],
    [403, 'wait'],
    [404, 'wait'],
    [302, 'wait'],
  ] as const)('a request with %s: %s', ([status, verdict]) => {
    expect(requestVerdict(status, undefined)).toBe(verdict);
  });

  test('a request for an index whose name is refused is not the fault of a document', () => {
    expect(requestVerdict(400, { type: 'invalid_index_name_exception', reason: '' })).toBe('wait');
  });

  test('the innermost reason is told', () => {
    const error = {
      type: 'a',
      reason: 'outer',
      caused_by: { type: 'b', reason: 'middle', caused_by: { type: 'c', reason: 'inner' } },
    };
    expect(errorOf(error)).toEqual({ type: 'a', reason: 'outer: middle: inner' });
    expect(errorOf(null)).toBeUndefined();
  });
});

describe('bulk bodies', () => {
  const pair = (id: string, text: string): string => `{"create":{"_id":"${id}"}}\n{"message":"${text}"}\n`;
  const body = ['a', 'b', 'c', 'd'].map(id => pair(id, id.repeat(20))).join('');
  const size = pair('a', 'a'.repeat(20)).length;

  test('are cut between items, and joined again', () => {
    const parts = splitBulk(Buffer.from(body), size * 2 + 1);
    expect(parts.map(part => part.offsets.length - 1)).toEqual([2, 2]);
    expect(Buffer.concat(parts.map(part => part.body)).toString()).toBe(body);
    const items = parts.flatMap(itemsOf);
    expect(items.map(item => idOf(linesOf(item).action))).toEqual(['a', 'b', 'c', 'd']);
    expect(linesOf(items[2]!).document).toBe(`{"message":"${'c'.repeat(20)}"}`);
    expect(joinItems([items[3]!, items[0]!]).body.toString()).toBe(
      pair('d', 'd'.repeat(20)) + pair('a', 'a'.repeat(20)),
    );
  });

  test('an item larger than the limit goes alone', () => {
    expect(splitBulk(Buffer.from(body), 10).map(part => part.offsets)).toEqual(Array(4).fill([0, size]));
  });

  test('a missing last line feed is added, and nothing is nothing', () => {
    expect(splitBulk(Buffer.from(body.slice(0, -1)), 1e6)[0]!.body.toString()).toBe(body);
    expect(splitBulk(Buffer.alloc(0), 10)).toEqual([]);
  });

  test('an action without a document is an error', () => {
    expect(() => splitBulk(Buffer.from('{"create":{"_id":"a"}}\n'), 1e6)).toThrow(RangeError);
  });
});

describe('the limit of requests', () => {
  test('grows while it is used up, halves when it is too much, once for a wave', () => {
    const limit = new AdaptiveLimit(8, 1000);
    expect(limit.value).toBe(2);
    for (let i = 0; i < 100; i++) limit.succeeded(1);
    expect(limit.value).toBe(2);
    for (let i = 0; i < 100; i++) limit.succeeded(limit.value);
    expect(limit.value).toBe(8);
    limit.overloaded(5000);
    limit.overloaded(5500);
    expect(limit.value).toBe(4);
    for (let now = 10_000; now < 20_000; now += 1000) limit.overloaded(now);
    expect(limit.value).toBe(1);
    limit.succeeded(1);
    expect(limit.value).toBe(2);
  });
});

describe('names of indices', () => {
  test.for([
    ['YYYY.MM.DD', 'docker-logs-2026.11.20'],
    ['yyyy-MM-dd', 'docker-logs-2026-11-20'],
    ['DD_MM_YYYY', 'docker-logs-20_11_2026'],
    ['YYYYMMDD', 'docker-logs-20261120'],
  ])('%s', ([date_format, name]) => {
    const names = indexNames({ prefix: 'docker-logs-', date_format: date_format! });
    expect(names.of('2026.11.20')).toBe(name);
    expect(names.dayOf(name!)).toBe('2026.11.20');
    expect(names.dayOf(`${name}-reindexed`)).toBeUndefined();
    expect(names.dayOf('docker-logs-metrics')).toBeUndefined();
  });

  test.for(['YYYY.MM', 'YYYY.MM.DD.DD', 'YYYY.MM.DD HH', ''])('%j is refused', date_format => {
    expect(() => indexNames({ prefix: 'a-', date_format })).toThrow('LS_STORE_DATE_FORMAT');
  });
});

describe('retention', () => {
  const retention = elasticsearchStoreOptions({ nodes: [] }).retention;
  const now = Date.parse('2026-11-20T12:00:00Z');
  const indices = (...days: string[]) => days.map(day => ({ name: `logs-${day}`, day, bytes: 100, events: 1 }));
  const drops = (state: Partial<Parameters<typeof decideIndexRetention>[0]>, options = {}) =>
    decideIndexRetention({ now, indices: [], ...state }, { ...retention, ...options }).map(
      ({ reason, index }) => `${reason} ${index.day}`,
    );

  test('one index at a time goes for its age, and the next not before the interval', () => {
    const old = indices('2026.11.01', '2026.11.02', '2026.11.06', '2026.11.20');
    expect(drops({ indices: old })).toEqual(['age 2026.11.01']);
    expect(drops({ indices: old, sinceAgeDropMs: 1000 })).toEqual([]);
    expect(drops({ indices: old.slice(2) })).toEqual([]);
  });

  test('a clock that jumped ahead deletes nothing that the newest day does not make old', () => {
    expect(drops({ now: Date.parse('2031-01-01'), indices: indices('2026.11.10', '2026.11.20') })).toEqual([]);
    expect(drops({ indices: indices('2026.11.10', '2031.01.01') })).toEqual([]);
  });

  test('bytes: the oldest first, never the newest', () => {
    const three = indices('2026.11.18', '2026.11.19', '2026.11.20');
    expect(drops({ indices: three }, { max_bytes: 250 })).toEqual(['bytes 2026.11.18']);
    expect(drops({ indices: three }, { max_bytes: 1 })).toEqual(['bytes 2026.11.18', 'bytes 2026.11.19']);
  });
});

describe('fields that are moved aside', () => {
  test.for([
    ['named', { type: 'named', path: 'a.b' }, { a: { b: 1, c: 2 }, level: 'INFO' }],
    ['named with a dot', { type: 'named', path: 'a.b' }, { 'a.b': 1, level: 'INFO' }],
    ['below', { type: 'below', path: 'a.b' }, { a: { b: { x: 1 }, 'b.c': 2, bc: 3 }, 'a.b.d': 4, level: 'INFO' }],
    ['two values of one path', { type: 'named', path: 'a.b' }, { a: { b: 1 }, 'a.b': 2 }],
    ['unknown', { type: 'unknown', known: new Set(['a.c']) }, { a: { b: [1], c: 2 }, d: null, e: [{ f: 1 }] }],
    ['undeclared', { type: 'undeclared' }, { x: 1, y: { z: 1 }, labels: { app: 'x' }, level: 'INFO' }],
    ['names that are taken', { type: 'named', path: '' }, { _id: 1, a: { ' ': 1, '': 2 }, '?x': 3, 'nul\0': 4, '': 5 }],
    ['prototypes', { type: 'undeclared' }, JSON.parse('{"__proto__":{"a":1},"o":{"__proto__":1},"level":"x"}')],
  ] as const)('%s: come back where they were', ([, blame, document]) => {
    const text = JSON.stringify(document);
    const moved = moveAside(text, blame as Parameters<typeof moveAside>[1]);
    expect(moved!.moved).toBeGreaterThan(0);
    const hit = JSON.parse(moved!.document);
    expect(Object.keys(hit.fields_unmapped)).toHaveLength(moved!.moved);
    moveBack(hit);
    expect(byName(hit)).toBe(byName(JSON.parse(text)));
  });

  test('what cannot be moved is left alone', () => {
    expect(moveAside('{"level":"INFO","@timestamp":"x"}', { type: 'undeclared' })).toBeUndefined();
    expect(moveAside('{"level":"INFO","@timestamp":"x"}', { type: 'named', path: '@timestamp' })).toBeUndefined();
    expect(moveAside('[1]', { type: 'undeclared' })).toBeUndefined();
    expect(moveAside('{', { type: 'undeclared' })).toBeUndefined();
  });

  test('a second move adds to the first', () => {
    const first = moveAside('{"a":1,"b":2}', { type: 'named', path: 'a' })!;
    const second = moveAside(first.document, { type: 'named', path: 'b' })!;
    expect(second.moved).toBe(1);
    expect(JSON.parse(second.document)).toEqual({
      fields_unmapped: { a: 1, b: 2 },
      fields_unmapped_terms: ['b\u001f2', 'a\u001f1'],
    });
  });

  function byName(value: unknown): string {
    return JSON.stringify(value, (_, inner) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))
        : inner,
    );
  }
});

describe('settings', () => {
  const ajv = new Ajv({ strict: false });
  const validate = ajv.compile(elasticsearchStoreSchema);

  test('the defaults are valid', () => {
    const given = { nodes: ['http://localhost:9200'] };
    expect(validate(JSON.parse(JSON.stringify(withDefaults(elasticsearchStoreSchema, given))))).toBe(true);
  });

  test.for([
    {},
    { nodes: [] },
    { nodes: ['localhost:9200'] },
    { nodes: ['http://a'], index: { prefix: 'Docker-' } },
    { nodes: ['http://a'], index: { prefix: 'a*' } },
    { nodes: ['http://a'], index: { date_format: 'YYYY.MM' } },
    { nodes: ['http://a'], search_indices: ['a,b'] },
    { nodes: ['http://a'], compression: 'zstd' },
    { nodes: ['http://a'], retention: { max_age_days: 0 } },
    { nodes: ['http://a'], unknown: 1 },
  ])('%j is refused', given => {
    expect(validate(given)).toBe(false);
  });
});

describe('the answer that all documents were made', () => {
  const answer = (items: string[]) => `{"errors":false,"items":[${items.join(',')}]}`;
  const item = '{"create":{"status":201}}';

  test.for([1, 2, 1, 5000])('%i of them: the same as when it is parsed', count => {
    const text = answer(new Array(count).fill(item));
    expect(readAllCreated(text)).toEqual(JSON.parse(text));
  });

  test.for([
    answer([]),
    answer([item, item.replace('201', '409')]),
    answer([item, item]).replace('false', ' true'),
    answer([item, item]).replace('"errors":false', '"errors":true '),
    answer([item, item, item]).slice(0, -1),
    '{}',
    '',
  ])('%s is left to be parsed', text => {
    expect(readAllCreated(text)).toBeUndefined();
  });
});

import { expect, test } from 'vitest';
import { toDuckdb } from '../../../src/store/query/duckdb.ts';
import { filtersToQuery, filterWarnings } from '../../../src/store/query/filters.ts';
import { compilePredicate } from '../../../src/store/query/predicate.ts';

test.for<[filter: unknown, where: string, what: string]>([
  [[{ script: {} }], 'filter[0].script', 'script is not supported'],
  [[{ eql: 'x' }], 'filter[0].eql', 'eql is not supported'],
  [[{ trem: { a: 1 } }], 'filter[0].trem', 'Did you mean term?'],
  [[{ term: { a: 1 } }, { bool: { must: [{ nope: 1 }] } }], 'filter[1].bool.must[0].nope', 'nope is not supported'],
  [[{ bool: { shuold: [] } }], 'filter[0].bool', 'Did you mean should?'],
  [[{ range: { a: { gtt: 1 } } }], 'filter[0].range.a', 'Did you mean gt?'],
  [
    [{ range: { '@timestamp': { gt: 'now', time_zone: '+01:00' } } }],
    'filter[0].range.@timestamp',
    'time_zone is not supported',
  ],
  [[{ term: {} }], 'filter[0].term', 'names no field'],
  [[{ term: { a: 1, b: 2 } }], 'filter[0].term', 'more than one field'],
  [[{ term: { a: { b: 1 } } }], 'filter[0].term.a', 'has no value'],
  [[{ terms: { a: 'x' } }], 'filter[0].terms', 'needs a list'],
  [['level:ERROR'], 'filter[0]', 'is not a clause'],
  [[{}], 'filter[0]', 'is empty'],
  [[{ query_string: {} }], 'filter[0].query_string', 'has no query'],
  [[{ query: { query_string: { query: 'a AND (b' } } }], 'filter[0].query.query_string', 'not closed'],
  [
    [{ bool: { should: Array(40).fill({ match_all: {} }), minimum_should_match: 20 } }],
    'filter[0].bool',
    'too many ways',
  ],
])('%j is refused by its place', ([filter, where, what]) => {
  expect(() => filtersToQuery(filter)).toThrow(where);
  expect(() => filtersToQuery(filter)).toThrow(what);
});

test('a filter without end is refused', () => {
  const endless: Record<string, unknown> = {};
  endless['not'] = endless;
  expect(() => filtersToQuery([endless])).toThrow('nests too deeply');
});

test.for<[filter: unknown, what: string]>([
  [[{ range: { level: { gte: 'EROR' } } }], 'Did you mean ERROR?'],
  [[{ range: { created: { gte: 'now-1h' } } }], 'only be used with @timestamp'],
  [[{ range: { '@timestamp': { gte: 'soon' } } }], 'not a time'],
  [[{ regexp: { path: '(a' } }], 'not closed'],
  [[{ term: { 'a.b.c.d.e.f.g.h.i': 1 } }], 'more than 8 parts'],
])('%j is refused before it runs', ([filter, what]) => {
  expect(() => toDuckdb(filtersToQuery(filter), 0)).toThrow(what);
  expect(() => compilePredicate(filtersToQuery(filter), 0)).toThrow(what);
});

test('and, or and not in small letters are pointed out', () => {
  const warnings = (query: string) => filterWarnings([{ bool: { must: [{ query: { query_string: { query } } }] } }]);
  expect(warnings('level:error and service:api')).toEqual([expect.stringContaining('Write AND')]);
  expect(warnings('a AND b or c')).toEqual([expect.stringContaining('Write OR')]);
  expect(warnings('a AND not b')).toEqual([expect.stringContaining('Write NOT')]);
  for (const query of ['a AND b', 'message:"this and that"', 'land or', 'service:or', ''])
    expect(warnings(query)).toEqual([]);
  expect(filterWarnings([{ term: { a: 'x and y' } }])).toEqual([]);
  const endless: Record<string, unknown> = {};
  endless['not'] = endless;
  expect(filterWarnings([endless])).toEqual([]);
});

import { beforeEach, describe, expect, test } from 'vitest';
import type { SearchRequest, Store, StoredEvent } from '../../src/core/contracts.ts';
import { contextOf } from '../../src/store/context.ts';
import { compareKeys } from '../../src/store/query/cursor.ts';
import { compilePredicate } from '../../src/store/query/predicate.ts';
import { Searcher } from '../../src/store/search.ts';
import { sampleSize, seenFields } from '../../src/store/seen-fields.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const events = Array.from(
  { length: 40 },
  (_, i): StoredEvent => ({
    ...{ _id: `e"${i}`, _index: 'docker-logs-2026.11.20', seq: i, container_id: i % 2 ? 'odd"\\' : 'even' },
    // Five share a second.
    '@timestamp': new Date(NOW - 60_000 + Math.floor(i / 5) * 1000).toISOString(),
  }),
);
const keyOf = (event: StoredEvent) => [Date.parse(event['@timestamp']), event.seq, event._id] as const;

let requests: SearchRequest[];
let searcher: Searcher;
beforeEach(() => {
  requests = [];
  const store = {
    form: 'embedded',
    search: async (request: SearchRequest) => {
      requests.push(request);
      const { query, from = 0, to = Infinity, after, size } = request;
      const sign = request.order === 'asc' ? 1 : -1;
      const matches = compilePredicate(query, NOW);
      const hits = events
        .filter(event => matches(event) && keyOf(event)[0] >= from && keyOf(event)[0] <= to)
        .filter(event => after === undefined || compareKeys(keyOf(event), after) * sign > 0)
        .sort((a, b) => compareKeys(keyOf(a), keyOf(b)) * sign)
        .slice(0, size);
      return { total: { value: hits.length, relation: 'gte' as const }, hits };
    },
    fieldNames: async () => [],
  } as unknown as Store;
  searcher = new Searcher(store, { search: async () => ({ chunks: [], events: [], isComplete: true }) });
});

const around = async (params: Record<string, string>) => {
  const { same, before, event, after } = await contextOf(asked => searcher.search(asked, NOW), params, NOW);
  const numbers = (found: readonly StoredEvent[]) => found.map(({ seq }) => seq).join(' ');
  return { same, before: numbers(before), event: event.seq, after: numbers(after) };
};

describe('the events around one', () => {
  test('are those of its container, as they were written', async () => {
    const same = { container_id: 'odd"\\' };
    expect(await around({ id: 'e"21', before: '3', after: '2' })).toEqual({
      same,
      before: '15 17 19',
      event: 21,
      after: '23 25',
    });
  });

  test('or of all; fewer at the ends; its time finds it sooner', async () => {
    const found = await around({ id: 'e"1', scope: 'all', time: events[1]!['@timestamp'], after: '4' });
    expect(found).toEqual({ same: {}, before: '0', event: 1, after: '2 3 4 5' });
    expect(requests[0]).toMatchObject({ from: NOW - 60_000, to: NOW - 60_000, withoutTotal: true });
  });

  test.each([
    [{}, 'id: the id of the event is missing'],
    [{ id: 'nosuch' }, 'LS_SEARCH_NO_EVENT'],
    [{ id: 'e"1', before: '-1' }, 'before: the number of events is not 0 to 500. Write before=10.'],
    [{ id: 'e"1', after: '501' }, 'after: the number of events is not 0 to 500'],
    [{ id: 'e"1', scope: 'pod' }, 'scope: "pod" is not known. Write container or all.'],
  ])('%o is refused', async (params, says) => {
    await expect(around(params)).rejects.toThrow(says);
  });
});

test('fields of a sample: in how many events, with which types, the most frequent first', () => {
  const base = { _index: '', seq: 0, '@timestamp': 't' };
  const sample = [
    { ...base, _id: 'a', bytes: 1, user: { name: 'x', tags: [1, 'two', { deep: true }] }, none: null },
    { ...base, _id: 'b', bytes: '1', user: { name: 'y' }, constructor: 'c', __proto__: null },
  ] as unknown as StoredEvent[];
  const { sampled, seen } = seenFields(sample);
  expect(sampled).toBe(2);
  expect(() => sampleSize('-1')).toThrow('sample: the number of events is not 1 to 10000. Write sample=1000.');
  expect(seen.map(({ name, events: count, types }) => `${name} ${count} ${JSON.stringify(types)}`)).toEqual([
    '@timestamp 2 {"string":2}',
    'bytes 2 {"number":1,"string":1}',
    'user.name 2 {"string":2}',
    'constructor 1 {"string":1}',
    'user.tags 1 {"number":1,"string":1}',
    'user.tags.deep 1 {"boolean":1}',
  ]);
});

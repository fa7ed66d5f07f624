import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DECLARED_FIELDS } from '../../../src/core/schema/fields.ts';
import { Place, type TestEvent, untilSealed } from '../embedded/helpers.ts';
import { type Document, DuckdbTable } from '../query/back-ends.ts';
import { askedWith, compare, DOCUMENTS } from './agreement.ts';

// Whatever is asked, the embedded store finds what the predicate of rules and live tails finds. The same over Elasticsearch
// is a suite of its tests.

describe('random queries over random documents find in DuckDB what they find in memory', () => {
  let whole: DuckdbTable;
  let parted: DuckdbTable;
  beforeAll(async () => {
    whole = await DuckdbTable.of(DOCUMENTS);
    parted = await DuckdbTable.of(DOCUMENTS, true);
    expect(parted.found.size).toBeGreaterThan(5);
  });
  afterAll(() => {
    whole.close();
    parted.close();
  });

  test.for([1, 2, 3, 4])('seed %i', { timeout: 300_000 }, async seed => {
    // As in chunks, and as in segments.
    const table = seed % 2 === 0 ? whole : parted;
    const asked = askedWith(seed, 500);
    const answers: string[][] = [];
    for (const { query } of asked) answers.push(await table.ids(query));
    compare(asked, answers);
  });
});

test('random queries find the same in the segments of the embedded store', { timeout: 300_000 }, async () => {
  const place = new Place();
  try {
    const least = { word_filter_min_rows: 1, tally_min_rows: 1, merge_max_rows: 1 };
    const store = await place.store({ seal_rows: 10, seal_max_age_ms: 20, ...least });
    for (const events of Map.groupBy(DOCUMENTS.map(eventOf), each => new Date(each.time!).getUTCDate()).values()) {
      await store.accept(place.chunk(events));
    }
    await untilSealed(store);
    const asked = askedWith(6, 200);
    const answers: string[][] = [];
    for (const { query, memory, written } of asked) {
      const { hits } = await store.search({ query, size: 500 });
      answers.push(hits.map(hit => hit._id));
      // Counted without a page, of some by tallies.
      expect((await store.search({ query, size: 0 })).total.value, written).toBe(memory.length);
    }
    compare(asked, answers);
  } finally {
    await place.close();
  }
});

function eventOf({ _id, seq, '@timestamp': time, ...fields }: Document): TestEvent {
  const isDeclared = ([name]: [string, unknown]): boolean => Object.hasOwn(DECLARED_FIELDS, name);
  return {
    id: _id,
    seq: seq as number,
    time: Date.parse(String(time)),
    declared: Object.fromEntries(Object.entries(fields).filter(isDeclared)),
    fields: JSON.stringify(Object.fromEntries(Object.entries(fields).filter(entry => !isDeclared(entry)))),
  };
}

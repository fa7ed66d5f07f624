import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store, StoredEvent } from '../../../src/core/contracts.ts';
import { DECLARED_FIELDS } from '../../../src/core/schema/fields.ts';
import type { StatsRequest } from '../../../src/core/stats.ts';
import type { EmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { statsOf } from '../../../src/store/stats/in-memory.ts';
import { Place, type TestEvent, untilSealed } from '../embedded/helpers.ts';
import { compareRandom, RANDOM_EVENTS } from './random.ts';
import { CASES, checkCase, MISTAKES, NOW, STORED, statisticsOf, TAIL } from './suite.ts';

/** A store that has nothing: everything is in the tail. */
const nowhere = {
  form: 'embedded',
  statistics: async (request: StatsRequest) => statsOf(request.beside, request),
  days: async () => [],
  fieldNames: async () => [],
} as unknown as Store;

describe('in memory', () => {
  const statistics = statisticsOf(nowhere, [...STORED, ...TAIL]);
  test.for(CASES)('%s', ([, each]) => checkCase(statistics, each));

  test.for(MISTAKES)('%s is refused', async ([, { ask, says }]) => {
    await expect(statistics.stats(ask, NOW)).rejects.toThrow(says);
  });
});

describe.each([
  ['cases', STORED],
  ['random', RANDOM_EVENTS],
] as const)('in the embedded store: %s', (name, events) => {
  const place = new Place();
  let store: EmbeddedStore;
  beforeAll(async () => {
    store = await place.store({ seal_rows: 3, seal_max_age_ms: 20 });
    for (const of of Map.groupBy(events, event => event._index).values())
      await store.accept(place.chunk(of.map(lineOf)));
    await untilSealed(store);
  });
  afterAll(() => place.close());

  if (name === 'cases') test.for(CASES)('%s', ([, each]) => checkCase(statisticsOf(store), each));
  else test('random questions, as in memory', () => compareRandom(store, 1, 60));
});

function lineOf({ _id: id, _index, seq, '@timestamp': time, ...fields }: StoredEvent): TestEvent {
  const isDeclared = ([name]: [string, unknown]): boolean => Object.hasOwn(DECLARED_FIELDS, name);
  const entries = Object.entries(fields);
  return {
    ...{ id, seq, time: Date.parse(time) },
    declared: Object.fromEntries(entries.filter(isDeclared)),
    fields: JSON.stringify(Object.fromEntries(entries.filter(entry => !isDeclared(entry)))),
  };
}

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../../../src/core/contracts.ts';
import { DECLARED_FIELDS } from '../../../src/core/schema/fields.ts';
import type { StatsRequest } from '../../../src/core/stats.ts';
import type { EmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { statsOf } from '../../../src/store/stats/in-memory.ts';
import { Place, untilSealed } from '../embedded/helpers.ts';
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

describe('in the embedded store', () => {
  const place = new Place();
  let store: EmbeddedStore;
  beforeAll(async () => {
    store = await place.store({ seal_rows: 3, seal_max_age_ms: 20 });
    for (const [, events] of Map.groupBy(STORED, event => event._index)) {
      const lines = events.map(({ _id: id, _index, seq, '@timestamp': time, ...fields }) => {
        const isDeclared = ([name]: [string, unknown]): boolean => Object.hasOwn(DECLARED_FIELDS, name);
        const entries = Object.entries(fields);
        return {
          ...{ id, seq, time: Date.parse(time) },
          declared: Object.fromEntries(entries.filter(isDeclared)),
          fields: JSON.stringify(Object.fromEntries(entries.filter(entry => !isDeclared(entry)))),
        };
      });
      await store.accept(place.chunk(lines));
    }
    await untilSealed(store);
  });
  afterAll(() => place.close());

  test.for(CASES)('%s', ([, each]) => checkCase(statisticsOf(store), each));
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareRandom, RANDOM_EVENTS } from '../../stats/random.ts';
import { CASES, checkCase, STORED, statisticsOf } from '../../stats/suite.ts';
import { Place } from '../helpers.ts';
import type { Server } from '../server.ts';
import { write } from './queries.ts';

/** The cases of statistics, as the embedded store answers them. */
export function statisticsSuite(server: () => Server, { questions }: { questions: number }): void {
  describe('statistics', () => {
    let place: Place;
    beforeAll(async () => {
      place = await Place.start({ nodes: [server().url] });
      await write(place, STORED);
    });
    afterAll(async () => {
      await place.stop();
      await server().clear(`${place.prefix}*`);
    });

    test.for(CASES.filter(([, each]) => each.embedded_only !== true))('%s', ([, each]) =>
      checkCase(statisticsOf(place.store), each),
    );

    if (questions === 0) return;
    test('random questions about fields whose types change are answered as in memory', {
      timeout: 60_000,
    }, async () => {
      const other = await Place.start({ nodes: [server().url] });
      try {
        await write(other, RANDOM_EVENTS);
        expect(other.letters).toEqual([]);
        await compareRandom(other.store, 2, questions);
      } finally {
        await other.stop();
        await server().clear(`${other.prefix}*`);
      }
    });
  });
}

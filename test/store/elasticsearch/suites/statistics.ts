import { afterAll, beforeAll, describe, test } from 'vitest';
import { CASES, checkCase, STORED, statisticsOf } from '../../stats/suite.ts';
import { Place } from '../helpers.ts';
import type { Server } from '../server.ts';
import { write } from './queries.ts';

/** The cases of statistics, as the embedded store answers them. */
export function statisticsSuite(server: () => Server): void {
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
  });
}

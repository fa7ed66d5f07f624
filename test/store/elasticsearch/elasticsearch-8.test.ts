import { afterAll, beforeAll, describe } from 'vitest';
import { requireOrSkip } from '../../support/services.ts';
import { elasticsearchImage, Server } from './server.ts';
import { blockedSuite } from './suites/faults.ts';
import { scenarioSuite } from './suites/queries.ts';
import { readingSuite } from './suites/reading.ts';
import { storingSuite } from './suites/storing.ts';

describe.runIf(requireOrSkip('Elasticsearch 8', await elasticsearchImage(8)))('Elasticsearch 8', () => {
  let server: Server;
  beforeAll(async () => {
    server = await Server.start(8);
  });
  afterAll(() => server?.remove());

  storingSuite(() => server);
  readingSuite(() => server);
  blockedSuite(() => server);
  // It has the templates and queries of Elasticsearch 9, which is asked all of them.
  scenarioSuite(() => server, ['fields', 'lists', 'names']);
});

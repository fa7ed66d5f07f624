import { afterAll, beforeAll, describe } from 'vitest';
import { requireOrSkip } from '../../support/services.ts';
import { elasticsearchImage, Server } from './server.ts';
import { agreementSuite } from './suites/agreement.ts';
import { blockedSuite, gatewaySuite } from './suites/faults.ts';
import { pageSuite, scenarioSuite } from './suites/queries.ts';
import { readingSuite } from './suites/reading.ts';
import { statisticsSuite } from './suites/statistics.ts';
import { storingSuite } from './suites/storing.ts';

describe.runIf(requireOrSkip('Elasticsearch 9', await elasticsearchImage(9)))('Elasticsearch 9', () => {
  let server: Server;
  beforeAll(async () => {
    server = await Server.start(9);
  });
  afterAll(() => server?.remove());

  storingSuite(() => server);
  readingSuite(() => server);
  statisticsSuite(() => server, { questions: 20 });
  gatewaySuite(() => server);
  blockedSuite(() => server);
  scenarioSuite(() => server);
  pageSuite(() => server);
  agreementSuite(() => server);
});

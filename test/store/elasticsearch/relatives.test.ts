import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { lookAtNodes } from '../../../src/store/elasticsearch/look.ts';
import { elasticsearchStoreOptions } from '../../../src/store/elasticsearch/options.ts';
import { seeded } from '../../support/chance.ts';
import { Longshore } from '../../support/longshore.ts';
import { requireOrSkip } from '../../support/services.ts';
import { StubbornSender, verifyOnce } from '../../support/stubborn-sender.ts';
import { chunk, numbered, Place } from './helpers.ts';
import { elasticsearchImage, type Served, Server } from './server.ts';
import { pageSuite, randomSuite, scenarioSuite } from './suites/queries.ts';
import { statisticsSuite } from './suites/statistics.ts';
import { storingSuite } from './suites/storing.ts';

/*
 * The relatives of the Elasticsearch that everything else is tested with: the scenarios of storing and searching, and a
 * service that is killed. One server at a time.
 */
const RELATIVES: [string, Served][] = [
  ['Elasticsearch 7.17', 7],
  ['OpenSearch 2', 'opensearch2'],
  ['OpenSearch 3', 'opensearch3'],
];

for (const [name, served] of RELATIVES) {
  describe.runIf(requireOrSkip(name, await elasticsearchImage(served)))(name, () => {
    let server: Server;
    beforeAll(async () => {
      server = await Server.start(served);
    }, 300_000);
    afterAll(() => server?.remove());

    storingSuite(() => server);
    scenarioSuite(() => server, ['names']);
    statisticsSuite(() => server, { questions: 0 });
    // They share one form of templates and queries: what is made by chance is asked of one of them.
    if (served === 'opensearch3') {
      pageSuite(() => server);
      randomSuite(() => server);
    }

    test('it is told by its name, and OpenSearch has no ILM', async () => {
      const options = elasticsearchStoreOptions({ nodes: [server.url] });
      const [found] = await lookAtNodes(options, 10_000);
      expect(`${found?.product} ${found?.version}`).toMatch(new RegExp(`^${name}\\.\\d+`));
      expect(found?.warnings).toEqual([]);
      const place = Place.of({ nodes: [server.url], ilm_policy: 'logs' });
      if (found?.product === 'OpenSearch') await expect(place.store.start()).rejects.toThrow('LS_STORE_ILM');
    });

    test('the component for the operator is made once, and what is in it wins', async () => {
      const first = await Place.start({ nodes: [server.url] });
      const custom = `/_component_template/longshore-${first.prefix.slice(0, -1)}-custom`;
      expect((await server.json('GET', custom)).status).toBe(200);
      await server.json('PUT', custom, {
        template: { settings: { index: { codec: 'default', number_of_shards: 2 } } },
      });
      await first.stop();
      const second = await Place.start({ nodes: [server.url], index: { prefix: first.prefix } });
      try {
        await second.store.write(chunk(numbered(2)));
        const { body } = await server.json('GET', `/${second.index()}/_settings`);
        expect(body).toMatchObject({
          [second.index()]: { settings: { index: { codec: 'default', number_of_shards: '2' } } },
        });
      } finally {
        await second.stop();
      }
    });

    test('a service that is killed: what was acknowledged is stored once', { timeout: 120_000 }, async () => {
      const dataDir = mkdtempSync(join(tmpdir(), 'longshore-relatives-'));
      const set = {
        'store.type': 'elasticsearch',
        'store.nodes': `["${server.url}"]`,
        'store.index.prefix': 'killed-',
        'buffer.chunk_max_events': '20',
        'buffer.chunk_max_age_ms': '50',
      };
      const sender = new StubbornSender('r', seeded(13));
      let running: Longshore | undefined;
      try {
        running = await Longshore.start({ dataDir, set, rules: {} });
        for (let i = 0; i < 40; i++) sender.produce();
        const delivery = sender.deliver(running.ready.forward);
        await vi.waitFor(async () => expect((await server.indices('killed-*')).length).toBeGreaterThan(0), 60_000);
        await running.kill();
        await delivery;
        running = await Longshore.start({ dataDir, set, rules: {} });
        for (let i = 0; i < 20 && sender.unacknowledged.size > 0; i++) await sender.deliver(running.ready.forward);
        expect(sender.unacknowledged.size).toBe(0);
        const stored = running;
        await vi.waitFor(
          async () => expect((await stored.ledger()).total).toMatchObject({ in_flight: 0, unaccounted: 0 }),
          60_000,
        );
        verifyOnce(await stored.searchAll(''), sender.expected);
        expect(stored.log.join('\n')).toContain(`"msg":"${name.split(' ')[0]} is ready"`);
      } finally {
        await running?.kill();
        rmSync(dataDir, { recursive: true, force: true });
      }
    });
  });
}

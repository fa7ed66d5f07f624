import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { forward, Gateway } from '../../store/elasticsearch/gateway.ts';
import { elasticsearchImage, Server } from '../../store/elasticsearch/server.ts';
import { seeded } from '../../support/chance.ts';
import { Longshore } from '../../support/longshore.ts';
import { RedisServer, redisEngine } from '../../support/redis.ts';
import { requireOrSkip } from '../../support/services.ts';
import { StubbornSender, verifyOnce } from '../../support/stubborn-sender.ts';
import { startWebhook } from '../../support/webhook.ts';
import { FAULTS, type Fault, type Scene } from './faults.ts';

/*
 * The real service, Redis and Elasticsearch; something goes wrong in the middle. Afterwards: what was acknowledged is
 * stored or a dead letter or dropped by a rule, nothing is there twice, the ledger says the same, and the alert that was
 * due came once.
 */
const canRun =
  requireOrSkip('Redis', await redisEngine()) && requireOrSkip('Elasticsearch 9', await elasticsearchImage(9));

const RULE = (url: string): string => `
name: much is said
type: frequency
index: docker-logs-*
num_events: 30
timeframe: { hours: 6 }
realert: { days: 1 }
filter: [{ query: { query_string: { query: 'message: "has something to say"' } } }]
alert: [slack]
slack_webhook_url: ${url}
`;
/** Lines of the conversation that a rule drops: they are acknowledged and stored nowhere. */
const PIPELINE = `
description: noise
match: { tag: 'docker.noise' }
processors: [{ drop: {} }]
`;
const NOISE = 7;

interface Totals {
  received: number;
  stored: number;
  dead_lettered: number;
  dropped: number;
  in_flight: number;
  unaccounted: number;
}

describe.runIf(canRun)('after a fault the ledger balances and the alert came once', () => {
  let elasticsearch: Server;
  let gateway: Gateway;
  const cleanUp: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    elasticsearch = await Server.start(9);
    gateway = await Gateway.start(asked => forward(elasticsearch.url, asked));
  }, 300_000);
  afterAll(async () => {
    await gateway?.close();
    await elasticsearch?.remove();
  });
  afterEach(async () => {
    for (const one of cleanUp.splice(0).reverse()) await one();
    gateway.handler = asked => forward(elasticsearch.url, asked);
    await elasticsearch.clear('docker-logs-*');
  });

  for (const fault of FAULTS) {
    test(fault.name, { timeout: 300_000 }, async () => {
      const { scene, webhook } = await stage(fault);
      const sender = new StubbornSender('f', seeded(7));
      const port = (): number => scene.running.at(-1)!.ready.forward;
      await fault.before?.(scene);
      for (let i = 0; i < 25; i++) sender.produce();
      sender.noise(NOISE);
      await sender.deliver(port());
      await fault.begin(scene);
      for (let i = 0; i < 25; i++) sender.produce();
      await sender.deliver(port());
      await fault.end(scene);
      for (let i = 0; i < 20 && sender.unacknowledged.size > 0; i++) await sender.deliver(port());
      expect(sender.unacknowledged.size).toBe(0);

      const acked = sender.expected.size;
      if (fault.loses === true) await expectLossShown(scene, acked);
      else {
        const longshore = scene.running.at(-1)!;
        await vi.waitFor(async () => verifyOnce(await longshore.searchAll(''), sender.expected), {
          timeout: 60_000,
          interval: 300,
        });
        await vi.waitFor(
          async () => {
            expect(await totals(longshore)).toMatchObject({
              in_flight: 0,
              dropped: NOISE,
              unaccounted: 0,
              stored: acked,
            });
          },
          { timeout: 20_000, interval: 300 },
        );
        await vi.waitFor(() => expect(webhook.received.length).toBeGreaterThan(0), { timeout: 30_000 });
      }
      expect(webhook.received.length).toBeLessThanOrEqual(1);
    });
  }

  async function expectLossShown(scene: Scene, acked: number): Promise<void> {
    const longshore = scene.running.at(-1)!;
    await vi.waitFor(
      async () => {
        const { received, dropped, stored, in_flight, unaccounted } = await totals(longshore);
        const found = (await longshore.searchAll('')).length;
        expect({ received, dropped, in_flight }).toEqual({ received: acked + NOISE, dropped: NOISE, in_flight: 0 });
        expect(unaccounted).toBeGreaterThan(0);
        expect(stored).toBe(found);
        expect(found + unaccounted).toBe(acked);
      },
      { timeout: 60_000, interval: 300 },
    );
  }

  async function totals(longshore: Longshore): Promise<Totals> {
    const response = await fetch(new URL('/api/ledger', longshore.url));
    return ((await response.json()) as { total: Totals }).total;
  }

  async function stage(fault: Fault) {
    const redis = await RedisServer.start(fault.redisArgs);
    cleanUp.push(() => redis.remove());
    const webhook = await startWebhook();
    cleanUp.push(() => webhook.close());
    const running: Longshore[] = [];
    cleanUp.push(async () => {
      for (const one of running) await one.kill();
    });
    const start = async (dataDir: string, env: NodeJS.ProcessEnv): Promise<Longshore> => {
      const spool = fault.buffer === 'redis' ? 'buffer.spool' : 'buffer';
      return Longshore.start({
        dataDir,
        env,
        rules: { 'much.yaml': RULE(webhook.url) },
        pipelines: { 'noise.yaml': PIPELINE },
        set: {
          ...(fault.buffer === 'spool'
            ? {}
            : {
                'buffer.type': 'redis',
                'buffer.url': redis.url,
                'buffer.lock_duration_ms': '1000',
                'buffer.retry_max_delay_ms': '200',
                'buffer.min_free_memory_percent': '1',
              }),
          [`${spool}.chunk_max_events`]: '40',
          [`${spool}.chunk_max_age_ms`]: '50',
          'store.type': 'elasticsearch',
          'store.nodes': `["${gateway.url}"]`,
          'store.request_timeout_ms': '2000',
          'store.max_retry_interval_ms': '500',
          stop_deadline_ms: '5000',
          ...fault.set,
        },
      });
    };
    const dirs: string[] = [];
    for (let i = 0; i < (fault.processes ?? 1); i++) {
      const dir = mkdtempSync(join(tmpdir(), 'longshore-faults-'));
      dirs.push(dir);
      cleanUp.unshift(async () => rmSync(dir, { recursive: true, force: true }));
      running.push(await start(dir, i === 0 ? (fault.env ?? {}) : {}));
    }
    const scene: Scene = {
      elasticsearch,
      redis,
      running,
      setAnswer: answer => {
        gateway.handler = answer ?? (asked => forward(elasticsearch.url, asked));
      },
      again: async which => {
        running[which] = await start(dirs[which]!, {});
      },
    };
    return { scene, webhook };
  }
});

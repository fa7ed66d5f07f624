import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { elasticsearchImage, Server } from '../store/elasticsearch/server.ts';
import { seeded } from '../support/chance.ts';
import { Longshore } from '../support/longshore.ts';
import { RedisServer, redisEngine } from '../support/redis.ts';
import { requireOrSkip } from '../support/services.ts';
import { StubbornSender, verifyOnce } from '../support/stubborn-sender.ts';

/*
 * The real process with Redis and Elasticsearch behind its spool. Whenever it is killed: each acknowledged line is in the
 * daily index once. What else may fail is in faults/faults.ts.
 */
const canRun =
  requireOrSkip('Redis', await redisEngine()) && requireOrSkip('Elasticsearch 9', await elasticsearchImage(9));

describe.runIf(canRun)('two URLs more: spool, Redis, Elasticsearch', () => {
  let elasticsearch: Server;
  let redis: RedisServer;
  let dataDir: string;
  const running = new Set<Longshore>();

  beforeAll(async () => {
    [elasticsearch, redis] = await Promise.all([Server.start(9), RedisServer.start()]);
  }, 300_000);
  afterAll(async () => {
    await redis?.remove();
    await elasticsearch?.remove();
  });
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'longshore-scale-'));
  });
  afterEach(async () => {
    for (const one of running) await one.kill();
    running.clear();
    rmSync(dataDir, { recursive: true, force: true });
    await redis.client.flushall();
    await elasticsearch.clear('docker-logs-*');
  });

  async function start(buffer: 'redis' | 'spool'): Promise<Longshore> {
    const rolls = buffer === 'redis' ? 'buffer.spool' : 'buffer';
    const longshore = await Longshore.start({
      dataDir,
      rules: {},
      set: {
        ...(buffer === 'redis'
          ? { 'buffer.type': 'redis', 'buffer.url': redis.url, 'buffer.lock_duration_ms': '1000' }
          : {}),
        ...(buffer === 'redis' ? { 'buffer.retry_max_delay_ms': '200' } : {}),
        [`${rolls}.chunk_max_events`]: '40',
        [`${rolls}.chunk_max_age_ms`]: '50',
        'store.type': 'elasticsearch',
        'store.nodes': `["${elasticsearch.url}"]`,
        'store.max_retry_interval_ms': '500',
        stop_deadline_ms: '5000',
      },
    });
    running.add(longshore);
    return longshore;
  }

  async function kill(longshore: Longshore): Promise<void> {
    await longshore.kill();
    running.delete(longshore);
  }

  async function finish(longshore: Longshore, sender: StubbornSender): Promise<void> {
    for (let i = 0; i < 20 && sender.unacknowledged.size > 0; i++) await sender.deliver(longshore.ready.forward);
    expect(sender.unacknowledged.size).toBe(0);
    await vi.waitFor(async () => verifyOnce(await longshore.searchAll(''), sender.expected), {
      timeout: 40_000,
      interval: 300,
    });
  }

  for (const buffer of ['spool', 'redis'] as const) {
    test(`kill -9 of the service, three times, over the ${buffer}`, { timeout: 300_000 }, async () => {
      const random = seeded(buffer === 'redis' ? 21 : 22);
      const sender = new StubbornSender(buffer, random);
      for (let round = 0; round < 3; round++) {
        const longshore = await start(buffer);
        for (let i = 0; i < 60; i++) sender.produce();
        const killed = new Promise<void>(resolve =>
          setTimeout(() => void kill(longshore).then(resolve), 10 + random() * 400),
        );
        await Promise.all([sender.deliver(longshore.ready.forward), killed]);
      }
      await finish(await start(buffer), sender);
    });
  }
});

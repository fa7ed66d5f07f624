import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CanaryStatus, LedgerLine } from '../../src/core/api/ledger.ts';
import { inProcess as cli } from '../cli/in-process.ts';
import { elasticsearchImage, Server } from '../store/elasticsearch/server.ts';
import { seeded } from '../support/chance.ts';
import { dockerRecord, ForwardSender } from '../support/forward-sender.ts';
import { Longshore } from '../support/longshore.ts';
import { RedisServer, redisEngine } from '../support/redis.ts';
import { requireOrSkip } from '../support/services.ts';
import { StubbornSender } from '../support/stubborn-sender.ts';

/* The ledger over processes, with real Redis and real Elasticsearch: any of them knows it all. */
const canRun =
  requireOrSkip('Redis', await redisEngine()) && requireOrSkip('Elasticsearch 9', await elasticsearchImage(9));
const NOTHING: LedgerLine = { received: 0, stored: 0, dead_lettered: 0, dropped: 0, in_flight: 0, unaccounted: 0 };
const DROPS = {
  'drop.yaml': `match: { tag: app }\nprocessors: [{ drop: { if: "ctx.message.startsWith('drop')" } }]\n`,
};

describe.runIf(canRun)('the ledger over Redis and Elasticsearch', () => {
  let elasticsearch: Server;
  let redis: RedisServer;
  let root: string;
  const running = new Set<Longshore>();

  beforeAll(async () => {
    [elasticsearch, redis] = await Promise.all([Server.start(9), RedisServer.start(['--appendonly', 'no'])]);
  }, 300_000);
  afterAll(async () => {
    await redis?.remove();
    await elasticsearch?.remove();
  });
  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'longshore-ledger-scale-'));
    await redis.client.flushall();
    await elasticsearch.clear('docker-logs-*');
  });
  afterEach(async () => {
    for (const one of running) await one.kill();
    running.clear();
    rmSync(root, { recursive: true, force: true });
  });

  async function start(
    name: string,
    role?: string,
    set: Record<string, string> = {},
    env: NodeJS.ProcessEnv = {},
  ): Promise<Longshore> {
    const longshore = await Longshore.start({
      dataDir: join(root, name),
      rules: {},
      pipelines: DROPS,
      env,
      args: role === undefined ? [] : ['--role', role],
      set: {
        'buffer.type': 'redis',
        'buffer.url': redis.url,
        'buffer.lock_duration_ms': '1000',
        'buffer.retry_max_delay_ms': '200',
        'buffer.spool.chunk_max_events': '40',
        'buffer.spool.chunk_max_age_ms': '50',
        'store.type': 'elasticsearch',
        'store.nodes': `["${elasticsearch.url}"]`,
        'store.max_retry_interval_ms': '500',
        stop_deadline_ms: '3000',
        ...set,
      },
    });
    running.add(longshore);
    return longshore;
  }

  let frames = 0;
  async function send(longshore: Longshore, container: string, texts: string[]): Promise<void> {
    const sender = await ForwardSender.connect(longshore.ready.forward);
    for (const text of texts)
      sender.message('app', dockerRecord(text, { container_name: `/${container}` }), `scale-${frames++}`);
    await sender.acknowledged(texts.length);
    sender.close();
  }
  const lines = (count: number, text = 'hello') => Array.from({ length: count }, (_, i) => `${text} ${i}`);
  const until = (longshore: Longshore, container: string, line: Partial<LedgerLine>) =>
    vi.waitFor(async () => expect((await longshore.ledger()).containers[container]).toEqual({ ...NOTHING, ...line }), {
      timeout: 30_000,
      interval: 100,
    });

  test('two that take in and one that indexes: each of them says the same', { timeout: 300_000 }, async () => {
    const [a, b] = await Promise.all([start('a', 'ingest'), start('b', 'ingest')]);
    await send(a, 'web-1', lines(50));
    await send(b, 'web-1', [...lines(30), ...lines(5, 'drop')]);
    await until(a, 'web-1', { received: 85, dropped: 5, in_flight: 80 });
    await until(b, 'web-1', { received: 85, dropped: 5, in_flight: 80 });
    const index = await start('c', 'index,alert,web');
    for (const one of [a, b, index]) await until(one, 'web-1', { received: 85, dropped: 5, stored: 80 });
    const { processes } = await index.ledger();
    expect(processes!.map(({ received }) => received).sort()).toEqual([0, 35, 50]);
    // Who ends is still counted.
    await a.stop();
    running.delete(a);
    await until(index, 'web-1', { received: 85, dropped: 5, stored: 80 });
    const { out, code } = await cli(['ledger', '--url', index.url]);
    expect(out).toMatch(/^web-1 +85 +80 +\. +5 +\. +\.$/m);
    expect(code).toBe(0);
  });

  test('what Elasticsearch refuses for good is dead-lettered, and after a replay stored', {
    timeout: 300_000,
  }, async () => {
    await fetch(`${elasticsearch.url}/_index_template/conflict`, { method: 'DELETE' });
    const longshore = await start('a');
    await longshore.untilReady();
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '.');
    const index = `${elasticsearch.url}/docker-logs-${day}`;
    const put = (body: object) =>
      fetch(index, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    // `seq` is never moved aside: as an address no event fits.
    await put({ mappings: { properties: { seq: { type: 'ip' } } } });
    await send(longshore, 'shop', lines(20));
    await until(longshore, 'shop', { received: 20, dead_lettered: 20 });
    await fetch(index, { method: 'DELETE' });
    await put({});
    const replayed = await fetch(`${longshore.url}/api/dead-letters/replay`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ container: 'shop' }),
    });
    expect(replayed.status).toBe(200);
    await until(longshore, 'shop', { received: 20, stored: 20 });
  });

  test('killed between bulk and settlement, and Elasticsearch standing still: all of it is stored, once', {
    timeout: 300_000,
  }, async () => {
    const sender = new StubbornSender('r', seeded(41));
    const ingest = await start('a', 'ingest');
    const faulty = await start('b', 'index,alert,web', {}, { LONGSHORE_FAULT: 'redis.after_write:2' });
    await elasticsearch.pause();
    try {
      for (let i = 0; i < 60; i++) sender.produce();
      for (let i = 0; i < 10 && sender.unacknowledged.size > 0; i++) await sender.deliver(ingest.ready.forward);
      const { size } = sender.expected;
      await vi.waitFor(async () =>
        expect((await ingest.ledger()).total).toEqual({ ...NOTHING, received: size, in_flight: size }),
      );
    } finally {
      await elasticsearch.unpause();
    }
    await faulty.exited;
    running.delete(faulty);
    await start('c', 'index,alert,web');
    const { size } = sender.expected;
    await vi.waitFor(
      async () => expect((await ingest.ledger()).total).toEqual({ ...NOTHING, received: size, stored: size }),
      { timeout: 40_000, interval: 200 },
    );
  });

  test('the canary: through Elasticsearch where it can be searched, else as far as Redis', {
    timeout: 300_000,
  }, async () => {
    const set = { canary: '{ interval_seconds: 0.5, timeout_seconds: 3 }' };
    const [whole, ingest, web] = await Promise.all([
      start('a', undefined, set),
      start('b', 'ingest', set),
      start('c', 'web', set),
    ]);
    const state = async (longshore: Longshore) => (await longshore.ledger()).canary as CanaryStatus;
    const untilState = (longshore: Longshore, wanted: Partial<CanaryStatus>) =>
      vi.waitFor(async () => expect(await state(longshore)).toMatchObject(wanted), { timeout: 20_000, interval: 200 });
    await untilState(whole, { state: 'ok', found_in: 'store' });
    await untilState(ingest, { state: 'ok', found_in: 'next_hop' });
    await untilState(web, { state: 'not_checked' });
    await redis.pause();
    try {
      await untilState(ingest, { state: 'late' });
      await untilState(whole, { state: 'late' });
    } finally {
      await redis.unpause();
    }
    await untilState(ingest, { state: 'ok' });
    await untilState(whole, { state: 'ok' });
  });
});

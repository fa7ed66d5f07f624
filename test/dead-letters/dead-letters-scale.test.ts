import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { dayOf, isoTime } from '../../src/base/time/iso.ts';
import { RedisQueue } from '../../src/buffer/redis/redis-queue.ts';
import { redisOptions } from '../buffer/redis/options.ts';
import { elasticsearchImage, Server } from '../store/elasticsearch/server.ts';
import { Longshore } from '../support/longshore.ts';
import { RedisServer, redisEngine } from '../support/redis.ts';
import { requireOrSkip } from '../support/services.ts';

/* Dead letters of Elasticsearch (a 400 that no moving aside mends) and of Redis (a job that is given up). */
const canRun =
  requireOrSkip('Redis', await redisEngine()) && requireOrSkip('Elasticsearch 9', await elasticsearchImage(9));

/** `seq` is never moved aside: an index that has it as something else takes no event at all. */
const CONFLICT = { properties: { seq: { type: 'ip' } } };
const MENDED = `
match: { tag: app }
processors:
  - set: { field: mended, value: 'yes' }
`;

interface Letter {
  id: string;
  type: string;
  event: string;
  status: string;
  source: string;
  index: string;
  reason: string;
  forerunner?: string;
}

describe.runIf(canRun)('spool, Redis, Elasticsearch', () => {
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
    dataDir = mkdtempSync(join(tmpdir(), 'longshore-dead-'));
  });
  afterEach(async () => {
    for (const one of running) await one.kill();
    running.clear();
    rmSync(dataDir, { recursive: true, force: true });
    await redis.client.flushall();
    await elasticsearch.clear('docker-logs-*');
  });

  async function start(
    buffer: 'redis' | 'spool',
    env: NodeJS.ProcessEnv = {},
    role?: { name: string; dataDir: string },
  ): Promise<Longshore> {
    const rolls = buffer === 'redis' ? 'buffer.spool' : 'buffer';
    const longshore = await Longshore.start({
      dataDir: role?.dataDir ?? dataDir,
      rules: {},
      pipelines: { 'app.yaml': MENDED },
      env,
      args: role === undefined ? [] : ['--role', role.name],
      set: {
        ...(buffer === 'redis' ? { 'buffer.type': 'redis', 'buffer.url': redis.url } : {}),
        [`${rolls}.chunk_max_events`]: '40',
        [`${rolls}.chunk_max_age_ms`]: '50',
        'store.type': 'elasticsearch',
        'store.nodes': `["${elasticsearch.url}"]`,
        'store.max_retry_interval_ms': '500',
        stop_deadline_ms: '3000',
      },
    });
    running.add(longshore);
    await longshore.untilReady();
    return longshore;
  }

  async function send(longshore: Longshore, count: number): Promise<void> {
    const events = Array.from({ length: count }, (_, i) => ({ message: `event ${i}`, n: i, container_name: 'shop' }));
    const response = await fetch(`${longshore.url}/api/logs?tag=app`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'one' },
      body: JSON.stringify(events),
    });
    expect(response.status).toBe(200);
  }

  async function letters(longshore: Longshore, status = 'open'): Promise<Letter[]> {
    const response = await fetch(`${longshore.url}/api/dead-letters?status=${status}&size=1000`);
    return ((await response.json()) as { letters: Letter[] }).letters;
  }

  const until = (longshore: Longshore, count: number, status = 'open') =>
    vi.waitFor(async () => expect(await letters(longshore, status)).toHaveLength(count), { timeout: 20_000 });

  async function replay(longshore: Longshore, selection: object): Promise<Record<string, unknown>> {
    const response = await fetch(`${longshore.url}/api/dead-letters/replay`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(selection),
    });
    return (await response.json()) as Record<string, unknown>;
  }

  const today = () => `docker-logs-${dayOf(Date.now())}`;

  for (const buffer of ['spool', 'redis'] as const) {
    test(`a mapping conflict: 400, a letter each, mended, replayed, killed in between, stored once (${buffer})`, {
      timeout: 300_000,
    }, async () => {
      const conflict = await elasticsearch.json('PUT', `/${today()}`, { mappings: CONFLICT });
      expect(conflict.status).toBe(200);
      const first = await start(buffer);
      await send(first, 250);
      await until(first, 250);
      const [one] = await letters(first);
      expect(one).toMatchObject({ type: 'document_parsing_exception', source: 'elasticsearch', index: today() });
      expect(one!.reason).toContain('[seq]');

      // Too early: it comes back, as a letter that names the one before.
      expect(await replay(first, { ids: [one!.id] })).toMatchObject({ replayed: 1 });
      await vi.waitFor(async () => expect((await letters(first))[0]).toMatchObject({ forerunner: one!.id }), 20_000);
      await until(first, 250);
      await first.kill();

      await elasticsearch.clear('docker-logs-*');
      const faulty = await start(buffer, { LONGSHORE_FAULT: 'replay.after_spool' });
      await replay(faulty, { type: 'document_parsing_exception' }).catch(() => {});
      await vi.waitFor(() => expect(faulty.process.signalCode).toBe('SIGKILL'), 10_000);

      const last = await start(buffer);
      await until(last, 0, 'replaying');
      await vi.waitFor(async () => expect(await replay(last, { all: true })).toHaveProperty('replayed'), 10_000);
      await vi.waitFor(async () => expect((await last.searchAll('mended:yes')).length).toBe(250), {
        timeout: 30_000,
        interval: 300,
      });
      // What is on its way through Redis is found by nobody for a moment.
      await vi.waitFor(
        async () => {
          const hits = await last.searchAll('');
          expect(hits.map(hit => hit['n']).sort((a, b) => Number(a) - Number(b))).toEqual(
            Array.from({ length: 250 }, (_, i) => i),
          );
        },
        { timeout: 30_000, interval: 300 },
      );
      expect(await letters(last)).toEqual([]);
      expect(await letters(last, 'replayed')).toHaveLength(251);
      await vi.waitFor(
        async () =>
          expect((await last.ledger()).total).toEqual({
            received: 250,
            stored: 250,
            dead_lettered: 0,
            dropped: 0,
            in_flight: 0,
            unaccounted: 0,
          }),
        { timeout: 15_000, interval: 300 },
      );
    });
  }

  test('a process that only indexes replays the letters it wrote, and the ledger stays even', {
    timeout: 300_000,
  }, async () => {
    await elasticsearch.json('PUT', `/${today()}`, { mappings: CONFLICT });
    const [ingestDir, indexDir] = [join(dataDir, 'ingest'), join(dataDir, 'index')];
    const ingest = await start('redis', {}, { name: 'ingest', dataDir: ingestDir });
    const index = await start('redis', {}, { name: 'index', dataDir: indexDir });
    await send(ingest, 30);
    await until(index, 30);
    expect(await letters(ingest)).toEqual([]);
    const total = async () => (await index.ledger()).total;
    await vi.waitFor(
      async () =>
        expect(await total()).toEqual({
          received: 30,
          stored: 0,
          dead_lettered: 30,
          dropped: 0,
          in_flight: 0,
          unaccounted: 0,
        }),
      { timeout: 20_000, interval: 300 },
    );
    await elasticsearch.clear('docker-logs-*');
    expect(await replay(index, { all: true })).toMatchObject({ replayed: 30 });
    await vi.waitFor(
      async () =>
        expect(await total()).toEqual({
          received: 30,
          stored: 30,
          dead_lettered: 0,
          dropped: 0,
          in_flight: 0,
          unaccounted: 0,
        }),
      { timeout: 20_000, interval: 300 },
    );
    await elasticsearch.json('POST', `/${today()}/_refresh`);
    const { body } = await elasticsearch.json<{ count: number }>('GET', `/${today()}/_count`);
    expect(body.count).toBe(30);
  });

  test('a job that is given up becomes a letter for each event, replayed by type', { timeout: 300_000 }, async () => {
    const now = Math.floor(Date.now() / 1000) * 1000;
    const day = dayOf(now);
    const lines = Array.from({ length: 5 }, (_, i) => {
      const document = {
        seq: now * 1000 + i,
        '@timestamp': isoTime(now + i),
        message: `m ${i}`,
        service: 'shop',
        tag: 'app',
      };
      return `${JSON.stringify({ create: { _id: `job-${i}` } })}\n${JSON.stringify(document)}\n`;
    });
    const path = join(dataDir, 'chunk.ndjson');
    writeFileSync(path, lines.join(''));
    const queue = new RedisQueue(redisOptions(redis.url));
    await queue.start();
    const bytes = Buffer.byteLength(lines.join(''));
    const chunk = { id: 'c1', day, path, events: 5, bytes, minTime: now, maxTime: now + 4 };
    await vi.waitFor(() => queue.accept(chunk), 10_000);
    await queue.stop(AbortSignal.timeout(1000));
    const [job] = await redis.client.lrange('{longshore}:chunks:wait', 0, -1);
    await redis.client.del('{longshore}:chunks:wait');
    await redis.client.zadd('{longshore}:chunks:failed', Date.now(), job!);

    const longshore = await start('redis');
    await until(longshore, 5);
    const found = await letters(longshore);
    expect(new Set(found.map(({ type, source }) => `${source}: ${type}`))).toEqual(
      new Set(['redis: redis_job_failed']),
    );
    expect(await replay(longshore, { type: 'redis_job_failed' })).toMatchObject({ replayed: 5 });
    await vi.waitFor(
      async () =>
        expect((await longshore.searchAll('')).map(hit => hit._id).sort()).toEqual(
          [0, 1, 2, 3, 4].map(i => `job-${i}`),
        ),
      { timeout: 20_000, interval: 300 },
    );
  });
});

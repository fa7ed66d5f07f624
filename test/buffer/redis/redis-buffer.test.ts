import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RedisQueue } from '../../../src/buffer/redis/redis-queue.ts';
import { LongshoreError } from '../../../src/core/errors.ts';
import { ChunkFolder, expectedIds, idsOf } from '../../support/chunks.ts';
import { RedisServer, redisEngine } from '../../support/redis.ts';
import { requireOrSkip } from '../../support/services.ts';
import { Pieces } from './pieces.ts';

describe.runIf(requireOrSkip('Redis in Docker', await redisEngine()))('the Redis buffer', () => {
  let server: RedisServer;
  let folder: ChunkFolder;
  let pieces: Pieces;

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server?.remove());
  beforeEach(async () => {
    await server.client.flushall();
    folder = new ChunkFolder();
    pieces = new Pieces(server.url);
  });
  afterEach(async () => {
    await pieces.end();
    folder.remove();
  });

  const waiting = async (queue: RedisQueue): Promise<number> => {
    await queue.refreshStats();
    return queue.depth;
  };
  const connected = (queue: RedisQueue) => vi.waitFor(() => expect(queue.isConnected).toBe(true));

  test('two producers and two workers: everything once', async () => {
    const queues = [await pieces.queue(), await pieces.queue()];
    await Promise.all(queues.map(connected));
    await pieces.worker();
    await pieces.worker();
    await Promise.all(Array.from({ length: 30 }, (_, i) => queues[i % 2]!.accept(folder.make(i))));
    await vi.waitFor(() => expect(pieces.written.length).toBe(600), { timeout: 10_000 });
    expect([...pieces.written].sort()).toEqual(expectedIds(0, 30));
    expect(folder.files()).toEqual([]);
  });

  test('chunks of two machines with the same chunk id are two chunks', async () => {
    const queue = await pieces.queue();
    await connected(queue);
    const [a, b] = [folder.make(1), folder.make(2)];
    await queue.accept(a);
    await queue.accept({ ...b, id: a.id });
    await pieces.worker();
    await vi.waitFor(() => expect(pieces.distinct()).toEqual(expectedIds(1, 3)), { timeout: 10_000 });
  });

  test('a chunk that is offered again while it waits is one job', async () => {
    const queue = await pieces.queue();
    await connected(queue);
    for (let i = 0; i < 3; i++) await queue.accept(folder.make(1));
    expect(await waiting(queue)).toBe(1);
    expect(queue.bytes).toBeGreaterThan(0);
  });

  test('a chunk that is offered again after it was stored and its job has gone is taken, and not stored again', async () => {
    const queue = await pieces.queue();
    await connected(queue);
    await pieces.worker();
    await queue.accept(folder.make(1));
    await vi.waitFor(async () => expect(await waiting(queue)).toBe(0), { timeout: 10_000 });
    await queue.accept(folder.make(1));
    expect(folder.files()).toEqual([]);
    expect(await waiting(queue)).toBe(0);
    expect(pieces.written.sort()).toEqual(expectedIds(1, 2));
  });

  test('the budget holds for all producers, in bytes, and is given back', async () => {
    const queues = [await pieces.queue({ max_bytes: 100_000 }), await pieces.queue({ max_bytes: 100_000 })];
    await Promise.all(queues.map(connected));
    let taken = 0;
    let refusal: unknown;
    while (refusal === undefined && taken < 100) {
      await queues[taken % 2]!.accept(folder.make(taken, 20, 1000)).then(
        () => taken++,
        error => {
          refusal = error;
        },
      );
    }
    expect(refusal).toMatchObject({ code: 'LS_REDIS_BUDGET', retryable: true });
    expect(folder.files().length).toBe(1);
    await queues[0]!.refreshStats();
    expect(queues[0]!.bytes).toBeGreaterThan(70_000);
    expect(queues[0]!.bytes).toBeLessThanOrEqual(100_000);

    await pieces.worker();
    await vi.waitFor(() => queues[1]!.accept(folder.make(taken, 20, 1000)), { timeout: 10_000, interval: 100 });
    await vi.waitFor(() => expect(pieces.distinct()).toEqual(expectedIds(0, taken + 1)), { timeout: 10_000 });
    await vi.waitFor(async () => {
      await queues[0]!.refreshStats();
      expect(queues[0]!.bytes).toBe(0);
    });
  });

  test('a wrong byte count sets itself right', async () => {
    const queue = await pieces.queue({ sweep_interval_ms: 200 });
    await connected(queue);
    await queue.accept(folder.make(1));
    await queue.refreshStats();
    const right = queue.bytes;
    await server.client.incrby('{longshore}:buffer:bytes', 1_000_000);
    await server.client.hset('{longshore}:buffer:sizes', 'no-such-job', `5000:${Date.now() - 3_600_000}`);
    await vi.waitFor(
      async () => {
        await queue.refreshStats();
        expect(queue.bytes).toBe(right);
        expect(await server.client.hexists('{longshore}:buffer:sizes', 'no-such-job')).toBe(0);
      },
      { timeout: 5000 },
    );
  });

  test('with everysec a chunk leaves the spool after the fsync, and all wait for the same one', async () => {
    await server.client.config('SET', 'appendfsync', 'everysec');
    const [hasWaitAof] = (await server.client.call('COMMAND', 'INFO', 'waitaof')) as unknown[];
    try {
      const queue = await pieces.queue();
      await connected(queue);
      const started = performance.now();
      await Promise.all(Array.from({ length: 20 }, (_, i) => queue.accept(folder.make(i))));
      const seconds = (performance.now() - started) / 1000;
      expect(folder.files()).toEqual([]);
      expect(seconds).toBeLessThan(6);
      // A Redis that cannot say so itself is given the time that an fsync takes to come.
      if (hasWaitAof === null) expect(seconds).toBeGreaterThan(1.2);
    } finally {
      await server.client.config('SET', 'appendfsync', 'always');
    }
  });

  test('a chunk is in the spool until enough replicas have it, though Redis has it', async () => {
    const queue = await pieces.queue({ min_replicas: 1 });
    await connected(queue);
    const refused = expect(queue.accept(folder.make(1))).rejects.toMatchObject({ code: 'LS_REDIS_REFUSED' });
    await vi.waitFor(async () => expect(await waiting(queue)).toBe(1), { timeout: 2000 });
    expect(folder.files().length).toBe(1);
    await refused;
    expect(folder.files().length).toBe(1);
  });

  test('says what can be lost: no append-only file, a policy that evicts', async () => {
    const queue = await pieces.queue();
    await connected(queue);
    expect(await pieces.persistence()).toEqual({ aof: true, policy: 'noeviction', warnings: [] });
    await server.client.config('SET', 'appendonly', 'no');
    await server.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    try {
      const { aof, policy, warnings } = await pieces.persistence();
      expect({ aof, policy }).toEqual({ aof: false, policy: 'allkeys-lru' });
      expect(warnings.join('\n')).toMatch(/append-only file.* is off[\s\S]*throws chunks away/);
    } finally {
      await server.client.config('SET', 'appendonly', 'yes');
      await server.client.config('SET', 'maxmemory-policy', 'noeviction');
    }
  });

  test('a chunk whose file is gone is refused for good', async () => {
    const queue = await pieces.queue();
    await connected(queue);
    const chunk = { ...folder.make(1), path: `${folder.dir}/no-such-file` };
    await expect(queue.accept(chunk)).rejects.toMatchObject({ code: 'LS_REDIS_CHUNK_MISSING', retryable: false });
  });

  describe('while the store is away', () => {
    const away = () => new LongshoreError('LS_STORE_ELASTICSEARCH_AWAY', 'the store is away', { retryable: true });

    test('jobs are put back for later again and again, and none becomes a dead letter', async () => {
      let isAway = true;
      let tries = 0;
      const tried = new Set<string>();
      const queue = await pieces.queue();
      await connected(queue);
      await pieces.worker({ max_stalled_count: 0, retry_hold_ms: 100, concurrency: 2 }, async data => {
        tries++;
        tried.add(data.id);
        if (isAway) throw away();
      });
      for (let i = 0; i < 6; i++) await queue.accept(folder.make(i));
      // More than the worker can have in hand: each had its turn because others were put back.
      await vi.waitFor(() => expect([tried.size, tries > 20]).toEqual([6, true]), { timeout: 10_000 });
      expect(pieces.written).toEqual([]);
      isAway = false;
      await vi.waitFor(() => expect(pieces.written.length).toBe(120), { timeout: 10_000 });
      expect([...pieces.written].sort()).toEqual(expectedIds(0, 6));
      expect(pieces.dead).toEqual([]);
    });

    test('a worker that stops gives its jobs back at once', async () => {
      const queue = await pieces.queue();
      await connected(queue);
      const tried = Promise.withResolvers<void>();
      const first = await pieces.worker({ lock_duration_ms: 60_000, retry_hold_ms: 60_000 }, async () => {
        tried.resolve();
        throw away();
      });
      await queue.accept(folder.make(1));
      await tried.promise;
      await first.stop(AbortSignal.timeout(3000));
      await pieces.worker({ lock_duration_ms: 60_000 });
      await vi.waitFor(() => expect(pieces.written.sort()).toEqual(expectedIds(1, 2)), { timeout: 5000 });
    });
  });

  describe('dead letters', () => {
    test('an error that is no LongshoreError is tried again', async () => {
      let failures = 3;
      const queue = await pieces.queue();
      await connected(queue);
      await pieces.worker({}, async () => {
        if (failures-- > 0) throw new TypeError('fetch failed');
      });
      await queue.accept(folder.make(1));
      await vi.waitFor(() => expect(pieces.written.sort()).toEqual(expectedIds(1, 2)), { timeout: 10_000 });
      expect(pieces.dead).toEqual([]);
    });

    test('what is no chunk at all is kept as it is', async () => {
      const queue = await pieces.queue();
      await connected(queue);
      await queue.accept(folder.make(1));
      const [key] = await server.client.keys('{longshore}:chunks:0000*');
      const data = JSON.parse((await server.client.hget(key!, 'data'))!) as Record<string, unknown>;
      await server.client.hset(key!, 'data', JSON.stringify({ ...data, z: 'AAAA', _id: 'here it is' }));
      await pieces.worker();
      await vi.waitFor(() => expect(pieces.dead.length).toBe(1), { timeout: 10_000 });
      expect(pieces.dead[0]!.data).toMatchObject({ day: '2026.11.02', events: 20 });
      expect(pieces.dead[0]!.reason).toContain('cannot be unpacked');
      expect(idsOf(pieces.dead[0]!.data.body)).toEqual(['here it is']);
      await vi.waitFor(async () => expect(await waiting(queue)).toBe(0));
    });

    test('a job of a newer version waits for a newer worker', async () => {
      const queue = await pieces.queue();
      await connected(queue);
      await queue.accept(folder.make(1));
      const [key] = await server.client.keys('{longshore}:chunks:0000*');
      const data = JSON.parse((await server.client.hget(key!, 'data'))!) as Record<string, unknown>;
      await server.client.hset(key!, 'data', JSON.stringify({ ...data, v: 2 }));
      await pieces.worker({ stalled_interval_ms: 300 });
      await queue.accept(folder.make(2));
      await vi.waitFor(() => expect(pieces.written.sort()).toEqual(expectedIds(2, 3)), { timeout: 10_000 });
      expect(pieces.dead).toEqual([]);
      await vi.waitFor(async () => expect(await waiting(queue)).toBe(1));
    });

    test('a dead letter that cannot be written now is written later', async () => {
      let refusals = 2;
      const queue = await pieces.queue();
      await connected(queue);
      await pieces.worker({}, async () => {
        throw new LongshoreError('LS_STORE_READ_FAILED', 'no such index');
      });
      const dead = pieces.dead;
      const push = dead.push.bind(dead);
      dead.push = (...letters) => {
        if (refusals-- > 0) throw new Error('no space left on device');
        return push(...letters);
      };
      await queue.accept(folder.make(1));
      await vi.waitFor(() => expect(dead.length).toBe(1), { timeout: 10_000 });
      expect(dead[0]!.ids.sort()).toEqual(expectedIds(1, 2));
      await vi.waitFor(async () => expect(await waiting(queue)).toBe(0));
    });
  });

  test('a file that changes nothing is no chunk: an empty one comes through as well', async () => {
    const queue = await pieces.queue();
    await connected(queue);
    const bodies: number[] = [];
    await pieces.worker({}, async data => {
      bodies.push(data.body.length);
    });
    const chunk = folder.make(1);
    writeFileSync(chunk.path, '');
    await queue.accept({ ...chunk, events: 0 });
    await vi.waitFor(() => expect(bodies).toEqual([0]), { timeout: 10_000 });
  });
});

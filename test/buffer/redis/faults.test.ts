import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RedisQueue } from '../../../src/buffer/redis/redis-queue.ts';
import { ChunkFolder, expectedIds } from '../../support/chunks.ts';
import { RedisServer, redisEngine } from '../../support/redis.ts';
import { requireOrSkip } from '../../support/services.ts';
import { Pieces } from './pieces.ts';

describe.runIf(requireOrSkip('Redis in Docker', await redisEngine()))('Redis in trouble', () => {
  let server: RedisServer;
  let folder: ChunkFolder;
  let pieces: Pieces;

  beforeEach(() => {
    folder = new ChunkFolder();
  });
  afterEach(async () => {
    await pieces?.end();
    await server?.remove();
    folder.remove();
  });

  const start = async (...args: string[]): Promise<void> => {
    server = await RedisServer.start(args);
    pieces = new Pieces(server.url);
  };
  const connected = (queue: RedisQueue) => vi.waitFor(() => expect(queue.isConnected).toBe(true), { timeout: 10_000 });
  const untilAll = (chunks: number) =>
    vi.waitFor(() => expect(pieces.distinct()).toEqual(expectedIds(0, chunks)), { timeout: 20_000, interval: 50 });

  test('killed and back, with its append-only file: the spool grows meanwhile, and nothing is lost', async () => {
    await start('--appendonly', 'yes', '--appendfsync', 'always');
    const queue = await pieces.queue();
    const offers = pieces.offers(queue);
    await connected(queue);
    for (let i = 0; i < 8; i++) offers.add(folder.make(i), undefined);
    await offers.settled;
    await server.kill();
    await vi.waitFor(() => expect(queue.isConnected).toBe(false));
    for (let i = 8; i < 12; i++) offers.add(folder.make(i), undefined);
    await expect(queue.accept(folder.make(8))).rejects.toMatchObject({ retryable: true, code: 'LS_REDIS_AWAY' });
    expect(folder.files().length).toBe(4);
    const worker = pieces.worker();
    await server.startAgain();
    await worker;
    await untilAll(12);
    await vi.waitFor(() => expect(folder.files()).toEqual([]), { timeout: 10_000 });
    expect([...pieces.written].sort()).toEqual(expectedIds(0, 12));
    expect(pieces.dead).toEqual([]);
  });

  test('killed again and again while chunks go through', async () => {
    await start('--appendonly', 'yes', '--appendfsync', 'always');
    const queue = await pieces.queue();
    const offers = pieces.offers(queue);
    await pieces.worker();
    let next = 0;
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 15; i++) offers.add(folder.make(next++), undefined);
      await vi.waitFor(() => expect(pieces.written.length).toBeGreaterThan((next - 13) * 20), {
        timeout: 15_000,
        interval: 5,
      });
      await server.kill();
      await server.startAgain();
    }
    await untilAll(next);
    await vi.waitFor(() => expect(folder.files()).toEqual([]), { timeout: 10_000 });
    expect(pieces.dead).toEqual([]);
  });

  test('killed without a file: what was in it is lost, as it said, and work goes on', async () => {
    await start('--appendonly', 'no');
    const queue = await pieces.queue();
    await connected(queue);
    expect((await pieces.persistence()).warnings).toEqual([
      'The append-only file of Redis is off: a restart of Redis loses every chunk in it. Set appendonly yes.',
    ]);
    for (let i = 0; i < 3; i++) await queue.accept(folder.make(i));
    await server.kill();
    await server.startAgain();
    await connected(queue);
    await pieces.worker();
    const offers = pieces.offers(queue);
    for (let i = 3; i < 6; i++) offers.add(folder.make(i), undefined);
    await vi.waitFor(() => expect(pieces.distinct()).toEqual(expectedIds(3, 6)), { timeout: 15_000 });
  });

  test('killed without a file while a chunk is being stored: the Redis that knows nothing of it hears that it is', async () => {
    await start('--appendonly', 'no');
    const queue = await pieces.queue({}, 'node-1');
    await connected(queue);
    await queue.accept({ ...folder.make(0), containers: { web: 20 } });
    const back = Promise.withResolvers<void>();
    await pieces.worker({ lock_duration_ms: 500, retry_hold_ms: 20_000 }, async () => {
      await server.kill();
      await server.startAgain();
      await connected(queue);
      // Long enough for the worker to hear that its lock is gone.
      await sleep(1500);
      await server.kill();
      setTimeout(() => server.startAgain().then(back.resolve, back.reject), 500);
    });
    const ledger = await pieces.ledger();
    await back.promise;
    await vi.waitFor(
      async () => expect((await ledger.read()).queue.get('node-1')?.taken).toEqual(new Map([['web', 20]])),
      { timeout: 15_000 },
    );
  });

  test('killed between the acknowledgement and the fsync: the chunk is still in the spool and goes again', async () => {
    await start('--appendonly', 'yes', '--appendfsync', 'everysec');
    const queue = await pieces.queue({ fsync_wait_ms: 3000 });
    await connected(queue);
    const outcome = queue.accept(folder.make(0)).catch(error => error);
    await vi.waitFor(async () => {
      await queue.refreshStats();
      expect(queue.depth).toBe(1);
    });
    await server.kill();
    // What a crash of the machine takes along, a kill of the process leaves: so it is taken here.
    await server.startAgain();
    await server.client.flushall();
    await connected(queue);
    expect(await outcome).toMatchObject({ retryable: true });
    expect(folder.files().length).toBe(1);
    const offers = pieces.offers(queue);
    offers.add(folder.make(0), undefined);
    await pieces.worker();
    await untilAll(1);
  });

  test('standing still: accept gives up in time, and all come out when it goes on', async () => {
    await start('--appendonly', 'yes', '--appendfsync', 'always');
    const queue = await pieces.queue({ command_timeout_ms: 500 });
    await pieces.worker({ command_timeout_ms: 500, lock_duration_ms: 800, stalled_interval_ms: 300 });
    await connected(queue);
    await queue.accept(folder.make(0));
    await server.pause();
    const started = performance.now();
    await expect(queue.accept(folder.make(1))).rejects.toMatchObject({ retryable: true, code: 'LS_REDIS_TIMEOUT' });
    expect(performance.now() - started).toBeLessThan(3000);
    const offers = pieces.offers(queue);
    for (let i = 1; i < 6; i++) offers.add(folder.make(i), undefined);
    await expect(queue.accept(folder.make(1))).rejects.toMatchObject({ retryable: true });
    await server.unpause();
    await untilAll(6);
    await vi.waitFor(() => expect(folder.files()).toEqual([]), { timeout: 10_000 });
    expect(pieces.dead).toEqual([]);
  });

  test('standing still longer than a lock lasts: the store gets the chunk, and it is no dead letter', async () => {
    await start('--appendonly', 'yes', '--appendfsync', 'always');
    const queue = await pieces.queue();
    await connected(queue);
    const held = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const fast = { lock_duration_ms: 500, stalled_interval_ms: 200, max_stalled_count: 1 };
    await pieces.worker(fast, async () => {
      begun.resolve();
      await held.promise;
    });
    await queue.accept(folder.make(0));
    await begun.promise;
    await server.pause();
    await new Promise(resolve => setTimeout(resolve, 800));
    await server.unpause();
    held.resolve();
    await untilAll(1);
    await vi.waitFor(
      async () => {
        await queue.refreshStats();
        expect(queue.depth).toBe(0);
      },
      { timeout: 10_000 },
    );
    expect(pieces.dead).toEqual([]);
  });

  test('nearly full: chunks stay in the spool, so that the workers can still take jobs out', async () => {
    await start('--appendonly', 'yes', '--appendfsync', 'always');
    const used = Number(/used_memory:(\d+)/.exec(await server.client.info('memory'))![1]);
    await server.client.config('SET', 'maxmemory', used + 20_000_000);
    const queue = await pieces.queue({ min_free_memory_percent: 1 });
    await connected(queue);
    const offers = pieces.offers(queue);
    for (let i = 0; i < 60; i++) offers.add(folder.make(i, 20, 7000), undefined);
    await vi.waitFor(
      () => expect(queue.accept(folder.make(59, 20, 7000))).rejects.toMatchObject({ code: 'LS_REDIS_FULL' }),
      {
        timeout: 10_000,
      },
    );
    expect(folder.files().length).toBeGreaterThan(10);
    await pieces.worker();
    await untilAll(60);
    await vi.waitFor(() => expect(folder.files()).toEqual([]), { timeout: 20_000 });
    expect(pieces.dead).toEqual([]);
  });

  test('full to the last byte by somebody else: everything waits, and goes on by itself', async () => {
    await start('--appendonly', 'yes', '--appendfsync', 'always');
    const queue = await pieces.queue({ min_free_memory_percent: 0 });
    await connected(queue);
    const offers = pieces.offers(queue);
    for (let i = 0; i < 3; i++) offers.add(folder.make(i), undefined);
    await offers.settled;
    await server.client.config('SET', 'maxmemory', 1);
    await expect(queue.accept(folder.make(3))).rejects.toMatchObject({ code: 'LS_REDIS_FULL', retryable: true });
    for (let i = 3; i < 6; i++) offers.add(folder.make(i), undefined);
    await pieces.worker({ max_stalled_count: 0 });
    await vi.waitFor(() => expect(queue.accept(folder.make(5))).rejects.toMatchObject({ code: 'LS_REDIS_FULL' }));
    await server.client.config('SET', 'maxmemory', 0);
    await untilAll(6);
    expect(pieces.dead).toEqual([]);
  });

  test('not there at the start: inputs and workers start all the same, and begin when it is there', async () => {
    await start('--appendonly', 'yes', '--appendfsync', 'always');
    await server.kill();
    const queue = await pieces.queue();
    await pieces.worker();
    const offers = pieces.offers(queue);
    for (let i = 0; i < 4; i++) offers.add(folder.make(i), undefined);
    await expect(queue.accept(folder.make(0))).rejects.toMatchObject({ code: 'LS_REDIS_AWAY' });
    await expect(pieces.persistence({}, 500)).rejects.toMatchObject({ code: 'LS_REDIS_AWAY' });
    await server.startAgain();
    await untilAll(4);
  });

  test('a worker that is stopped while Redis is away does not wait for the deadline', async () => {
    await start('--appendonly', 'yes');
    const queue = await pieces.queue();
    await connected(queue);
    const begun = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const worker = await pieces.worker({}, () => {
      begun.resolve();
      return end.promise;
    });
    await queue.accept(folder.make(0));
    await begun.promise;
    await server.kill();
    await vi.waitFor(() => expect(queue.isConnected).toBe(false));
    const before = performance.now();
    await worker.stop(AbortSignal.timeout(20_000));
    expect(performance.now() - before).toBeLessThan(5_000);
    end.resolve();
    await server.startAgain();
    await connected(queue);
    await pieces.worker();
    await untilAll(1);
  });

  test('a wrong password: said, waited for, and no reason to end', async () => {
    await start('--appendonly', 'yes', '--requirepass', 'right');
    const wrong = new Pieces(server.url.replace('//', '//:wrong@'));
    const right = new Pieces(server.url.replace('//', '//:right@'));
    const refused = await wrong.queue();
    await expect(refused.accept(folder.make(0))).rejects.toMatchObject({ retryable: true });
    const queue = await right.queue({ fsync_wait_ms: 0 });
    await connected(queue);
    await queue.accept(folder.make(0));
    expect(folder.files()).toEqual([]);
    await wrong.end();
    await right.end();
  });
});

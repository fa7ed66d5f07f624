import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Budget } from '../../../src/buffer/redis/budget.ts';
import { Connection } from '../../../src/buffer/redis/connection.ts';
import { RedisLedger } from '../../../src/buffer/redis/redis-ledger.ts';
import { RedisQueue } from '../../../src/buffer/redis/redis-queue.ts';
import type { LedgerLine } from '../../../src/core/api/ledger.ts';
import type { Chunk } from '../../../src/core/contracts.ts';
import { balance, type LedgerSnapshot } from '../../../src/ledger/ledger.ts';
import { ChunkFolder } from '../../support/chunks.ts';
import { RedisServer, redisEngine } from '../../support/redis.ts';
import { requireOrSkip } from '../../support/services.ts';
import { redisOptions } from './options.ts';
import { Pieces } from './pieces.ts';

const hasRedis = requireOrSkip('Redis in Docker', await redisEngine());
const SOURCE = 'node-1';

describe.runIf(hasRedis)('the ledger over Redis', () => {
  let server: RedisServer;
  let folder: ChunkFolder;
  let pieces: Pieces;
  let queue: RedisQueue;
  let ledger: RedisLedger;
  /** What the process before Redis has: received, moved on. */
  let received = 0;
  let moved = 0;

  async function setUp(): Promise<void> {
    folder = new ChunkFolder();
    pieces = new Pieces(server.url);
    received = 0;
    moved = 0;
    queue = new RedisQueue(redisOptions(server.url), { source: SOURCE });
    ledger = new RedisLedger(redisOptions(server.url));
    await queue.start();
    await ledger.start();
    await vi.waitFor(() => expect(queue.isConnected).toBe(true));
    await vi.waitFor(() => ledger.read());
  }
  async function tearDown(): Promise<void> {
    await pieces.end();
    await queue.stop(AbortSignal.timeout(500));
    await ledger.stop();
    folder.remove();
  }

  const chunk = (number: number): Chunk => ({ ...folder.make(number), containers: { web: 15, 'db:\n"1"': 5 } });
  async function accept(number: number): Promise<void> {
    await queue.accept(chunk(number));
    received += 20;
    moved += 20;
  }
  const counts = (events: number) => ({ web: (events * 15) / 20, 'db:\n"1"': (events * 5) / 20 });
  async function publish(): Promise<void> {
    const snapshot: LedgerSnapshot = {
      received: counts(received),
      dropped: {},
      taken: counts(moved),
      in_flight: counts(received - moved),
      letters: {},
      replayed: {},
    };
    await ledger.publish({ source: SOURCE, at: Date.now(), ledger: snapshot });
  }
  async function total(): Promise<LedgerLine> {
    await publish();
    const { reports, queue: inRedis } = await ledger.read();
    return balance(new Map(reports.map(({ source, ledger: own }) => [source, own])), inRedis).total;
  }
  const line = { received: 0, stored: 0, dead_lettered: 0, dropped: 0, in_flight: 0, unaccounted: 0 };

  describe('with its append-only file', () => {
    beforeAll(async () => {
      server = await RedisServer.start();
    });
    afterAll(() => server?.remove());
    beforeEach(async () => {
      await server.client.flushall();
      await setUp();
    });
    afterEach(tearDown);

    test('what waits in Redis is in flight, what a worker has settled is stored, by container', async () => {
      for (let i = 0; i < 3; i++) await accept(i);
      expect(await total()).toEqual({ ...line, received: 60, in_flight: 60 });
      await pieces.worker();
      await vi.waitFor(async () => expect(await total()).toEqual({ ...line, received: 60, stored: 60 }));
      const { reports, queue: inRedis } = await ledger.read();
      const { containers } = balance(new Map(reports.map(({ source, ledger: own }) => [source, own])), inRedis);
      expect(Object.entries(containers).map(([name, { stored }]) => [name, stored])).toEqual([
        ['db:\n"1"', 15],
        ['web', 45],
      ]);
      expect(await server.client.hlen('{longshore}:ledger:in_flight')).toBe(0);
    });

    test('a chunk that is offered again counts once, in Redis and after', async () => {
      await accept(1);
      await queue.accept(chunk(1));
      expect(await total()).toEqual({ ...line, received: 20, in_flight: 20 });
      await pieces.worker();
      await vi.waitFor(async () => expect((await total()).stored).toBe(20));
      await queue.accept(chunk(1));
      expect(await total()).toEqual({ ...line, received: 20, stored: 20 });
    });

    test('a worker killed between the write and the settlement: its job counts once', async () => {
      await accept(1);
      const options = redisOptions(server.url, { lock_duration_ms: 500, stalled_interval_ms: 200, concurrency: 1 });
      const child = spawn(
        process.execPath,
        [resolve('test/buffer/redis/worker-process.ts'), JSON.stringify(options), join(folder.dir, 'notes')],
        {
          stdio: ['ignore', 'ignore', 'inherit'],
          env: { ...process.env, LOG_LEVEL: 'fatal', LONGSHORE_FAULT: 'redis.after_write' },
        },
      );
      const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
      expect(signal).toBe('SIGKILL');
      expect(await total()).toEqual({ ...line, received: 20, in_flight: 20 });
      await pieces.worker({ lock_duration_ms: 500, stalled_interval_ms: 200 });
      await vi.waitFor(async () => expect(await total()).toEqual({ ...line, received: 20, stored: 20 }), {
        timeout: 15_000,
      });
    });

    test('a job that vanishes from Redis is missing', async () => {
      await accept(1);
      await accept(2);
      const [job] = await server.client.lrange('{longshore}:chunks:wait', 0, 0);
      await server.client.lrem('{longshore}:chunks:wait', 1, job!);
      await server.client.del(`{longshore}:chunks:${job}`);
      // Noticed when the counts are checked; a young one may still be on its way.
      const size = (await server.client.hget('{longshore}:buffer:sizes', job!))!;
      await server.client.hset('{longshore}:buffer:sizes', job!, size.replace(/^(\d+):\d+/, '$1:1'));
      const connection = new Connection(redisOptions(server.url), 'commands');
      connection.open();
      await vi.waitFor(() => connection.assertReady());
      await server.client.del('{longshore}:buffer:recount');
      await new Budget(connection, redisOptions(server.url).queue).correct(Date.now(), 1);
      connection.close();
      expect(await total()).toEqual({ ...line, received: 40, in_flight: 20, unaccounted: 20 });
      await pieces.worker();
      await vi.waitFor(async () =>
        expect(await total()).toEqual({ ...line, received: 40, stored: 20, unaccounted: 20 }),
      );
    });

    test('a chunk that was counted but never put in is forgotten and counted again when it is', async () => {
      const id = 'never-put-in';
      const connection = new Connection(redisOptions(server.url), 'commands');
      connection.open();
      await vi.waitFor(() => connection.assertReady());
      const budget = new Budget(connection, redisOptions(server.url).queue);
      received = 20;
      const held = JSON.stringify([SOURCE, 'web', 15, 'db:\n"1"', 5]);
      expect(await budget.reserve(id, 100, 1e9, 1, held)).toBe('counted');
      expect(await total()).toEqual({ ...line, received: 20, in_flight: 20 });
      await budget.correct(Date.now(), 1);
      expect(await total()).toEqual({ ...line, received: 20, in_flight: 20 });
      expect(await budget.reserve(id, 100, 1e9, 1, held)).toBe('counted');
      moved = 20;
      await budget.settle(id);
      await budget.settle(id);
      connection.close();
      expect(await total()).toEqual({ ...line, received: 20, stored: 20 });
    });
  });

  describe('without it', () => {
    beforeAll(async () => {
      server = await RedisServer.start(['--appendonly', 'no']);
    });
    afterAll(() => server?.remove());
    beforeEach(setUp);
    afterEach(tearDown);

    test('Redis is killed with jobs in it: exactly those are missing', async () => {
      const worker = await pieces.worker();
      for (let i = 0; i < 3; i++) await accept(i);
      await vi.waitFor(async () => expect(await total()).toEqual({ ...line, received: 60, stored: 60 }));
      await worker.stop(AbortSignal.timeout(1000));
      for (let i = 3; i < 5; i++) await accept(i);
      expect(await total()).toEqual({ ...line, received: 100, stored: 60, in_flight: 40 });
      await server.kill();
      await server.startAgain();
      await vi.waitFor(async () =>
        expect(await total()).toEqual({ ...line, received: 100, stored: 60, unaccounted: 40 }),
      );
      await pieces.worker();
      await vi.waitFor(() => accept(7));
      await vi.waitFor(async () => expect((await total()).stored).toBe(80));
      expect((await total()).unaccounted).toBe(40);
    });
  });
});

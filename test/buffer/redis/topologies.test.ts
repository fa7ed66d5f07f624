import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RedisQueue } from '../../../src/buffer/redis/redis-queue.ts';
import { ChunkFolder, expectedIds } from '../../support/chunks.ts';
import { RedisServer, redisEngine } from '../../support/redis.ts';
import { requireOrSkip } from '../../support/services.ts';
import { Pieces } from './pieces.ts';

describe.runIf(requireOrSkip('Redis in Docker', await redisEngine()))('more than one Redis', () => {
  const aof = ['--appendonly', 'yes', '--appendfsync', 'always'];
  let servers: RedisServer[] = [];
  let folder: ChunkFolder;
  let pieces: Pieces;

  beforeEach(() => {
    folder = new ChunkFolder();
  });
  afterEach(async () => {
    await pieces?.end();
    await Promise.all(servers.map(server => server.remove()));
    servers = [];
    folder.remove();
  });

  const start = async (...args: string[]): Promise<RedisServer> => {
    const server = await RedisServer.start(args);
    servers.push(server);
    return server;
  };
  const connected = (queue: RedisQueue) => vi.waitFor(() => expect(queue.isConnected).toBe(true), { timeout: 10_000 });
  const untilAll = (chunks: number) =>
    vi.waitFor(() => expect(pieces.distinct()).toEqual(expectedIds(0, chunks)), { timeout: 25_000, interval: 50 });

  test('a Cluster: everything once, the budget too', async () => {
    const [a, b] = [await start(...aof, '--cluster-enabled', 'yes'), await start(...aof, '--cluster-enabled', 'yes')];
    await a.client.call('CLUSTER', 'ADDSLOTSRANGE', 0, 8191);
    await b.client.call('CLUSTER', 'ADDSLOTSRANGE', 8192, 16383);
    await a.client.call('CLUSTER', 'MEET', '127.0.0.1', b.port);
    for (const server of [a, b]) {
      await vi.waitFor(async () => expect(await server.client.call('CLUSTER', 'INFO')).toContain('cluster_state:ok'), {
        timeout: 10_000,
      });
    }
    pieces = new Pieces(a.url);
    const cluster = { url: [a.url, b.url], mode: 'cluster' as const };
    const queue = await pieces.queue(cluster);
    await connected(queue);
    expect((await pieces.persistence(cluster)).warnings).toEqual([]);
    await pieces.worker(cluster);
    const offers = pieces.offers(queue);
    for (let i = 0; i < 8; i++) offers.add(folder.make(i), undefined);
    await untilAll(8);
    expect([...pieces.written].sort()).toEqual(expectedIds(0, 8));
    await vi.waitFor(async () => {
      await queue.refreshStats();
      expect([queue.depth, queue.bytes]).toEqual([0, 0]);
    });
  });

  test('Sentinel: the master dies, a replica takes over, and all that was accepted comes out', async () => {
    const master = await start(...aof, '--repl-diskless-sync-delay', '0');
    const replica = await start(...aof, '--replicaof', '127.0.0.1', String(master.port));
    const sentinel = await RedisServer.startSentinel();
    servers.push(sentinel);
    await sentinel.client.call('SENTINEL', 'MONITOR', 'harbour', '127.0.0.1', master.port, 1);
    await sentinel.client.call('SENTINEL', 'SET', 'harbour', 'down-after-milliseconds', 500);
    await sentinel.client.call('SENTINEL', 'SET', 'harbour', 'failover-timeout', 3000);
    await vi.waitFor(
      async () => expect(((await sentinel.client.call('SENTINEL', 'REPLICAS', 'harbour')) as unknown[]).length).toBe(1),
      { timeout: 15_000 },
    );
    await vi.waitFor(async () => expect(await replica.client.info('replication')).toContain('master_link_status:up'), {
      timeout: 15_000,
    });
    pieces = new Pieces(sentinel.url);
    // A replica must have a chunk before it leaves the spool; after the failover there is only one Redis left.
    const how = { mode: 'sentinel' as const, sentinel_name: 'harbour' };
    const safe = await pieces.queue({ ...how, min_replicas: 1 });
    await connected(safe);
    for (let i = 0; i < 5; i++) await safe.accept(folder.make(i));
    await master.kill();
    const queue = await pieces.queue(how);
    await pieces.worker(how);
    const offers = pieces.offers(queue);
    for (let i = 5; i < 10; i++) offers.add(folder.make(i), undefined);
    await untilAll(10);
    expect(pieces.dead).toEqual([]);
    expect(await replica.client.call('ROLE')).toContain('master');
  });
});

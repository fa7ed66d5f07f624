import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RedisBufferOptions } from '../../../src/buffer/redis/options.ts';
import type { RedisQueue } from '../../../src/buffer/redis/redis-queue.ts';
import { ChunkFolder, expectedIds } from '../../support/chunks.ts';
import { RedisServer, redisEngine } from '../../support/redis.ts';
import { requireOrSkip } from '../../support/services.ts';
import { redisOptions } from './options.ts';
import { Pieces } from './pieces.ts';

interface Note {
  begun?: string;
  written?: string[];
  dead?: string[];
  reason?: string;
}

describe.runIf(requireOrSkip('Redis in Docker', await redisEngine()))('workers that are killed', () => {
  let server: RedisServer;
  let folder: ChunkFolder;
  let pieces: Pieces;
  let queue: RedisQueue;
  let children: ChildProcess[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server?.remove());
  beforeEach(async () => {
    await server.client.flushall();
    folder = new ChunkFolder();
    pieces = new Pieces(server.url);
    queue = await pieces.queue();
    await vi.waitFor(() => expect(queue.isConnected).toBe(true));
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    children = [];
    await pieces.end();
    folder.remove();
  });

  const notesFile = () => join(folder.dir, 'notes');
  const notes = (): Note[] =>
    existsSync(notesFile())
      ? readFileSync(notesFile(), 'utf8')
          .split('\n')
          .filter(line => line !== '')
          .map(line => JSON.parse(line) as Note)
      : [];
  const written = () => [...new Set(notes().flatMap(note => note.written ?? []))].sort();
  const quick = { lock_duration_ms: 500, stalled_interval_ms: 200, concurrency: 1 };

  const worker = (overrides: Partial<RedisBufferOptions>, fault = ''): ChildProcess => {
    const options = JSON.stringify(redisOptions(server.url, { ...quick, ...overrides }));
    const child = spawn(process.execPath, [resolve('test/buffer/redis/worker-process.ts'), options, notesFile()], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, LOG_LEVEL: 'fatal', LONGSHORE_FAULT: fault },
    });
    children.push(child);
    return child;
  };
  const killed = async (child: ChildProcess): Promise<void> => {
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
    expect(signal).toBe('SIGKILL');
  };
  const untilEmpty = () =>
    vi.waitFor(
      async () => {
        await queue.refreshStats();
        expect(queue.depth).toBe(0);
        expect(queue.bytes).toBe(0);
      },
      { timeout: 10_000 },
    );

  test('between the write and the settlement: written again with the same ids, and nothing is lost', async () => {
    for (let i = 0; i < 3; i++) await queue.accept(folder.make(i));
    await killed(worker({}, 'redis.after_write:2'));
    worker({});
    await vi.waitFor(() => expect(written()).toEqual(expectedIds(0, 3)), { timeout: 15_000 });
    await untilEmpty();
    const all = notes().flatMap(note => note.written ?? []);
    expect(all.length - 60).toBe(20);
    expect(notes().some(note => note.dead !== undefined)).toBe(false);
  });

  test('in the write, twice with the same job: a dead letter, made by whoever comes next', async () => {
    await queue.accept(folder.make(7));
    for (let death = 0; death < 2; death++) await killed(worker({ max_stalled_count: 1 }, 'test.in_write'));
    worker({ max_stalled_count: 1 });
    await vi.waitFor(() => expect(notes().some(note => note.dead !== undefined)).toBe(true), { timeout: 15_000 });
    await untilEmpty();
    const letters = notes().filter(note => note.dead !== undefined);
    expect(letters.map(({ dead }) => dead!.sort())).toEqual([expectedIds(7, 8)]);
    expect(letters[0]!.reason).toContain('too many workers died with this chunk');
    expect(notes().filter(note => note.begun !== undefined).length).toBe(2);
  });

  test('one death less: the job is given to another worker', async () => {
    await queue.accept(folder.make(7));
    for (let death = 0; death < 2; death++) await killed(worker({ max_stalled_count: 2 }, 'test.in_write'));
    worker({ max_stalled_count: 2 });
    await vi.waitFor(() => expect(written()).toEqual(expectedIds(7, 8)), { timeout: 15_000 });
    await untilEmpty();
    expect(notes().some(note => note.dead !== undefined)).toBe(false);
  });

  test('failed jobs of dead processes are dead letters at the next start, but not those that were stored', async () => {
    for (let i = 0; i < 2; i++) await queue.accept(folder.make(i));
    // As if the workers that learned of it had died before they could do anything.
    const ids = await server.client.lrange('{longshore}:chunks:wait', 0, -1);
    await server.client.del('{longshore}:chunks:wait');
    for (const id of ids) await server.client.zadd('{longshore}:chunks:failed', Date.now(), id);
    const stored = ids.find(id => id.startsWith('0000000000000000'))!;
    await server.client.set(`{longshore}:buffer:done:${stored}`, '1');
    await pieces.worker();
    await vi.waitFor(() => expect(pieces.dead.length).toBe(1), { timeout: 10_000 });
    expect(pieces.dead[0]!.ids.sort()).toEqual(expectedIds(1, 2));
    await vi.waitFor(async () => expect(await server.client.zcard('{longshore}:chunks:failed')).toBe(0));
    expect(pieces.written).toEqual([]);
  });

  test('two that sweep at once make one dead letter of a job', async () => {
    for (let i = 0; i < 10; i++) await queue.accept(folder.make(i));
    const ids = await server.client.lrange('{longshore}:chunks:wait', 0, -1);
    await server.client.del('{longshore}:chunks:wait');
    for (const id of ids) await server.client.zadd('{longshore}:chunks:failed', Date.now(), id);
    await Promise.all([pieces.worker({ sweep_interval_ms: 100 }), pieces.worker({ sweep_interval_ms: 100 })]);
    await vi.waitFor(async () => expect(await server.client.zcard('{longshore}:chunks:failed')).toBe(0), {
      timeout: 10_000,
    });
    expect(pieces.dead.flatMap(({ ids: dead }) => dead).sort()).toEqual(expectedIds(0, 10));
  });
});

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AlertHit } from '../../src/alerts/engine.ts';
import type { HitSource, HitTaker, PositionHits } from '../../src/alerts/hit-source.ts';
import { Connection } from '../../src/buffer/redis/connection.ts';
import type { RedisBufferOptions } from '../../src/buffer/redis/options.ts';
import { newFields } from '../../src/core/event.ts';
import { EvaluatorLock, type Lease } from '../../src/evaluator/evaluator-lock.ts';
import { FencedState, readSavedState } from '../../src/evaluator/fenced-state.ts';
import { forgetOldSources } from '../../src/evaluator/hits-forget.ts';
import { type HitsEntry, HitsReader } from '../../src/evaluator/hits-reader.ts';
import { HitsStream } from '../../src/evaluator/hits-stream.ts';
import { redisOptions } from '../buffer/redis/options.ts';
import { RedisServer, redisEngine } from '../support/redis.ts';
import { requireOrSkip } from '../support/services.ts';

const hit = (id: string, bytes = 0) => {
  const event = newFields() as AlertHit['event'];
  // Text that does not get small.
  for (let i = 0; i * 10 < bytes; i++) event[`f${i}`] = Math.random().toString(36).slice(2, 12);
  return { rule: 'r', id, event };
};

/** A state without parts. */
const texts = (text: string) => ({ text, changed: new Map<string, string>(), gone: [], isAll: false });

describe.runIf(requireOrSkip('Redis in Docker', await redisEngine()))('hits over Redis', () => {
  let server: RedisServer;
  let ends: (() => unknown)[] = [];

  beforeEach(async () => {
    server = await RedisServer.start();
  });
  afterEach(async () => {
    for (const end of ends.reverse()) await end();
    ends = [];
    await server.remove();
  });

  const options = (overrides: Partial<RedisBufferOptions> = {}) => redisOptions(server.url, overrides);

  /** A spool of which only the hits matter. */
  class Ingest {
    readonly kept: PositionHits[] = [];
    safe = 0;
    stream!: HitsStream;
    taker!: HitTaker;
    readonly source: string;

    constructor(source: string) {
      this.source = source;
    }

    async start(overrides: Partial<RedisBufferOptions> = {}): Promise<this> {
      const reread: HitSource['reread'] = async (after, maxBytes) => {
        const positions = this.kept.filter(({ position }) => position > after);
        const some = positions.slice(0, Math.max(1, Math.floor(maxBytes / 1_000_000)));
        return { positions: some, isAll: some.length === positions.length };
      };
      const releaseHits = (position: number): void => {
        expect(position).toBeGreaterThan(this.safe);
        this.safe = position;
        while (this.kept.length > 0 && this.kept[0]!.position <= position) this.kept.shift();
      };
      this.stream = new HitsStream(options(overrides));
      this.taker = this.stream.add(this.source, { releaseHits, reread });
      this.taker.opened();
      await this.stream.start();
      ends.push(() => this.stream.stop(AbortSignal.timeout(300)));
      return this;
    }

    send(position: number, bytes = 0): void {
      const hits = [hit(`${this.source}-${position}`, bytes)];
      this.kept.push({ position, hits });
      this.taker.take(hits, position);
    }
  }

  function reader(): HitsReader {
    const made = new HitsReader(options());
    made.open();
    ends.push(() => made.close());
    return made;
  }

  async function connection(overrides: Partial<RedisBufferOptions> = {}): Promise<Connection> {
    const made = new Connection(options(overrides), 'commands');
    made.open();
    ends.push(() => made.close());
    await vi.waitFor(() => expect(made.isReady).toBe(true));
    return made;
  }

  /** Reads until the condition holds; positions by source, as an evaluator counts them. */
  async function readUntil(done: (ids: string[]) => boolean, from = '0-0') {
    const hits = reader();
    await vi.waitFor(() => hits.next('0-0', AbortSignal.timeout(1)), { timeout: 5000 });
    const entries: HitsEntry[] = [];
    const ids: string[] = [];
    const positions = new Map<string, number>();
    let after = from;
    const tooLate = AbortSignal.timeout(10_000);
    while (!done(ids)) {
      if (tooLate.aborted) throw new Error(`only ${ids.length} hits came`);
      const read = await hits.next(after, tooLate).catch(() => undefined);
      if (read === undefined) {
        await new Promise(resolve => setTimeout(resolve, 20));
        continue;
      }
      after = read.lastId;
      for (const entry of read.entries) {
        entries.push(entry);
        for (const { position, hits } of entry.positions) {
          if (position <= (positions.get(entry.source) ?? 0)) continue;
          positions.set(entry.source, position);
          ids.push(...hits.map(({ id }) => id));
        }
      }
    }
    return { entries, ids };
  }

  const range = (source: string, from: number, to: number): string[] =>
    Array.from({ length: to - from + 1 }, (_, i) => `${source}-${from + i}`);

  test('come out in order, safe before they are released, with watermarks and a goodbye', async () => {
    const a = await new Ingest('n/w0').start();
    const b = await new Ingest('n/w1').start();
    for (let position = 1; position <= 50; position++) {
      a.send(position);
      b.send(position * 10);
      if (position % 10 === 0) await new Promise(resolve => setTimeout(resolve, 5));
    }
    const { ids, entries } = await readUntil(ids => ids.length === 100);
    expect(ids.filter(id => id.startsWith('n/w0'))).toEqual(range('n/w0', 1, 50));
    expect(entries.length).toBeLessThan(60);
    await vi.waitFor(() => expect([a.safe, b.safe]).toEqual([50, 500]));
    a.taker.watermark(1234);
    await a.stream.stop(AbortSignal.timeout(2000));
    const all = await server.client.xrange('{longshore}:hits', '-', '+');
    const said = all.map(([, fields]) => fields.join(' ')).filter(text => text.startsWith('s n/w0'));
    expect(said.some(text => text.includes('w 1234'))).toBe(true);
    expect(said.at(-1)).toContain('b 1');
  });

  test('what an earlier run had left in the spool goes first, and what Redis had already is not there twice', async () => {
    const a = await new Ingest('a').start();
    for (let position = 1; position <= 5; position++) a.send(position);
    await vi.waitFor(() => expect(a.safe).toBe(5));
    await a.stream.stop(AbortSignal.timeout(1000));
    const again = new Ingest('a');
    again.kept.push(...[3, 4, 5, 6, 7].map(position => ({ position, hits: [hit(`a-${position}`)] })));
    await again.start();
    again.send(8);
    const { ids } = await readUntil(ids => ids.length === 8);
    expect(ids).toEqual(range('a', 1, 8));
    await vi.waitFor(() => expect(again.safe).toBe(8));
  });

  test('Redis is away: memory is bounded, and everything comes in its order when it is back', async () => {
    const a = await new Ingest('a').start({ hits_max_pending_bytes: 20_000 });
    a.send(1);
    await vi.waitFor(() => expect(a.safe).toBe(1));
    await server.kill();
    for (let position = 2; position <= 200; position++) {
      a.send(position, 1000);
      a.taker.watermark(position);
    }
    expect(a.stream.pendingBytes).toBeLessThan(25_000);
    await server.startAgain();
    a.send(201);
    const { ids } = await readUntil(ids => ids.length === 201);
    expect(ids).toEqual(range('a', 1, 201));
    await vi.waitFor(() => expect(a.safe).toBe(201), { timeout: 5000 });
    expect(a.kept).toEqual([]);
  });

  test('Redis loses what it had taken, not yet on its disk: it is sent again, nothing out of order', async () => {
    await server.client.config('SET', 'appendfsync', 'everysec');
    const a = await new Ingest('a').start({ fsync_wait_ms: 1500 });
    for (let position = 1; position <= 3; position++) a.send(position);
    await vi.waitFor(async () => expect(await server.client.xlen('{longshore}:hits')).toBeGreaterThan(0));
    expect(a.safe).toBe(0);
    await server.client.flushall();
    a.send(4);
    const { ids } = await readUntil(ids => ids.length === 4);
    expect(ids).toEqual(range('a', 1, 4));
    await vi.waitFor(() => expect(a.safe).toBe(4), { timeout: 8000 });
  });

  test('nobody evaluates: the oldest are let go at the limit, and intake does not wait', async () => {
    const a = await new Ingest('a').start({ hits_max_bytes: 50_000 });
    for (let position = 1; position <= 100; position++) {
      a.send(position, 2000);
      await vi.waitFor(() => expect(a.safe).toBe(position), { interval: 1 });
    }
    const [written, base] = await server.client.hmget('{longshore}:hits:sizes', 'written', 'base');
    expect(Number(written) - Number(base)).toBeLessThanOrEqual(50_000);
    const { ids } = await readUntil(ids => ids.at(-1) === 'a-100');
    expect(ids.length).toBeGreaterThan(10);
    expect(ids).toEqual(range('a', 101 - ids.length, 100));
  });

  test('watermarks alone do not push hits out', async () => {
    const a = await new Ingest('a').start({ hits_max_bytes: 20_000 });
    a.send(1);
    await vi.waitFor(() => expect(a.safe).toBe(1));
    for (let at = 1; at <= 300; at++) {
      a.taker.watermark(at);
      if (at % 20 === 0) await new Promise(resolve => setTimeout(resolve, 5));
    }
    const { ids } = await readUntil(ids => ids.length === 1);
    expect(ids).toEqual(['a-1']);
  });

  test('a full Redis: hits wait in the spool, and the evaluator can still make room', async () => {
    const a = await new Ingest('a').start({ min_free_memory_percent: 0 });
    a.send(1);
    await vi.waitFor(() => expect(a.safe).toBe(1));
    const { entries } = await readUntil(ids => ids.length === 1);
    const commands = await connection();
    const lease = (await new EvaluatorLock(commands, { queue: 'longshore', name: 'a', ttlMs: 5000 }).tryAcquire())!;
    ends.push(() => lease.release());
    await server.client.config('SET', 'maxmemory', 1);
    a.send(2);
    await new Promise(resolve => setTimeout(resolve, 200));
    expect(a.safe).toBe(1);
    const state = new FencedState(commands, options(), lease, () => entries[0]!);
    await state.write(texts('while it is full'));
    expect(await server.client.xlen('{longshore}:hits')).toBe(0);
    await server.client.config('SET', 'maxmemory', 0);
    expect((await readUntil(ids => ids.length === 1, entries[0]!.id)).ids).toEqual(['a-2']);
  });

  test('an entry that is no entry is passed over', async () => {
    await server.client.xadd('{longshore}:hits', '*', 's', 'a', 'z', 'rubbish');
    const a = await new Ingest('a').start();
    a.send(1);
    expect((await readUntil(ids => ids.length === 1)).ids).toEqual(['a-1']);
  });

  test('sources that are long gone are forgotten', async () => {
    const a = await new Ingest('a').start();
    a.send(1);
    await vi.waitFor(() => expect(a.safe).toBe(1));
    await server.client.hset('{longshore}:hits:sources', 'old', '5:1000-0');
    const commands = await connection();
    expect(await forgetOldSources(commands, 'longshore', Date.now() - 86_400_000)).toBe(1);
    expect(await server.client.hkeys('{longshore}:hits:sources')).toEqual(['a']);
  });

  test('over a Cluster', async () => {
    const nodes = await Promise.all(
      [0, 1].map(() =>
        RedisServer.start(['--appendonly', 'yes', '--appendfsync', 'always', '--cluster-enabled', 'yes']),
      ),
    );
    ends.push(() => Promise.all(nodes.map(node => node.remove())));
    await nodes[0]!.client.call('CLUSTER', 'ADDSLOTSRANGE', 0, 8191);
    await nodes[1]!.client.call('CLUSTER', 'ADDSLOTSRANGE', 8192, 16383);
    await nodes[0]!.client.call('CLUSTER', 'MEET', '127.0.0.1', nodes[1]!.port);
    for (const node of nodes)
      await vi.waitFor(async () => expect(await node.client.call('CLUSTER', 'INFO')).toContain('cluster_state:ok'), {
        timeout: 10_000,
      });
    const cluster = { url: nodes.map(node => node.url), mode: 'cluster' as const };
    const a = await new Ingest('a').start(cluster);
    a.send(1);
    a.send(2);
    await vi.waitFor(() => expect(a.safe).toBe(2), { timeout: 5000 });
    const reader = new HitsReader(options(cluster));
    reader.open();
    ends.push(() => reader.close());
    const read = await vi.waitFor(() => reader.next('0-0', AbortSignal.timeout(3000)));
    expect(read.entries.flatMap(entry => entry.positions.map(({ position }) => position))).toEqual([1, 2]);
    const commands = await connection(cluster);
    const lease = (await new EvaluatorLock(commands, { queue: 'longshore', name: 'a', ttlMs: 5000 }).tryAcquire())!;
    ends.push(() => lease.release());
    await new FencedState(commands, options(cluster), lease, () => read.entries.at(-1)!).write(texts('state'));
    expect(await readSavedState(commands, 'longshore')).toMatchObject({ text: 'state', token: lease.token });
    expect((await reader.next('0-0', AbortSignal.timeout(100))).entries).toEqual([]);
  });

  describe('the lock and the state behind it', () => {
    const lock = (commands: Connection, name: string, ttlMs = 600, monotonic?: () => number): EvaluatorLock =>
      new EvaluatorLock(commands, {
        queue: 'longshore',
        name,
        ttlMs,
        ...(monotonic === undefined ? {} : { monotonic }),
      });
    const held = async (lock: EvaluatorLock): Promise<Lease> => {
      const lease = await lock.tryAcquire();
      if (lease === undefined) throw new Error('another has it');
      ends.push(() => lease.release());
      return lease;
    };

    test('one has it as long as it lives, the next one has a higher token', async () => {
      const commands = await connection();
      const [a, b] = [lock(commands, 'a'), lock(commands, 'b')];
      const lease = await held(a);
      await new Promise(resolve => setTimeout(resolve, 900));
      expect(await b.tryAcquire()).toBeUndefined();
      expect([lease.isHeld(), b.holder]).toEqual([true, 'a']);
      await lease.release();
      const next = await held(b);
      expect(next.token).toBe(lease.token + 1);
      expect(lease.isHeld()).toBe(false);
    });

    test('a clock that ran on while the process stood still ends the lease, before Redis is asked', async () => {
      const commands = await connection();
      let stoodStill = 0;
      const lease = await held(lock(commands, 'a', 600, () => performance.now() + stoodStill));
      expect(lease.isHeld()).toBe(true);
      stoodStill = 10_000;
      expect(lease.isHeld()).toBe(false);
      expect(lease.lost.aborted).toBe(true);
    });

    test('Redis away for longer than it lasts: it is given up in time', async () => {
      const commands = await connection();
      const lease = await held(lock(commands, 'a'));
      const since = performance.now();
      await server.kill();
      await vi.waitFor(() => expect(lease.lost.aborted).toBe(true), { timeout: 3000, interval: 10 });
      expect(performance.now() - since).toBeLessThan(1500);
      await server.startAgain();
    });

    test('tokens grow also when Redis has lost the counter', async () => {
      const commands = await connection();
      const first = await held(lock(commands, 'a'));
      await new FencedState(commands, options(), first, () => ({ id: '5-1', counted: '' })).write(texts('one'));
      await first.release();
      await server.client.del('{longshore}:alerts:token');
      expect((await held(lock(commands, 'b'))).token).toBe(first.token + 1);
    });

    test('state and place are one write, of the holder only; what is before the place is trimmed', async () => {
      const a = await new Ingest('a').start();
      for (let position = 1; position <= 5; position++) {
        a.send(position);
        await vi.waitFor(() => expect(a.safe).toBe(position), { interval: 1 });
      }
      const { entries } = await readUntil(ids => ids.length === 5);
      const commands = await connection();
      const lease = await held(lock(commands, 'a'));
      const third = entries[2]!;
      await new FencedState(commands, options(), lease, () => ({ id: third.id, counted: third.counted })).write(
        texts('state'),
      );
      expect(await readSavedState(commands, 'longshore')).toMatchObject({ text: 'state', cursor: third.id });
      expect((await readUntil(ids => ids.length === 2)).ids).toEqual(['a-4', 'a-5']);
      expect(await server.client.hget('{longshore}:hits:sizes', 'base')).toBe(third.counted);
      // Somebody else has it now.
      await server.client.set('{longshore}:alerts:lock', '99:b', 'PX', 60_000);
      const last = entries[4]!;
      const late = new FencedState(commands, options(), lease, () => ({ id: last.id, counted: last.counted }));
      await expect(late.write(texts('late'))).rejects.toMatchObject({ code: 'LS_REDIS_LEASE' });
      expect(lease.lost.aborted).toBe(true);
      expect(await readSavedState(commands, 'longshore')).toMatchObject({ text: 'state', cursor: third.id });
      expect(await server.client.xlen('{longshore}:hits')).toBe(2);
    });
  });
});

import { describe, expect, test } from 'vitest';
import { Durability, type DurabilityDeps } from '../../../src/buffer/redis/durability.ts';
import { type ServerState, serverState } from '../../../src/buffer/redis/server-state.ts';

/** A server of which every answer is decided by the test; its time passes only by `delay`. */
class FakeServer implements DurabilityDeps {
  clock = 0;
  epochNow = 1;
  fences: [number, boolean][] = [];
  fenceReply: [number, number] = [1, 0];
  questions = 0;
  lost = new Set<string>();
  info: Partial<ServerState>;
  onDelay: () => void = () => {};

  constructor(info: Partial<ServerState>) {
    this.info = info;
  }
  async state(): Promise<ServerState> {
    return { ...serverState('aof_enabled:1', { appendfsync: 'everysec', save: '' }, false), ...this.info };
  }
  async fence(replicas: number, hasWaitAof: boolean): Promise<[number, number]> {
    this.fences.push([replicas, hasWaitAof]);
    return this.fenceReply;
  }
  async areKnown(ids: readonly string[]): Promise<boolean[]> {
    this.questions++;
    return ids.map(id => !this.lost.has(id));
  }
  epoch = (): number => this.epochNow;
  now = (): number => this.clock;
  async delay(ms: number): Promise<void> {
    this.clock += ms;
    this.onDelay();
  }
}

const durability = (server: FakeServer, min_replicas = 0) =>
  new Durability(server, { fsync_wait_ms: 1250, min_replicas });

describe('when a job is on the disk of Redis', () => {
  test('appendfsync always: with its acknowledgement', async () => {
    const server = new FakeServer({ appendfsync: 'always' });
    await durability(server).confirm('a', 1);
    expect([server.clock, server.questions]).toEqual([0, 0]);
  });

  test('no append-only file: never, and nobody waits for it', async () => {
    const server = new FakeServer({ aof: false });
    await durability(server).confirm('a', 1);
    expect([server.clock, server.questions]).toEqual([0, 0]);
  });

  test('WAITAOF: when it says so, for all that wait at once', async () => {
    const server = new FakeServer({ hasWaitAof: true });
    const some = durability(server);
    await Promise.all(['a', 'b', 'c', 'd'].map(id => some.confirm(id, 1)));
    expect(server.fences.length).toBeLessThanOrEqual(2);
    expect(server.fences[0]).toEqual([0, true]);
    expect(server.clock).toBe(0);
  });

  test('WAITAOF that ran into its time: not', async () => {
    const server = new FakeServer({ hasWaitAof: true });
    server.fenceReply = [0, 0];
    await expect(durability(server).confirm('a', 1)).rejects.toMatchObject({
      code: 'LS_REDIS_TIMEOUT',
      retryable: true,
    });
  });

  test('without WAITAOF: after the interval, and not while an fsync runs', async () => {
    const server = new FakeServer({ fsyncPending: true });
    let delays = 0;
    server.onDelay = () => {
      if (++delays === 4) server.info.fsyncPending = false;
    };
    await durability(server).confirm('a', 1);
    expect(server.clock).toBe(1350 + 3 * 50);
  });

  test('without WAITAOF, the file broken: not', async () => {
    const server = new FakeServer({ aofHealthy: false });
    await expect(durability(server).confirm('a', 1)).rejects.toMatchObject({ code: 'LS_REDIS_REFUSED' });
  });

  test('replicas are waited for as well, too few are none', async () => {
    const server = new FakeServer({ appendfsync: 'always' });
    server.fenceReply = [0, 2];
    await durability(server, 2).confirm('a', 1);
    expect(server.fences).toEqual([[2, false]]);
    server.fenceReply = [0, 1];
    await expect(durability(server, 2).confirm('b', 1)).rejects.toMatchObject({
      code: 'LS_REDIS_REFUSED',
      retryable: true,
    });
  });

  test.for([
    ['without a file', { aof: false }],
    ['with always', { appendfsync: 'always' as const }],
    ['with WAITAOF', { hasWaitAof: true }],
    ['by time', {}],
  ] as const)('a server that came back without the job has lost it: %s', async ([, info]) => {
    const server = new FakeServer(info);
    server.epochNow = 2;
    server.lost.add('a');
    await expect(durability(server).confirm('a', 1)).rejects.toMatchObject({ code: 'LS_REDIS_LOST', retryable: true });
  });

  test('a reconnection begins the wait anew', async () => {
    const server = new FakeServer({});
    server.onDelay = () => {
      server.epochNow = 2;
    };
    await durability(server).confirm('a', 1);
    expect(server.clock).toBe(2 * 1350);
  });

  test('closing lets nobody wait for ever', async () => {
    const server = new FakeServer({});
    const never = Promise.withResolvers<void>();
    server.delay = () => never.promise;
    const one = durability(server);
    const confirmed = one.confirm('a', 1);
    confirmed.catch(() => {});
    await new Promise(resolve => setImmediate(resolve));
    one.close();
    await expect(confirmed).rejects.toMatchObject({ code: 'LS_REDIS_AWAY' });
    await expect(one.confirm('b', 1)).rejects.toMatchObject({ code: 'LS_REDIS_AWAY' });
    never.resolve();
  });
});

describe('room in the memory of Redis', () => {
  test('what was sent since Redis was asked counts as well', async () => {
    const MB = 1_000_000;
    const server = new FakeServer({ maxMemory: 100 * MB, usedMemory: 80 * MB });
    const one = durability(server);
    await one.assertRoom(3 * MB, 10);
    await expect(one.assertRoom(3 * MB, 10)).rejects.toMatchObject({ code: 'LS_REDIS_FULL', retryable: true });
    await one.assertRoom(1 * MB, 10);
    server.clock += 300;
    await one.assertRoom(3 * MB, 10);
  });
});

import { describe, expect, test, vi } from 'vitest';
import type { StoredEvent } from '../../src/core/contracts.ts';
import { TailHub, type TailSink } from '../../src/web/tail.ts';
import { eventOf, FakeDeps } from './fake-deps.ts';

/** A client that reads nothing until the test says so. */
class SlowSink implements TailSink {
  text = '';
  writableLength = 0;
  isSlow = false;
  ended = false;
  destroyed = false;
  get writableNeedDrain(): boolean {
    return this.writableLength > 0;
  }
  write(text: string): boolean {
    this.text += text;
    if (this.isSlow) this.writableLength += text.length;
    return !this.isSlow;
  }
  end(): void {
    this.ended = true;
  }
  destroy(): void {
    this.destroyed = true;
  }
  get events(): unknown[] {
    return [...this.text.matchAll(/^data: (.*)$/gm)].map(match => JSON.parse(match[1]!));
  }
}

const LIMITS = {
  max_tail_clients: 2,
  max_tail_buffer_bytes: 10_000,
  tail_heartbeat_ms: 60_000,
  max_tail_ms_per_second: 100,
};
const always = (): boolean => true;
const turn = (): Promise<void> => new Promise(resolve => setImmediate(() => setImmediate(resolve)));

test('events reach those that want them, once each, in order', async () => {
  const deps = new FakeDeps();
  const hub = new TailHub(deps.live, LIMITS);
  const [all, odd] = [new SlowSink(), new SlowSink()];
  hub.add(all, always).begin([]);
  hub.add(odd, hit => (hit['seq'] as number) % 2 === 1).begin([]);
  for (let n = 1; n <= 4; n++) deps.publish(eventOf(n));
  await turn();
  expect(all.events.map(hit => (hit as StoredEvent).seq)).toEqual([1, 2, 3, 4]);
  expect(odd.events.map(hit => (hit as StoredEvent).seq)).toEqual([1, 3]);
});

test('nothing is listened to while nobody looks', () => {
  const deps = new FakeDeps();
  const hub = new TailHub(deps.live, LIMITS);
  const clients = [hub.add(new SlowSink(), always), hub.add(new SlowSink(), always)];
  expect(hub.isFull).toBe(true);
  expect(deps.listeners.size).toBe(1);
  for (const client of clients) hub.remove(client);
  hub.remove(clients[0]!);
  expect(deps.listeners.size).toBe(0);
  expect(hub.isFull).toBe(false);
});

test('a slow client costs bounded memory and learns how many it missed', async () => {
  const deps = new FakeDeps();
  const hub = new TailHub(deps.live, LIMITS);
  const sink = new SlowSink();
  sink.isSlow = true;
  const client = hub.add(sink, always);
  client.begin([]);
  for (let n = 1; n <= 1000; n++) {
    deps.publish(eventOf(n));
    if (n % 10 === 0) await turn();
  }
  expect(sink.writableLength).toBeLessThan(LIMITS.max_tail_buffer_bytes + 500);
  const shown = sink.events.length;
  expect(shown).toBeGreaterThan(10);
  expect(sink.text).not.toContain('event: dropped');
  sink.writableLength = 0;
  sink.isSlow = false;
  client.drained();
  expect(sink.text.endsWith(`event: dropped\ndata: {"dropped":${1000 - shown}}\n\n`)).toBe(true);
  deps.publish(eventOf(1001));
  await turn();
  expect((sink.events.at(-1) as StoredEvent).seq).toBe(1001);
});

test('a burst within one turn is bounded as well', async () => {
  const deps = new FakeDeps();
  const hub = new TailHub(deps.live, LIMITS);
  const sink = new SlowSink();
  hub.add(sink, always).begin([]);
  for (let n = 1; n <= 1000; n++) deps.publish(eventOf(n));
  await turn();
  expect(sink.text.length).toBeLessThan(LIMITS.max_tail_buffer_bytes + 500);
  const dropped = /event: dropped\ndata: {"dropped":(\d+)}/.exec(sink.text)?.[1];
  expect(Number(dropped) + sink.events.length - 1).toBe(1000);
});

test('what was there before comes first, and nothing twice', async () => {
  const deps = new FakeDeps();
  const hub = new TailHub(deps.live, LIMITS);
  const sink = new SlowSink();
  const client = hub.add(sink, always);
  deps.publish(eventOf(2));
  deps.publish(eventOf(3));
  await turn();
  expect(sink.text).toBe('');
  client.begin([eventOf(1), eventOf(2)]);
  deps.publish(eventOf(4));
  await turn();
  expect(sink.events.map(hit => (hit as StoredEvent).seq)).toEqual([1, 2, 3, 4]);
});

test('a predicate that throws hides the event and hurts nobody', async () => {
  const deps = new FakeDeps();
  const hub = new TailHub(deps.live, LIMITS);
  const [broken, good] = [new SlowSink(), new SlowSink()];
  hub
    .add(broken, () => {
      throw new Error('broken');
    })
    .begin([]);
  hub.add(good, always).begin([]);
  expect(() => deps.publish(eventOf(1))).not.toThrow();
  await turn();
  expect(broken.events).toHaveLength(0);
  expect(good.events).toHaveLength(1);
});

describe('a tail whose query costs too much', () => {
  const slow = (): boolean => {
    const end = performance.now() + 30;
    while (performance.now() < end);
    return true;
  };

  test('is ended and told why; the others go on', async () => {
    const deps = new FakeDeps();
    const hub = new TailHub(deps.live, LIMITS);
    const [expensive, cheap] = [new SlowSink(), new SlowSink()];
    hub.add(expensive, slow).begin([]);
    hub.add(cheap, always).begin([]);
    for (let n = 1; n <= 20; n++) deps.publish(eventOf(n));
    await turn();
    expect(expensive.ended).toBe(true);
    expect(expensive.text).toMatch(/event: ended\ndata: \{"code":"LS_WEB_TAIL_COST","message":"the query of this/);
    // What it found before stands before that; 20 events would have taken 600 ms.
    expect(expensive.events.length).toBeGreaterThan(1);
    expect(expensive.events.length).toBeLessThan(15);
    expect(cheap.events).toHaveLength(20);
    expect(hub.isFull).toBe(false);
  });

  test('all together have so much time; what is beyond that is left out, and they are told', async () => {
    const deps = new FakeDeps();
    const hub = new TailHub(deps.live, { ...LIMITS, max_tail_ms_per_second: 1e6, max_tails_ms_per_second: 50 });
    const [expensive, cheap] = [new SlowSink(), new SlowSink()];
    hub.add(expensive, slow).begin([]);
    hub.add(cheap, always).begin([]);
    for (let n = 1; n <= 20; n++) deps.publish(eventOf(n));
    await turn();
    for (const sink of [expensive, cheap]) {
      const missing = Number(/event: dropped\ndata: \{"dropped":(\d+)\}/.exec(sink.text)?.[1]);
      expect(missing).toBeGreaterThan(5);
      expect(sink.text.split('"_id"').length - 1 + missing).toBe(20);
      expect(sink.ended).toBe(false);
    }
  });

  test('also before it has begun to write', () => {
    const deps = new FakeDeps();
    const hub = new TailHub(deps.live, LIMITS);
    const sink = new SlowSink();
    const client = hub.add(sink, slow);
    for (let n = 1; n <= 20; n++) deps.publish(eventOf(n));
    expect(sink.text).toBe('');
    client.begin([]);
    expect(sink.text).toContain('event: ended');
    expect(sink.ended).toBe(true);
  });
});

test('heartbeats go to living clients; one that takes nothing for long is cut', () => {
  vi.useFakeTimers();
  try {
    const hub = new TailHub(new FakeDeps().live, { ...LIMITS, tail_heartbeat_ms: 15_000 });
    const [living, dead] = [new SlowSink(), new SlowSink()];
    hub.add(living, always).begin([]);
    dead.isSlow = true;
    hub.add(dead, always).begin([]);
    vi.advanceTimersByTime(15_000);
    expect(living.text).toBe(':\n\n:\n\n');
    expect(dead.text).toBe(':\n\n');
    vi.advanceTimersByTime(15_000 * 7);
    expect(dead.destroyed).toBe(true);
    expect(living.destroyed).toBe(false);
    hub.stop();
    expect(living.ended).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});

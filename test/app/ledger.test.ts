import { mkdtempSync, readdirSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CanaryStatus } from '../../src/core/api/ledger.ts';
import { inProcess as cli } from '../cli/in-process.ts';
import { childOf, seeded } from '../support/chance.ts';
import { dockerRecord, ForwardSender } from '../support/forward-sender.ts';
import { Longshore } from '../support/longshore.ts';
import { StubbornSender } from '../support/stubborn-sender.ts';

/*
 * The ledger of the real process with its embedded store: whatever happens, what a counting sender has had acknowledged
 * is what the ledger says was received, and everything of it has its place, or is shown as missing. What it says after
 * kill -9 is in kill.test.ts.
 */

const BUSY = {
  'buffer.chunk_max_events': '20',
  'buffer.chunk_max_age_ms': '50',
  'store.seal_rows': '100',
  'store.seal_max_age_ms': '3000',
  stop_deadline_ms: '3000',
};
const NOTHING = { received: 0, stored: 0, dead_lettered: 0, dropped: 0, in_flight: 0, unaccounted: 0 };

let dataDir: string;
const running = new Set<Longshore>();
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'longshore-ledger-'));
});
afterEach(async () => {
  for (const one of running) await one.kill();
  running.clear();
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(options: Partial<Parameters<typeof Longshore.start>[0]> = {}): Promise<Longshore> {
  const longshore = await Longshore.start({ dataDir, rules: {}, ...options, set: { ...BUSY, ...options?.set } });
  running.add(longshore);
  return longshore;
}

async function stop(longshore: Longshore): Promise<void> {
  await longshore.stop();
  running.delete(longshore);
}

let frames = 0;
async function send(longshore: Longshore, container: string, count: number, text = 'hello'): Promise<void> {
  const sender = await ForwardSender.connect(longshore.ready.forward);
  for (let i = 0; i < count; i++)
    sender.message('app', dockerRecord(`${text} ${i}`, { container_name: `/${container}` }), `ledger-${frames++}`);
  await sender.acknowledged(count);
  sender.close();
}

describe('the ledger of the service', () => {
  test('says of each container what was received, stored and dropped by rule', async () => {
    const longshore = await start({
      pipelines: {
        'drop.yaml': `match: { tag: app }\nprocessors: [{ drop: { if: "ctx.message.startsWith('health')" } }]\n`,
      },
    });
    await send(longshore, 'web-1', 30);
    await send(longshore, 'web-1', 5, 'health');
    await send(longshore, 'db-1', 7);
    await vi.waitFor(async () => {
      const { containers, total } = await longshore.ledger();
      expect(containers).toEqual({
        'db-1': { ...NOTHING, received: 7, stored: 7 },
        'web-1': { ...NOTHING, received: 35, stored: 30, dropped: 5 },
      });
      expect(total).toEqual({ ...NOTHING, received: 42, stored: 37, dropped: 5 });
    });
    const metrics = await (await fetch(`${longshore.url}/metrics`)).text();
    await vi.waitFor(async () => {
      const text = await (await fetch(`${longshore.url}/metrics`)).text();
      expect(text).toContain('longshore_ledger_events{container="web-1",state="dropped"} 5');
    });
    expect(metrics).toMatch(/^longshore_ledger_unaccounted 0$/m);
    const { out, code } = await cli(['ledger', '--url', longshore.url]);
    expect(out).toMatch(/^web-1 +35 +30 +\. +5 +\. +\.$/m);
    expect(out).toContain('Nothing is missing.');
    expect(code).toBe(0);
    await stop(longshore);
    const again = await start();
    expect((await again.ledger()).total).toEqual({ ...NOTHING, received: 42, stored: 37, dropped: 5 });
  });

  test('adds up its workers, also those of a former configuration', { timeout: 300_000 }, async () => {
    const sender = new StubbornSender('w', seeded(9));
    const many = await start({ set: { workers: '3' } });
    for (let i = 0; i < 100; i++) sender.produce();
    for (let i = 0; i < 10 && sender.unacknowledged.size > 0; i++) await sender.deliver(many.ready.forward);
    const { size } = sender.expected;
    const isStored = (longshore: Longshore) =>
      vi.waitFor(
        async () => expect((await longshore.ledger()).total).toEqual({ ...NOTHING, received: size, stored: size }),
        { timeout: 10_000 },
      );
    await isStored(many);
    await many.kill();
    running.delete(many);
    const again = await start({ set: { workers: '3' } });
    await isStored(again);
    await stop(again);
    await isStored(await start());
  });

  test('a store that stands still: what is in flight grows, and is stored when it goes on', async () => {
    const longshore = await start();
    await longshore.untilReady();
    const store = childOf(longshore.process.pid!)!;
    process.kill(store, 'SIGSTOP');
    try {
      await send(longshore, 'web-1', 60);
      expect((await longshore.ledger()).total).toEqual({ ...NOTHING, received: 60, in_flight: 60 });
      await send(longshore, 'web-1', 40);
      expect((await longshore.ledger()).total).toEqual({ ...NOTHING, received: 100, in_flight: 100 });
    } finally {
      process.kill(store, 'SIGCONT');
    }
    await vi.waitFor(async () =>
      expect((await longshore.ledger()).total).toEqual({ ...NOTHING, received: 100, stored: 100 }),
    );
  });

  test('an event whose parts wait for their rest is in flight, also after a restart', {
    timeout: 300_000,
  }, async () => {
    let longshore = await start({ set: { 'join.docker_piece_timeout_ms': '600000' } });
    const part = (n: number) =>
      dockerRecord(`part ${n} `, {
        container_name: '/long',
        partial_message: 'true',
        partial_id: 'p',
        partial_ordinal: String(n),
        partial_last: String(n === 3),
      });
    const sender = await ForwardSender.connect(longshore.ready.forward);
    for (const n of [1, 2]) sender.message('app', part(n), `part-${n}`);
    await sender.acknowledged(2);
    const waits = { ...NOTHING, received: 1, in_flight: 1 };
    expect((await longshore.ledger()).containers).toEqual({ long: waits });
    await longshore.kill();
    running.delete(longshore);
    longshore = await start({ set: { 'join.docker_piece_timeout_ms': '600000' } });
    expect((await longshore.ledger()).containers).toEqual({ long: waits });
    const again = await ForwardSender.connect(longshore.ready.forward);
    again.message('app', part(3), 'part-3');
    await again.acknowledged(1);
    await vi.waitFor(async () =>
      expect((await longshore.ledger()).containers).toEqual({ long: { ...NOTHING, received: 1, stored: 1 } }),
    );
    again.close();
  });

  test('a chunk file that somebody removes is shown as missing, for good', { timeout: 300_000 }, async () => {
    const longshore = await start();
    await longshore.untilReady();
    await send(longshore, 'web-1', 20);
    await vi.waitFor(async () => expect((await longshore.ledger()).total.stored).toBe(20));
    const chunks = join(dataDir, 'data', 'chunks');
    const kept = new Set(readdirSync(chunks));
    const store = childOf(longshore.process.pid!)!;
    process.kill(store, 'SIGSTOP');
    try {
      await send(longshore, 'web-1', 30);
      const fresh = () => readdirSync(chunks).filter(name => name.endsWith('.ndjson') && !kept.has(name));
      await vi.waitFor(() => {
        const events = fresh().reduce((all, name) => all + Number(name.split('.')[3]), 0);
        expect(events).toBe(30);
      });
      for (const name of fresh()) unlinkSync(join(chunks, name));
    } finally {
      process.kill(store, 'SIGCONT');
    }
    const missing = { ...NOTHING, received: 50, stored: 20, unaccounted: 30 };
    await vi.waitFor(async () => expect((await longshore.ledger()).total).toEqual(missing), { timeout: 10_000 });
    const { out, code } = await cli(['ledger', '--url', longshore.url]);
    expect(out).toContain('30 events were received and are nowhere.');
    expect(code).toBe(1);
    await vi.waitFor(() => expect(longshore.log.join('\n')).toContain('the ledger does not balance'), {
      timeout: 20_000,
      interval: 200,
    });
    await stop(longshore);
    expect((await (await start()).ledger()).total).toEqual(missing);
  });
});

describe('the canary', () => {
  const QUICK = { canary: '{ interval_seconds: 0.3, timeout_seconds: 2.5 }' };
  const canary = async (longshore: Longshore) => (await longshore.ledger()).canary as CanaryStatus;

  test('comes back through the store, is counted, seen by no alert rule, and late when the store stands still', {
    timeout: 300_000,
  }, async () => {
    const rule = 'name: all\ntype: any\nindex: docker-logs-*\nfilter: []\nalert: debug\n';
    const longshore = await start({ set: QUICK, rules: { 'all.yaml': rule } });
    await vi.waitFor(async () => expect(await canary(longshore)).toMatchObject({ state: 'ok', found_in: 'store' }), {
      timeout: 10_000,
    });
    const { containers } = await longshore.ledger();
    expect(containers['longshore-canary']!.received).toBeGreaterThan(0);
    const { hits } = await longshore.search('container_name:longshore-canary');
    expect(hits[0]).toMatchObject({ tag: 'longshore.canary', level: 'DEBUG' });
    const alerts = (await (await fetch(`${longshore.url}/api/alerts`)).json()) as { alerts: unknown[] };
    expect(alerts.alerts).toEqual([]);

    // It is late once when the store stands still, and recovers by itself.
    const store = childOf(longshore.process.pid!)!;
    const shouts = () => longshore.log.filter(line => line.includes('did not come back in time')).length;
    process.kill(store, 'SIGSTOP');
    try {
      await vi.waitFor(async () => expect((await canary(longshore)).state).toBe('late'), { timeout: 15_000 });
      const { last_sent_at } = await canary(longshore);
      await vi.waitFor(async () => expect((await canary(longshore)).last_sent_at).not.toBe(last_sent_at), {
        timeout: 10_000,
      });
      expect(shouts()).toBe(1);
      expect(await (await fetch(`${longshore.url}/metrics`)).text()).toMatch(/^longshore_canary_late 1$/m);
      expect((await cli(['ledger', '--url', longshore.url])).out).toMatch(/^canary: late for /m);
    } finally {
      process.kill(store, 'SIGCONT');
    }
    await vi.waitFor(async () => expect((await canary(longshore)).state).toBe('ok'), { timeout: 15_000 });
    expect(longshore.log.some(line => line.includes('the canary is back'))).toBe(true);
    expect(await (await fetch(`${longshore.url}/metrics`)).text()).toMatch(/^longshore_canary_late 0$/m);
  });

  test('a pipeline that drops it is no outage', { timeout: 300_000 }, async () => {
    const pipelines = { 'drop.yaml': 'match: { tag: longshore.canary }\nprocessors: [{ drop: {} }]\n' };
    const longshore = await start({ set: QUICK, pipelines });
    await vi.waitFor(async () => expect((await canary(longshore)).state).toBe('dropped'), { timeout: 10_000 });
  });
});

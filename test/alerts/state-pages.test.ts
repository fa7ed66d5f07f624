import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AlertEngine } from '../../src/alerts/engine.ts';
import type { OutboxItem } from '../../src/alerts/outbox.ts';
import { Outbox } from '../../src/alerts/outbox.ts';
import { Pages } from '../../src/alerts/pages.ts';
import { alertSettings } from '../../src/alerts/settings.ts';
import type { AlertStateChange, StateStore } from '../../src/alerts/state.ts';
import { engine, hit, partsOf, rule, START, tempFolder, until } from './support.ts';
import { webhook } from './webhook.ts';

// Notifications, recent alerts and matches that wait are written in pages: what changed, and not all that there is.

const ANY = 'name: all\ntype: any\nindex: docker-logs-*\nrealert: { minutes: 0 }\n';

/** Keeps the changes, and nothing else. */
function recorded(): { store: StateStore; sizes: number[] } {
  const sizes: number[] = [];
  const sizeOf = ({ main, parts }: AlertStateChange): number =>
    [...parts.changed.values()].flat().reduce((sum, line) => sum + line.length, JSON.stringify(main).length);
  const store: StateStore = {
    mayLag: false,
    read: async () => undefined,
    write: async change => void sizes.push(sizeOf(change)),
  };
  return { store, sizes };
}

describe('what an alert costs to write', () => {
  test('is the same whether nothing or thousands of messages wait', { timeout: 300_000 }, async () => {
    const { store, sizes } = recorded();
    const away = `${ANY.replace('all', 'away')}alert: post\nhttp_post_url: http://127.0.0.1:18099/\n`;
    const settings = { state_write_interval_ms: 600_000, max_waiting_per_rule: 10_000, retry_min_ms: 3_600_000 };
    const send = async (): Promise<Response> => new Response('no', { status: 503 });
    const rules = [rule(`${ANY}alert: slack\n`), rule(away)];
    const alerts = await engine({ store, rules, settings, fetch: send });
    const costOfOne = async (id: string, position: number): Promise<number> => {
      await alerts.flush();
      sizes.length = 0;
      alerts.consume([hit('all', id, START)], position);
      await until(() => sizes.length > 0, 'the write');
      return sizes[0]!;
    };
    await costOfOne('a', 1);
    const before = await costOfOne('b', 2);
    const waiting = Array.from({ length: 4900 }, (_, n) => hit('away', `w${n}`, START + n));
    alerts.consume(waiting, 3);
    await until(() => alerts.notifications('retrying', 1).length === 1, 'a try');
    // The window of that rule has the ids of its events, and is not written for the alert of the other one.
    expect(await costOfOne('c', 4)).toBeLessThan(before + 4000);
    expect(alerts.notifications('pending', 10_000).length).toBeGreaterThan(4800);
  });
});

describe('after a restart', () => {
  test('what waits is there, in its order, and tries are counted on', async () => {
    const dir = tempFolder();
    const hook = await webhook();
    const rules = [rule(`${ANY}alert: post\nhttp_post_url: ${hook.url}\n`)];
    const settings = { state_write_interval_ms: 10, max_waiting_per_rule: 100 };
    const first = await engine({ dir, rules, settings, mayNotify: () => false });
    for (let n = 0; n < 30; n++) first.consume([hit('all', `e${n}`, START + n)], n + 1);
    const told = first.recent(100).map(({ id }) => id);
    await first.stop(AbortSignal.abort());
    const second = await engine({ dir, rules, settings });
    expect(second.recent(100).map(({ id }) => id)).toEqual(told);
    await until(() => hook.received.length === 30, 'the deliveries');
    expect(hook.received.map(({ body }) => body._id)).toEqual(Array.from({ length: 30 }, (_, n) => `e${n}`));
    await until(() => second.notifications('sent', 100).length === 30, 'the outcomes');
    await second.stop(AbortSignal.abort());
    const third = await engine({ dir, rules, settings });
    expect(third.notifications(undefined, 100).map(({ state }) => state)).toEqual(Array(30).fill('sent'));
    expect(third.recent(100).every(({ deliveries }) => deliveries[0]?.state === 'sent')).toBe(true);
  });

  test('an item that failed is written with its tries', () => {
    const deps = { fetch, now: () => 1, random: () => 0.5, alerter: () => undefined, onOutcome: () => {} };
    const outbox = new Outbox({ ...deps, limits: alertSettings() });
    const item: OutboxItem = {
      ...{ id: 'i', alert: 'a', rule: 'r', slot: 0, alerter: 'post', target: 0, body: 'b' },
      ...{ createdAt: 1, attempts: 2, nextAt: 5, tries: [{ at: 1, reason: 'HTTP 503' }] },
    };
    outbox.add(item);
    expect(outbox.unwritten.held).toEqual(['i']);
    const saved = partsOf(outbox.pages);
    const again = new Outbox({ ...deps, limits: alertSettings() });
    again.restore(saved);
    expect(again.items()).toEqual([item]);
    // It was durable.
    expect(again.unwritten.held).toEqual([]);
  });

  // Recorded at d204f82: engine with these rules; one sent, one refused, three waiting and a storm of three, two held back.
  test('a state of the version before is taken over, and written in the form of this one', async () => {
    const dir = tempFolder();
    cpSync(join(import.meta.dirname, 'former-state'), dir, { recursive: true });
    const texts = readFileSync(join(dir, 'rules.yaml'), 'utf8').split('---\n');
    let now = START + 86_400_000;
    const sent: unknown[] = [];
    const send: typeof fetch = async (_, init) => {
      sent.push(JSON.parse(String(init?.body)));
      return new Response('ok');
    };
    const running = (mayNotify: boolean): Promise<AlertEngine> => {
      const rules = texts.map(text => rule(text));
      const settings = { max_waiting_per_rule: 3, state_write_interval_ms: 600_000 };
      return engine({ dir, rules, settings, now: () => now, fetch: send, mayNotify: () => mayNotify });
    };
    const states = { sent: 1, dead: 1, pending: 2, retrying: 1 };
    const counted = (alerts: AlertEngine): Record<string, number> =>
      Object.fromEntries(
        Object.keys(states).map(state => [state, alerts.notifications(state as keyof typeof states, 99).length]),
      );
    for (let run = 0; run < 2; run++) {
      const alerts = await running(false);
      expect(counted(alerts)).toEqual(states);
      expect(alerts.recent(9).map(view => view.rule)).toEqual(['waiting', 'waiting', 'waiting', 'refused', 'sent']);
      expect(alerts.rulesStatus().map(({ name, hits }) => [name, hits])).toEqual([
        ...[
          ['sent', 1],
          ['refused', 1],
          ['waiting', 6],
          ['collected', 2],
          ['paused', 2],
          ['burst', 2],
        ],
      ]);
      await alerts.stop(AbortSignal.abort());
    }
    now += 20_000;
    const alerts = await running(true);
    alerts.consume([hit('burst', 'b3', START)], 13);
    await until(() => sent.length >= 4, 'what waited, and the burst');
    // The storm has its number, the common alert its match, and the pause ends in January.
    now = Date.UTC(2027, 0, 1, 0, 1);
    alerts.advance(now);
    await until(() => {
      alerts.advance(now);
      return sent.length === 8;
    }, 'what was collected and held back');
    expect(sent).toContainEqual(expect.objectContaining({ _id: 'w3', num_matches: 3, left_out: 2 }));
    expect(sent.map(body => (body as { _id: string })._id).sort()).toEqual([
      'b3',
      'c1',
      'p1',
      'p2',
      'w0',
      'w1',
      'w2',
      'w3',
    ]);
  });
});

describe('pages in order', () => {
  test('come back in the order in which things were added, whatever was removed', () => {
    const pages = new Pages<number[]>('few', 3, { isOrdered: true });
    const items = Array.from({ length: 400 }, (_, n) => [n]);
    for (const item of items) {
      pages.add(item);
      if (item[0]! % 5 === 3) pages.remove(items[item[0]! - 2]!);
    }
    const kept = [...pages.items()];
    const again = new Pages<number[]>('few', 3, { isOrdered: true });
    const saved = Object.fromEntries(Object.entries(partsOf(pages)).toReversed());
    expect(again.restore(saved, value => value as number[])).toEqual(kept);
    again.add([1000]);
    const third = new Pages<number[]>('few', 3, { isOrdered: true });
    expect(third.restore(partsOf(again), value => value as number[]).at(-1)).toEqual([1000]);
  });
});

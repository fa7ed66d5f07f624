import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { NotificationView } from '../../../src/core/api/alerts.ts';
import { Longshore } from '../../support/longshore.ts';
import { RedisServer, redisEngine } from '../../support/redis.ts';
import { requireOrSkip } from '../../support/services.ts';
import { startWebhook } from '../../support/webhook.ts';

/*
 * Several real processes on one Redis: one evaluates and routes, all of them take alerts and answer. The store is none that
 * anybody needs here.
 */

const WAIT = { timeout: 45_000, interval: 50 };
const NO_STORE = '["http://127.0.0.1:9"]';

interface Payload {
  readonly status: string;
  readonly groupLabels: Record<string, string>;
  readonly alerts: { readonly status: string; readonly labels: Record<string, string> }[];
}

describe.runIf(requireOrSkip('Redis in Docker', await redisEngine()))('routed alerts of many processes', () => {
  let redis: RedisServer;
  let hook: Awaited<ReturnType<typeof startWebhook>>;
  let status = 200;
  let root: string;
  let ends: (() => unknown)[] = [];

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'longshore-shared-'));
    status = 200;
    [redis, hook] = await Promise.all([RedisServer.start(), startWebhook(() => status)]);
    ends = [() => rmSync(root, { recursive: true, force: true }), () => redis.remove(), () => hook.close()];
  }, 300_000);
  afterEach(async () => {
    for (const end of ends.reverse()) await end();
  }, 300_000);

  async function start(role: string, name: string, interval = '1s'): Promise<Longshore> {
    const file = join(root, 'alertmanager.yml');
    writeFileSync(
      file,
      `route: { receiver: ops, group_by: [alertname], group_wait: 200ms, group_interval: ${interval}, repeat_interval: 1h }
receivers: [{ name: ops, webhook_configs: [{ url: '${hook.url}' }] }]`,
    );
    const running = await Longshore.start({
      args: ['--role', role],
      dataDir: join(root, name),
      ...{ rules: {}, pipelines: {} },
      set: {
        ...{ 'buffer.type': 'redis', 'buffer.url': redis.url, 'buffer.evaluator_lock_ms': '2000' },
        ...{ 'store.type': 'elasticsearch', 'store.nodes': NO_STORE, alertmanager: file },
      },
    });
    ends.push(() => running.kill());
    return running;
  }

  async function ask<T>(one: Longshore, path: string, body?: unknown): Promise<T> {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const answer = await fetch(new URL(path, one.url), body === undefined ? {} : init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  const post = (one: Longshore, ...names: [alertname: string, instance: string, endsAt?: string][]) =>
    ask(
      one,
      '/api/v2/alerts',
      names.map(([alertname, instance, endsAt]) => ({ labels: { alertname, instance }, endsAt })),
    );
  const evaluates = (one: Longshore): boolean => {
    const last = one.log.findLast(line => / evaluates? (the )?alert rules/.test(line));
    return last?.includes('now evaluates the') === true;
  };
  const untilOneOf = (all: readonly Longshore[]): Promise<Longshore> =>
    vi.waitFor(() => {
      const active = all.find(evaluates);
      expect(active).toBeDefined();
      return active!;
    }, WAIT);
  const told = (alertname: string): Payload[] =>
    hook.received
      .map(({ body }) => body as Payload)
      .filter(({ groupLabels }) => groupLabels['alertname'] === alertname);
  const instancesIn = (message: Payload | undefined): string[] =>
    (message?.alerts ?? []).map(({ status: state, labels }) => `${labels['instance']} ${state}`).sort();

  test('what is posted to any of them is told by one, and all answer alike', { timeout: 300_000 }, async () => {
    const all = await Promise.all([
      start('alert', 'first'),
      start('alert', 'second'),
      start('web', 'web'),
      start('ingest', 'ingest'),
    ]);
    await untilOneOf(all);
    for (const [i, one] of all.entries()) await post(one, [`A${i}`, 'x'], ['Common', `from-${i}`]);
    await vi.waitFor(() => {
      for (const i of all.keys()) expect(told(`A${i}`)).toHaveLength(1);
      expect(instancesIn(told('Common').at(-1))).toHaveLength(all.length);
    }, WAIT);
    for (const path of ['alerts', 'alerts/groups', 'receivers', 'alerts?filter=instance%3D%22x%22']) {
      const [first, ...others] = await Promise.all(all.map(one => ask(one, `/api/v2/${path}`)));
      expect(first).not.toEqual([]);
      for (const other of others) expect(other).toEqual(first);
    }
    await post(all[3]!, ['A0', 'x', new Date().toISOString()]);
    await vi.waitFor(() => expect(told('A0').map(one => one.status)).toEqual(['firing', 'resolved']), WAIT);
    await vi.waitFor(async () => {
      for (const one of all) expect(await ask(one, '/api/v2/alerts')).toHaveLength(7);
    }, WAIT);
  });

  test('kill -9 of the one that evaluates: nothing recorded is told again, no firing group forgotten', {
    timeout: 300_000,
  }, async () => {
    const all = await Promise.all([start('alert', 'first'), start('alert', 'second')]);
    let active = await untilOneOf(all);
    await post(active, ['Disk', 'a'], ['Disk', 'b'], ['Cpu', 'a']);
    await vi.waitFor(() => expect([told('Disk').length, told('Cpu').length]).toEqual([1, 1]), WAIT);
    await vi.waitFor(async () => {
      const names = await redis.client.hkeys('{longshore}:alerts:routed');
      // What was told of both groups, and the alerts.
      expect(names.filter(name => name.startsWith('t:['))).toHaveLength(2);
      expect(names.some(name => name.startsWith('a:'))).toBe(true);
    }, WAIT);
    for (let round = 0; round < 2; round++) {
      const survivor = all.find(one => one !== active)!;
      await active.kill();
      all.splice(all.indexOf(active), 1);
      // Nobody evaluates for now: it waits.
      await post(survivor, ['Disk', `later-${round}`]);
      active = await untilOneOf(all);
      await vi.waitFor(() => expect(instancesIn(told('Disk').at(-1))).toContain(`later-${round} firing`), WAIT);
      expect(instancesIn(told('Disk').at(-1))).toEqual(expect.arrayContaining(['a firing', 'b firing']));
      expect(told('Cpu')).toHaveLength(1);
      expect(await ask(active, '/api/v2/alerts')).toHaveLength(4 + round);
      all.push(await start('alert', `again-${round}`));
    }
    expect(told('Disk')).toHaveLength(3);
    // One that has just come up may not have reached Redis yet.
    const [newest] = all.filter(one => one !== active);
    await vi.waitFor(() => post(newest!, ['Cpu', 'a', new Date().toISOString()]), WAIT);
    await vi.waitFor(() => expect(told('Cpu').map(one => one.status)).toEqual(['firing', 'resolved']), WAIT);
    const keys = hook.received.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('a message that was refused is seen everywhere, and sent again from anywhere', {
    timeout: 300_000,
  }, async () => {
    const all = await Promise.all([start('alert', 'first', '1h'), start('web', 'web', '1h')]);
    const [first, web] = all as [Longshore, Longshore];
    await untilOneOf([first]);
    status = 404;
    await post(web, ['Dead', 'a']);
    const listed = async () =>
      (await ask<{ notifications: NotificationView[] }>(web, '/api/notifications')).notifications.map(one => one);
    const dead = await vi.waitFor(async () => {
      const [one] = await listed();
      expect(one).toMatchObject({ state: 'dead', rule: 'Dead', alerter: 'ops webhook', attempts: 1 });
      return one!;
    }, WAIT);
    status = 200;
    await ask(web, `/api/notifications/${dead.id}/retry`, {});
    await vi.waitFor(async () => expect(await listed()).toMatchObject([{ id: dead.id, state: 'sent' }]), WAIT);
    expect(told('Dead')).toHaveLength(2);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { Alertmanager, type Routing } from '../../../src/alerts/manager/alertmanager.ts';
import { alertmanagerApi } from '../../../src/alerts/manager/api.ts';
import { RoutedNotifications } from '../../../src/alerts/manager/routed-notifications.ts';
import { readRoutingConfig } from '../../../src/alerts/routing/config/read-config.ts';
import { SilenceFile } from '../../../src/alerts/silence-file.ts';
import { UserSilences } from '../../../src/alerts/user-silences.ts';

interface Sent {
  readonly at: number;
  readonly alerts: { readonly labels: Record<string, string> }[];
  readonly groupLabels: Record<string, string>;
}

const routing = (receiver: string, interval = '200ms'): Routing => ({
  templates: [],
  config: readRoutingConfig(
    'alertmanager.yml',
    `route: { receiver: ${receiver}, group_by: [alertname], group_wait: 10ms, group_interval: ${interval} }
receivers: [{ name: ${receiver}, webhook_configs: [{ url: 'http://SECRET.test/hook' }] }]`,
  ).config,
});

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** One whose receiver answers with `status`. */
async function start(
  status: { now: number; of?: (body: string) => number; retryAfter?: string },
  interval?: string,
  dir = mkdtempSync(join(tmpdir(), 'longshore-routed-')),
) {
  const silences = new UserSilences(new SilenceFile(dir));
  const sent: Sent[] = [];
  const manager = new Alertmanager({
    ...{ home: join(dir, 'alertmanager'), silences, ...routing('ops', interval) },
    externalUrl: () => 'http://here',
    fetch: (async (_url: string, { body }: RequestInit) => {
      sent.push({ ...(JSON.parse(String(body)) as Sent), at: Date.now() });
      const headers = status.retryAfter === undefined ? {} : { 'retry-after': status.retryAfter };
      return new Response('no', { status: status.of?.(String(body)) ?? status.now, headers });
    }) as typeof fetch,
  });
  await manager.start();
  ends.push(async () => {
    await manager.stop(AbortSignal.timeout(100));
    rmSync(dir, { recursive: true, force: true });
  });
  return { manager, api: alertmanagerApi(manager, '1'), sent, dir };
}

const STATES = { timeout: 5000 };

test('a message that is refused for good is dead, with its tries, until it is taken', {
  timeout: 300_000,
}, async () => {
  const status = { now: 400 };
  const { manager, api } = await start(status);
  await api.post([{ labels: { alertname: 'DiskFull' } }]);
  const first = async () => (await manager.notifications())[0];
  await vi.waitFor(async () => expect((await first())?.attempts).toBeGreaterThanOrEqual(2), STATES);
  const dead = (await first())!;
  expect(dead).toMatchObject({
    ...{ rule: 'DiskFull', alerter: 'ops webhook', state: 'dead', alert: '{}:{alertname="DiskFull"}' },
    last_error: 'HTTP 400: no',
    next: expect.stringMatching(/^2/),
  });
  expect(dead.tries.length).toBe(dead.attempts);
  expect(JSON.stringify(dead)).not.toContain('SECRET');
  status.now = 200;
  await vi.waitFor(async () => expect((await first())!.state).toBe('sent'), STATES);
  expect(await manager.notifications()).toMatchObject([{ id: dead.id, created: dead.created, next: undefined }]);
});

test('a dead one can be sent again: its group at once, or what it told when its alerts are over', {
  timeout: 300_000,
}, async () => {
  const status = { now: 404 };
  const { manager, api, sent } = await start(status, '1h');
  await api.post([{ labels: { alertname: 'A' } }, { labels: { alertname: 'B' } }]);
  const byRule = async () => new Map((await manager.notifications()).map(one => [one.rule, one]));
  const states = async () => [...(await byRule()).values()].map(({ state }) => state);
  await vi.waitFor(async () => expect(await states()).toEqual(['dead', 'dead']), STATES);
  // A is over before it was told.
  await api.post([{ labels: { alertname: 'A' }, endsAt: new Date(Date.now() - 1000).toISOString() }]);
  const dead = await byRule();
  await manager.retry(dead.get('A')!.id);
  await vi.waitFor(async () => expect((await byRule()).get('A')!.attempts).toBe(2), STATES);
  expect((await byRule()).get('A')!.state).toBe('dead');
  status.now = 200;
  const before = sent.length;
  expect(await manager.retry(dead.get('A')!.id)).toBe(true);
  expect(await manager.retry(dead.get('B')!.id)).toBe(true);
  expect(await manager.retry('nothing')).toBe(false);
  await vi.waitFor(async () => expect(await states()).toEqual(['sent', 'sent']), STATES);
  expect(await manager.retry(dead.get('B')!.id)).toBe(false);
  expect(
    sent
      .slice(before)
      .map(({ alerts }) => alerts.map(one => one.labels['alertname']))
      .sort(),
  ).toEqual([['A'], ['B']]);
});

test('what is known of messages survives a restart, and a dead one can be sent again after it', {
  timeout: 300_000,
}, async () => {
  const status = { now: 404 };
  const { manager, api, dir } = await start(status, '1h');
  await api.post([{ labels: { alertname: 'A' } }]);
  await vi.waitFor(async () => expect((await manager.notifications())[0]?.state).toBe('dead'), STATES);
  const [dead] = await manager.notifications();
  // A kill: nothing is closed.
  const next = await start(status, '1h', dir);
  await vi.waitFor(async () => expect((await next.manager.notifications())[0]?.attempts).toBe(2), STATES);
  expect(await next.manager.notifications()).toMatchObject([{ id: dead!.id, created: dead!.created, state: 'dead' }]);
  status.now = 200;
  await next.manager.retry(dead!.id);
  await vi.waitFor(async () => expect((await next.manager.notifications())[0]!.state).toBe('sent'), STATES);
});

test('neither poison nor a limit of one receiver holds up the others', { timeout: 300_000 }, async () => {
  const poison = (body: string): number => (body.includes('Poison') ? 500 : 200);
  const { manager, api, sent } = await start({ now: 200, of: poison }, '1h');
  await api.post(Array.from({ length: 20 }, (_, i) => ({ labels: { alertname: `Poison${i}` } })));
  await vi.waitFor(async () => expect((await manager.notifications()).length).toBe(20), STATES);
  await api.post(Array.from({ length: 20 }, (_, i) => ({ labels: { alertname: `Good${i}` } })));
  const good = () =>
    new Set(sent.map(({ groupLabels }) => groupLabels['alertname']).filter(name => /Good/.test(name!)));
  await vi.waitFor(() => expect(good().size).toBe(20), { timeout: 20_000 });
});

test('Retry-After is waited for, by all that go there', { timeout: 300_000 }, async () => {
  const status = { now: 429, retryAfter: '2' };
  const { manager, api, sent } = await start(status, '1h');
  await api.post([{ labels: { alertname: 'A' } }]);
  await vi.waitFor(async () => expect((await manager.notifications())[0]?.state).toBe('retrying'), STATES);
  const [first] = await manager.notifications();
  status.now = 200;
  await api.post([{ labels: { alertname: 'B' } }]);
  await vi.waitFor(() => expect(sent.filter(({ at }) => at > Date.parse(first!.at)).length).toBe(2), {
    timeout: 20_000,
  });
  for (const { at } of sent.slice(1)) expect(at).toBeGreaterThanOrEqual(Date.parse(first!.at) + 1900);
});

test('one whose alerts are over, or whose receiver is gone, is dropped', { timeout: 300_000 }, async () => {
  const { manager, api } = await start({ now: 302 });
  await api.post([{ labels: { alertname: 'A' } }, { labels: { alertname: 'B' } }]);
  const states = async () =>
    Object.fromEntries((await manager.notifications()).map(one => [`${one.rule} ${one.alerter}`, one.state]));
  await vi.waitFor(async () =>
    expect(await states()).toEqual({ 'A ops webhook': 'retrying', 'B ops webhook': 'retrying' }),
  );
  await api.post([{ labels: { alertname: 'A' }, endsAt: new Date(Date.now() - 1000).toISOString() }]);
  await vi.waitFor(async () => expect((await states())['A ops webhook']).toBe('dropped'), STATES);
  expect((await states())['B ops webhook']).toBe('retrying');
  manager.reload(routing('others'));
  await vi.waitFor(async () =>
    expect(await states()).toMatchObject({ 'B ops webhook': 'dropped', 'B others webhook': 'retrying' }),
  );
});

test('all lists are bounded, and what falls out is forgotten for good', () => {
  const written = new Map<string, unknown>();
  const list = new RoutedNotifications({ maxWaiting: 3, maxFinished: 2, maxDead: 1 }, record => {
    if ('notification' in record) written.set(record.notification.id, record.notification.state);
    else if ('dropped' in record) written.delete(record.dropped);
  });
  const task = (n: number) => ({
    ...{ receiver: 'r', logKey: JSON.stringify([`${n}`, 'r', 'slack', 0]), alerts: [] },
    ...{ group: { key: `${n}`, labels: {} }, integration: { kind: 'slack' as const, index: 0 } },
  });
  for (let n = 0; n < 10; n++) list.begin(task(n), `${n}`, n);
  expect(list.list().map(({ id }) => id)).toEqual(['0', '1', '2']);
  for (let n = 0; n < 3; n++) list.sent(task(n), 10 + n);
  const states = () => Object.fromEntries(list.list().map(({ id, state }) => [id, state]));
  expect(states()).toEqual({ 1: 'sent', 2: 'sent' });
  for (let n = 20; n < 23; n++) {
    list.begin(task(n), `${n}`, n);
    list.refused(task(n), 'no', n, n);
  }
  list.sweep(() => true, 30);
  expect(states()).toEqual({ 1: 'sent', 2: 'sent', 22: 'dead' });
  for (let n = 0; n < 30; n++) list.failed(task(9), 'no', n, n);
  expect(states()).toEqual({ 1: 'sent', 2: 'sent', 22: 'dead' });
  expect(Object.fromEntries(written)).toEqual(states());
});

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

const routing = (receiver: string): Routing => ({
  templates: [],
  config: readRoutingConfig(
    'alertmanager.yml',
    `route: { receiver: ${receiver}, group_by: [alertname], group_wait: 10ms, group_interval: 200ms }
receivers: [{ name: ${receiver}, webhook_configs: [{ url: 'http://SECRET.test/hook' }] }]`,
  ).config,
});

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** One whose receiver answers with `status`. */
async function start(status: { now: number }) {
  const dir = mkdtempSync(join(tmpdir(), 'longshore-routed-'));
  const silences = new UserSilences(new SilenceFile(dir));
  const manager = new Alertmanager({
    ...{ dir: join(dir, 'alertmanager'), silences, ...routing('ops') },
    externalUrl: () => 'http://here',
    fetch: (async () => new Response('no', { status: status.now })) as typeof fetch,
  });
  await manager.start();
  ends.push(async () => {
    await manager.stop(AbortSignal.timeout(100));
    rmSync(dir, { recursive: true, force: true });
  });
  return { manager, api: alertmanagerApi(manager, '1') };
}

test('a message that is refused is listed with its tries until it is taken', { timeout: 20_000 }, async () => {
  const status = { now: 400 };
  const { manager, api } = await start(status);
  await api.post([{ labels: { alertname: 'DiskFull' } }]);
  await vi.waitFor(() => expect(manager.notifications()[0]?.attempts).toBeGreaterThanOrEqual(2), { timeout: 5000 });
  const [waiting] = manager.notifications();
  expect(waiting).toMatchObject({
    ...{ rule: 'DiskFull', alerter: 'ops webhook', state: 'retrying', alert: '{}:{alertname="DiskFull"}' },
    last_error: 'HTTP 400: no',
    next: expect.stringMatching(/^2/),
  });
  expect(waiting!.tries.length).toBe(waiting!.attempts);
  expect(JSON.stringify(waiting)).not.toContain('SECRET');
  status.now = 200;
  await vi.waitFor(() => expect(manager.notifications()[0]!.state).toBe('sent'), { timeout: 5000 });
  expect(manager.notifications()).toMatchObject([{ id: waiting!.id, created: waiting!.created, next: undefined }]);
});

test('one whose alerts are over, or whose receiver is gone, is dropped', { timeout: 20_000 }, async () => {
  const { manager, api } = await start({ now: 400 });
  await api.post([{ labels: { alertname: 'A' } }, { labels: { alertname: 'B' } }]);
  await vi.waitFor(() => expect(manager.notifications().map(one => one.state)).toEqual(['retrying', 'retrying']));
  await api.post([{ labels: { alertname: 'A' }, endsAt: new Date(Date.now() - 1000).toISOString() }]);
  const states = () =>
    Object.fromEntries(manager.notifications().map(one => [`${one.rule} ${one.alerter}`, one.state]));
  await vi.waitFor(() => expect(states()['A ops webhook']).toBe('dropped'), { timeout: 5000 });
  expect(states()['B ops webhook']).toBe('retrying');
  manager.reload(routing('others'));
  await vi.waitFor(() =>
    expect(states()).toMatchObject({ 'B ops webhook': 'dropped', 'B others webhook': 'retrying' }),
  );
});

test('both lists are bounded', () => {
  const list = new RoutedNotifications({ maxWaiting: 3, maxFinished: 2 });
  const task = (n: number) =>
    ({ receiver: 'r', logKey: `${n}`, group: { key: `${n}`, labels: {} }, integration: { kind: 'slack' } }) as never;
  for (let n = 0; n < 10; n++) list.begin(task(n), `${n}`, n);
  expect(list.list().map(({ id }) => id)).toEqual(['0', '1', '2']);
  for (let n = 0; n < 3; n++) list.sent(task(n), 10 + n);
  expect(list.list().map(({ id, state }) => [id, state])).toEqual([
    ['1', 'sent'],
    ['2', 'sent'],
  ]);
  for (let n = 0; n < 30; n++) list.failed(task(9), 'no', n, n);
  expect(list.list()).toHaveLength(2);
});

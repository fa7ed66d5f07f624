import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { AlertView } from '../../../src/core/api/alertmanager.ts';
import { seeded } from '../../support/chance.ts';
import { Longshore } from '../../support/longshore.ts';
import { startWebhook } from '../../support/webhook.ts';

const WAIT = { timeout: 20_000, interval: 20 };
const config = (hook: string, more: string, wait: string): string => `
route: { receiver: hook, group_by: [alertname], group_wait: ${wait}, group_interval: 1s, repeat_interval: 1h }
receivers: [{ name: hook, webhook_configs: [{ url: '${hook}'${more} }] }]
`;

interface Payload {
  status: string;
  groupLabels: { alertname: string };
  alerts: object[];
  truncatedAlerts: number;
}

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of cleanUp.splice(0).reverse()) await one();
});

async function start(answer?: () => number, more = '', wait = '100ms') {
  const hook = await startWebhook(answer);
  cleanUp.push(() => hook.close());
  const dir = mkdtempSync(join(tmpdir(), 'longshore-routing-kill-'));
  cleanUp.push(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'alertmanager.yml');
  writeFileSync(file, config(hook.url, more, wait));
  const running = await Longshore.start({ dataDir: dir, rules: {}, pipelines: {}, set: { alertmanager: file } });
  cleanUp.push(() => running.kill());
  const told = (name: string): Payload[] =>
    hook.received.map(({ body }) => body as Payload).filter(({ groupLabels }) => groupLabels.alertname === name);
  return { hook, running, told };
}

async function post(url: string, alerts: object[]): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/api/v2/alerts`, { method: 'POST', headers, body: JSON.stringify(alerts) });
  expect(answer.status).toBe(200);
}

describe('routed alerts are durable', () => {
  test('kill -9: what was taken is told, at most once more; a restart repeats nothing', {
    timeout: 300_000,
  }, async () => {
    const { hook, running, told } = await start();
    const random = seeded(7);
    let now = running;
    const names: string[] = [];
    for (let round = 0; round < 4; round++) {
      const name = `Round${round}`;
      names.push(name);
      await post(now.url, [
        { labels: { alertname: name, instance: 'a' } },
        { labels: { alertname: name, instance: 'b' } },
      ]);
      await sleep(random() * 250);
      await now.kill();
      now = await now.again();
      cleanUp.push(() => now.kill());
    }
    await vi.waitFor(() => {
      for (const name of names) expect(told(name).length).toBeGreaterThan(0);
    }, WAIT);
    const before = names.map(name => told(name).length);
    for (const count of before) expect(count).toBeLessThanOrEqual(2);
    const keys = hook.received.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(names.length);
    await now.stop();
    now = await now.again();
    await sleep(1500);
    expect(names.map(name => told(name).length)).toEqual(before);
    // And it is known what there is.
    const alerts = (await (await fetch(`${now.url}/api/v2/alerts`)).json()) as AlertView[];
    expect(alerts).toHaveLength(2 * names.length);
    await post(now.url, [{ labels: { alertname: 'Round0', instance: 'a' }, endsAt: new Date().toISOString() }]);
    await vi.waitFor(
      () => expect(told('Round0').at(-1)!.alerts).toMatchObject([{ status: 'resolved' }, { status: 'firing' }]),
      WAIT,
    );
  });

  test('a receiver that is away is told when it is back', { timeout: 300_000 }, async () => {
    let isAway = true;
    const { running, told, hook } = await start(() => (isAway ? 503 : 200));
    await post(running.url, [{ labels: { alertname: 'Away' } }]);
    await vi.waitFor(() => expect(hook.received.length).toBeGreaterThan(0), WAIT);
    isAway = false;
    const failed = told('Away').length;
    await vi.waitFor(() => expect(told('Away').length).toBe(failed + 1), WAIT);
    await sleep(2500);
    expect(told('Away').length).toBe(failed + 1);
  });

  test('a storm of 20,000 alerts of one group is one message with the true count', { timeout: 300_000 }, async () => {
    const { running, told } = await start(undefined, ', max_alerts: 10', '10s');
    const started = Date.now();
    for (let batch = 0; batch < 20; batch++)
      await post(
        running.url,
        Array.from({ length: 1000 }, (_, i) => ({
          labels: { alertname: 'Storm', instance: `host-${batch}-${i}` },
          startsAt: new Date(started).toISOString(),
          endsAt: new Date(started + 600_000).toISOString(),
        })),
      );
    expect(Date.now() - started).toBeLessThan(9_500);
    await vi.waitFor(() => expect(told('Storm')).toHaveLength(1), { ...WAIT, timeout: 90_000 });
    const [message] = told('Storm');
    expect(message!.alerts).toHaveLength(10);
    expect(message!.truncatedAlerts).toBe(19_990);
  });
});

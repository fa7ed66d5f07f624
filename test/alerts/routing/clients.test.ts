import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { AlertView } from '../../../src/core/api/alertmanager.ts';
import { Longshore } from '../../support/longshore.ts';
import { requireOrSkip } from '../../support/services.ts';
import { startWebhook } from '../../support/webhook.ts';
import { Amtool, hasAmtool } from './amtool.ts';
import { hasPrometheus, Prometheus } from './prometheus-process.ts';

const WAIT = { timeout: 20_000, interval: 50 };

const config = (hook: string): string => `
route:
  receiver: hook
  group_by: [alertname]
  group_wait: 200ms
  group_interval: 500ms
  routes:
  - matchers: [severity="page"]
    receiver: page
receivers:
- name: hook
  webhook_configs: [{ url: '${hook}' }]
- name: page
  webhook_configs: [{ url: '${hook}/page', send_resolved: true, max_alerts: 20 }]
`;

interface Payload {
  status: string;
  receiver: string;
  groupLabels: Record<string, string>;
  alerts: {
    status: string;
    labels: Record<string, string>;
    annotations: Record<string, string>;
    generatorURL: string;
  }[];
}

describe.runIf(requireOrSkip('amtool', hasAmtool()))('programs of the field', () => {
  const amtool = new Amtool();
  const dir = mkdtempSync(join(tmpdir(), 'longshore-clients-'));
  let hook: Awaited<ReturnType<typeof startWebhook>>;
  let running: Longshore;
  const file = join(dir, 'alertmanager.yml');
  const run = (...args: string[]): string =>
    amtool.run('--no-version-check', `--alertmanager.url=${running.url}`, ...args);
  const json = <T>(...args: string[]): T => JSON.parse(run('-o', 'json', ...args)) as T;
  const told = (alertname: string): Payload[] =>
    hook.received
      .map(({ body }) => body as Payload)
      .filter(({ groupLabels }) => groupLabels['alertname'] === alertname);

  beforeAll(async () => {
    hook = await startWebhook();
    writeFileSync(file, config(hook.url));
    running = await Longshore.start({ rules: {}, pipelines: {}, set: { alertmanager: file } });
  });
  afterAll(async () => {
    await running?.remove();
    await hook?.close();
    amtool.remove();
    rmSync(dir, { recursive: true, force: true });
  });

  test('amtool adds alerts and finds them', () => {
    run('alert', 'add', 'Disk', 'instance=a', 'severity=page', '--annotation=summary=it is full');
    run('alert', 'add', 'Disk', 'instance=b');
    const all = json<AlertView[]>('alert', 'query', 'alertname=Disk');
    expect(
      all.map(({ labels, receivers, status }) => [labels['instance'], receivers[0]!.name, status.state]).sort(),
    ).toEqual([
      ['a', 'page', 'active'],
      ['b', 'hook', 'active'],
    ]);
    expect(json<AlertView[]>('alert', 'query', 'alertname=Disk', 'instance=~"a|c"')).toHaveLength(1);
    expect(json<AlertView[]>('alert', 'query', '--receiver=pa.*')).toHaveLength(1);
    expect(() => run('alert', 'query', 'instance=~"("')).toThrow();
  });

  test('amtool silences', async () => {
    run('alert', 'add', 'Quiet', 'instance=a');
    const id = run('silence', 'add', '-a', 'me', '-c', 'because', 'alertname=Quiet', 'instance=~"a|b"').trim();
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(json<{ id: string; comment: string }[]>('silence', 'query')).toMatchObject([{ id, comment: 'because' }]);
    expect(json<AlertView[]>('alert', 'query', 'alertname=Quiet')).toEqual([]);
    expect(json<AlertView[]>('alert', 'query', '-s', 'alertname=Quiet')[0]!.status).toMatchObject({ silencedBy: [id] });
    const changed = run('silence', 'update', '-d', '3h', '-c', 'still', id);
    expect(changed).toContain(id);
    await new Promise(resolve => setTimeout(resolve, 900));
    expect(told('Quiet')).toEqual([]);
    run('silence', 'expire', id);
    expect(json<object[]>('silence', 'query')).toEqual([]);
    expect(json<{ id: string }[]>('silence', 'query', '--expired')).toMatchObject([{ id }]);
    await vi.waitFor(() => expect(told('Quiet')).toHaveLength(1), WAIT);
    expect(() => run('silence', 'expire', '00000000-0000-0000-0000-000000000000')).toThrow(/404|not found/);
  });

  test('amtool shows the configuration, without addresses, and finds routes in it', () => {
    const shown = run('config', 'show');
    expect(shown).toContain('receiver: hook');
    expect(shown).not.toContain('/services/T/B/X');
    expect(run('config', 'routes', 'test', 'severity=page').trim()).toBe('page');
    expect(run('config', 'routes', 'show')).toContain('severity="page"');
    expect(run('cluster', 'show')).toContain('disabled');
  });

  test('the configuration is read anew; one with a mistake is refused', async () => {
    const reload = () => fetch(`${running.url}/-/reload`, { method: 'POST' });
    writeFileSync(file, config(hook.url).replace('receiver: page', 'receiver: pager'));
    const refused = await reload();
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain("there is no receiver 'pager'. Did you mean 'page'?");
    expect(run('config', 'routes', 'test', 'severity=page').trim()).toBe('page');
    writeFileSync(file, config(hook.url).replace('severity="page"', 'severity="high"'));
    expect((await reload()).status).toBe(200);
    expect(run('config', 'routes', 'test', 'severity=high').trim()).toBe('page');
    expect(json<AlertView[]>('alert', 'query', 'alertname=Disk')).toHaveLength(2);
    writeFileSync(file, config(hook.url));
    await reload();
  });

  test('a request that is none gets a sentence', async () => {
    const post = async (body: unknown): Promise<[number, unknown]> => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${running.url}/api/v2/alerts`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      return [answer.status, await answer.json()];
    };
    const over = { labels: { a: 'b' }, startsAt: '2026-11-30T00:00:00Z', endsAt: '2025-11-30T00:00:00Z' };
    expect(await post([{ labels: { 'a-b': 'c' } }, { labels: { a: '' } }, over])).toEqual([
      400,
      'invalid label set: invalid name "a-b"; at least one label pair required; start time must be before end time',
    ]);
    expect((await post({}))[0]).toBe(400);
    expect((await post([1]))[0]).toBe(400);
    expect((await post([{ labels: { a: 1 } }]))[0]).toBe(400);
  });

  describe.runIf(requireOrSkip('Prometheus', hasPrometheus()))('Prometheus', () => {
    const RULES = `groups:
- name: test
  rules:
  - alert: Always
    expr: vector(1)
    labels: { severity: page }
    annotations: { summary: 'the value is {{ $value }}' }
`;

    test('its alert is told, and that it is over', { timeout: 300_000 }, async () => {
      const prometheus = await Prometheus.start(new URL(running.url).host, RULES);
      try {
        await vi.waitFor(() => expect(told('Always')).toHaveLength(1), WAIT);
        expect(told('Always')[0]).toMatchObject({
          receiver: 'page',
          status: 'firing',
          alerts: [
            {
              labels: { alertname: 'Always', cluster: 'test', severity: 'page' },
              annotations: { summary: 'the value is 1' },
              generatorURL: expect.stringMatching(/^http:.*vector/) as string,
            },
          ],
        });
        prometheus.replaceRules(RULES.replace('vector(1)', 'vector(1) > 1'));
        await vi.waitFor(() => expect(told('Always').at(-1)!.status).toBe('resolved'), WAIT);
        expect(told('Always')).toHaveLength(2);
      } finally {
        await prometheus.stop();
      }
    });
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { AlertsAnswer, NotificationView } from '../../../src/core/api/alerts.ts';
import { inProcess as cli } from '../../cli/in-process.ts';
import { dockerRecord, ForwardSender } from '../../support/forward-sender.ts';
import { Longshore } from '../../support/longshore.ts';
import { startWebhook } from '../../support/webhook.ts';

const WAIT = { timeout: 30_000, interval: 50 };

const config = (hook: string): string => `
route:
  receiver: ops
  group_by: [alertname, service]
  group_wait: 100ms
  group_interval: 500ms
  routes:
  - { match: { severity: critical }, receiver: pager, group_by: ['...'], continue: true }
  - { match_re: { team: 'shop|pay' }, receiver: shop }
receivers:
- name: ops
  webhook_configs: [{ url: '${hook}/hook' }]
  slack_configs: [{ api_url: '${hook}/slack', channel: c, send_resolved: true }]
- name: pager
  webhook_configs: [{ url: '${hook}/pager' }]
- name: shop
`;

const RULE = `name: Error burst
type: frequency
index: docker-logs-*
filter: [{ query: { query_string: { query: 'level:ERROR' } } }]
num_events: 3
timeframe: { minutes: 5 }
query_key: service
alert: routes
`;

interface Links {
  readonly search: string;
  readonly rule: string;
  readonly silence: string;
}

describe('messages of routes are messages like those of rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'longshore-routed-messages-'));
  const file = join(folder, 'alertmanager.yml');
  let longshore: Longshore;
  let hook: Awaited<ReturnType<typeof startWebhook>>;
  let status = 200;

  beforeAll(async () => {
    hook = await startWebhook(() => status);
    writeFileSync(file, config(new URL(hook.url).origin));
    longshore = await Longshore.start({
      dataDir: folder,
      rules: { 'burst.yaml': RULE },
      pipelines: {},
      set: { alertmanager: file, 'http.public_url': 'https://logs.example.test' },
    });
  }, 300_000);
  afterAll(async () => {
    await longshore?.kill();
    await hook?.close();
    rmSync(folder, { recursive: true, force: true });
  }, 300_000);

  const to = (path: string) => hook.received.filter(one => one.path === path).map(({ body }) => body as never);
  const get = async <T>(path: string): Promise<T> => (await (await fetch(new URL(path, longshore.url))).json()) as T;

  test('links to the search, the rule and a silence; seen in all lists', { timeout: 300_000 }, async () => {
    const sender = await ForwardSender.connect(longshore.ready.forward);
    for (let i = 0; i < 3; i++) sender.message('app', dockerRecord(`ERROR pay failed ${i}`), `e-${i}`);
    await sender.acknowledged(3);
    sender.close();
    await vi.waitFor(() => expect([to('/hook').length, to('/slack').length]).toEqual([1, 1]), WAIT);
    const { links, groupLabels } = to('/hook')[0]! as { links: Links; groupLabels: Record<string, string> };
    const service = groupLabels['service']!;
    expect(decodeURIComponent(links.search)).toContain(`service:"${service}"`);
    expect(links.search.startsWith('https://logs.example.test/#')).toBe(true);
    expect(links.rule).toContain('rule=Error+burst');
    const { actions } = (to('/slack')[0]! as { attachments: { actions: object[] }[] }).attachments[0]!;
    expect(actions).toEqual([
      { type: 'button', text: 'Search', url: links.search },
      { type: 'button', text: 'Rule', url: links.rule },
      { type: 'button', text: 'Silence', url: expect.stringMatching(/^https:\/\/logs\.example\.test\/silence\/L/) },
    ]);

    const { active, alerts } = await get<AlertsAnswer>('/api/alerts');
    for (const { deliveries } of [active[0]!, alerts[0]!])
      expect(deliveries).toMatchObject([
        { alerter: 'ops webhook', state: 'sent', attempts: 1 },
        { alerter: 'ops slack', state: 'sent', attempts: 1 },
      ]);
    const { notifications } = await get<{ notifications: NotificationView[] }>('/api/notifications');
    expect(notifications).toMatchObject([
      { rule: 'Error burst', state: 'sent', routed: true },
      { rule: 'Error burst', state: 'sent', routed: true },
    ]);

    // The link of the message is enough to silence the group; one that was changed is not.
    const page = links.silence.replace('https://logs.example.test', longshore.url);
    const asked = await fetch(page);
    expect([asked.status, await asked.text()]).toEqual([200, expect.stringContaining('Error burst')]);
    expect((await fetch(page.replace('/L', '/LA'))).status).toBe(410);
    const done = await fetch(page, { method: 'POST', body: new URLSearchParams({ duration: '1h' }) });
    expect(done.status).toBe(200);
    expect(await get('/api/v2/silences')).toMatchObject([
      {
        matchers: [
          { name: 'alertname', value: 'Error burst', isEqual: true, isRegex: false },
          { name: 'service', value: service, isEqual: true, isRegex: false },
        ],
      },
    ]);
    expect((await get<AlertsAnswer>('/api/alerts')).active).toMatchObject([{ state: 'suppressed' }]);
  });

  test('send-test goes through a receiver, and through the routes of a rule', { timeout: 300_000 }, async () => {
    const url = ['--url', longshore.url];
    const before = { hook: to('/hook').length, pager: to('/pager').length };
    const pager = await cli(['send-test', '--receiver', 'pager', '--json', ...url]);
    expect([pager.code, JSON.parse(pager.out)]).toEqual([
      0,
      { name: 'pager', results: [{ alerter: 'pager webhook', outcome: 'sent', duration_ms: expect.any(Number) }] },
    ]);
    expect(to('/pager').slice(before.pager)).toMatchObject([
      { receiver: 'pager', status: 'firing', groupLabels: { alertname: '[TEST] Longshore' }, version: '4' },
    ]);
    const rule = await cli(['send-test', 'Error burst', ...url]);
    expect([rule.code, rule.out]).toEqual([0, expect.stringMatching(/sent .*ops webhook.*\n.*sent .*ops slack/)]);
    expect(to('/hook').slice(before.hook)).toMatchObject([{ groupLabels: { alertname: '[TEST] Error burst' } }]);
    status = 404;
    const failed = await cli(['send-test', '--receiver', 'pager', ...url]);
    status = 200;
    expect([failed.code, failed.out]).toEqual([1, expect.stringContaining('HTTP 404')]);
    const unknown = await cli(['send-test', '--receiver', 'pagr', ...url]);
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('Did you mean pager')]);
    // A test is nothing that was told.
    const { notifications } = await get<{ notifications: NotificationView[] }>('/api/notifications');
    expect(notifications.every(one => one.rule === 'Error burst')).toBe(true);
  });

  test.each([
    { words: [], receivers: ['ops'] },
    { words: ['severity=critical'], receivers: ['pager'] },
    { words: ['severity=critical', 'team=shop'], receivers: ['pager', 'shop'] },
    { words: ['team="pay"'], receivers: ['shop'] },
    { words: ['team=shopping'], receivers: ['ops'] },
  ])('routes test $words', { timeout: 300_000 }, async ({ words, receivers }) => {
    const answer = await cli(['routes', 'test', '--file', file, '--json', ...words]);
    const lines = answer.out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { receiver: string });
    expect([answer.code, lines.map(one => one.receiver)]).toEqual([0, receivers]);
  });

  test('routes test says when it goes elsewhere; show has the tree', { timeout: 300_000 }, async () => {
    const wrong = await cli(['routes', 'test', '--file', file, '--receivers', 'shop', 'severity=critical']);
    expect([wrong.code, wrong.err]).toEqual([1, 'expected shop, but it goes to pager\n']);
    const shown = await cli(['routes', '--file', file]);
    expect(shown.out.split('\n').map(line => line.replace(/ +by .*/, ''))).toEqual([
      'all -> ops',
      '  {severity="critical"} -> pager',
      '  {team=~"^(?:shop|pay)$"} -> shop',
      '',
    ]);
    const label = await cli(['routes', 'test', '--file', file, 'severity']);
    expect([label.code, label.err]).toEqual([1, expect.stringContaining("'severity' is no label")]);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { dockerRecord, ForwardSender } from '../../support/forward-sender.ts';
import { Longshore } from '../../support/longshore.ts';
import { requireOrSkip } from '../../support/services.ts';
import { startWebhook } from '../../support/webhook.ts';
import { hasPrometheus, Prometheus } from './prometheus-process.ts';

const WAIT = { timeout: 20_000, interval: 50 };

const config = (hook: string): string => `
global: { slack_api_url: '${hook}' }
route:
  receiver: slack
  group_by: [alertname]
  group_wait: 100ms
  group_interval: 500ms
templates: ['*.tmpl']
receivers:
- name: slack
  slack_configs:
  - channel: '#alerts'
    send_resolved: true
    text: '{{ template "lines" . }}'
`;
const TEMPLATE =
  '{{ define "lines" }}{{ range .Alerts }}{{ .Status }}: {{ or .Annotations.message .Annotations.summary }}\n{{ end }}{{ end }}';

const RULE = `name: Error burst
type: frequency
index: docker-logs-*
filter: [{ query: { query_string: { query: 'level:ERROR' } } }]
num_events: 3
timeframe: { minutes: 5 }
query_key: service
resolve_after: { seconds: 2 }
alert: routes
`;

const PROMETHEUS_RULES = `groups:
- name: containers
  rules:
  - alert: HighCPUUsage
    expr: vector(95) > 80
    labels: { severity: warning, container: web }
    annotations: { summary: 'CPU of web is at {{ $value }}%' }
  - alert: HighMemoryUsage
    expr: vector(0.97) > 0.9
    labels: { severity: warning, container: db }
    annotations: { summary: 'memory of db is at {{ $value | humanizePercentage }}' }
  - alert: ContainerDown
    expr: vector(0) == 0
    labels: { severity: critical, container: cache }
    annotations: { summary: 'cache is down' }
`;

interface SlackMessage {
  channel: string;
  attachments: { title: string; text: string; color: string }[];
}

describe('one Slack for Prometheus and for own rules', () => {
  const dir = mkdtempSync(join(tmpdir(), 'longshore-slack-routes-'));
  let hook: Awaited<ReturnType<typeof startWebhook>>;
  let running: Longshore;
  const messages = (word: string): SlackMessage[] =>
    hook.received
      .map(({ body }) => body as SlackMessage)
      .filter(({ attachments }) => attachments[0]!.title.includes(word));

  beforeAll(async () => {
    hook = await startWebhook();
    const file = join(dir, 'alertmanager.yml');
    writeFileSync(file, config(hook.url));
    writeFileSync(join(dir, 'own.tmpl'), TEMPLATE);
    running = await Longshore.start({ rules: { 'burst.yaml': RULE }, pipelines: {}, set: { alertmanager: file } });
  });
  afterAll(async () => {
    await running?.remove();
    await hook?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  test('a rule with `alert: routes` is told by the routes, and that it is over', { timeout: 300_000 }, async () => {
    const sender = await ForwardSender.connect(running.ready.forward);
    for (let i = 0; i < 4; i++)
      sender.message('docker.shop', dockerRecord(`ERROR no stock ${i}`, { container_name: '/shop-1' }), `burst-${i}`);
    await sender.acknowledged(4);
    await vi.waitFor(() => expect(messages('Error burst').length).toBeGreaterThan(0), WAIT);
    const [first] = messages('Error burst');
    expect(first).toMatchObject({ channel: '#alerts', attachments: [{ color: 'danger' }] });
    expect(first!.attachments[0]!.title).toMatch(/^\[FIRING:1\] Error burst \(.*shop/);
    expect(first!.attachments[0]!.text).toMatch(/^firing: .*no stock \d\n$/);
    const [alert] = (await (await fetch(`${running.url}/api/v2/alerts`)).json()) as { generatorURL: string }[];
    const params = new URLSearchParams(new URL(alert!.generatorURL).hash.slice(1));
    expect(Object.fromEntries(params)).toMatchObject({ query: 'level:"ERROR" AND service:"shop"', to: 'now' });
    await vi.waitFor(() => expect(messages('Error burst').at(-1)!.attachments[0]!.color).toBe('good'), {
      ...WAIT,
      timeout: 40_000,
    });
    expect(messages('Error burst').at(-1)!.attachments[0]!.title).toMatch(/^\[RESOLVED\] Error burst/);
  });

  test.runIf(requireOrSkip('Prometheus', hasPrometheus()))(
    'HighCPUUsage, HighMemoryUsage and ContainerDown reach it',
    { timeout: 60_000 },
    async () => {
      const prometheus = await Prometheus.start(new URL(running.url).host, PROMETHEUS_RULES);
      try {
        for (const [name, text] of [
          ['HighCPUUsage', 'firing: CPU of web is at 95%\n'],
          ['HighMemoryUsage', 'firing: memory of db is at 97%\n'],
          ['ContainerDown', 'firing: cache is down\n'],
        ]) {
          await vi.waitFor(() => expect(messages(name!)).toHaveLength(1), WAIT);
          expect(messages(name!)[0]!.attachments[0]).toMatchObject({ text, color: 'danger' });
        }
      } finally {
        await prometheus.stop();
      }
    },
  );
});

import { describe, expect, type OnTestFinishedHandler, test, vi } from 'vitest';
import type { AlertsAnswer } from '../../src/core/api/alerts.ts';
import type { SilenceView } from '../../src/core/api/silences.ts';
import { inProcess } from '../cli/in-process.ts';
import { Longshore } from '../support/longshore.ts';
import { startWebhook } from '../support/webhook.ts';

/* An alert from its first event to its end, in a service that is killed in between. */

const QUIET_S = 4;
const rules = (url: string): Record<string, string> => ({
  'burst.yaml': `name: burst
type: frequency
index: docker-logs-*
num_events: 3
timeframe: { seconds: 30 }
realert: { minutes: 0 }
query_key: service
severity: critical
resolve_after: { seconds: ${QUIET_S} }
send_resolved: true
alert: post2
http_post2_url: ${url}
http_post2_payload: { service: '{{ service }}', state: '{{ alert_state }}', lasted: '{{ alert_duration }}', mute: '{{ silence_url }}', look: '{{ search_url }}' }
`,
});

const SETTINGS = { 'alerts.state_write_interval_ms': '50', 'http.public_url': 'https://logs.example.com' };

/** For a test that others run beside: they wait more than they work. */
async function started({ onTestFinished }: { onTestFinished: (end: OnTestFinishedHandler) => void }) {
  const hook = await startWebhook();
  onTestFinished(() => hook.close());
  const longshore = await Longshore.start({ rules: rules(hook.url), set: SETTINGS });
  const service = { longshore };
  onTestFinished(() => service.longshore.remove());
  const errors = async (name: string): Promise<void> => {
    const events = [1, 2, 3].map(n => ({ level: 'ERROR', service: name, message: `boom ${n}` }));
    const url = `${service.longshore.url}/api/logs?tag=docker.test`;
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(url, { method: 'POST', headers, body: JSON.stringify(events) })).status).toBe(200);
  };
  const alerts = async (query = ''): Promise<AlertsAnswer> =>
    (await (await fetch(`${service.longshore.url}/api/alerts${query}`)).json()) as AlertsAnswer;
  /** Messages by their keys: a kill between sending and writing repeats one. */
  const messages = (): number => new Set(hook.received.map(({ headers }) => headers['idempotency-key'])).size;
  return { hook, service, errors, alerts, messages };
}

const command = (longshore: Longshore, ...args: string[]) => inProcess(['silence', ...args, '--url', longshore.url]);

const WAIT = { timeout: 20_000, interval: 50 };

describe.concurrent('an alert in a running service', () => {
  test('fires, survives a kill, and is told to be over once', { timeout: 300_000 }, async context => {
    const { service, errors, alerts, messages } = await started(context);
    await errors('api');
    await vi.waitFor(() => expect(messages()).toBe(1), WAIT);
    await vi.waitFor(
      async () => expect((await alerts()).alerts[0]!.deliveries).toMatchObject([{ state: 'sent' }]),
      WAIT,
    );
    const { active } = await alerts('?state=firing&rule=burst');
    expect(active).toMatchObject([
      {
        rule: 'burst',
        state: 'firing',
        key: 'api',
        labels: { alertname: 'burst', service: 'api', severity: 'critical' },
        matches: 1,
        hits: 3,
        told: true,
        samples: [{ message: 'boom 3' }],
      },
    ]);
    await service.longshore.kill();
    service.longshore = await service.longshore.again();
    expect((await alerts()).active).toMatchObject([{ id: active[0]!.id, starts_at: active[0]!.starts_at }]);
    await vi.waitFor(async () => expect((await alerts()).resolved).toHaveLength(1), WAIT);
    await vi.waitFor(() => expect(messages()).toBe(2), WAIT);
    const answer = await alerts();
    expect(answer.active).toEqual([]);
    expect(answer.resolved).toMatchObject([{ id: active[0]!.id, state: 'resolved', reason: 'quiet' }]);
    expect(answer.alerts[0]).toMatchObject({
      resolved: true,
      instance: active[0]!.id,
      samples: [{ message: 'boom 3' }],
    });
    // What happens again is another alert.
    await errors('api');
    await vi.waitFor(() => expect(messages()).toBe(3), WAIT);
    expect((await alerts()).active[0]!.id).not.toBe(active[0]!.id);
    await service.longshore.kill();
    service.longshore = await service.longshore.again();
    await vi.waitFor(() => expect(messages()).toBe(4), WAIT);
    const { rules: status } = (await (await fetch(`${service.longshore.url}/api/rules`)).json()) as { rules: object[] };
    expect(status).toMatchObject([{ name: 'burst', matches: 2, active_alerts: 0, late: 0 }]);
    expect(status[0]).toHaveProperty('last_evaluation');
  });

  test('is silenced by a command, over a kill, and told when the silence ends', { timeout: 300_000 }, async context => {
    const { hook, service, errors, alerts } = await started(context);
    const made = await command(
      service.longshore,
      'add',
      '--rule',
      'burst',
      '--key',
      'api',
      '--for',
      '1h',
      '--comment',
      'known',
    );
    expect(made.out).toContain('{alertname="burst",service="api"}');
    await service.longshore.kill();
    service.longshore = await service.longshore.again();
    await errors('api');
    await errors('web');
    await vi.waitFor(async () => expect((await alerts()).active).toHaveLength(2), WAIT);
    await vi.waitFor(() => expect(hook.received).toHaveLength(1), WAIT);
    expect(hook.received[0]!.body).toMatchObject({ service: 'web' });
    expect((await alerts('?state=suppressed')).active).toMatchObject([
      { key: 'api', state: 'suppressed', told: false, silenced_by: [{ comment: 'known' }] },
    ]);
    const listed = await command(service.longshore, 'list', '--json');
    const { id } = JSON.parse(listed.out) as SilenceView;
    await command(service.longshore, 'expire', id);
    await vi.waitFor(() => expect(hook.received.length).toBeGreaterThanOrEqual(2), WAIT);
    expect(hook.received.map(({ body }) => (body as { service: string }).service)).toContain('api');
    expect((await command(service.longshore, 'list')).err).toContain('no silence holds');
    expect((await command(service.longshore, 'expire', 'nobody')).err).toContain('LS_ALERTS_SILENCE_UNKNOWN');
    const misspelt = await command(service.longshore, 'add', '--rule', 'brust', '--for', '1h');
    expect(misspelt).toMatchObject({ code: 1, err: expect.stringContaining('Did you mean burst') });
  });

  test('is silenced by the link in its message', { timeout: 300_000 }, async context => {
    const { hook, service, errors, alerts } = await started(context);
    await errors('api');
    await vi.waitFor(() => expect(hook.received).toHaveLength(1), WAIT);
    const { mute, look, state } = hook.received[0]!.body as Record<string, string>;
    expect(state).toBe('firing');
    expect(look).toContain('https://logs.example.com/#query=service%3A%22api%22&from=');
    const link = new URL(new URL(mute!).pathname, service.longshore.url);
    const asked = await fetch(link, { headers: { host: 'logs.example.com' } });
    expect(asked.status).toBe(200);
    const page = await asked.text();
    expect(page).toContain('alertname=&#34;burst&#34;');
    expect((await alerts()).active).toMatchObject([{ state: 'firing' }]);
    const form = new URLSearchParams({ duration: '2h', created_by: '<kim>', comment: 'known' });
    const done = await fetch(link, { method: 'POST', body: form });
    expect([done.status, await done.text()]).toEqual([200, expect.stringContaining('longshore silence expire')]);
    expect((await alerts()).active).toMatchObject([{ state: 'suppressed', silenced_by: [{ created_by: '<kim>' }] }]);
    const foreign = await fetch(`${link.href}x`);
    expect([foreign.status, foreign.headers.get('content-type')]).toEqual([410, 'text/html; charset=utf-8']);
    expect((await fetch(link, { method: 'POST', body: new URLSearchParams({ duration: 'long' }) })).status).toBe(400);
    await vi.waitFor(() => expect(hook.received).toHaveLength(2), WAIT);
    expect(hook.received[1]!.body).toMatchObject({ state: 'resolved', lasted: `${QUIET_S} seconds`, service: 'api' });
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { TemplateLibrary } from '../../../src/alerts/go-template/go-template.ts';
import { DEFAULT_TEMPLATES } from '../../../src/alerts/receivers/default-templates.ts';
import { makeIntegration } from '../../../src/alerts/receivers/index.ts';
import type { Message } from '../../../src/alerts/receivers/integration.ts';
import { readRoutingConfig } from '../../../src/alerts/routing/config/read-config.ts';
import type { ToldAlert } from '../../../src/alerts/routing/dispatcher.ts';
import { groupData } from '../../../src/alerts/routing/group-data.ts';
import { startWebhook } from '../../support/webhook.ts';
import { smtpServer } from '../alerters/smtp.ts';

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of cleanUp.splice(0)) await one();
});

const templates = new TemplateLibrary();
for (const text of DEFAULT_TEMPLATES) templates.add(text);

function alert(instance: string, endsAt?: number): ToldAlert {
  return {
    labels: { alertname: 'HighCPU', instance },
    annotations: { summary: `<b>${instance}</b> is hot` },
    ...{ startsAt: Date.UTC(2026, 10, 30), endsAt, updatedAt: Date.UTC(2026, 10, 30) },
    ...{ generatorUrl: '', fingerprint: instance, isTimeout: false },
  };
}

function message(alerts: readonly ToldAlert[]): Message {
  const facts = { receiver: 'team', groupLabels: { alertname: 'HighCPU' }, externalUrl: 'http://here' };
  return {
    receiver: 'team',
    groupKey: '{}:{alertname="HighCPU"}',
    groupLabels: facts.groupLabels,
    alerts,
    data: most => groupData({ ...facts, alerts: most === undefined ? alerts : alerts.slice(0, most) }),
    idempotencyKey: 'key',
  };
}

/** Sends through the one entry of a list. */
async function send(list: string, entry: string, alerts: readonly ToldAlert[] = [alert('a')]) {
  const text = `route: { receiver: a }\nreceivers: [{ name: a, ${list}: [${entry}] }]\n`;
  const { config, mistakes } = readRoutingConfig('alertmanager.yml', text);
  expect(mistakes).toEqual([]);
  const [integration] = config.receivers.get('a')!.integrations;
  const { readFile } = await import('node:fs/promises');
  const made = makeIntegration(integration!, { fetch, templates, readFile: path => readFile(path, 'utf8') });
  return made!.send(message(alerts), new AbortController().signal);
}

async function hook(answer?: () => number) {
  const made = await startWebhook(answer);
  cleanUp.push(() => made.close());
  return made;
}

describe('receivers', () => {
  test('telegram: HTML in values is escaped, and the token stands in the address', async () => {
    const { url, received } = await hook();
    const api = new URL(url).origin;
    const entry = `{ api_url: '${api}', bot_token: 'T:1', chat_id: -5, message: '<b>{{ .Status }}</b> {{ .CommonAnnotations.summary }}' }`;
    expect(await send('telegram_configs', entry)).toEqual({ ok: true });
    expect(received[0]).toMatchObject({
      path: '/botT:1/sendMessage',
      body: { chat_id: '-5', parse_mode: 'HTML', text: '<b>firing</b> &lt;b&gt;a&lt;/b&gt; is hot' },
    });
  });

  test('secrets may lie in files, and who we are in http_config', async () => {
    const { url, received } = await hook();
    const dir = mkdtempSync(join(tmpdir(), 'longshore-receivers-'));
    cleanUp.push(() => rmSync(dir, { recursive: true, force: true }));
    writeFileSync(join(dir, 'url'), `${url}\n`);
    writeFileSync(join(dir, 'password'), 'secret\n');
    const basic = `basic_auth: { username: me, password_file: '${join(dir, 'password')}' }`;
    expect(await send('webhook_configs', `{ url_file: '${join(dir, 'url')}', http_config: { ${basic} } }`)).toEqual({
      ok: true,
    });
    expect(received[0]!.headers['authorization']).toBe(`Basic ${Buffer.from('me:secret').toString('base64')}`);
    expect(await send('webhook_configs', `{ url_file: '${join(dir, 'none')}' }`)).toMatchObject({
      ok: false,
      scope: 'place',
    });
  });

  test('a template that fails gives a plain text that says so', async () => {
    const { url, received } = await hook();
    const entry = `{ api_url: '${url}', channel: '{{ .Nothing }}', title: '{{ template "none" . }}', text: '{{ index .Alerts 9 }}' }`;
    expect(await send('slack_configs', entry)).toEqual({ ok: true });
    const [{ title, text }] = (received[0]!.body as { attachments: [{ title: string; text: string }] }).attachments;
    expect(title).toBe('[FIRING:1] HighCPU');
    expect(text).toContain('firing: alertname=HighCPU, instance=a');
    expect(text).toContain('(The template of text failed: index: index out of range: 9)');
    expect(received[0]!.body).not.toHaveProperty('channel');
  });

  test('a template that would become too large gives a plain text with the true count', {
    timeout: 300_000,
  }, async () => {
    const { url, received } = await hook();
    const alerts = Array.from({ length: 100_000 }, (_, i) => alert(`host-${i}`));
    const entry = `{ api_url: '${url}', text: '{{ range .Alerts }}{{ .Annotations.summary }}{{ end }}' }`;
    expect(await send('slack_configs', entry, alerts)).toEqual({ ok: true });
    const [{ title, text }] = (received[0]!.body as { attachments: [{ title: string; text: string }] }).attachments;
    expect(title).toBe('[FIRING:100000] HighCPU ');
    expect(text).toContain('... and 99980 more');
    expect(text).toContain('becomes longer than');
  });

  test('a webhook without max_alerts has at most 10,000, and says how many are left out', async () => {
    const { url, received } = await hook();
    const alerts = Array.from({ length: 10_005 }, (_, i) => alert(`host-${i}`));
    expect(await send('webhook_configs', `{ url: '${url}' }`, alerts)).toEqual({ ok: true });
    const body = received[0]!.body as { alerts: object[]; truncatedAlerts: number };
    expect([body.alerts.length, body.truncatedAlerts]).toEqual([10_000, 5]);
  });

  test('what is refused is not tried again; what is away is', async () => {
    const refusing = await hook(() => 400);
    expect(await send('webhook_configs', `{ url: '${refusing.url}' }`)).toMatchObject({ ok: false, scope: 'message' });
    const away = await hook(() => 503);
    expect(await send('webhook_configs', `{ url: '${away.url}' }`)).toMatchObject({ ok: false, scope: 'place' });
  });

  test('incidents are closed under the key that they were opened with', async () => {
    const { url, received } = await hook();
    const over = [alert('a', Date.UTC(2026, 10, 30, 1))];
    for (const alerts of [[alert('a')], over]) {
      await send('pagerduty_configs', `{ url: '${url}', routing_key: k }`, alerts);
      await send('opsgenie_configs', `{ api_url: '${new URL(url).origin}', api_key: k }`, alerts);
    }
    const [opened, made, closed, close] = received.map(one => ({ ...one, body: one.body as Record<string, string> }));
    expect(closed!.body).toMatchObject({ event_action: 'resolve', dedup_key: opened!.body['dedup_key'] });
    expect(close!.path).toBe(`/v2/alerts/${made!.body['alias']}/close?identifierType=alias`);
  });

  test('mail: HTML with values escaped, a text beside it, and the headers that are written', async () => {
    const server = await smtpServer();
    const entry = `{ to: 'a@example.org, b@example.org', from: c@example.org, smarthost: '127.0.0.1:${server.port}', require_tls: false, text: '{{ .Status }}', headers: { X-Team: '{{ .GroupLabels.alertname }}' } }`;
    expect(await send('email_configs', entry)).toEqual({ ok: true });
    expect(server.received).toHaveLength(1);
    const [mail] = server.received;
    expect(JSON.stringify(mail)).toContain('a@example.org');
    const raw = JSON.stringify(mail);
    expect(raw).toContain('[FIRING:1] HighCPU');
    expect(raw).toContain('X-Team: HighCPU');
    expect(raw).toContain('&lt;b&gt;a&lt;/b&gt; is hot');
    expect(mail!.to).toEqual(['a@example.org', 'b@example.org']);
    server.answer = command => (/^STARTTLS/i.test(command) ? '502 not here' : undefined);
    // A server without STARTTLS is told nothing where it is demanded.
    expect(await send('email_configs', entry.replace('require_tls: false, ', ''))).toMatchObject({ ok: false });
    expect(server.received).toHaveLength(1);
  });
});

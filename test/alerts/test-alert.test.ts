import { describe, expect, test } from 'vitest';
import { sendTestAlert } from '../../src/alerts/test-alert.ts';
import { type Fields, newFields } from '../../src/core/event.ts';
import { rule } from './support.ts';
import { webhook } from './webhook.ts';

interface Sent {
  url: string;
  body: Record<string, unknown>;
}

/** What was sent, and what came of it; `status` is what the receiver answers. */
async function send(name: string, rules: readonly ReturnType<typeof rule>[], status = 200, options?: Fields) {
  const sent: Sent[] = [];
  const fetch = (async (url: string, { body }: { body: string }) => {
    sent.push({ url: String(url), body: JSON.parse(body) as Sent['body'] });
    return new Response(status === 200 ? '' : `no, not with hooks/T0/SECRET-KEY-0123456789 of ${url}`, { status });
  }) as unknown as typeof globalThis.fetch;
  const alerters = {
    slack: { slack_webhook_url: 'https://hooks.example.org/T0/SECRET-KEY-0123456789', slack_username_override: 'ops' },
  };
  const answer = await sendTestAlert(name, {
    rules,
    alerters,
    alerts: { allow_commands: false, guard_addresses: false },
    fetch,
    now: 0,
    signal: new AbortController().signal,
    options,
  });
  return { sent, answer };
}

const RULE = `name: broken shop
type: any
index: docker-logs-*
alert:
  - slack: { alert_subject: own subject, slack_channel_override: ['#a', '#b'] }
  - post2: { http_post2_url: 'https://other.example.org/x', http_post2_payload: { text: '{{ message }}' } }
  - post
alert_text: '{0} is on fire'
alert_text_args: [service]
alert_subject: on fire
`;

describe('a test alert', () => {
  test('through an alerter, as the configuration has it: it says that it is a test', async () => {
    const { sent, answer } = await send('slack', []);
    expect(answer).toMatchObject({ name: 'slack', results: [{ alerter: 'slack', outcome: 'sent' }] });
    expect(sent).toHaveLength(1);
    const { url, body } = sent[0]!;
    expect(url).toBe('https://hooks.example.org/T0/SECRET-KEY-0123456789');
    expect(body).toMatchObject({
      username: 'ops',
      attachments: [{ title: '[TEST] An alert of Longshore', text: expect.stringContaining('Nothing is wrong') }],
    });
  });

  test('through all alerters of a rule: its channels, not its texts', async () => {
    const { sent, answer } = await send('broken shop', [rule(RULE)]);
    expect(answer.results.map(({ alerter, outcome, missing }) => [alerter, outcome, missing])).toEqual([
      ['slack', 'sent', undefined],
      ['slack', 'sent', undefined],
      ['post2', 'sent', undefined],
      ['post', 'not_configured', 'http_post_url'],
    ]);
    expect(sent.map(({ body }) => body['channel'])).toEqual(['#a', '#b', undefined]);
    expect(JSON.stringify(sent)).toContain('[TEST] An alert of the rule \\"broken shop\\"');
    expect(JSON.stringify(sent)).not.toMatch(/on fire|own subject/);
    expect(sent[2]!.body['text']).toContain('This is a test');
  });

  test('a rule that goes through routes says where there are none', async () => {
    const { answer, sent } = await send('r', [rule('{ name: r, type: any, index: docker-logs-*, alert: routes }')]);
    expect(answer.results).toMatchObject([
      { alerter: 'routes', outcome: 'failed', reason: expect.stringContaining('has no routes') },
    ]);
    expect(sent).toEqual([]);
  });

  test('a refusal is told with its status, without address and secrets', async () => {
    const { answer } = await send('slack', [], 404);
    const [result] = answer.results;
    expect(result).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(/^HTTP 404: no/) });
    expect(JSON.stringify(answer)).not.toMatch(/SECRET-KEY|hooks\.example/);
  });

  test('what is neither, or has a mistake, is told', async () => {
    await expect(send('slakc', [])).rejects.toMatchObject({
      code: 'LS_ALERTS_TEST_ALERT',
      fix: expect.stringContaining('slack'),
    });
  });
});

describe('options that are tried', () => {
  const tried = (name: string, options: object, allow_commands = false) =>
    sendTestAlert(name, {
      rules: [rule(RULE)],
      alerters: {
        post: { http_post_headers: { authorization: 'SECRET' } },
        slack: { slack_webhook_url: 'https://x.test' },
      },
      alerts: { allow_commands, guard_addresses: false },
      fetch,
      now: 0,
      signal: new AbortController().signal,
      options: Object.assign(newFields(), options),
    });

  test('are those of no rule, and nothing of the configuration goes with them', async () => {
    expect(await tried('slack', {})).toMatchObject({
      results: [{ outcome: 'not_configured', missing: 'slack_webhook_url' }],
    });
    await expect(tried('broken shop', {})).rejects.toMatchObject({ code: 'LS_ALERTS_TEST_ALERT' });
  });

  test.for([
    ['slak', {}, /there is no alerter slak/, /Did you mean slack/],
    ['ms_teams', {}, /there is no alerter ms_teams/, /Name one of/],
    ['slack', { slack_webhook_url: 'ftp://x' }, /the scheme ftp is unknown/, /./],
    ['email', { email: 'a@x.test', assets_dir: '/etc' }, /assets_dir names a file/, /configuration/],
    ['post', { http_post_url: 'https://x.test', http_post_ca_certs: '/etc/passwd' }, /_ca_certs names a file/, /./],
  ] as const)('%s with %j cannot be tried, and says why', async ([name, options, what, fix]) => {
    const error = await tried(name, options).catch((error: unknown) => error);
    expect(error).toMatchObject({
      code: 'LS_ALERTS_TEST_ALERT',
      what: expect.stringMatching(what),
      fix: expect.stringMatching(fix),
    });
  });

  test('run no command, also where rules may', async () => {
    expect(await tried('command', { command: ['true'] }, true)).toMatchObject({
      results: [{ outcome: 'not_configured', missing: 'alerts.allow_commands' }],
    });
  });

  test('have no address in this network', async () => {
    const hook = await webhook();
    expect(await tried('post', { http_post_url: hook.url })).toMatchObject({
      results: [{ outcome: 'failed', reason: expect.stringMatching(/which is not allowed here/) }],
    });
    expect(hook.received).toEqual([]);
  });
});

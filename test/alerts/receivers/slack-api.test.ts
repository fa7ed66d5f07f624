import { describe, expect, test } from 'vitest';
import { readRoutingConfig } from '../../../src/alerts/routing/config/read-config.ts';
import { firing, sendThrough } from './support.ts';

const OVER = Date.UTC(2026, 10, 30, 1);

interface Call {
  readonly method: string;
  readonly token: string | null;
  readonly body: Record<string, unknown>;
}

/** Slack's API, which says what `answers` has for a method, else that all went well. */
function slack(answers: Record<string, object> = {}) {
  const calls: Call[] = [];
  const go: typeof fetch = async (url, init) => {
    const method = String(url).replace(/^.*\//, '');
    const body = JSON.parse(String(init?.body));
    calls.push({ method, token: new Headers(init?.headers).get('authorization'), body });
    return Response.json(answers[method] ?? { ok: true, channel: 'C1', ts: `${calls.length}.0` });
  };
  return { calls, go };
}

const methods = (calls: readonly Call[]): unknown[] =>
  calls.map(({ method, body }) => [method, body['channel'], body['ts'] ?? body['thread_ts']]);

describe('slack_configs over the API', () => {
  test('with update_message what comes later edits the first message, and the end of it too; then a new one begins', async () => {
    const { calls, go } = slack();
    const send = sendThrough.prepared(
      'slack_configs',
      "{ app_token: xoxb-1, channel: '#ops', update_message: true, send_resolved: true }",
      go,
    );
    for (const alerts of [[firing('a')], [firing('a'), firing('b')], [firing('a', OVER)], [firing('a')]])
      expect(await send(alerts)).toMatchObject({ ok: true });
    expect(methods(calls)).toEqual([
      ['chat.postMessage', '#ops', undefined],
      ['chat.update', 'C1', '1.0'],
      ['chat.update', 'C1', '1.0'],
      ['chat.postMessage', '#ops', undefined],
    ]);
    expect(calls.every(({ token }) => token === 'Bearer xoxb-1')).toBe(true);
    expect((calls[2]!.body as { attachments: { color: string }[] }).attachments[0]!.color).toBe('good');
  });

  test('with threads they answer to it', async () => {
    const { calls, go } = slack();
    const send = sendThrough.prepared('slack_configs', "{ app_token: x, channel: '#ops', threads: true }", go);
    for (const alerts of [[firing('a')], [firing('b')], [firing('a', OVER)]]) await send(alerts);
    expect(methods(calls)).toEqual([
      ['chat.postMessage', '#ops', undefined],
      ['chat.postMessage', 'C1', '1.0'],
      ['chat.postMessage', 'C1', '1.0'],
    ]);
  });

  test('with both the first message shows how it stands, and its thread what happened', async () => {
    const { calls, go } = slack();
    const send = sendThrough.prepared(
      'slack_configs',
      "{ app_token: x, channel: '#ops', threads: true, update_message: true }",
      go,
    );
    await send([firing('a')]);
    await send([firing('b')]);
    expect(methods(calls).slice(1)).toEqual([
      ['chat.update', 'C1', '1.0'],
      ['chat.postMessage', 'C1', '1.0'],
    ]);
  });

  test('a message that is gone is said anew', async () => {
    const { calls, go } = slack({ 'chat.update': { ok: false, error: 'message_not_found' } });
    const send = sendThrough.prepared('slack_configs', "{ app_token: x, channel: '#ops', update_message: true }", go);
    await send();
    expect(await send()).toMatchObject({ ok: true });
    expect(methods(calls).map(call => (call as string[])[0])).toEqual([
      'chat.postMessage',
      'chat.update',
      'chat.postMessage',
    ]);
  });

  test('a refusal with the status 200 is one', async () => {
    const { go } = slack({ 'chat.postMessage': { ok: false, error: 'channel_not_found' } });
    const send = sendThrough.prepared('slack_configs', '{ app_token: x }', go);
    expect(await send()).toEqual({
      ok: false,
      scope: 'message',
      isFinal: true,
      reason: 'Slack says channel_not_found',
    });
  });

  test('an address of its own keeps the global token away', async () => {
    const { calls, go } = slack();
    const send = sendThrough.prepared(
      'slack_configs',
      '{ api_url: "http://hooks.test/x" }',
      go,
      'global: { slack_app_token: xoxb-1 }',
    );
    await send();
    expect(calls[0]).toMatchObject({ method: 'x', token: null });
  });

  test.for([
    [
      'update_message with a webhook',
      '{ api_url: "https://hooks.slack.com/services/x", update_message: true }',
      /update_message needs a bot/,
    ],
    [
      'threads with a webhook',
      '{ api_url: "https://hooks.slack.com/services/x", threads: true }',
      /threads needs a bot/,
    ],
    ['two ways', '{ api_url: "https://hooks.slack.com/services/x", app_token: y }', /both an api_url and an app_token/],
    ['no way', '{ channel: x }', /has no api_url/],
  ] as const)('%s is a mistake', ([, entry, what]) => {
    const text = `route: { receiver: a }\nreceivers: [{ name: a, slack_configs: [${entry}] }]\n`;
    const { mistakes } = readRoutingConfig('alertmanager.yml', text);
    expect(mistakes.map(({ message }) => message)).toEqual([expect.stringMatching(what)]);
  });
});

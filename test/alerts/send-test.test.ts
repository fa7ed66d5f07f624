import { describe, expect, test } from 'vitest';
import { sendTest } from '../../src/alerts/send-test.ts';
import { newFields } from '../../src/core/event.ts';
import { status, webhook } from './webhook.ts';

const options = (given: object) => Object.assign(newFields(), given);

describe('a test message', () => {
  test('goes to each address once, and says what came of it', async () => {
    const hook = await webhook();
    hook.answers.push(status(404));
    const urls = [`${hook.url}/a/S3CRETPATH`, `${hook.url}/b`];
    const outcome = await sendTest('slack', options({ slack_webhook_url: urls }), { alerters: {} });
    expect(outcome).toMatchObject({ alerter: 'slack', sent: [{ ok: false, reason: 'HTTP 404: no' }, { ok: true }] });
    expect(hook.received).toHaveLength(2);
    expect(hook.received[1]?.body.attachments[0].text).toContain('This is a test of Longshore');
    expect(JSON.stringify(outcome)).not.toContain('S3CRET');
  });

  test('takes what is not given from the configuration', async () => {
    const hook = await webhook();
    await sendTest('post', options({}), { alerters: { post: { http_post_url: hook.url } } });
    expect(hook.received[0]?.body).toMatchObject({ service: 'longshore' });
  });

  test.for([
    ['slak', {}, /there is no alerter slak. Did you mean slack\?/],
    ['slack', {}, /slack_webhook_url is not set/],
    ['slack', { slack_webhook_url: 'ftp://x' }, /the scheme ftp is unknown/],
    ['command', { command: ['true'] }, /alerts.allow_commands is not set/],
    ['sns', {}, /sns is not supported yet/],
  ] as const)('%s with %j cannot be tried, and says why', async ([name, given, says]) => {
    const error = await sendTest(name, options(given), { alerters: {} }).catch(error => error);
    expect(error).toBeInstanceOf(AggregateError);
    expect(String(error.errors[0].message)).toMatch(says);
  });

  test.for([
    ['command', { command: ['true'] }, /alerts.allow_commands is not set/],
    [
      'email',
      { email: 'a@x.test', email_format: 'html', assets_dir: '/etc', email_image_keys: ['a'] },
      /assets_dir names a file/,
    ],
    ['post', { http_post_url: 'https://x.test', http_post_ca_certs: '/etc/passwd' }, /http_post_ca_certs names a file/],
  ] as const)('what comes from outside reads no files and runs nothing: %s', async ([name, given, says]) => {
    const alerts = { allow_commands: true, guard_addresses: false };
    const error = await sendTest(name, options(given), { alerters: {}, alerts, isFromOutside: true }).catch(e => e);
    expect(String(error.errors[0].message)).toMatch(says);
  });

  test('an address from outside does not reach into this network', async () => {
    const hook = await webhook();
    const given = options({ http_post_url: hook.url });
    const outcome = await sendTest('post', given, { alerters: {}, isFromOutside: true });
    expect(outcome.sent).toMatchObject([{ ok: false, reason: expect.stringMatching(/which is not allowed here/) }]);
    expect(hook.received).toEqual([]);
  });
});

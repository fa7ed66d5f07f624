import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SendContext } from '../../../src/alerts/alerters/alerter.ts';
import { type Fields, newFields } from '../../../src/core/event.ts';
import { load, rule, tempFolder } from '../support.ts';
import { smtpServer } from './smtp.ts';

const match: Fields = Object.assign(newFields(), {
  '@timestamp': '2026-11-20T12:00:00.000Z',
  service: 'shop',
  message: '<b>é</b>',
  owner: 'kim',
});
const context: SendContext = { fetch, idempotencyKey: 'key1', signal: new AbortController().signal };
const BASE =
  'name: r\ntype: any\nindex: docker-logs-*\nalert: email\nemail: [a@x.test, b@x.test]\nsmtp_host: 127.0.0.1\n';

function alerterOf(port: number, more = '', path = 'rules/case.yaml') {
  const { rules, errors } = load([{ path, text: `${BASE}smtp_port: ${port}\n${more}` }]);
  if (errors[0] !== undefined) throw errors[0];
  return rules[0]!.alerters[0]!;
}

describe('email', () => {
  test('a plain mail, as ElastAlert writes it', async () => {
    const smtp = await smtpServer();
    const alerter = alerterOf(
      smtp.port,
      'alert_text: hi {0}\nalert_text_args: [service]\nalert_text_type: alert_text_only\nquery_key: service\n',
    );
    const [notification] = alerter.render({ rule: 'r', matches: [match] });
    expect(await alerter.send(notification!, context)).toEqual({ ok: true, remember: 'key1@longshore' });
    const [mail] = smtp.received;
    expect(mail).toMatchObject({ from: 'ElastAlert', to: ['a@x.test', 'b@x.test'], login: undefined });
    expect(mail?.text).toMatch(/^Subject: ElastAlert: r - shop\r$/m);
    expect(mail?.text).toMatch(/^To: a@x.test, b@x.test\r$/m);
    expect(mail?.text).toMatch(/^Reply-To: a@x.test, b@x.test\r$/m);
    expect(mail?.text).toMatch(/^Message-ID: <key1@longshore>\r$/m);
    expect(mail?.text).toMatch(/\r\n\r\nhi shop\r\n/);
  });

  test('all that can be set: sender, copies, HTML with values escaped, an account', async () => {
    const smtp = await smtpServer();
    const dir = tempFolder();
    writeFileSync(join(dir, 'smtp.yaml'), 'user: me\npassword: s3cret-pw\n');
    const more =
      'from_addr: Alerts <alerts@x.test>\nemail_reply_to: ops@x.test\ncc: c@x.test\nbcc: [d@x.test]\nemail_format: html\n' +
      "smtp_auth_file: smtp.yaml\nalert_subject: 'S {0}'\nalert_subject_args: [message]\n" +
      "alert_text: '<i>{0}</i>'\nalert_text_args: [message]\nalert_text_type: alert_text_only\n";
    const alerter = alerterOf(smtp.port, more, join(dir, 'rule.yaml'));
    const [notification] = alerter.render({ rule: 'r', matches: [match] });
    expect(JSON.stringify(notification)).not.toContain('s3cret-pw');
    expect(await alerter.send(notification!, context)).toMatchObject({ ok: true });
    const [mail] = smtp.received;
    expect(mail).toMatchObject({ to: ['a@x.test', 'b@x.test', 'c@x.test', 'd@x.test'], login: '\0me\0s3cret-pw' });
    expect(mail?.text).toMatch(/^From: Alerts <alerts@x.test>\r$/m);
    expect(mail?.text).toMatch(/^Cc: c@x.test\r$/m);
    expect(mail?.text).not.toContain('d@x.test');
    expect(mail?.text).toContain('<i>&lt;b&gt;=C3=A9&lt;/b&gt;</i>');
  });

  test('a later message of the same instance is an answer to the first', async () => {
    const smtp = await smtpServer();
    const alerter = alerterOf(smtp.port);
    const resolved = { startsAt: 0, endsAt: 300_000, matches: 4 };
    const [notification] = alerter.render({ rule: 'r', matches: [match], instance: 'i', resolved });
    await alerter.send(notification!, { ...context, remembered: 'first@longshore' });
    expect(smtp.received[0]?.text).toMatch(/^Subject: Resolved: ElastAlert: r\r$/m);
    expect(smtp.received[0]?.text).toMatch(/^In-Reply-To: <first@longshore>\r$/m);
    expect(smtp.received[0]?.text).toContain('Over after 5 minutes, with 4 matches');
  });

  test.for([
    ['an address', 'kim@y.test', ['kim@y.test']],
    ['a name', 'kim', ['kim@x.test']],
    ['a list', ['a', 'b'], ['a@x.test', 'b@x.test']],
    ['more than an address', 'kim@y.test\r\nRCPT TO:<evil@z.test>', ['a@x.test', 'b@x.test']],
    ['nothing', undefined, ['a@x.test', 'b@x.test']],
  ] as const)('recipients out of a field: %s', async ([, owner, to]) => {
    const smtp = await smtpServer();
    const alerter = alerterOf(smtp.port, 'email_from_field: owner\nemail_add_domain: x.test\n');
    const [notification] = alerter.render({ rule: 'r', matches: [Object.assign(newFields(), match, { owner })] });
    await alerter.send(notification!, context);
    expect(smtp.received[0]?.to).toEqual(to);
  });

  test('a subject has no second line', async () => {
    const smtp = await smtpServer();
    const alerter = alerterOf(smtp.port, "alert_subject: '{0}'\nalert_subject_args: [message]\n");
    const evil = Object.assign(newFields(), match, { message: 'x\r\nBcc: evil@z.test\r\n\r\nbody' });
    await alerter.send(alerter.render({ rule: 'r', matches: [evil] })[0]!, context);
    expect(smtp.received[0]?.to).toEqual(['a@x.test', 'b@x.test']);
    expect(smtp.received[0]?.text).toMatch(/^Subject: x Bcc: evil@z.test body\r$/m);
  });

  test.for([
    ['5xx', '550 no such user', { ok: false, scope: 'message', isFinal: true }],
    ['4xx', '451 later', { ok: false, scope: 'place' }],
    ['a hang-up', 'HANG UP', { ok: false, scope: 'place' }],
  ] as const)('%s of the server', async ([, answer, want]) => {
    const smtp = await smtpServer();
    smtp.answer = line => (line.startsWith('MAIL') ? answer : undefined);
    const alerter = alerterOf(smtp.port);
    const result = await alerter.send(alerter.render({ rule: 'r', matches: [match] })[0]!, context);
    expect(result).toMatchObject(want);
    expect(result).not.toHaveProperty('isFinal', answer.startsWith('4'));
  });

  test('a server that repeats the password does not give it away', async () => {
    const smtp = await smtpServer();
    const dir = tempFolder();
    writeFileSync(join(dir, 'smtp.yaml'), 'user: longname\npassword: s3cret-pw\n');
    smtp.answer = line =>
      line.startsWith('AUTH')
        ? `535 no ${line} ${Buffer.from(line.slice(11), 'base64').toString().replaceAll('\0', ' ')}`
        : undefined;
    const alerter = alerterOf(smtp.port, 'smtp_auth_file: smtp.yaml\n', join(dir, 'rule.yaml'));
    const result = await alerter.send(alerter.render({ rule: 'r', matches: [match] })[0]!, context);
    expect(result).toMatchObject({ ok: false, isFinal: true });
    expect(JSON.stringify(result)).not.toMatch(/s3cret|longname|bG9uZ25hbWU/);
  });

  test('where only the internet may be reached, loopback is refused', async () => {
    const smtp = await smtpServer();
    const alerter = alerterOf(smtp.port);
    const result = await alerter.send(alerter.render({ rule: 'r', matches: [match] })[0]!, {
      ...context,
      isGuarded: true,
    });
    expect(result).toMatchObject({ ok: false, isFinal: true });
    expect(smtp.received).toEqual([]);
  });

  test.for([
    ['smtp_auth_file: nowhere.yaml\n', /smtp_auth_file cannot be used/],
    ['smtp_cert_file: nowhere.pem\n', /smtp_cert_file cannot be read/],
    ["cc: 'a b'\n", /cc names "a b", which is no address/],
  ] as const)('a mistake: %s', ([more, says]) => {
    expect(() => rule(BASE + more)).toThrow(says);
  });
});

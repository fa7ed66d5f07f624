import { expect, test } from 'vitest';
import type { Rule } from '../../src/alerts/rules/rule.ts';
import { engine, hit, rule, START, until } from './support.ts';
import { webhook } from './webhook.ts';

// Alerts whose message cannot be written as the rule wants it.

const RULE =
  'name: r\ntype: any\nindex: docker-logs-*\nrealert: { hours: 1 }\nalert: post\nhttp_post_url: http://h/x\n';

/** The rule with alerters that fail as long as told. */
function failing(base: Rule, fails: () => boolean): Rule {
  const alerters = base.alerters.map(alerter => ({
    type: alerter.type,
    missing: undefined,
    queue: () => 'q',
    send: () => Promise.resolve({ ok: true } as const),
    render: () => {
      if (fails()) throw new Error('no words');
      return [{ target: 0, body: '{}' }];
    },
  }));
  return { ...base, alerters };
}

test('what nobody could be told silences nothing, and is said', async () => {
  let fails = true;
  const alerts = await engine({ rules: [failing(rule(RULE), () => fails)] });
  alerts.consume([hit('r', 'a', START)], 1);
  expect(alerts.rulesStatus()[0]).toMatchObject({ alerts: 1, suppressed: 0, silenced: [] });
  expect(alerts.recent(1)[0]?.deliveries).toMatchObject([
    { state: 'dead', last_error: expect.stringContaining('no words') },
  ]);
  fails = false;
  alerts.consume([hit('r', 'b', START + 1), hit('r', 'c', START + 2)], 2);
  expect(alerts.rulesStatus()[0]).toMatchObject({ alerts: 2, suppressed: 1, silenced: [{}] });
  await until(() => alerts.recent(1)[0]?.deliveries[0]?.state === 'sent', 'the delivery');
});

test('one alerter that can tell it is enough to silence', async () => {
  let calls = 0;
  const base = rule(RULE.replace('alert: post', 'alert: [post, post]'));
  const alerts = await engine({ rules: [failing(base, () => calls++ % 2 === 0)] });
  alerts.consume([hit('r', 'a', START), hit('r', 'b', START + 1)], 1);
  expect(alerts.rulesStatus()[0]).toMatchObject({ alerts: 1, suppressed: 1 });
  expect(alerts.recent(1)[0]?.deliveries.map(({ state }) => state)).toEqual([
    'dead',
    expect.stringMatching(/pending|sent/),
  ]);
});

test.for([
  ['slack', 'alert: slack\nslack_webhook_url: URL\n', /service: api[\s\S]*could not be rendered/],
  [
    'post2',
    'alert: post2\nhttp_post2_url: URL\nhttp_post2_payload: { a: "{{ service + 1 }}" }\n',
    /"service":"api".*payload_error/,
  ],
] as const)('%s: a template that fails sends a plain message', async ([, alert, says]) => {
  const hook = await webhook();
  const text = `name: r\ntype: any\nindex: docker-logs-*\n${alert.replace('URL', hook.url)}alert_text_type: alert_text_jinja\nalert_text: '{{ service - 1 }}'\nalert_subject: '{{ service - 1 }}'\n`;
  const alerts = await engine({ rules: [rule(text)] });
  alerts.consume([hit('r', 'a', START)], 1);
  await until(() => hook.received.length === 1, 'the message');
  const { body } = hook.received[0]!;
  expect(body.attachments?.[0]?.text ?? JSON.stringify(body)).toMatch(says);
  expect(alerts.recent(1)[0]).toMatchObject({ title: 'r', body: expect.stringContaining('could not be rendered') });
  expect(alerts.rulesStatus()[0]?.last_error?.what).toMatch(/^alert_(?:text|subject) could not be rendered: .*number/);
});

test('a template that takes too much sends what it had written by then, and says so', async () => {
  const hook = await webhook();
  const text = `name: r\ntype: any\nindex: docker-logs-*\nalert: slack\nslack_webhook_url: ${hook.url}\nalert_text_type: alert_text_jinja\nalert_text: 'first {{ (service * 10000) * 100000 }}'\n`;
  const alerts = await engine({ rules: [rule(text)] });
  alerts.consume([hit('r', 'a', START)], 1);
  await until(() => hook.received.length === 1, 'the message');
  expect(hook.received[0]!.body.attachments[0].text).toMatch(/^first \n\(cut: the text builds more than/);
  expect(alerts.rulesStatus()[0]?.last_error?.what).toMatch(
    /alert_text could not be rendered: the text builds more than/,
  );
});

test('a template that takes too much before it says anything gives way to a plain text', async () => {
  const hook = await webhook();
  const much = '{{ (service * 10000) * 100000 }}';
  const text = `name: r\ntype: any\nindex: docker-logs-*\nalert: slack\nslack_webhook_url: ${hook.url}\nalert_text_type: alert_text_jinja\nalert_subject: '${much}'\nalert_text: '${much}'\n`;
  const alerts = await engine({ rules: [rule(text)] });
  alerts.consume([hit('r', 'a', START, { message: 'boom' })], 1);
  await until(() => hook.received.length === 1, 'the message');
  expect(hook.received[0]!.body.attachments[0]).toMatchObject({
    title: 'r',
    text: expect.stringMatching(/^message: boom$[\s\S]*could not be rendered: the text builds more than/m),
  });
});

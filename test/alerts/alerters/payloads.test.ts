import { describe, expect, test } from 'vitest';
import { newFields } from '../../../src/core/event.ts';
import { rule } from '../support.ts';

const BASE = 'name: r\ntype: any\nindex: docker-logs-*\n';
const match = Object.assign(newFields(), {
  '@timestamp': '2026-11-20T12:00:00.000Z',
  service: 'web "1"',
  level: 'ERROR',
  nested: { code: 7 },
  'dotted.name': 'd',
  _id: 'x',
});

// biome-ignore lint/suspicious/noExplicitAny: whatever a receiver gets
type Body = any;

function rendered(text: string): { body: Body; headers?: Readonly<Record<string, string>> | undefined }[] {
  const [alerter] = rule(BASE + text).alerters;
  return alerter!
    .render({ rule: 'r', matches: [match] })
    .map(({ body, headers }) => ({ body: JSON.parse(body), headers }));
}

describe('slack', () => {
  test('the plain message', () => {
    expect(
      rendered('alert: slack\nslack_webhook_url: http://h/x\nalert_text: hi\nalert_text_type: alert_text_only\n'),
    ).toEqual([
      {
        body: {
          username: 'elastalert',
          parse: 'none',
          text: '',
          icon_emoji: ':ghost:',
          channel: '',
          attachments: [{ color: 'danger', title: 'r', text: 'hi\n\n', mrkdwn_in: ['text', 'pretext'], fields: [] }],
        },
        headers: undefined,
      },
    ]);
  });

  test('all that can be set', () => {
    const [one, two, ...rest] = rendered(
      'alert: slack\nslack_webhook_url: [http://h/x, http://h/y]\nslack_channel_override: ["#a", "@b"]\nslack_icon_url_override: http://i\n' +
        'slack_msg_color: good\nslack_title: T\nslack_title_link: http://t\nslack_footer: F\nslack_msg_pretext: P\nslack_text_string: S\n' +
        'slack_alert_fields:\n- { title: Code, value: nested.code, short: true }\n- { title: None, value: nope }\n',
    );
    expect(rest).toHaveLength(2);
    expect([one?.body.channel, two?.body.channel]).toEqual(['#a', '@b']);
    expect(one?.body).toMatchObject({ text: 'S', icon_url: 'http://i' });
    expect(one?.body.icon_emoji).toBeUndefined();
    expect(one?.body.attachments[0]).toMatchObject({
      color: 'good',
      title: 'T',
      title_link: 'http://t',
      footer: 'F',
      pretext: 'P',
      fields: [
        { title: 'Code', value: 7, short: true },
        { title: 'None', value: null },
      ],
    });
  });

  test('one alerter may have options of its own, and `$name$` stands for an option of the rule', () => {
    const [alerter, other] = rule(
      `${BASE}team: ops\nslack_webhook_url: http://h/x\nalert:\n- slack: { slack_username_override: $team$, alert_subject: mine }\n- slack\n`,
    ).alerters;
    const body = (one: typeof alerter): Body => JSON.parse(one!.render({ rule: 'r', matches: [match] })[0]!.body);
    expect(body(alerter)).toMatchObject({ username: 'ops', attachments: [{ title: 'mine' }] });
    expect(body(other)).toMatchObject({ username: 'elastalert', attachments: [{ title: 'r' }] });
  });
});

describe('post', () => {
  test('all fields, with static ones over them', () => {
    const [{ body } = { body: undefined }] = rendered(
      'alert: post\nhttp_post_url: http://h\nhttp_post_static_payload: { level: fixed, token: t }\n',
    );
    expect(body).toMatchObject({ service: 'web "1"', level: 'fixed', token: 't', _id: 'x' });
  });

  test('only the named ones', () => {
    const [{ body } = { body: undefined }] = rendered(
      'alert: post\nhttp_post_url: http://h\nhttp_post_payload: { code: nested.code, gone: nope }\n',
    );
    expect(body).toEqual({ code: 7, gone: null });
  });
});

describe('post2', () => {
  test('templates in keys, values and headers', () => {
    const [one] = rendered(
      "alert: post2\nhttp_post2_url: http://h\nhttp_post2_payload:\n  'k_{{ level }}': \"{{ service }} {{ _data['dotted.name'] }}\"\n" +
        "http_post2_raw_fields: { code: nested.code }\nhttp_post2_headers: { X-Level: '{{ level }}', Authorization: Basic abc }\n",
    );
    expect(one?.body).toEqual({ k_ERROR: 'web "1" d', code: 7 });
    expect(one?.headers).toEqual({ 'X-Level': 'ERROR', Authorization: 'Basic abc' });
  });

  test('a JSON text as template', () => {
    const [one] = rendered(
      'alert: post2\nhttp_post2_url: http://h\nhttp_post2_payload: |\n  { "n": {{ nested.code }}\n    {%- for k, v in nested.items() %}, "{{ k }}": "{{ v }}"{% endfor %} }\n',
    );
    expect(one?.body).toEqual({ n: 7, code: '7' });
  });

  test('a payload that comes out as no JSON loses no alert', () => {
    const [one] = rendered('alert: post2\nhttp_post2_url: http://h\nhttp_post2_payload: "{ {{ level }} }"\n');
    expect(one?.body).toMatchObject({ service: 'web "1"', rendered: '{ ERROR }' });
  });

  test('header values cannot break out', () => {
    const [alerter] = rule(
      `${BASE}alert: post2\nhttp_post2_url: http://h\nhttp_post2_headers: { X-Service: '{{ service }}' }\n`,
    ).alerters;
    const nasty = Object.assign(newFields(), { service: 'a\r\nEvil: 1 \u{1f600}' });
    const [one] = alerter!.render({ rule: 'r', matches: [nasty] });
    expect(() => new Headers(one?.headers)).not.toThrow();
    expect(one?.headers?.['X-Service']).not.toMatch(/[\r\n]/);
  });
});

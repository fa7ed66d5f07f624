import { describe, expect, test } from 'vitest';
import { type Fields, newFields } from '../../../src/core/event.ts';
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

interface Rendered {
  body: Body;
  headers?: Readonly<Record<string, string>> | undefined;
  fixedHeaders?: readonly string[] | undefined;
}

function rendered(text: string, of: Fields = match): Rendered[] {
  const [alerter] = rule(BASE + text).alerters;
  return alerter!.render({ rule: 'r', matches: [of] }).map(({ body, headers, fixedHeaders }) => ({
    body: JSON.parse(body),
    headers,
    ...(fixedHeaders === undefined ? {} : { fixedHeaders }),
  }));
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
          attachments: [
            {
              color: 'danger',
              fallback: 'r: hi',
              title: 'r',
              text: 'hi\n\n',
              mrkdwn_in: ['text', 'pretext'],
              fields: [],
            },
          ],
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
  test('all fields, with static ones over them, which do not wait in a file', async () => {
    const text = 'alert: post\nhttp_post_url: http://h\nhttp_post_static_payload: { level: fixed, token: s3cret }\n';
    const [alerter] = rule(BASE + text).alerters;
    const [notification] = alerter!.render({ rule: 'r', matches: [match] });
    expect(notification?.body).not.toContain('s3cret');
    const sent: Body[] = [];
    const spy: typeof fetch = async (_, init) => {
      sent.push(JSON.parse(String(init?.body)));
      return new Response('ok');
    };
    await alerter!.send(notification!, { fetch: spy, idempotencyKey: 'k', signal: new AbortController().signal });
    expect(sent).toMatchObject([{ service: 'web "1"', level: 'fixed', token: 's3cret', _id: 'x' }]);
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
    // Fixed ones are added when sending: they are secrets and stay out of the state.
    expect(one?.headers).toEqual({ 'X-Level': 'ERROR' });
    expect(one?.fixedHeaders).toEqual(['Authorization']);
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

  test.for([
    [
      'a payload',
      'http_post2_payload: { a: "{{ service + 1 }}" }\n',
      { payload_error: /could not be rendered: .*web/ },
    ],
    ['a text', 'http_post2_payload: "{{ missing.a.b() }}"\n', { payload_error: /http_post2_payload/ }],
    ['a list', 'http_post2_payload: "[1]"\n', { rendered: /^\[1\]$/, payload_error: /gives no JSON object/ }],
  ] as const)('%s that cannot be filled sends all fields and the reason', ([, text, says]) => {
    const [one] = rendered(
      `alert: post2\nhttp_post2_url: http://h\n${text}http_post2_raw_fields: { code: nested.code }\n`,
    );
    expect(one?.body).toMatchObject({ service: 'web "1"', level: 'ERROR', _id: 'x', code: 7 });
    for (const [name, pattern] of Object.entries(says)) expect(one?.body[name]).toMatch(pattern);
  });

  test('headers that cannot be filled leave the fixed ones', () => {
    for (const broken of ["'{{ service + 1 }}'", "'{{ nested.nope.a + 1 }}'"]) {
      const [one] = rendered(
        `alert: post2\nhttp_post2_url: http://h\nhttp_post2_headers: { Authorization: Basic abc, X-Bad: ${broken} }\n`,
      );
      expect(one).toMatchObject({ headers: {}, fixedHeaders: ['Authorization'], body: { service: 'web "1"' } });
    }
  });

  test('names of fields are escaped like their values', () => {
    const odd = Object.assign(newFields(), { labels: { 'a "quoted" name\n': 'v\\"' } });
    const [one] = rendered(
      'alert: post2\nhttp_post2_url: http://h\nhttp_post2_payload: |\n  { {% for k, v in labels.items() %}"{{ k }}": "{{ v }}"{% endfor %} }\n',
      odd,
    );
    expect(one?.body).toEqual({ 'a "quoted" name\n': 'v\\"' });
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

import { describe, expect, test } from 'vitest';
import type { Alert } from '../../../src/alerts/alerters/alerter.ts';
import {
  CARD_MARKDOWN,
  HTML_TEXT,
  JIRA,
  MARKDOWN,
  SLACK,
  TELEGRAM_BOLD,
  TELEGRAM_V2,
  UNESCAPABLE,
} from '../../../src/alerts/text/channels.ts';
import { type Fields, newFields } from '../../../src/core/event.ts';
import { rule } from '../support.ts';

const ZW = '\u200b';

describe('what comes from events is no markup', () => {
  test.for([
    ['Slack', SLACK, '<!channel> & <u|x> ``` `c`', `&lt;!channel&gt; &amp; &lt;u|x&gt; \`${ZW}\`${ZW}\` \`c\``],
    ['HTML', HTML_TEXT, `<img src="x" onerror='y'>&`, '&lt;img src=&quot;x&quot; onerror=&#39;y&#39;&gt;&amp;'],
    [
      'Markdown',
      MARKDOWN,
      '@everyone @kim **b** a_b_c _i_ [l](u) <@1>',
      `@${ZW}everyone @kim \\*\\*b\\*\\* a_b_c \\_i\\_ \\[l\\](u) \\<@1\\>`,
    ],
    ['cards', CARD_MARKDOWN, '**b** [l](u) a_b', '\\*\\*b\\*\\* \\[l\\](u) a_b'],
    [
      'what has no escapes',
      UNESCAPABLE,
      '<users/all> @all @ally [l](u)',
      `<${ZW}users/all> @${ZW}all @ally [${ZW}l](u)`,
    ],
    ['Telegram, bold', TELEGRAM_BOLD, '*a* `c` [l](u)', "\u2217a\u2217 'c' (l](u)"],
    ['Telegram, new', TELEGRAM_V2, 'a.b-c!', 'a\\.b\\-c\\!'],
    ['Jira', JIRA, '{code} {x} [~kim] {panel:title}', `{${ZW}code} {x} [${ZW}~kim] {${ZW}panel:title}`],
  ] as const)('%s', ([, marks, text, want]) => {
    expect(marks.escapedText(text)).toBe(want);
    // Whoever sends the marks themselves gets none of them through.
    expect(marks.escapedText('a\ufdd0\ufdefb')).toBe('a\ufffd\ufffdb');
  });

  test('between the fences of the author a backslash would be seen', () => {
    const text = '```\n{0}\n``` {0}';
    const [alerter] = rule(
      `name: r\ntype: any\nindex: docker-logs-*\nalert: mattermost\nmattermost_webhook_url: http://h/x\nalert_text: "${text.replaceAll('\n', '\\n')}"\nalert_text_args: [message]\nalert_text_type: alert_text_only\n`,
    ).alerters;
    const match = Object.assign(newFields(), { message: '*a* ```' });
    const body = JSON.parse(alerter!.render({ rule: 'r', matches: [match] })[0]!.body);
    expect(body.attachments[0].text).toBe(`\`\`\`\n*a* \`${ZW}\`${ZW}\`\n\`\`\` \\*a\\* \`${ZW}\`${ZW}\`\n\n`);
  });
});

describe('a Slack message of a rule without a text of its own', () => {
  const BASE =
    'name: Error burst\ntype: frequency\nnum_events: 3\ntimeframe: { minutes: 1 }\nindex: docker-logs-*\nalert: slack\nslack_webhook_url: http://h/x\n';
  const match = (more: object): Fields =>
    Object.assign(newFields(), {
      '@timestamp': '2026-11-20T12:00:30.000Z',
      service: 'shop',
      container_name: 'shop-1',
      message: 'order <9> failed',
      num_hits: 41,
      ...more,
    });
  const attachment = (alert: Partial<Alert>, text = BASE) => {
    const [alerter] = rule(text).alerters;
    return JSON.parse(alerter!.render({ rule: 'r', matches: [match({})], ...alert })[0]!.body).attachments[0];
  };

  test('says where, how many, the latest line, and where to look', () => {
    const links = { search: 'https://l/?q=a&b', rule: 'https://l/r', silence: 'https://l/s' };
    const got = attachment({ links });
    expect(got.title_link).toBe(links.search);
    expect(got.fallback).toMatch(/^Error burst: 3 events within 1 minute, shop in shop-1, order &lt;9&gt; failed$/);
    expect(got.text).toBe(
      [
        '*shop* in shop-1',
        expect.anything(),
        'Latest, at 2026-11-20T12:00:30.000Z:',
        '```',
        'order &lt;9&gt; failed',
        '```',
        '<https://l/?q=a&amp;b|Search around it> · <https://l/r|Rule> · <https://l/s|Silence>',
      ]
        .map((line, i) => (i === 1 ? got.text.split('\n')[1] : line))
        .join('\n'),
    );
    expect(got.text.split('\n')[1]).toMatch('3 events within 1 minute; 41 events in the last 15 minutes');
  });

  test('events of other keys are no number of this one', () => {
    const line = (key: string): string => attachment({}, `${BASE}query_key: ${key}\n`).text.split('\n')[1];
    expect(line('service')).toBe('3 events within 1 minute; 41 events in the last 15 minutes, of any service');
    expect(line('[service, user]')).toMatch(/15 minutes, of any service and user$/);
  });

  test('of many matches the first and the latest, the true number, and how fast they came', () => {
    const first = match({
      '@timestamp': '2026-11-20T11:59:00.000Z',
      message: 'the cause',
      service: 'pay',
      container_name: 'pay-1',
    });
    const got = attachment({ matches: [match({}), first], leftOut: 99_998 });
    expect(got.text).toContain('*shop*, *pay* in shop-1, pay-1\n100,000 matches within 1 minute 30 seconds');
    expect(got.text).toMatch(/First, at 2026-11-20T11:59:00.000Z:\n```\nthe cause\n```\nLatest, at /);
  });

  test('the related events count as lines, too', () => {
    const related_events = [{ '@timestamp': '2026-11-20T12:00:01.000Z', message: 'it began here' }];
    expect(attachment({ matches: [match({ related_events })] }).text).toContain('```\nit began here\n```');
  });

  test('a rule with a text keeps it, and a match without a line shows its fields', () => {
    const own = `${BASE}alert_text: "\\nmine"\nalert_text_type: alert_text_only\n`;
    expect(attachment({}, own)).toMatchObject({ text: '\nmine\n\n', fallback: 'Error burst: mine' });
    expect(attachment({}, own)).not.toHaveProperty('title_link');
    const links = { search: 'https://l/?q=a', rule: 'https://l/r' };
    expect(attachment({ links }, own)).toMatchObject({
      title_link: links.search,
      text: '\nmine\n<https://l/?q=a|Search around it> · <https://l/r|Rule>',
    });
    expect(attachment({ links }, `${own}slack_title_link: https://runbook\n`).title_link).toBe('https://runbook');
    expect(attachment({ matches: [match({ message: undefined })] }).text).toContain('service: shop\n');
  });

  test('the end of it is green, says how long it took, and keeps the title', () => {
    const resolved = { startsAt: 0, endsAt: 330_000, matches: 12 };
    const got = attachment({ resolved }, `${BASE}alert_subject: S\nslack_title: T\n`);
    expect(got).toMatchObject({ color: 'good', title: 'Resolved: S' });
    expect(got.text).toMatch(/^Over after 5 minutes 30 seconds, with 12 matches from 1970/);
  });

  test('a long line is cut, and what is cut breaks neither escapes nor fences', () => {
    const got = attachment({ matches: [match({ message: `${'<'.repeat(60_000)}\n${'x\n'.repeat(500)}` })] });
    expect(got.text.length).toBeLessThan(6000);
    expect(got.text.split('```').length % 2).toBe(1);
  });
});

describe('the end of an alert', () => {
  const resolved = { startsAt: 0, endsAt: 60_000, matches: 2 };
  const sent = (text: string) => {
    const [alerter] = rule(`name: r\ntype: any\nindex: docker-logs-*\n${text}`).alerters;
    const match = Object.assign(newFields(), { '@timestamp': '2026-11-20T12:00:00.000Z', service: 'shop' });
    const [one] = alerter!.render({ rule: 'r', matches: [match], instance: 'inc 1', resolved });
    return { path: one!.path, body: JSON.parse(one!.body) };
  };

  test.for([
    [
      'pagerduty, v2',
      'alert: pagerduty\npagerduty_service_key: k\npagerduty_client_name: c\npagerduty_api_version: v2\n',
      { event_action: 'resolve', dedup_key: 'inc 1' },
    ],
    [
      'pagerduty, v1',
      'alert: pagerduty\npagerduty_service_key: k\npagerduty_client_name: c\n',
      { event_type: 'resolve', incident_key: 'inc 1' },
    ],
    [
      'victorops',
      'alert: victorops\nvictorops_api_key: k\nvictorops_routing_key: r\nvictorops_message_type: CRITICAL\n',
      { message_type: 'RECOVERY', entity_id: 'inc 1' },
    ],
    ['post', 'alert: post\nhttp_post_url: http://h\n', { service: 'shop', alert_state: 'resolved', alert_matches: 2 }],
    [
      'post2',
      "alert: post2\nhttp_post2_url: http://h\nhttp_post2_payload: { s: '{{ alert_state }} {{ service }}' }\n",
      { s: 'resolved shop' },
    ],
    ['alertmanager', 'alert: alertmanager\nalertmanager_hosts: [http://h]\n', [{ endsAt: '1970-01-01T00:01:00.000Z' }]],
    [
      'discord',
      'alert: discord\ndiscord_webhook_url: http://h\n',
      { content: ':white_check_mark: Resolved: r :white_check_mark:' },
    ],
    [
      'telegram',
      "alert: telegram\ntelegram_bot_token: t\ntelegram_room_id: '1'\n",
      { text: expect.stringMatching(/^✅ \*Resolved: r\* ✅/) },
    ],
  ] as const)('%s', ([, text, want]) => {
    expect(sent(text).body).toMatchObject(want as object);
  });

  test('opsgenie closes by its alias', () => {
    const { path, body } = sent('alert: opsgenie\nopsgenie_key: k\n');
    expect(path).toBe('/inc%201/close?identifierType=alias');
    expect(body.note).toMatch(/^Over after 1 minute/);
  });
});

describe('what a receiver would refuse for its length is cut', () => {
  const long = Object.assign(newFields(), {
    '@timestamp': '2026-11-20T12:00:00.000Z',
    message: '한국어 <b>*'.repeat(5000),
  });
  const OWN =
    "alert_subject: '{0}'\nalert_subject_args: [message]\nalert_text: '{0}'\nalert_text_args: [message]\nalert_text_type: alert_text_only\n";
  const sent = (text: string) => {
    const [alerter] = rule(`name: r\ntype: any\nindex: docker-logs-*\n${OWN}${text}`).alerters;
    return alerter!.render({ rule: 'r', matches: [long] })[0]!.body;
  };

  test.for([
    [
      'discord',
      'alert: discord\ndiscord_webhook_url: http://h\n',
      (body: string) =>
        JSON.parse(body).content.length <= 2000 && JSON.parse(body).embeds[0].description.length <= 4096,
    ],
    [
      'telegram',
      "alert: telegram\ntelegram_bot_token: t\ntelegram_room_id: '1'\n",
      (body: string) => JSON.parse(body).text.length <= 4096,
    ],
    [
      'googlechat',
      'alert: googlechat\ngooglechat_webhook_url: http://h\n',
      (body: string) => Buffer.byteLength(body) <= 32_000,
    ],
    [
      'a card',
      'alert: googlechat\ngooglechat_webhook_url: http://h\ngooglechat_format: card\n',
      (body: string) => Buffer.byteLength(body) <= 32_000,
    ],
    [
      'Teams',
      'alert: ms_power_automate\nms_power_automate_webhook_url: http://h\nms_power_automate_alert_facts: [{ name: m, value: message }]\n',
      (body: string) => Buffer.byteLength(body) <= 28_000,
    ],
    [
      'mattermost',
      'alert: mattermost\nmattermost_webhook_url: http://h\n',
      (body: string) => JSON.parse(body).attachments[0].text.length <= 16_383,
    ],
    [
      'pagerduty',
      'alert: pagerduty\npagerduty_service_key: k\npagerduty_client_name: c\n',
      (body: string) => JSON.parse(body).description.length <= 1024 && Buffer.byteLength(body) <= 500_000,
    ],
    [
      'opsgenie',
      'alert: opsgenie\nopsgenie_key: k\n',
      (body: string) => JSON.parse(body).message.length <= 130 && JSON.parse(body).description.length <= 15_000,
    ],
  ] as const)('%s', ([, text, fits]) => {
    const body = sent(text);
    expect(fits(body)).toBe(true);
    expect(body).not.toContain('\ufffd');
  });
});

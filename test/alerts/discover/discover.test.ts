import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { discoverUrl, withDiscoverLinks } from '../../../src/alerts/discover/discover.ts';
import { type Fields, newFields } from '../../../src/core/event.ts';
import { engine, hit, load, START, until } from '../support.ts';

// Links as ElastAlert 2 makes them: `recorded.jsonl`, written by `record.py`.

interface Case {
  readonly app: 'kibana' | 'opensearch';
  readonly rule: Fields & { query_key?: string[] };
  readonly match: Fields;
  readonly url: string;
}

const cases = readFileSync(join(import.meta.dirname, 'recorded.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Case);

const deep = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(deep)
    : typeof value === 'object' && value !== null
      ? Object.assign(
          newFields(),
          Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, deep(inner)])),
        )
      : value;

test('there are enough', () => expect(cases.length).toBeGreaterThanOrEqual(400));

test('they are the same', () => {
  const wrong = cases.flatMap(({ app, rule, match, url }) => {
    const options = deep(rule) as Fields;
    const got = discoverUrl(
      app,
      { options, queryKey: rule.query_key ?? [], timestampField: '@timestamp' },
      deep(match) as Fields,
    );
    return got === url ? [] : [{ got: decodeURIComponent(String(got)), url: decodeURIComponent(url) }];
  });
  expect(wrong).toEqual([]);
});

const match = Object.assign(newFields(), { '@timestamp': '2026-11-20T12:00:00Z', service: 'shop' });
const rule = (options: object) => ({
  options: Object.assign(newFields(), options) as Fields,
  queryKey: [],
  timestampField: '@timestamp',
});

describe('the field in the first match', () => {
  const links = { search: 'https://here/#q', rule: 'https://here/#r' };

  test('is only there where the rule asks for it', () => {
    expect(withDiscoverLinks(rule({ kibana_discover_app_url: 'https://k' }), [match], links)).toEqual([match]);
  });

  test('leads to our own search where there is no Kibana', () => {
    const [first] = withDiscoverLinks(rule({ generate_kibana_discover_url: true }), [match], links);
    expect(first).toMatchObject({ service: 'shop', kibana_discover_url: 'https://here/#q' });
    expect(match).not.toHaveProperty('kibana_discover_url');
    expect(withDiscoverLinks(rule({ generate_kibana_discover_url: true }), [match], undefined)).toEqual([match]);
  });

  test('reaches texts and attachments of an alert', async () => {
    const text =
      'name: r\ntype: any\nindex: docker-logs-*\nrealert: { minutes: 0 }\nalert: [slack, mattermost, rocketchat, ms_power_automate]\n' +
      'slack_webhook_url: https://s.test\nmattermost_webhook_url: https://m.test\nrocket_chat_webhook_url: https://r.test\nms_power_automate_webhook_url: https://t.test\n' +
      'slack_attach_kibana_discover_url: true\nmattermost_attach_kibana_discover_url: true\nrocket_chat_attach_kibana_discover_url: true\nms_power_automate_kibana_discover_attach_url: true\n' +
      'generate_kibana_discover_url: true\nkibana_discover_app_url: https://k.test/app/discover#/\nkibana_discover_index_pattern_id: logs\n' +
      "alert_text: '{0}'\nalert_text_args: [kibana_discover_url]\nalert_text_type: alert_text_only\n";
    const { rules, errors, warnings } = load([{ path: 'r.yaml', text }]);
    expect([errors, warnings]).toEqual([[], []]);
    const sent: Record<string, string> = {};
    const go: typeof fetch = async (url, init) => {
      sent[new URL(String(url)).host] = String(init?.body);
      return new Response('ok');
    };
    const alerts = await engine({ rules, fetch: go });
    alerts.consume([hit('r', 'a', START)], 1);
    await until(() => Object.keys(sent).length === 4, 'all of them');
    const slack = JSON.parse(sent['s.test']!);
    const link = slack.attachments[1].title_link;
    expect(link).toMatch(/^https:\/\/k\.test\/app\/discover#\/\?_g=/);
    expect(slack.attachments[0].text).toContain(link.replaceAll('&', '&amp;'));
    expect(JSON.parse(sent['m.test']!).attachments[1]).toEqual({
      color: '#ec4b98',
      title: 'Discover in Kibana',
      title_link: link,
    });
    expect(JSON.parse(sent['r.test']!).attachments[1].title_link).toBe(link);
    expect(JSON.parse(sent['t.test']!).attachments[0].content.actions).toEqual([
      { type: 'Action.OpenUrl', title: 'Discover in Kibana', url: link, style: 'default' },
    ]);
  });
});

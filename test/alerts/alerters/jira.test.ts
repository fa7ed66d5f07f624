// Titles have times in the local zone.
process.env['TZ'] = 'UTC';

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Alert, SendContext } from '../../../src/alerts/alerters/alerter.ts';
import { type Fields, newFields } from '../../../src/core/event.ts';
import { load, tempFolder } from '../support.ts';

const match: Fields = Object.assign(newFields(), {
  '@timestamp': '2026-11-20T12:00:00.000Z',
  service: 'shop',
  message: 'lost {code}',
  user: 'kim',
});
const BASE =
  'name: r\ntype: any\nindex: docker-logs-*\nalert: jira\njira_server: https://jira.test/\njira_project: OPS\n' +
  'jira_issuetype: Bug\njira_account_file: jira.yaml\n';

type Call = [method: string, path: string, body: unknown];

/** A Jira that has these answers by `METHOD path`, and what it was asked. */
function jira(answers: Record<string, unknown> = {}) {
  const calls: Call[] = [];
  const headers: (string | null)[] = [];
  const answer: typeof fetch = async (url, init) => {
    const { pathname, search } = new URL(String(url));
    const { method = 'GET', body } = init ?? {};
    headers.push(new Headers(init?.headers).get('authorization'));
    calls.push([method, pathname + search, body === undefined || body === '' ? undefined : JSON.parse(String(body))]);
    const found =
      answers[`${method} ${pathname}`] ??
      (method === 'POST' && pathname === '/rest/api/2/issue' ? { key: 'OPS-7' } : {});
    return found instanceof Response ? found : Response.json(found);
  };
  return { calls, headers, fetch: answer };
}

function alerterOf(more = '', account = 'user: bot\npassword: s3cret-pw\n') {
  const dir = tempFolder();
  writeFileSync(join(dir, 'jira.yaml'), account);
  const { rules, errors } = load([{ path: join(dir, 'rule.yaml'), text: BASE + more }]);
  if (errors[0] !== undefined) throw errors[0];
  return rules[0]!.alerters[0]!;
}

const signal = new AbortController().signal;
function send(
  more: string,
  server: ReturnType<typeof jira>,
  extra: Partial<SendContext> = {},
  alert: Partial<Alert> = {},
) {
  const alerter = alerterOf(more);
  const [notification] = alerter.render({ rule: 'r', matches: [match], ...alert });
  return alerter.send(notification!, { fetch: server.fetch, idempotencyKey: 'k', signal, ...extra });
}

describe('jira', () => {
  test('opens an issue, and remembers it', async () => {
    const server = jira();
    expect(await send('jira_labels: [a, b]\njira_components: c\njira_description: D\n', server)).toEqual({
      ok: true,
      remember: 'OPS-7',
    });
    expect(server.headers).toEqual([`Basic ${Buffer.from('bot:s3cret-pw').toString('base64')}`]);
    const [[method, path, body] = []] = server.calls;
    expect([method, path]).toEqual(['POST', '/rest/api/2/issue']);
    expect(body).toMatchObject({
      fields: {
        project: { key: 'OPS' },
        issuetype: { name: 'Bug' },
        components: [{ name: 'c' }],
        labels: ['a', 'b'],
        summary: 'ElastAlert: r - 2026-11-20 12:00 UTC',
      },
    });
    const { description } = (body as { fields: Fields }).fields as { description: string };
    expect(description).toMatch(/^D\nr\n\n\{code\}\{\n {4}"@timestamp": .*\}\{code\}$/s);
    // What an event says ends no block.
    expect(description).toContain('"message": "lost {\u200bcode}"');
  });

  test('priorities, fields of this Jira, assignee and watchers', async () => {
    const server = jira({
      'GET /rest/api/2/priority': [{ id: '10' }, { id: '20' }],
      'GET /rest/api/2/field': [
        { id: 'customfield_1', name: 'Team Name', schema: { type: 'string' } },
        { id: 'customfield_2', name: 'Areas', schema: { type: 'array', items: 'option' } },
        { id: 'customfield_3', name: 'Who', schema: { type: 'user' } },
      ],
    });
    const more =
      "jira_priority: 1\njira_team_name: ops\njira_areas: x\njira_who: '#user'\njira_nope: 1\njira_assignee: kim\njira_watchers: [lee]\n";
    expect(await send(more, server)).toMatchObject({ ok: true });
    expect(server.calls.map(([method, path]) => `${method} ${path}`)).toEqual([
      'GET /rest/api/2/priority',
      'GET /rest/api/2/field',
      'POST /rest/api/2/issue',
      'PUT /rest/api/2/issue/OPS-7/assignee',
      'POST /rest/api/2/issue/OPS-7/watchers',
    ]);
    expect(server.calls[2]?.[2]).toMatchObject({
      fields: {
        priority: { id: '20' },
        customfield_1: 'ops',
        customfield_2: [{ value: 'x' }],
        customfield_3: { name: 'kim' },
      },
    });
  });

  test('bumps the issue of the same title', async () => {
    const found = { issues: [{ key: 'OPS-3', fields: { updated: '2020-01-01T00:00:00.000+0000' } }] };
    const server = jira({
      'GET /rest/api/2/search': found,
      'GET /rest/api/2/issue/OPS-3/transitions': { transitions: [{ id: '5', name: 'Reopen' }] },
    });
    const more = `jira_bump_tickets: true\njira_transition_to: Reopen\njira_bump_in_statuses: [Open, 'In "x']\nalert_subject: 'S "{0}" - {1}'\nalert_subject_args: [service, user]\n`;
    expect(await send(more, server)).toEqual({ ok: true, remember: 'OPS-3' });
    const jql = new URL(`http://x${server.calls[0]?.[1]}`).searchParams.get('jql');
    expect(jql).toMatch(
      /^project="OPS" AND summary~"S \\"shop\\" kim" and created >= "\d{4}-\d\d-\d\d" and status in \("Open","In \\"x"\)$/,
    );
    expect(server.calls.slice(1).map(([method, path]) => `${method} ${path}`)).toEqual([
      'POST /rest/api/2/issue/OPS-3/comment',
      'GET /rest/api/2/issue/OPS-3/transitions',
      'POST /rest/api/2/issue/OPS-3/transitions',
    ]);
    expect(server.calls[1]?.[2]).toMatchObject({
      body: expect.stringMatching(/^This alert was triggered again at 2026-11-20 12:00 UTC/),
    });
  });

  test('one that somebody works on is left alone, and nothing is opened with jira_bump_only', async () => {
    const updated = new Date().toISOString();
    const busy = jira({ 'GET /rest/api/2/search': { issues: [{ key: 'OPS-3', fields: { updated } }] } });
    expect(await send('jira_bump_tickets: true\njira_bump_after_inactivity: 3\n', busy)).toEqual({ ok: true });
    expect(busy.calls).toHaveLength(1);
    const none = jira({ 'GET /rest/api/2/search': { issues: [] } });
    expect(await send('jira_bump_tickets: true\njira_bump_only: true\n', none)).toEqual({ ok: true });
    expect(none.calls).toHaveLength(1);
  });

  test('what follows in the same instance, and its end, are comments', async () => {
    const server = jira();
    expect(await send('', server, { remembered: 'OPS-9' })).toEqual({ ok: true, remember: 'OPS-9' });
    const resolved = { startsAt: 0, endsAt: 60_000, matches: 2 };
    expect(await send('', server, { remembered: 'OPS-9' }, { resolved })).toEqual({ ok: true });
    expect(server.calls.map(([method, path]) => `${method} ${path}`)).toEqual([
      'POST /rest/api/2/issue/OPS-9/comment',
      'POST /rest/api/2/issue/OPS-9/comment',
    ]);
    expect(server.calls[1]?.[2]).toMatchObject({ body: expect.stringMatching(/^Resolved. Over after 1 minute/) });
  });

  test('a refusal is final, an outage is not, and neither tells the password', async () => {
    const echo = new Response(`no: s3cret-pw ${Buffer.from('bot:s3cret-pw').toString('base64')}`, { status: 400 });
    const refused = await send('', jira({ 'POST /rest/api/2/issue': echo }));
    expect(refused).toMatchObject({ ok: false, scope: 'message', isFinal: true });
    expect(JSON.stringify(refused)).not.toMatch(/s3cret|Ym90OnMz/);
    const away = await send('', jira({ 'POST /rest/api/2/issue': new Response('', { status: 503 }) }));
    expect(away).toMatchObject({ ok: false, scope: 'place' });
  });

  test('an account file with a token', async () => {
    const server = jira();
    const alerter = alerterOf('', 'apikey: tok\n');
    await alerter.send(alerter.render({ rule: 'r', matches: [match] })[0]!, {
      fetch: server.fetch,
      idempotencyKey: 'k',
      signal,
    });
    expect(server.headers).toEqual(['Bearer tok']);
    expect(() => alerterOf('', 'user: x\n')).toThrow(/holds neither user and password nor apikey/);
  });
});

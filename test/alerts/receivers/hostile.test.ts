import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { INTEGRATIONS } from '../../../src/alerts/routing/config/integrations.ts';
import { fetchVia } from '../../../src/base/net/fetch-via.ts';
import { firing, sendThrough } from './support.ts';

// Each list of receivers against servers that are not kind.

const SECRET = 'S3CRETTOKENxyz';
const AUTHORIZED = `http_config: { authorization: { credentials: ${SECRET} } }`;
/** An entry of each list, with its secret; addresses are taken to one server, whatever they are. */
const ENTRIES: Readonly<Record<string, string>> = {
  webhook_configs: `{ url: 'http://h.test/${SECRET}' }`,
  slack_configs: `{ api_url: 'http://h.test/services/T0/B0/${SECRET}', text: '{{ range .Alerts }}{{ .Annotations.message }} {{ .Labels.user }}{{ end }}' }`,
  pagerduty_configs: `{ routing_key: ${SECRET}, url: 'http://h.test/' }`,
  opsgenie_configs: `{ api_key: ${SECRET}, api_url: 'http://h.test/' }`,
  telegram_configs: `{ bot_token: '1:${SECRET}', chat_id: 1, api_url: 'http://h.test' }`,
  discord_configs: `{ webhook_url: 'http://h.test/api/webhooks/1/${SECRET}' }`,
  msteams_configs: `{ webhook_url: 'http://h.test/${SECRET}' }`,
  msteamsv2_configs: `{ webhook_url: 'http://h.test/hook?sig=${SECRET}' }`,
  victorops_configs: `{ api_key: ${SECRET}, routing_key: r, api_url: 'http://h.test/' }`,
  pushover_configs: `{ user_key: ${SECRET}, token: ${SECRET}2 }`,
  sns_configs: `{ topic_arn: 'arn:aws:sns:eu-west-1:1:t', api_url: 'http://h.test/', sigv4: { access_key: ${SECRET}, secret_key: ${SECRET}2, region: eu-west-1 } }`,
  wechat_configs: `{ api_secret: ${SECRET}, corp_id: c, api_url: 'http://h.test/' }`,
  webex_configs: `{ room_id: r, api_url: 'http://h.test/', ${AUTHORIZED} }`,
  jira_configs: `{ project: P, issue_type: B, api_url: 'http://h.test/rest/api/2', ${AUTHORIZED} }`,
  rocketchat_configs: `{ token: ${SECRET}, token_id: i, api_url: 'http://h.test/', text: '{{ range .Alerts }}{{ .Annotations.message }} {{ .Labels.user }}{{ end }}' }`,
  mattermost_configs: `{ webhook_url: 'http://h.test/hooks/${SECRET}' }`,
  incidentio_configs: `{ url: 'http://h.test/', alert_source_token: ${SECRET} }`,
};

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** Sends to the server, wherever the receiver would. */
async function against(list: string, answer: Answer) {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    bodies.push(`${request.url} ${body}`);
    answer(request, response, body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const own = fetchVia({});
  const go: typeof fetch = (input, init) => {
    const url = new URL(String(input));
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    return own(`http://${host}${url.pathname}${url.search}`, init);
  };
  return { bodies, send: sendThrough.prepared(list, ENTRIES[list]!, go) };
}

const OWN_WAY = ['email_configs'];

test('all are tried that send over HTTP', () => {
  expect(
    INTEGRATIONS.map(({ list }) => list)
      .filter(list => !OWN_WAY.includes(list))
      .sort(),
  ).toEqual(Object.keys(ENTRIES).sort());
});

describe.for(Object.keys(ENTRIES))('%s', list => {
  test('429 with Retry-After: the place is asked again when it says', async () => {
    const { send } = await against(list, (_, response) => {
      response.writeHead(429, { 'Retry-After': '7' }).end();
    });
    expect(await send()).toMatchObject({ ok: false, scope: 'place', retryAfterMs: 7000 });
  });

  test('503: the place is asked again; 400: the message is refused for good', async () => {
    for (const [status, want] of [
      [503, { scope: 'place' }],
      [400, { scope: 'message', isFinal: true }],
    ] as const) {
      const { send } = await against(list, (_, response) => {
        response.writeHead(status).end();
      });
      expect(await send()).toMatchObject({ ok: false, ...want });
    }
  });

  test('a reset is a failure of the place, and so is who says nothing until we stop', async () => {
    const { send } = await against(list, request => request.socket.resetAndDestroy());
    expect(await send()).toMatchObject({ ok: false, scope: 'place' });
    const silent = await against(list, () => {});
    const stop = new AbortController();
    const sending = silent.send([firing('a')], stop.signal);
    stop.abort();
    expect(await sending).toMatchObject({ ok: false, scope: 'place' });
  });

  test('what it repeats of our secrets is not told', async () => {
    let echoed = '';
    const { send } = await against(list, (request, response, body) => {
      echoed += `${request.url} ${JSON.stringify(request.headers)} ${body}`;
      response.writeHead(400).end(`no: ${request.url} ${JSON.stringify(request.headers)} ${body}`);
    });
    const result = await send();
    expect(echoed).toContain(SECRET);
    expect(JSON.stringify(result)).not.toMatch(/S3CRET|TOKENxyz/);
  });

  test('an answer without an end is not waited for', async () => {
    const { send } = await against(list, (_, response) => {
      response.writeHead(500);
      const more = (): void => {
        if (!response.destroyed) response.write('x'.repeat(65_536), more);
      };
      more();
    });
    const result = await send();
    expect(result).toMatchObject({ ok: false, scope: 'place' });
    expect(JSON.stringify(result).length).toBeLessThan(1000);
  });

  test('what comes out of an event is no markup', async () => {
    const { bodies, send } = await against(list, (request, response) => {
      response.end(
        request.url?.includes('gettoken') ? '{"access_token":"t"}' : '{"ok":true,"success":true,"issues":[]}',
      );
    });
    const hostile = firing('a', undefined, { message: '<!channel> @everyone {code}[~admin] <b>*x*</b>' });
    const alert = { ...hostile, labels: { ...hostile.labels, user: '<!here> @all' } };
    await send([alert]);
    // What a rule of our own says is filled from events as well.
    const own = {
      ...alert,
      generatorUrl: 'http://here/#query=x',
      annotations: { summary: '<!channel> @everyone', ...alert.annotations },
    };
    await send([own]);
    const text = decodeURIComponent(bodies.join('\n').replaceAll('+', ' '));
    expect(text).toContain('everyone');
    const isProgram = /^(?:webhook|pagerduty|opsgenie|victorops|pushover|sns|incidentio|wechat)/.test(list);
    // Programs get what is; people are shown it by channels that know no markup there.
    if (isProgram) return;
    if (/slack|telegram/.test(list)) expect(text).not.toMatch(/<!|<b>/);
    if (/discord|mattermost|rocketchat|webex/.test(list)) expect(text).not.toMatch(/@everyone|@all\b/);
    if (/msteams/.test(list)) expect(text).not.toContain(' *x*');
    if (/jira/.test(list)) expect(text).not.toMatch(/\{code\}|\[~admin/);
  });
});

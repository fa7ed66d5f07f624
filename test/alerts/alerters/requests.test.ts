// The reference ran in UTC, and alert texts print local times.
process.env['TZ'] = 'UTC';

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Fields, newFields } from '../../../src/core/event.ts';
import { rule } from '../support.ts';

// What ElastAlert 2 sends for the same rule and matches: `cases/requests.jsonl`, written by `cases/record.py`.

// biome-ignore lint/suspicious/noExplicitAny: cases hold JSON of many forms
type Json = any;

interface Request {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: Json;
  readonly auth?: readonly [string, string];
}

const cases: { id: string; rule_yaml: string; matches: Record<string, unknown>[]; requests: Request[] }[] =
  readFileSync(join(import.meta.dirname, 'cases/requests.jsonl'), 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line));

/** What differs, and why: changes what is expected. */
const DIFFERENCES: Record<string, (request: Request) => void> = {
  'alertmanager-default': request => {
    // Version 1 of the API is gone from Alertmanager since 0.27; all since 0.16 have version 2.
    (request as { url: string }).url = 'http://am.test:9093/api/v2/alerts';
  },
  'slack-own-text': ({ body }) => {
    // Without one phones show nothing of an attachment.
    body.attachments[0].fallback = 'Errors in shop: payment failed';
  },
};

/** Values that a channel would take for markup are escaped here; what hive makes up is left out. */
const unescaped = (json: string): string =>
  json
    .replace(/\\\\([_[\]])|\u200b/g, '$1')
    .replace(/"date":\d{13}/, '"date":0')
    .replace(/"sourceRef":"[\da-f-]{36}"/, '"sourceRef":""');

test.for(cases)('$id', async ({ id, rule_yaml: text, matches, requests }) => {
  const [alerter] = rule(text).alerters;
  const fields = matches.map(match => Object.assign(newFields(), match) as Fields);
  const sent: Request[] = [];
  const spy: typeof fetch = async (url, init) => {
    const headers = Object.fromEntries(new Headers(init?.headers));
    sent.push({ url: String(url), headers, body: JSON.parse(String(init?.body)) });
    return new Response('{"ok":true}', { status: 202 });
  };
  for (const notification of alerter!.render({ rule: 'r', matches: fields })) {
    const context = { fetch: spy, idempotencyKey: 'k', signal: new AbortController().signal };
    expect(await alerter!.send(notification, context)).toEqual({ ok: true });
  }
  for (const request of requests) DIFFERENCES[id]?.(request);
  const shown = ({ url, body }: Request): unknown => ({ url, body: JSON.parse(unescaped(JSON.stringify(body))) });
  expect(sent.map(shown)).toEqual(requests.map(shown));
  for (const [i, { headers, auth }] of requests.entries()) {
    for (const [name, value] of Object.entries(headers)) expect(sent[i]?.headers[name.toLowerCase()], name).toBe(value);
    if (auth !== undefined)
      expect(sent[i]?.headers['authorization']).toBe(`Basic ${Buffer.from(auth.join(':')).toString('base64')}`);
  }
});

// The reference ran in UTC, and alert texts print local times.
process.env['TZ'] = 'UTC';

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
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

interface Case {
  readonly id: string;
  readonly rule_yaml: string;
  readonly matches: Record<string, unknown>[];
  readonly requests: Request[];
}

const cases = readFileSync(join(import.meta.dirname, 'cases/requests.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Case & { tcp?: true });

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
  'yzj-all': request => {
    // The SDK writes the query as it comes.
    (request as { url: string }).url = new URL(request.url).href;
  },
};

/** Values that a channel would take for markup are escaped here; what is made up, or is the time or the machine, is left out. */
const unescaped = (json: string): string =>
  json
    .replace(/\\\\([_[\]])|\u200b/g, '$1')
    .replace(/"date":\d{13}/, '"date":0')
    .replace(/"sourceRef":"[\da-f-]{36}"/, '"sourceRef":""')
    .replace(/"Id":"[\da-f-]{36}"/, '"Id":""')
    .replace(/"case_soc_id":"SOC_[\da-f]{6}"/, '"case_soc_id":""');

/** Without what the clock and the machine say; a message inside of a message is JSON too. */
function steady(body: Json): Json {
  if (typeof body?.MessageBody === 'string') return { ...body, MessageBody: JSON.parse(body.MessageBody) };
  if (body?.short_message !== undefined) return { ...body, host: '' };
  const out = { ...body };
  for (const name of ['alertDate', '@timestamp']) if (Object.hasOwn(out, name)) out[name] = '';
  return Array.isArray(body) ? body : out;
}

/** Bodies of forms as their pairs. */
function bodyOf(headers: Headers, text: string): Json {
  if (headers.get('content-type')?.includes('form-urlencoded')) return Object.fromEntries(new URLSearchParams(text));
  return JSON.parse(text);
}

const overHttp = cases.filter(({ tcp }) => tcp !== true);

test.for(overHttp)('$id', async ({ id, rule_yaml: text, matches, requests }) => {
  const [alerter] = rule(text).alerters;
  const fields = matches.map(match => Object.assign(newFields(), match) as Fields);
  const sent: Request[] = [];
  const spy: typeof fetch = async (url, init) => {
    const headers = new Headers(init?.headers);
    sent.push({
      url: String(url),
      headers: Object.fromEntries(headers),
      body: bodyOf(headers, String(init?.body)),
    });
    return new Response('{"ok":true}', { status: 202 });
  };
  for (const notification of alerter!.render({ rule: 'r', matches: fields })) {
    const context = { fetch: spy, idempotencyKey: 'k', signal: new AbortController().signal };
    expect(await alerter!.send(notification, context)).toEqual({ ok: true });
  }
  for (const request of requests) DIFFERENCES[id]?.(request);
  const shown = ({ url, body }: Request): unknown => ({
    url,
    body: steady(JSON.parse(unescaped(JSON.stringify(body)))),
  });
  expect(sent.map(shown)).toEqual(requests.map(shown));
  for (const [i, { headers, auth }] of requests.entries()) {
    for (const [name, value] of Object.entries(headers))
      expect(comparable(sent[i]?.headers[name.toLowerCase()]), name).toBe(comparable(value));
    if (auth !== undefined)
      expect(sent[i]?.headers['authorization']).toBe(`Basic ${Buffer.from(auth.join(':')).toString('base64')}`);
  }
});

/** Of what is signed with the time, who signed what; words of media types in any case. */
function comparable(value: string | undefined): string | undefined {
  const signed = /^(?:AWS4|TC3)-HMAC-SHA256 Credential=([^/]+)\/[\d-]+\/(.*), SignedHeaders/.exec(value ?? '');
  if (signed !== null) return `${signed[1]} ${signed[2]}`;
  return value?.replace(/;\s*charset=.*$/i, '').replace(/, \*\/\*$/, '');
}

describe('over TCP', () => {
  const answer = JSON.stringify({ response: 'success', info: 'processed: 1; failed: 0; total: 1; seconds spent: 0.1' });
  const length = Buffer.alloc(8);
  length.writeUInt32LE(answer.length);

  /** What a broker, or Zabbix, hears. */
  async function listener() {
    const heard: Buffer[] = [];
    const server = createServer(socket => {
      socket.on('error', () => {});
      socket.on('data', chunk => {
        heard.push(chunk);
        const text = chunk.toString('latin1');
        if (text.startsWith('CONNECT')) socket.write('CONNECTED\nversion:1.2\n\n\0');
        if (text.startsWith('SEND')) socket.write('\nRECEIPT\nreceipt-id:k\n\n\0');
        if (text.startsWith('ZBXD'))
          socket.end(Buffer.concat([Buffer.from('ZBXD\x01', 'latin1'), length, Buffer.from(answer)]));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
    });
    return { port: (server.address() as AddressInfo).port, heard: () => Buffer.concat(heard) };
  }

  /** What is said, without what belongs to the connection. */
  function said(bytes: Buffer): unknown {
    const text = bytes.toString('latin1');
    if (text.startsWith('ZBXD')) return JSON.parse(bytes.subarray(13).toString());
    if (!/^(?:CONNECT|STOMP)/.test(text))
      return [steady(JSON.parse(unescaped(bytes.toString().slice(0, -1)))), text.at(-1)];
    const { 1: head = '', 2: body = '' } = /SEND\n((?:.+\n)*)\n([^\0]*)\0/.exec(bytes.toString()) ?? [];
    return [
      /^destination:(.*)$/m.exec(head)?.[1],
      /^login:(.*)$/m.exec(text)?.[1],
      steady(JSON.parse(unescaped(body))),
    ];
  }

  test.for(cases.filter(({ tcp }) => tcp === true))('$id', async ({ rule_yaml: text, matches, requests }) => {
    const { port, heard } = await listener();
    const [alerter] = rule(text.replace('PORT', String(port))).alerters;
    const fields = matches.map(match => Object.assign(newFields(), match) as Fields);
    const [notification] = alerter!.render({ rule: 'r', matches: fields });
    const context = { fetch, idempotencyKey: 'k', signal: new AbortController().signal };
    expect(await alerter!.send(notification!, context)).toEqual({ ok: true });
    const [{ tcp }] = requests as unknown as [{ tcp: string }];
    await vi.waitFor(() => expect(said(heard())).toEqual(said(Buffer.from(tcp, 'base64'))));
  });
});

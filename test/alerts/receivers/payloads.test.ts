import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { TemplateLibrary } from '../../../src/alerts/go-template/go-template.ts';
import { fingerprint } from '../../../src/alerts/instances/fingerprint.ts';
import { DEFAULT_TEMPLATES } from '../../../src/alerts/receivers/default-templates.ts';
import { makeIntegration } from '../../../src/alerts/receivers/index.ts';
import { readRoutingConfig } from '../../../src/alerts/routing/config/read-config.ts';
import type { ToldAlert } from '../../../src/alerts/routing/dispatcher.ts';
import { messageOf } from './support.ts';

// What Alertmanager 0.33 sends for the same entry and alerts: `recorded/payloads.jsonl`, written by `recorded/record.go`.

// biome-ignore lint/suspicious/noExplicitAny: payloads are of many forms
type Json = any;

interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  body: Json;
}

interface Case {
  readonly id: string;
  readonly list: string;
  readonly global?: string;
  readonly entry: string;
  readonly alerts: readonly string[];
  readonly times?: number;
  readonly answers?: Record<string, string>;
  readonly requests: Request[];
}

const folder = join(import.meta.dirname, 'recorded');
const cases = readFileSync(join(folder, 'payloads.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Case);
const { alerts: known } = parse(readFileSync(join(folder, 'cases.yaml'), 'utf8'), { maxAliasCount: 0 }) as {
  alerts: Record<
    string,
    { labels: Record<string, string>; annotations: Record<string, string>; startsAt: string; endsAt?: string }
  >;
};

/** What differs, and why: changes what is expected. */
const DIFFERENCES: Record<string, (requests: Request[]) => void> = {
  // Newer than payload version 4 is: why a group is told is not told.
  webhook: all => withoutReason(all),
  incidentio: all => withoutReason(all),
  http: all => withoutReason(all),
  // Microsoft writes `@type`.
  msteams: ([request]) => {
    const { type, ...body } = request!.body;
    request!.body = { ...body, '@type': type };
  },
  // Attributes come in chance order.
  sns: ([request]) => {
    const { body } = request!;
    if (body['MessageAttributes.entry.1.Name']?.[0] !== 'b-resolved') return;
    for (const part of ['Name', 'Value.StringValue']) {
      const [one, two] = [1, 2].map(i => `MessageAttributes.entry.${i}.${part}`);
      [body[one!], body[two!]] = [body[two!], body[one!]];
    }
  },
};

function withoutReason(requests: Request[]): void {
  for (const { body } of requests) if (typeof body === 'object') delete body.notification_reason;
}

const templates = new TemplateLibrary();
for (const text of DEFAULT_TEMPLATES) templates.add(text);

function toldAlert(name: string): ToldAlert {
  const { labels, annotations, startsAt, endsAt } = known[name]!;
  return {
    ...{ labels, annotations, generatorUrl: '', fingerprint: fingerprint(labels), isTimeout: false },
    ...{ startsAt: Date.parse(startsAt), updatedAt: Date.parse(startsAt) },
    endsAt: endsAt === undefined ? undefined : Date.parse(endsAt),
  };
}

test.for(cases)('$id', async ({ id, list, global = '', entry, alerts, times = 1, answers = {}, requests }) => {
  const indented = entry.trim().replaceAll('\n', '\n    ');
  const text = `${global}\nroute: { receiver: team }\nreceivers:\n- name: team\n  ${list}:\n  - ${indented}\n`;
  const { config, mistakes } = readRoutingConfig('alertmanager.yml', text);
  expect(mistakes).toEqual([]);
  const sent: Request[] = [];
  const spy: typeof fetch = async (input, init) => {
    const url = new URL(String(input));
    const headers = new Headers(init?.headers);
    const body = init?.body === undefined ? '' : String(init.body);
    sent.push({
      method: init?.method ?? 'GET',
      url: String(input),
      headers: Object.fromEntries(headers),
      body: headers.get('content-type')?.includes('form-urlencoded') ? pairs(new URLSearchParams(body)) : parsed(body),
    });
    const answer = Object.entries(answers).find(([part]) => url.pathname.includes(part))?.[1] ?? '{}';
    return new Response(answer, { headers: { 'Content-Type': 'application/json' } });
  };
  const [integration] = config.receivers.get('team')!.integrations;
  const made = makeIntegration(integration!, {
    fetch: spy,
    templates,
    readFile: () => Promise.reject(new Error('no files')),
  });
  let remembered: string | undefined;
  for (let i = 0; i < times; i++) {
    const result = await made!.send({ ...messageOf(alerts.map(toldAlert)), remembered }, new AbortController().signal);
    expect(result).toMatchObject({ ok: true });
    if (result.ok) remembered = result.remember ?? remembered;
  }
  DIFFERENCES[id.split('-')[0]!]?.(requests);
  const shown = ({ method, url, body }: Request): unknown => {
    const { origin, pathname, searchParams, username, password } = new URL(url);
    return even({ method, address: origin + pathname + username + password, query: pairs(searchParams), body });
  };
  expect(sent.map(shown)).toEqual(requests.map(shown));
  // Signatures hold the time, and have cases of their own.
  for (const [i, { headers }] of requests.entries())
    for (const [name, value] of Object.entries(headers))
      if (!value.startsWith('AWS4-')) expect(media(sent[i]?.headers[name.toLowerCase()]), name).toBe(media(value));
});

const pairs = (params: URLSearchParams): Record<string, string[]> =>
  Object.fromEntries([...new Set(params.keys())].map(name => [name, params.getAll(name)]));

function parsed(body: string): Json {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** Where the default templates leave lines empty is their own affair. */
function even(value: Json): Json {
  if (typeof value === 'string') return value.replace(/\s*\n\s*/g, '\n').trim();
  if (Array.isArray(value)) return value.map(even);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, even(inner)]));
}

/** Without its charset: UTF-8 is what all of them are. */
const media = (value: string | undefined): string | undefined => value?.replace(/;\s*charset=utf-8$/i, '');

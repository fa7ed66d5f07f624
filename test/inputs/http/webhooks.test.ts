import { createHmac } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { withDefaults } from '../../../src/base/options.ts';
import { httpInput } from '../../../src/inputs/http/http-input.ts';
import type { HttpInputOptions } from '../../../src/inputs/http/options.ts';
import { webSchema } from '../../../src/web/options.ts';
import { WebServer } from '../../../src/web/web-server.ts';
import { FakeConsumer, optionsOf, served } from './support.ts';

type Webhooks = Partial<HttpInputOptions['webhooks']>;

async function hooks(given: Webhooks = {}, takesMessages = true) {
  const consumer = Object.assign(new FakeConsumer(), { takesMessages });
  const webhooks = { ...optionsOf().webhooks, ...given };
  const { app, url } = await served(consumer, { webhooks, max_events_per_request: 5, max_body_bytes: 10_000_000 });
  onTestFinished(() => app.close());
  const send = async (path: string, body: string, headers: Record<string, string> = {}, method = 'POST') => {
    const response = await fetch(url + path, { method, body: method === 'DELETE' ? null : body, headers });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  return { consumer, url, send };
}

const alert = (name: string, more = {}) => ({
  ...{ status: 'firing', labels: { alertname: name }, startsAt: '2026-11-20T13:00:00Z', fingerprint: name, ...more },
});
const alerts = (...some: object[]) => JSON.stringify({ version: '4', alerts: some });
const release = JSON.stringify({
  action: 'published',
  release: { tag_name: 'v1', published_at: '2026-11-20T13:00:00Z' },
  repository: { name: 'shop', full_name: 'acme/shop' },
});
const github = { 'x-github-event': 'release', 'x-github-delivery': 'd1' };
const signed = (body: string, secret: string) => ({
  ...github,
  'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
});

test('an alert is a message with an id, whoever sends it', async () => {
  const { consumer, send } = await hooks();
  expect(await send('/webhooks/alertmanager', alerts(alert('a'), alert('b')))).toEqual({
    status: 200,
    body: { accepted: 2 },
  });
  expect(consumer.frames).toMatchObject([
    { source: 'http', sender: 'alertmanager', tag: 'alertmanager', isMessages: true },
  ]);
  const [frame] = consumer.frames;
  expect(frame!.chunkIds).toHaveLength(2);
  expect(new Set(frame!.chunkIds).size).toBe(2);
});

test('where messages cannot come together, each is a frame of its own', async () => {
  const { consumer, send } = await hooks({}, false);
  await send('/webhooks/alertmanager', alerts(alert('a'), alert('b')));
  expect(consumer.frames.map(({ records, chunkId }) => [records.length, typeof chunkId])).toEqual([
    [1, 'string'],
    [1, 'string'],
  ]);
});

test('what is none, too many, and what cannot be kept now', async () => {
  const { consumer, send } = await hooks();
  const answer = await send('/webhooks/alertmanager', '{"alerts": 1}');
  expect(answer).toMatchObject({ status: 400, body: { error: { code: 'LS_INPUTS_WEBHOOK' } } });
  const many = Array.from({ length: 6 }, (_, i) => alert(`a${i}`));
  expect(await send('/webhooks/alertmanager', alerts(...many))).toMatchObject({ status: 413 });
  const told = JSON.stringify({ groupKey: 'x'.repeat(1000), alerts: [alert('a')] });
  expect(await send('/webhooks/alertmanager', told)).toMatchObject({ status: 200 });
  consumer.policy = async () => Promise.reject(new Error('the disk is gone'));
  expect(await send('/webhooks/alertmanager', alerts(alert('a')))).toMatchObject({ status: 500 });
});

test('GitHub: a delivery is taken once it is signed, and named by its id', async () => {
  const { consumer, send } = await hooks({ github_secret: 'quite secret' });
  const good = signed(release, 'quite secret');
  expect(await send('/webhooks/github?service=web', release, good)).toEqual({ status: 200, body: { accepted: 1 } });
  expect(consumer.frames).toMatchObject([
    { sender: 'github', tag: 'github', chunkIds: ['d1'], records: [{ service: 'web', event: { kind: 'deploy' } }] },
  ]);
  const ping = await send('/webhooks/github', '{}', { ...signed('{}', 'quite secret'), 'x-github-event': 'ping' });
  expect(ping).toEqual({ status: 200, body: { accepted: 0, note: 'pong' } });
  const refused = { status: 401, body: { error: { code: 'LS_INPUTS_WEBHOOK_UNSIGNED' } } };
  for (const headers of [github, signed(release, 'another'), signed(`${release} `, 'quite secret')])
    expect(await send('/webhooks/github', release, headers)).toMatchObject(refused);
  expect(consumer.frames).toHaveLength(1);
});

test('GitHub: what proves nothing is not read for long', async () => {
  const { consumer, url } = await hooks({ github_secret: 'quite secret' });
  const stream = new ReadableStream({ pull: controller => controller.enqueue(new Uint8Array(100_000)) });
  const init = { method: 'POST', headers: signed('x', 'quite secret'), duplex: 'half' } as const;
  expect((await fetch(`${url}/webhooks/github`, { ...init, body: stream })).status).toBe(413);
  const large = new Uint8Array(5_000_001);
  const status = await fetch(`${url}/webhooks/github`, { ...init, body: large }).then(
    ({ status }) => status,
    () => 413,
  );
  expect(status).toBe(413);
  expect(consumer.frames).toEqual([]);
});

test('GitLab: its token is the proof, and a key names a delivery', async () => {
  const { consumer, send } = await hooks({ gitlab_token: 'quite secret' });
  const body = JSON.stringify({ object_kind: 'deployment', status: 'success', ref: 'main', project: { name: 'shop' } });
  const headers = { 'x-gitlab-token': 'quite secret', 'x-gitlab-event-uuid': 'e', 'idempotency-key': 'k' };
  expect(await send('/webhooks/gitlab', body, headers)).toMatchObject({ status: 200, body: { accepted: 1 } });
  expect(await send('/webhooks/gitlab', body, { ...headers, 'idempotency-key': '' })).toMatchObject({ status: 200 });
  expect(consumer.frames.map(({ chunkIds }) => chunkIds)).toEqual([['k'], ['e']]);
  for (const token of ['', 'other'])
    expect(await send('/webhooks/gitlab', body, { 'x-gitlab-token': token })).toMatchObject({ status: 401 });
});

test('metrics as to a Pushgateway', async () => {
  const { consumer, send } = await hooks();
  const text = 'deployments_total{service="shop"} 3\n';
  for (const method of ['POST', 'PUT']) {
    const answer = await send('/metrics/job/dora/instance/a%20b', text, { 'idempotency-key': 'k' }, method);
    expect(answer).toEqual({ status: 200, body: { accepted: 1 } });
  }
  await send('/metrics/job@base64/eA', text);
  expect(consumer.frames).toMatchObject([
    { tag: 'pushgateway', chunkId: 'k', records: [{ service: 'shop', labels: { job: 'dora', instance: 'a b' } }] },
    { tag: 'pushgateway', chunkId: 'k' },
    { tag: 'pushgateway', records: [{ labels: { job: 'x' } }] },
  ]);
  expect(await send('/metrics/job/dora', '', {}, 'DELETE')).toEqual({ status: 202, body: undefined });
  const protobuf = { 'content-type': 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily' };
  expect(await send('/metrics/job/dora', 'x', protobuf)).toMatchObject({ status: 415 });
  expect(await send('/metrics/job/dora/x', text)).toMatchObject({ status: 400 });
  const label = 'y'.repeat(6000);
  expect(await send(`/metrics/job/${label}`, 'a 1\n'.repeat(6))).toMatchObject({ status: 413 });
});

test('on a wide address there is no way in without a token, a signature or a secret', async () => {
  const consumer = new FakeConsumer();
  const tokens = [{ name: 'hooks', token: 'a-long-token', scopes: ['ingest' as const] }];
  const options = optionsOf({ webhooks: { ...optionsOf().webhooks, gitlab_token: 'quite secret' } });
  const web = withDefaults(webSchema, { address: '0.0.0.0:0', tokens });
  const server = new WebServer({ ...web, ...options }, { input: httpInput(options, consumer) } as never);
  await server.start();
  onTestFinished(() => server.stop(AbortSignal.timeout(1000)));
  const status = async (path: string, headers: Record<string, string> = {}) =>
    (await fetch(`http://127.0.0.1:${server.port}${path}`, { method: 'POST', body: '{"alerts":[]}', headers })).status;
  for (const path of ['/webhooks/alertmanager', '/webhooks/github', '/webhooks/gitlab', '/metrics/job/x'])
    expect([path, await status(path)]).toEqual([path, 401]);
  expect(await status('/webhooks/gitlab', { authorization: 'Bearer a-long-token' })).toBe(401);
  expect(await status('/webhooks/gitlab', { 'x-gitlab-token': 'quite secret' })).toBe(200);
  for (const authorization of ['Bearer a-long-token', `Basic ${Buffer.from('any:a-long-token').toString('base64')}`])
    expect(await status('/webhooks/alertmanager', { authorization })).toBe(200);
});

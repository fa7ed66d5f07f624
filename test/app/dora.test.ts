import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { AlertsAnswer } from '../../src/core/api/alerts.ts';
import type { DoraAnswer } from '../../src/core/api/dora.ts';
import { inProcess as longshore } from '../cli/in-process.ts';
import { Longshore } from '../support/longshore.ts';

/* Deployments are marked, one makes an incident, and the figures are the same after a kill. */

const RULE = `name: errors
type: frequency
index: docker-logs-*
num_events: 3
timeframe: { minutes: 1 }
resolve_after: { seconds: 2 }
query_key: service
severity: critical
filter: [{ term: { level: ERROR } }]
alert: debug
`;
const TOKENS = ['ingest', 'read', 'admin'].map(scope => ({
  name: scope,
  token: `${scope}-token-1234`,
  scopes: [scope],
}));
const WAIT = { timeout: 30_000, interval: 100 };

let service: Longshore;
const as = (scope: string) => ({ authorization: `Bearer ${scope}-token-1234` });
const run = (scope: string, ...args: string[]) =>
  longshore([...args, '--url', service.url, '--token', `${scope}-token-1234`]);
const json = async <T>(path: string): Promise<T> =>
  (await (await fetch(`${service.url}${path}`, { headers: as('read') })).json()) as T;
const figures = (): Promise<DoraAnswer> => json('/api/dora?days=7');

beforeAll(async () => {
  service = await Longshore.start({
    rules: { 'errors.yaml': RULE, 'calm.yaml': RULE.replace('errors', 'calm').replace('critical', 'warning') },
    set: { 'http.tokens': JSON.stringify(TOKENS), 'alerts.state_write_interval_ms': '50' },
  });
  await service.untilReady();
});
afterAll(() => service.remove());

test('marks by command and over HTTP; an incident after one of them; the figures of both', {
  timeout: 300_000,
}, async () => {
  const at = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString();
  const mark = (...more: string[]) => run('ingest', 'deploy', 'mark', ...more);
  expect((await mark('--service', 'shop', '--version', '1', '--at', at(48), '--commit-time', at(50))).out).toBe(
    'marked a deployment of shop\n',
  );
  await mark('--service', 'web', '--failed', '--at', at(30));
  const body = JSON.stringify({ service: 'shop', version: '2', commit_time: at(4) });
  for (let i = 0; i < 2; i++) {
    // Sent again it is the same.
    const headers = { ...as('ingest'), 'idempotency-key': 'deploy-2' };
    const answer = await fetch(`${service.url}/api/deploys`, { method: 'POST', headers, body });
    expect(answer.status).toBe(200);
  }
  const events = ['a', 'b', 'c'].map(message => ({ level: 'ERROR', service: 'shop', message }));
  const headers = { ...as('ingest'), 'content-type': 'application/json' };
  await fetch(`${service.url}/api/logs`, { method: 'POST', headers, body: JSON.stringify(events) });
  await vi.waitFor(async () => {
    const { resolved } = await json<AlertsAnswer>('/api/alerts');
    expect(resolved.map(({ rule }) => rule).sort()).toEqual(['calm', 'errors']);
  }, WAIT);
  const { services, total } = await figures();
  expect(services).toMatchObject([
    { service: 'shop', deployments: 2, failed_deployments: 1, incidents: 1, open_incidents: 0 },
    { service: 'web', deployments: 1, failed_deployments: 1, incidents: 0, lead_time_seconds: null },
  ]);
  expect(total).toMatchObject({ deployments: 3, change_failure_ratio: 0.666667 });
  expect(services[0]!.lead_time_seconds).toBeGreaterThan(3 * 3600 - 60);
  expect(services[0]!.time_to_restore_seconds).toBeGreaterThan(0);
});

test('the same after a kill, in the table, in the metrics', { timeout: 300_000 }, async () => {
  const known = await figures();
  await service.kill();
  service = await service.again();
  await service.untilReady();
  // Time goes on, and with it what is a day.
  const lasting = ({ services }: DoraAnswer) => services.map(one => ({ ...one, deployments_per_day: 0 }));
  await vi.waitFor(async () => expect(lasting(await figures())).toEqual(lasting(known)), WAIT);
  const { out, err } = await run('read', 'dora', '--days', '7');
  expect(err).toBe('');
  expect(out).toMatch(/^SERVICE +DEPLOYS +A DAY +LEAD TIME +FAILED +INCIDENTS +TO RESTORE\nshop +2 /);
  expect(out).toMatch(/^web +1 .* 1, 100 % low +0 +-$/m);
  const one = await run('read', 'dora', '--service', 'web', '--json');
  expect((JSON.parse(one.out) as DoraAnswer).services).toMatchObject([{ service: 'web', deployments: 1 }]);
  await vi.waitFor(async () => {
    const metrics = await (await fetch(`${service.url}/metrics`, { headers: as('read') })).text();
    expect(metrics).toContain('longshore_dora_deployments{service="shop"} 2');
    expect(metrics).toContain('longshore_dora_failed_deployments{service="web"} 1');
    expect(metrics).toMatch(/longshore_dora_time_to_restore_seconds\{service="shop"\} [\d.]+/);
  }, WAIT);
});

test('each door has its scope, and says what it lacks', async () => {
  const refused = (scope: string, path: string, init: RequestInit = {}) =>
    fetch(`${service.url}${path}`, { ...init, headers: as(scope) }).then(({ status }) => status);
  expect(await refused('read', '/api/deploys', { method: 'POST', body: '{"service":"a"}' })).toBe(403);
  expect(await refused('ingest', '/api/dora')).toBe(403);
  expect(await refused('ingest', '/api/deploys', { method: 'POST', body: '{"servce":"a"}' })).toBe(400);
  expect((await run('ingest', 'deploy', 'mark')).err).toContain(
    'a deployment is one of a service. Add --service NAME.',
  );
  expect((await run('ingest', 'deploy', 'unmark')).err).toContain("there is no 'deploy unmark'");
});

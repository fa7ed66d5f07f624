import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { AlertsAnswer, RuleView } from '../../src/core/api/alerts.ts';
import type { BacktestAnswer } from '../../src/core/api/backtest.ts';
import { inProcess as longshore } from '../cli/in-process.ts';
import { Longshore } from '../support/longshore.ts';

/* A rule that compares with a week ago, in a running service: live, after a kill, and tried on what is stored. */

const DAY_MS = 86_400_000;
const RULE = `name: more than a week ago
type: spike
index: docker-logs-*
timeframe: { minutes: 2 }
run_every: { seconds: 1 }
spike_height: 3
spike_type: up
threshold_cur: 10
query_key: service
compare_to: { weeks: 1 }
realert: { hours: 1 }
filter: [{ term: { level: ERROR } }]
alert: debug
`;

let service: Longshore;
const begun = Date.now();

const events = (at: number, count: number, name: string, level = 'ERROR') =>
  Array.from({ length: count }, (_, i) => ({
    '@timestamp': new Date(at + i * 100).toISOString(),
    level,
    service: name,
    message: `boom ${i}`,
  }));

async function send(lines: readonly object[]): Promise<void> {
  const headers = { 'content-type': 'application/x-ndjson' };
  const body = lines.map(line => JSON.stringify(line)).join('\n');
  const response = await fetch(`${service.url}/api/logs?tag=t`, { method: 'POST', headers, body });
  expect(response.status).toBe(200);
}

const json = async <T>(path: string): Promise<T> => (await (await fetch(`${service.url}${path}`)).json()) as T;
const ruleView = async (): Promise<RuleView | undefined> => (await json<{ rules: RuleView[] }>('/api/rules')).rules[0];
const keys = (list: AlertsAnswer['active']) => list.map(({ key }) => key);

beforeAll(async () => {
  service = await Longshore.start({
    rules: { 'week.yaml': RULE },
    set: { 'alerts.state_write_interval_ms': '50' },
  });
  await service.untilReady();
});
afterAll(() => service.remove());

test('nothing is compared with a time that the store does not have, and the rule says so', async () => {
  await send(events(begun, 1, 'api', 'INFO'));
  await vi.waitFor(async () => {
    const note = (await ruleView())?.comparison?.note;
    expect(note).toMatch(/^no data a week ago \((oldest event: |there is no event at all)/);
  }, 300_000);
});

test('more than a week ago is told, and known after a kill', { timeout: 300_000 }, async () => {
  const ago = begun - 7 * DAY_MS;
  await send([
    ...events(ago - 60 * 60_000, 3, 'api', 'INFO'),
    // As many as now, all over the time of the test.
    ...Array.from({ length: 40 }, (_, i) => events(ago - 180_000 + i * 15_000, 8, 'calm')).flat(),
    ...events(ago - 60_000, 4, 'api'),
  ]);
  // What it knew of then it asks again after a restart.
  await service.stop();
  service = await service.again();
  await send([...events(Date.now() - 5000, 40, 'api'), ...events(Date.now() - 5000, 40, 'calm')]);
  await vi.waitFor(async () => {
    expect(keys((await json<AlertsAnswer>('/api/alerts')).active)).toEqual(['api']);
  }, 300_000);
  const [alert] = (await json<AlertsAnswer>('/api/alerts')).alerts;
  expect(alert!.body).toMatch(/^spike_count: 40$/m);
  expect(alert!.body).toMatch(/^reference_count: 4$/m);
  expect(alert!.body).toContain('A week before, between ');
  expect((await ruleView())!.comparison).toMatchObject({ with: 'a week ago', window: { keys: 2 } });
  await service.kill();
  service = await service.again();
  await vi.waitFor(async () => expect((await ruleView())!.comparison?.window).toBeDefined(), 20_000);
  // What was not written before the kill is found again.
  await vi.waitFor(async () => {
    const { alerts, active } = await json<AlertsAnswer>('/api/alerts');
    expect([alerts.map(({ key }) => key), keys(active)]).toEqual([['api'], ['api']]);
  }, 300_000);
});

test('the same is found when it is tried, on what is stored and on a file', { timeout: 300_000 }, async () => {
  const fired = (out: string) => (JSON.parse(out) as BacktestAnswer).rules[0]!.fired.map(({ key }) => key);
  const stored = await longshore(['backtest', '--from', 'now-10m', '--json', '--url', service.url]);
  expect(stored.err).toBe('');
  expect(fired(stored.out)).toEqual(['api']);
  const [file, path] = [join(service.dataDir, 'week.ndjson'), join(service.dataDir, 'week-of-file.yaml')];
  const at = Date.UTC(2026, 10, 13, 12);
  const then = [
    ...events(at, 1, 'api', 'INFO'),
    ...events(at + 600_000, 4, 'api'),
    ...events(at + 600_000, 20, 'calm'),
  ];
  const now = ['api', 'calm', 'new'].flatMap(name => events(at + 7 * DAY_MS + 600_000, 20, name));
  const later = events(at + 7 * DAY_MS + 700_000, 1, 'api', 'INFO');
  writeFileSync(file, [...then, ...now, ...later].map(line => JSON.stringify(line)).join('\n'));
  writeFileSync(path, RULE);
  const ofFile = await longshore(['backtest', path, '--events', file, '--json']);
  expect(ofFile.err).toBe('');
  expect(fired(ofFile.out)).toEqual(['api']);
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BacktestAnswer } from '../../src/core/api/backtest.ts';
import { inProcess as longshore } from '../cli/in-process.ts';
import { Longshore } from '../support/longshore.ts';

const RULE = `name: burst
type: frequency
index: docker-logs-*
alert: debug
filter: [{ term: { level: ERROR } }]
query_key: service
num_events: 5
timeframe: { minutes: 10 }
realert: { hours: 1 }
`;

const folder = mkdtempSync(join(tmpdir(), 'longshore-backtest-'));
let service: Longshore;

beforeAll(async () => {
  service = await Longshore.start({
    rules: { 'burst.yaml': RULE, 'broken.yaml': RULE.replace('frequency', 'frequenzy') },
  });
  await service.untilReady();
  // A burst yesterday, one two days ago, and much that no rule wants.
  const now = Date.now();
  const lines = [24, 48].flatMap(hours =>
    Array.from({ length: 3000 }, (_, i) => ({
      '@timestamp': new Date(now - hours * 3_600_000 + i * 1000).toISOString(),
      level: i < 8 ? 'ERROR' : 'INFO',
      service: 'api',
      message: `${hours} hours ago ${i}`,
    })),
  );
  for (let at = 0; at < lines.length; at += 1000) {
    const body = lines.slice(at, at + 1000).map(line => JSON.stringify(line));
    const headers = { 'content-type': 'application/x-ndjson' };
    const response = await fetch(`${service.url}/api/logs?tag=t`, { method: 'POST', headers, body: body.join('\n') });
    expect(response.ok).toBe(true);
  }
});
afterAll(async () => {
  await service.remove();
  rmSync(folder, { recursive: true });
});

const run = (...args: string[]) => longshore(['backtest', ...args, '--url', service.url]);

test('what runs, on what is stored and on what is not yet', async () => {
  const { code, out, err } = await run('--days', '3');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^burst \(frequency, .*burst\.yaml:1\) would have fired 2 times$/m);
  expect(out).toContain('  16 events counted,');
  const day = await run('--from', 'now-30h', '--json');
  expect((JSON.parse(day.out) as BacktestAnswer).rules).toMatchObject([
    { hits: 8, alerts: 1, fired: [{ key: 'api', num_hits: 5, body: expect.stringContaining('24 hours ago 4') }] },
  ]);
});

test('a file of this machine, with what it imports and the variables that it names', async () => {
  writeFileSync(join(folder, 'common.yaml'), 'query_key: service\nnum_events: 8\n');
  const path = join(folder, 'own.yaml');
  const own = RULE.replace(/query_key.*\nnum_events.*\n/, '').replace('name: burst', 'name: own');
  writeFileSync(path, `${own}import: common.yaml\nalert_subject: 'in $PLACE: $SECRET_TOKEN'\n`);
  const args = ['backtest', path, '--days', '3', '--json', '--url', service.url];
  const { out, err } = await longshore(args, { env: { PLACE: 'Berlin', SECRET_TOKEN: 'hunter2' } });
  expect(err).toBe('');
  const { rules } = JSON.parse(out) as BacktestAnswer;
  expect(rules).toMatchObject([{ name: 'own', alerts: 2 }]);
  expect(rules[0]!.fired[0]!.title).toBe('in Berlin: https://hidden.invalid/');
});

test('an old and a new version', async () => {
  const [old, later] = [join(folder, 'old.yaml'), join(folder, 'new.yaml')];
  writeFileSync(old, RULE);
  writeFileSync(later, RULE.replace('num_events: 5', 'num_events: 9'));
  const { out } = await run('--diff', old, later, '--days', '3');
  expect(out).toMatch(/^burst: 2 only in old, 0 only in new, 0 in both$/m);
});

test('alert rules of the service have told of nothing, for all was past', async () => {
  const { alerts } = (await (await fetch(`${service.url}/api/alerts`)).json()) as { alerts: unknown[] };
  await run('--days', '3');
  const again = (await (await fetch(`${service.url}/api/alerts`)).json()) as { alerts: unknown[] };
  expect(again.alerts).toEqual(alerts);
  expect(await (await fetch(`${service.url}/metrics`)).text()).toContain('longshore_backtests_total{result="done"}');
});

test('rules as a table, and one of them', async () => {
  const { code, out } = await longshore(['rules', '--url', service.url]);
  expect(code).toBe(0);
  expect(out).toMatch(/^RULE +TYPE +STATE +HITS +MATCHES +ALERTS +SILENT +LAST ALERT\n/);
  expect(out).toMatch(/^burst +frequency +active +\d+ +\d+ +\d+ +\d+/m);
  expect(out).toMatch(/^burst +frequenzy +skipped/m);
  expect(out).toMatch(/^ {2}.*broken\.yaml:2: there is no rule type frequenzy\. Did you mean frequency\?/m);
  const one = await longshore(['rules', 'show', 'burst', '--url', service.url]);
  expect(one.out).toMatch(/^ {2}file +.*burst\.yaml:1$/m);
  expect(one.out).toMatch(/^ {2}alerters +debug$/m);
  const json = await longshore(['rules', 'list', '--json', '--url', service.url]);
  expect(
    json.out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).state),
  ).toEqual(['active', 'skipped']);
  const none = await longshore(['rules', 'show', 'brust', '--url', service.url]);
  expect(none).toMatchObject({ code: 1, err: expect.stringContaining("Did you mean 'burst'?") });
});

test('a test alert through what runs', async () => {
  const { code, out } = await longshore(['send-test', 'burst', '--url', service.url]);
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringMatching(/^sent {4}debug, \d+ ms\n$/) });
  expect(service.log.some(line => line.includes('[TEST] An alert of the rule'))).toBe(true);
  const missing = await longshore(['send-test', 'slack', '--url', service.url]);
  expect(missing).toMatchObject({ code: 1, out: expect.stringContaining('slack_webhook_url is not set') });
  const none = await longshore(['send-test', 'nobody', '--url', service.url]);
  expect(none).toMatchObject({ code: 1, err: expect.stringContaining('LS_ALERTS_TEST_ALERT') });
  const empty = await fetch(`${service.url}/api/alerters/test`, { method: 'POST' });
  expect(empty.status).toBe(400);
});

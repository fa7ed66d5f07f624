import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BacktestAnswer } from '../../src/core/api/backtest.ts';
import { longshore } from '../cli/support.ts';
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
  service = await Longshore.start({ rules: { 'burst.yaml': RULE } });
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

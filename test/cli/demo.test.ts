import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LedgerReport } from '../../src/core/api/ledger.ts';
import { ACCESS_LOG, Longshore } from '../support/longshore.ts';
import { longshore } from './support.ts';

let running: Longshore;
beforeAll(async () => {
  running = await Longshore.start({ pipelines: [...ACCESS_LOG, 'json'], env: { SLACK_WEBHOOK_URL: '' } });
});
afterAll(() => running.remove());

test('a newcomer sees search and an alert, without Docker', async () => {
  const where = ['--url', running.url, '--forward', `127.0.0.1:${running.ready.forward}`];
  const { code, out, err } = await longshore(['demo', '--seconds', '3', ...where]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const [, sent, acknowledged, events] = /^(\d+) lines sent, (\d+) acknowledged: (\d+) events \(/m.exec(out) ?? [];
  expect(Number(sent)).toBeGreaterThan(25);
  expect(acknowledged).toBe(sent);
  // The number that the ledger and the page show.
  const ledger = (await (await fetch(`${running.url}/api/ledger`)).json()) as LedgerReport;
  const received = Object.entries(ledger.containers).map(([name, { received }]) =>
    /^demo-/.test(name) ? received : 0,
  );
  expect(received.reduce((sum, count) => sum + count, 0)).toBe(Number(events));
  expect(out).toMatch(/^Alert \S+Z Error burst in api$/m);
  expect(out).toContain(`open ${running.url}/ in a browser`);

  const burst = await longshore(['search', '--url', running.url, 'level:ERROR AND service:api']);
  expect(burst.err).toMatch(/^2[5-9] of 2[5-9] events$/m);
  expect(burst.out).toContain('ECONNREFUSED');
  const answer = (await (await fetch(`${running.url}/api/alerts`)).json()) as { alerts: Record<string, unknown>[] };
  expect(answer.alerts[0]).toMatchObject({ rule: 'Error burst', key: 'api' });
  const services = new Set((await running.search('')).hits.map(hit => hit['service']));
  expect([...services].sort()).toEqual(expect.arrayContaining(['api', 'shop', 'web']));

  const again = await longshore(['demo', '--seconds', '1', '--seed', '2', ...where]);
  expect(again.out).toMatch(/^Alert \S+Z Error burst in api \(of an earlier run/m);
});

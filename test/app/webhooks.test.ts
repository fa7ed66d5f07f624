import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { hasAlertmanager, RealAlertmanager } from '../alerts/routing/alertmanager-process.ts';
import { reusablePort } from '../support/free-port.ts';
import { Longshore } from '../support/longshore.ts';
import { requireOrSkip } from '../support/services.ts';

const hasOne = requireOrSkip('Alertmanager', hasAlertmanager());

test.runIf(hasOne)(
  'the real Alertmanager: each alert once, over kill -9 and what is sent again',
  async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'longshore-webhooks-'));
    const port = await reusablePort();
    const set = { 'http.address': `127.0.0.1:${port}` };
    const url = `http://127.0.0.1:${port}/webhooks/alertmanager`;
    const alertmanager = await RealAlertmanager.start(`
route: { receiver: longshore, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1s }
receivers: [{ name: longshore, webhook_configs: [{ url: '${url}' }] }]
`);
    let running: Longshore | undefined;
    onTestFinished(async () => {
      await alertmanager.stop();
      await running?.kill();
      rmSync(dataDir, { recursive: true, force: true });
    });
    const startsAt = new Date(Date.now() - 60_000).toISOString();
    const tell = async (names: readonly string[], more = {}) => {
      const alerts = names.map(name => ({
        labels: { alertname: name, severity: 'warning', service: 'shop' },
        annotations: { summary: `${name} is the matter` },
        startsAt,
        ...more,
      }));
      const answer = await fetch(`${alertmanager.url}/api/v2/alerts`, {
        method: 'POST',
        body: JSON.stringify(alerts),
        headers: { 'content-type': 'application/json' },
      });
      expect(answer.status).toBe(200);
    };
    const found = async () =>
      (await running!.searchAll('event.kind:alert')).map(hit => String(hit['message'])).toSorted();

    running = await Longshore.start({ dataDir, set, rules: {} });
    await tell(['One', 'Two']);
    await vi.waitFor(async () => expect(await found()).toHaveLength(2), 20_000);
    // Alertmanager repeats every second, also while nobody is there.
    await running.kill();
    await tell(['Three']);
    await tell(['One'], { endsAt: new Date().toISOString() });
    running = await Longshore.start({ dataDir, set, rules: {} });
    const all = ['One: One is the matter', 'Three: Three is the matter', 'Two: Two is the matter'];
    await vi.waitFor(async () => expect(await found()).toEqual([...all, 'resolved: One: One is the matter']), 30_000);
    const before = (await running.ledger()).total.received;
    // Until it has told of them all again.
    await vi.waitFor(async () => expect(await repeats(running!)).toBeGreaterThan(5), {
      timeout: 30_000,
      interval: 200,
    });
    expect(await found()).toHaveLength(4);
    expect((await running.ledger()).total).toMatchObject({ received: before, unaccounted: 0 });
    const [hit] = (await running.search('alert.name:Two')).hits;
    expect(hit).toMatchObject({ level: 'WARN', service: 'shop', tag: 'alertmanager', '@timestamp': startsAt });
  },
  120_000,
);

/** Requests of Alertmanager that were answered. */
async function repeats({ url }: Longshore): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(
    /longshore_http_requests_total\{route="\/webhooks\/alertmanager",status="200"\} (\d+)/.exec(metrics)?.[1] ?? 0,
  );
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { Alertmanager } from '../../../src/alerts/manager/alertmanager.ts';
import { alertmanagerApi } from '../../../src/alerts/manager/api.ts';
import { readRoutingConfig } from '../../../src/alerts/routing/config/read-config.ts';
import { SilenceFile } from '../../../src/alerts/silence-file.ts';
import { UserSilences } from '../../../src/alerts/user-silences.ts';

test('2,000 groups at once are each told once, one receiver that hangs delays no other', {
  timeout: 300_000,
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'longshore-groups-'));
  const { config, mistakes } = readRoutingConfig(
    'alertmanager.yml',
    `route: { receiver: a, group_by: [alertname], group_wait: 10ms, group_interval: 1h }
receivers: [{ name: a, webhook_configs: [{ url: 'http://here/' }, { url: 'http://hanging/' }] }]`,
  );
  expect(mistakes).toEqual([]);
  const told: string[] = [];
  const fakeFetch = async (url: unknown, options?: RequestInit): Promise<Response> => {
    if (String(url).includes('hanging'))
      await new Promise((_, reject) => options!.signal!.addEventListener('abort', () => reject(new Error('stopped'))));
    told.push((JSON.parse(String(options!.body)) as { groupKey: string }).groupKey);
    return new Response('ok');
  };
  const silences = new UserSilences(new SilenceFile(dir));
  await silences.start();
  const manager = new Alertmanager({
    ...{ home: join(dir, 'alertmanager'), silences, config, templates: [] },
    externalUrl: () => 'http://here',
    fetch: fakeFetch as typeof fetch,
  });
  await manager.start();
  const started = performance.now();
  const api = alertmanagerApi(manager, '1');
  await api.post(Array.from({ length: 2000 }, (_, i) => ({ labels: { alertname: `A${i}` } })));
  await vi.waitFor(() => expect(told).toHaveLength(2000), { timeout: 40_000, interval: 100 });
  expect(new Set(told).size).toBe(2000);
  expect(performance.now() - started).toBeLessThan(30_000);
  await manager.stop(AbortSignal.timeout(100));
  rmSync(dir, { recursive: true, force: true });
});

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { Alertmanager } from '../../../src/alerts/manager/alertmanager.ts';
import { alertmanagerApi } from '../../../src/alerts/manager/api.ts';
import { readRoutingConfig } from '../../../src/alerts/routing/config/read-config.ts';
import { SilenceFile } from '../../../src/alerts/silence-file.ts';
import { UserSilences } from '../../../src/alerts/user-silences.ts';

const CONFIG = `route: { receiver: ops, group_by: [alertname], group_wait: 10ms, group_interval: 100ms }
receivers:
- name: ops
  slack_configs: [{ app_token: xoxb-1, channel: '#ops', update_message: true, send_resolved: true }]`;

const ends: (() => Promise<void>)[] = [];
const dir = mkdtempSync(join(tmpdir(), 'longshore-edited-'));
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  rmSync(dir, { recursive: true, force: true });
});

test('the message of a group is edited, not sent again, also after a kill and by whoever goes on', async () => {
  const calls: string[] = [];
  const start = async () => {
    const manager = new Alertmanager({
      ...{ home: join(dir, 'alertmanager'), silences: new UserSilences(new SilenceFile(dir)), templates: [] },
      config: readRoutingConfig('alertmanager.yml', CONFIG).config,
      externalUrl: () => 'http://here',
      fetch: (async (url: string, { body }: RequestInit) => {
        const { channel, ts } = JSON.parse(String(body)) as { channel: string; ts?: string };
        calls.push([String(url).replace(/^.*\//, ''), channel, ts].join(' ').trim());
        return Response.json({ ok: true, channel: 'C1', ts: `${calls.length}.0` });
      }) as typeof fetch,
    });
    await manager.start();
    ends.push(() => manager.stop(AbortSignal.timeout(100)));
    return alertmanagerApi(manager, '1');
  };
  const first = await start();
  await first.post([{ labels: { alertname: 'A', on: 'one' } }]);
  await vi.waitFor(() => expect(calls).toEqual(['chat.postMessage #ops']), { timeout: 10_000 });
  // Nothing is closed, as in a kill; what was told is durable right after it was.
  const state = join(dir, 'alertmanager', 'state-0.ndjson');
  await vi.waitFor(() => expect(readFileSync(state, 'utf8')).toContain('"remember"'), { timeout: 10_000 });
  const next = await start();
  await next.post([{ labels: { alertname: 'A', on: 'two' } }]);
  await vi.waitFor(() => expect(calls).toContain('chat.update C1 1.0'), { timeout: 10_000 });
  expect(calls.filter(call => call.startsWith('chat.postMessage'))).toEqual(['chat.postMessage #ops']);
});

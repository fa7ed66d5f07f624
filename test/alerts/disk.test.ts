import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { engine, hit, rule, START, tempFolder, until } from './support.ts';
import { webhook } from './webhook.ts';

const probe = await open('/', 'r');
/** What all handles of files inherit from: here a disk can be made to refuse. */
const disk = Object.getPrototypeOf(probe) as FileHandle;
await probe.close();
afterEach(() => vi.restoreAllMocks());

const refusal = (code: string): Error => Object.assign(new Error(`${code}: the disk refuses`), { code });

describe('a disk that takes nothing', () => {
  test.for([
    ['ENOSPC', 'writev'],
    ['EIO', 'datasync'],
    ['EROFS', 'writev'],
  ] as const)(
    '%s: messages go out all the same after a while, and later all of it is written',
    {
      timeout: 60_000,
    },
    async ([code, operation]) => {
      const dir = tempFolder();
      const hook = await webhook();
      const rules = [
        rule(`name: all\ntype: any\nindex: x\nrealert: { minutes: 0 }\nalert: post\nhttp_post_url: ${hook.url}\n`),
      ];
      const settings = { state_write_interval_ms: 10, retry_min_ms: 10, retry_max_ms: 50 };
      const alerts = await engine({ dir, rules, settings });
      alerts.consume([hit('all', 'before', START)], 1);
      await until(() => alerts.recent(1)[0]?.deliveries[0]?.state === 'sent', 'the first delivery');
      await alerts.flush();
      const refused = vi.spyOn(disk, operation).mockImplementation(() => Promise.reject(refusal(code)));
      alerts.consume([hit('all', 'meanwhile', START + 1)], 2);
      await until(() => refused.mock.calls.length > 0, 'a write that fails', 10_000);
      await sleep(50);
      expect(hook.received).toHaveLength(1);
      // It waits ten seconds from then: all but a moment of them go by at once.
      const { now } = performance;
      vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + 9500);
      await until(() => hook.received.length === 2, 'the message that is not durable', 40_000);
      expect(alerts.persistedPosition()).toBe(1);
      refused.mockRestore();
      await until(() => alerts.persistedPosition() === 2, 'the write', 10_000);
      alerts.consume([hit('all', 'after', START + 2)], 3);
      await until(() => alerts.notifications('sent', 9).length === 3, 'the next delivery', 10_000);
      await alerts.stop(AbortSignal.abort());
      const again = await engine({ dir, rules, settings });
      expect(again.persistedPosition()).toBe(3);
      expect(again.notifications(undefined, 9).map(({ state }) => state)).toEqual(['sent', 'sent', 'sent']);
      expect(hook.received.map(({ body }) => body._id)).toEqual(['before', 'meanwhile', 'after']);
    },
  );
});

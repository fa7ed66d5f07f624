import { closeSync, fsyncSync, mkdtempSync, openSync, rmdirSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { command } from '../support/command.ts';
import { dockerRecord, ForwardSender } from '../support/forward-sender.ts';
import { Longshore } from '../support/longshore.ts';
import { requireOrSkip } from '../support/services.ts';

/** A disk of 24 MB, mounted by root or with sudo. */
const disk = mkdtempSync(join(tmpdir(), 'longshore-disk-'));
const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
const [program = '', ...args] = [...asRoot, 'mount', '-t', 'tmpfs', '-o', 'size=24m,mode=777', 'longshore-test', disk];
const mounted = await command(program, args);

afterAll(async () => {
  if (mounted.code === 0) await command(asRoot[0] ?? 'umount', [...(asRoot.length > 0 ? ['-n', 'umount'] : []), disk]);
  rmdirSync(disk);
});

/** Takes all that is free but `rest` bytes, until it is removed. */
function fill(path: string, rest: number): void {
  const { bavail, bsize } = statfsSync(disk);
  const file = openSync(path, 'w');
  try {
    if (rest > 0) {
      writeSync(file, Buffer.alloc(bavail * bsize - rest));
      return;
    }
    for (let size = 1 << 20; size >= 512; ) {
      try {
        if (writeSync(file, Buffer.alloc(size)) < size) size /= 2;
      } catch {
        size /= 2;
      }
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

describe.runIf(requireOrSkip('the right to mount a small disk', mounted.code === 0 || mounted.err))(
  'a full disk',
  () => {
    test.each([
      ['seen before it is full', '6MB', 5_000_000, 100, 'LS_SPOOL_DISK_FULL'],
      ['seen by a write that fails', '0', 0, 20_000, 'LS_SPOOL_DISK'],
    ])(
      '%s: nothing is acknowledged, senders are told to try again, and later all is there once',
      async (_, minFree, rest, length, code) => {
        const dataDir = mkdtempSync(join(disk, 'd-'));
        const filler = join(disk, 'filler');
        const options = {
          dataDir,
          rules: {},
          set: { 'buffer.min_free_bytes': minFree, 'store.retention.min_free_bytes': '0' },
        };
        let longshore = await Longshore.start(options);
        const posted = new Map<string, string>();
        const post = async (key: string): Promise<{ status: number; code?: string; retryAfter?: string | null }> => {
          const body = JSON.stringify({ message: `INFO everything ${key} ${'x'.repeat(length)}` });
          posted.set(key, body);
          try {
            const response = await fetch(`${longshore.url}/api/logs`, {
              method: 'POST',
              headers: { 'content-type': 'application/json', 'idempotency-key': key },
              body,
              signal: AbortSignal.timeout(1500),
            });
            const answer = (await response.json()) as { error?: { code?: string } };
            return {
              status: response.status,
              code: answer.error?.code ?? '',
              retryAfter: response.headers.get('retry-after'),
            };
          } catch {
            // No answer within the time: the write waits for room.
            return { status: 0 };
          }
        };
        try {
          for (let i = 0; i < 5; i++) expect(await post(`before-${i}`)).toMatchObject({ status: 200 });
          const sender = await ForwardSender.connect(longshore.ready.forward);
          sender.message('app', dockerRecord('INFO everything first'), 'f-first');
          await sender.acknowledged(1);

          fill(filler, rest);
          let n = 0;
          const refusal = await vi.waitFor(
            async () => {
              const answer = await post(`full-${n++}`);
              expect(answer.status).toBe(503);
              return answer;
            },
            { timeout: 20_000, interval: 20 },
          );
          expect(refusal.code).toBe(code);
          expect(Number(refusal.retryAfter)).toBeGreaterThan(0);
          sender.message('app', dockerRecord('INFO everything while full'), 'f-full');
          await sender.closed;
          expect(sender.acks).toEqual(['f-first']);
          expect((await fetch(`${longshore.url}/healthz`)).status).toBe(200);
          const ready = await fetch(`${longshore.url}/readyz`);
          expect(ready.status).toBe(503);
          expect(await ready.text()).toContain(code);
          expect((await longshore.search('first')).total).toBe(1);

          rmSync(filler);
          await vi.waitFor(async () => expect((await fetch(`${longshore.url}/readyz`)).status).toBe(200), {
            timeout: 10_000,
          });
          for (const key of posted.keys()) {
            await vi.waitFor(async () => expect((await post(key)).status).toBe(200), { timeout: 5000 });
          }
          const again = await ForwardSender.connect(longshore.ready.forward);
          again.message('app', dockerRecord('INFO everything while full'), 'f-full');
          await again.acknowledged(1);
          again.close();
          expect((await longshore.search('everything')).total).toBe(posted.size + 2);

          expect(await longshore.stop()).toBe(0);
          longshore = await longshore.again();
          await longshore.untilReady();
          const texts = (await longshore.searchAll('everything')).map(hit => String(hit['message']).slice(0, 60));
          expect(texts).toHaveLength(posted.size + 2);
          expect(new Set(texts).size).toBe(posted.size + 2);
        } finally {
          await longshore.kill();
          rmSync(filler, { force: true });
          rmSync(dataDir, { recursive: true, force: true });
        }
      },
      60_000,
    );
  },
);

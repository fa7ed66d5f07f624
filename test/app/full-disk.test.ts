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

interface Answer {
  status: number;
  code?: string;
  message?: string;
  retryAfter?: string | null;
}

/** Posts events that can be told apart; each key once, however often it is posted. */
function poster(url: () => string, length: number) {
  const posted = new Map<string, string>();
  const post = async (key: string): Promise<Answer> => {
    const body = JSON.stringify({ message: `INFO everything ${key} ${'x'.repeat(length)}` });
    posted.set(key, body);
    try {
      const response = await fetch(`${url()}/api/logs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body,
        signal: AbortSignal.timeout(1500),
      });
      const answer = (await response.json()) as { error?: { code?: string; message?: string } };
      return {
        status: response.status,
        code: answer.error?.code ?? '',
        message: answer.error?.message ?? '',
        retryAfter: response.headers.get('retry-after'),
      };
    } catch {
      // No answer within the time: the write waits for room.
      return { status: 0 };
    }
  };
  return { posted, post };
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
        const { posted, post } = poster(() => longshore.url, length);
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

    test('at the start: searches run, senders are told why not, a stop is quick, later all is there once', async () => {
      const dataDir = mkdtempSync(join(disk, 'd-'));
      const filler = join(disk, 'filler');
      // Each of several workers has a spool of its own.
      const set = { 'buffer.min_free_bytes': '0', 'store.retention.min_free_bytes': '0', workers: '2' };
      let longshore = await Longshore.start({ dataDir, rules: {}, set });
      const { post } = poster(() => longshore.url, 20_000);
      const acked: string[] = [];
      try {
        for (let i = 0; i < 5; i++) {
          expect(await post(`before-${i}`)).toMatchObject({ status: 200 });
          acked.push(`before-${i}`);
        }
        fill(filler, 0);
        for (let n = 0; n < 500; n++) {
          const { status } = await post(`full-${n}`);
          if (status === 503) break;
          if (status === 200) acked.push(`full-${n}`);
        }
        await longshore.kill();
        fill(`${filler}-2`, 0);

        longshore = await longshore.again();
        await vi.waitFor(
          async () => expect((await longshore.search('everything')).total).toBeGreaterThanOrEqual(acked.length),
          {
            timeout: 10_000,
          },
        );
        let n = 0;
        // The first one may find room for a new log, and waits for more.
        await vi.waitFor(
          async () => expect(await post(`refused-${n++}`)).toMatchObject({ status: 503, code: 'LS_SPOOL_DISK' }),
          { timeout: 10_000 },
        );
        expect((await fetch(`${longshore.url}/healthz`)).status).toBe(200);
        const ready = await fetch(`${longshore.url}/readyz`);
        expect(ready.status).toBe(503);
        expect(await ready.text()).toContain('ENOSPC');
        const since = performance.now();
        expect(await longshore.stop()).toBe(0);
        expect(performance.now() - since).toBeLessThan(6000);
        const told = longshore.log.filter(line => line.includes('ENOSPC'));
        expect(told.length).toBeGreaterThan(0);
        expect(longshore.log.filter(line => !line.startsWith('{'))).toEqual([]);
        expect(told.filter(line => line.includes('    at '))).toEqual([]);

        rmSync(filler);
        rmSync(`${filler}-2`);
        longshore = await longshore.again();
        await longshore.untilReady();
        const texts = (await longshore.searchAll('everything')).map(hit => String(hit['message']).split(' ')[2]);
        expect(new Set(texts).size).toBe(texts.length);
        expect(acked.filter(key => !texts.includes(key))).toEqual([]);
      } finally {
        await longshore.kill();
        rmSync(filler, { force: true });
        rmSync(`${filler}-2`, { force: true });
        rmSync(dataDir, { recursive: true, force: true });
      }
    }, 60_000);

    test('below buffer.min_free_bytes: the log and the answer say how much is free, how much is wanted, and what to do', async () => {
      const dataDir = mkdtempSync(join(disk, 'd-'));
      const set = { 'buffer.min_free_bytes': '100MB', 'store.retention.min_free_bytes': '0' };
      const longshore = await Longshore.start({ dataDir, rules: {}, set });
      const { post } = poster(() => longshore.url, 10);
      try {
        const said = longshore.log.map(line => JSON.parse(line)).filter(({ level, path }) => level === 'error' && path);
        expect(said).toHaveLength(1);
        expect(said[0]).toMatchObject({ wanted_bytes: 100_000_000, path: join(dataDir, 'data', 'spool', 'w0') });
        expect(said[0].free_bytes).toBeLessThan(26_000_000);
        expect(said[0].fix).toContain('buffer.min_free_bytes');
        const { status, code, message } = await post('refused');
        expect({ status, code }).toEqual({ status: 503, code: 'LS_SPOOL_DISK_FULL' });
        expect(message).toMatch(
          /^the disk is nearly full: [\d.]+ MB are free, and buffer.min_free_bytes wants 100 MB. Try again later. \(LS_SPOOL_DISK_FULL\)$/,
        );
      } finally {
        await longshore.kill();
        rmSync(dataDir, { recursive: true, force: true });
      }
    }, 300_000);
  },
);

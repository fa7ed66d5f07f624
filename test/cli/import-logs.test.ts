import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { fileName } from '../../src/cli/import/progress.ts';
import { reusablePort } from '../support/free-port.ts';
import { Longshore } from '../support/longshore.ts';
import { inProcess as run } from './in-process.ts';
import { collect, start } from './support.ts';

const DAY_MS = 24 * 3600 * 1000;

describe('old logs are imported', () => {
  const dir = mkdtempSync(join(tmpdir(), 'longshore-import-logs-'));
  let longshore: Longshore;
  beforeAll(async () => {
    const port = await reusablePort();
    longshore = await Longshore.start({ set: { 'http.address': `127.0.0.1:${port}` }, rules: {} });
  }, 60_000);
  afterAll(async () => {
    await longshore?.remove();
    rmSync(dir, { recursive: true, force: true });
  });

  const args = (paths: readonly string[], tag: string): string[] => [
    'import',
    'logs',
    ...paths,
    '--tag',
    tag,
    '--state',
    join(dir, 'state'),
    '--url',
    longshore.url,
  ];
  const importing = (paths: readonly string[], tag: string) => run(args(paths, tag));
  /** `days` ago, one a second. */
  const lines = (from: number, to: number, days: number): string =>
    Array.from({ length: to - from }, (_, i) => {
      const time = new Date(Date.now() - days * DAY_MS + (from + i) * 10).toISOString();
      return `${time} INFO order ${from + i} of an old day was shipped to where it belongs\n`;
    }).join('');
  const numbers = async (tag: string): Promise<number[]> =>
    (await longshore.searchAll(`tag:${tag}`))
      .map(({ message }) => Number(/order (\d+)/.exec(String(message))?.[1]))
      .sort((a, b) => a - b);
  const count = (to: number): number[] => Array.from({ length: to }, (_, n) => n);

  test('each line once: again, grown, renamed and compressed; on its own day', async () => {
    const file = join(dir, 'app.log');
    writeFileSync(file, lines(0, 100, 3));
    expect(await importing([file], 'old')).toMatchObject({ code: 0, err: '' });
    expect((await importing([file], 'old')).out).toMatch(
      /^taken: 0 events, 0 bytes of .*, \d+ bytes were there already\n$/,
    );
    appendFileSync(file, lines(100, 150, 2));
    expect((await importing([file], 'old')).out).toContain('taken: 50 events');
    const rotated = join(dir, 'app.log.1.gz');
    appendFileSync(file, lines(150, 160, 2));
    copyFileSync(file, `${file}.2`);
    writeFileSync(rotated, gzipSync(readFileSync(file)));
    expect((await importing([rotated, `${file}.2`], 'old')).out).toMatch(/taken: 10 events.*\ntaken: 0 events/);
    // Another file that begins alike.
    const begin = readFileSync(file, 'utf8').split('\n')[0]!;
    writeFileSync(file, `${begin}\nanother line\n`);
    expect((await importing([file], 'old')).out).toMatch(/^taken: 2 events, \d+ bytes of [^,]*\n$/);
    expect(await numbers('old')).toHaveLength(160 + 2);
    const days = new Set((await longshore.searchAll('tag:old')).map(({ _index }) => _index));
    expect(days.size).toBeGreaterThanOrEqual(2);
  });

  test('longshore is killed in the middle, and so is the import', { timeout: 60_000 }, async () => {
    const file = join(dir, 'large.log.zst');
    const to = 12_000;
    writeFileSync(file, zstdCompressSync(lines(0, to, 1)));
    const child = start([...args([file], 'killed')]);
    collect(child);
    const stored = async (): Promise<number> => (await longshore.search('tag:killed', { size: '1' })).total;
    await vi.waitFor(async () => expect(await stored()).toBeGreaterThan(0), { timeout: 20_000, interval: 10 });
    await longshore.kill();
    child.kill('SIGKILL');
    longshore = await longshore.again();
    const [first, second] = [importing([file], 'killed'), importing([file], 'killed')];
    const codes = [(await first).code, (await second).code];
    expect(codes).toContain(0);
    expect(await numbers('killed')).toEqual(count(to));
  });

  test("days that are not kept are said; stack traces are joined, Docker's lines have their own times", async () => {
    const old = join(dir, 'ancient.log');
    writeFileSync(old, lines(0, 3, 400));
    const { code, err } = await importing([old], 'ancient');
    expect(code).toBe(0);
    expect(err).toMatch(/^3 events are older than the days that are kept/);
    const trace = join(dir, 'trace.log');
    const time = new Date(Date.now() - DAY_MS).toISOString();
    writeFileSync(
      trace,
      `${time} ERROR failed\njava.lang.IllegalStateException: no\n\tat a.B.c(B.java:1)\n\tat a.B.d(B.java:2)\n${time} INFO next\n`,
    );
    const json = join(dir, 'x-json.log');
    writeFileSync(json, `${JSON.stringify({ log: 'hello\n', stream: 'stderr', time })}\n`);
    expect(await importing([trace, json], 'forms')).toMatchObject({ code: 0, err: '' });
    const events = await vi.waitFor(
      async () => {
        const found = await longshore.searchAll('tag:forms');
        expect(found.length).toBe(3);
        return found;
      },
      { timeout: 10_000 },
    );
    expect(events.map(event => event['@timestamp'])).toEqual([time, time, time]);
    expect(events.map(({ message }) => String(message).split('\n').length).sort()).toEqual([1, 1, 4]);
    expect(events.find(({ message }) => message === 'hello')).toMatchObject({ stream: 'stderr' });
  });

  test('what cannot be read is said, and the others are imported', async () => {
    const file = join(dir, 'good.log');
    writeFileSync(file, lines(0, 2, 1));
    writeFileSync(join(dir, 'broken.gz'), gzipSync(lines(0, 100, 1)).subarray(0, -20));
    const { code, out, err } = await importing([join(dir, 'missing'), join(dir, 'broken.gz'), file], 'good');
    expect([code, out]).toEqual([1, expect.stringContaining('taken: 2 events')]);
    expect(err).toMatch(/missing: ENOENT/);
    expect(err).toMatch(/broken\.gz: unexpected end of file/);
  });
});

test.each([
  ['/l/app.log', '/l/app.log.1', true],
  ['/l/app.log', '/l/app.log.12.gz', true],
  ['/l/app.log', '/l/app.log-20261130.zst', true],
  ['/l/app.log', '/l/app-2026-11-30.log', true],
  ['/l/app.log', '/l/app2.log', false],
  ['/l/app.log', '/m/app.log', false],
])('%s and %s are one file: %s', (a, b, is) => {
  const line = Buffer.from('first');
  expect(fileName('t', a, line) === fileName('t', b, line)).toBe(is);
});

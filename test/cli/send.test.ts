import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { longshore, start } from './support.ts';

interface Taken {
  readonly path: string;
  readonly id: string;
  readonly text: string;
}

let taken: Taken[] = [];
let refusals = 0;
const dir = mkdtempSync(join(tmpdir(), 'longshore-send-'));
const web = createServer(async (request, response) => {
  const text = Buffer.concat(await request.toArray()).toString();
  if (refusals-- > 0) {
    response.writeHead(503).end('{"error":{"code":"LS_INPUTS_BUSY","message":"too much waits. (LS_INPUTS_BUSY)"}}');
    return;
  }
  taken.push({ path: request.url!, id: String(request.headers['idempotency-key']), text });
  response.end(JSON.stringify({ accepted: text.split('\n').filter(line => line !== '').length }));
});
beforeAll(async () => {
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
});
afterAll(() => {
  web.close();
  rmSync(dir, { recursive: true, force: true });
});
beforeEach(() => {
  taken = [];
  refusals = 0;
});
const send = (args: readonly string[], stdin?: string) =>
  longshore(
    ['send', ...args, '--url', `http://127.0.0.1:${(web.address() as AddressInfo).port}`],
    stdin === undefined ? {} : { stdin },
  );

test('a file goes in whole lines, with the same ids when it goes again', async () => {
  const text = Array.from({ length: 30_000 }, (_, i) => `line ${i} of a long file that is told in full\n`).join('');
  const file = join(dir, 'app.log.1.gz');
  writeFileSync(file, gzipSync(text));
  expect(await send([file, '--tag', 'old logs'])).toMatchObject({ code: 0, err: '' });
  expect(taken.map(({ text: part }) => part).join('')).toBe(text);
  expect(taken.length).toBeGreaterThan(2);
  expect(taken.every(({ path, text: part }) => path === '/api/logs?tag=old%20logs' && part.endsWith('\n'))).toBe(true);
  const ids = taken.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  taken = [];
  await send([file, '--tag', 'old logs']);
  expect(taken.map(({ id }) => id)).toEqual(ids);
});

test('standard input, and a longshore that is busy for a while', async () => {
  refusals = 2;
  const { code, out } = await send(['-'], 'one\ntwo');
  expect([code, out]).toEqual([0, 'taken: 2 events, 7 bytes of standard input\n']);
  expect(taken.map(({ text }) => text)).toEqual(['one\ntwo']);
});

test('a pipe that is slow is not waited for', async () => {
  const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
  const child = start(['send', '-', '--url', url]);
  child.stdin!.write('one\ntw');
  await vi.waitFor(() => expect(taken.map(({ text }) => text)).toEqual(['one\n']));
  child.stdin!.end('o\n');
  await once(child, 'close');
  expect(taken.map(({ text }) => text)).toEqual(['one\n', 'two\n']);
});

test('what was not taken is said, file by file', async () => {
  const file = join(dir, 'there.log');
  writeFileSync(file, 'one\n');
  const { code, out, err } = await send([join(dir, 'missing.log'), file]);
  expect(code).toBe(1);
  expect(err).toContain('missing.log: ENOENT');
  expect(out).toContain(`taken: 1 events, 4 bytes of ${file}`);
  refusals = 1;
  expect(await send([file, '--retry-s', '0'])).toMatchObject({ code: 1, out: '' });
});

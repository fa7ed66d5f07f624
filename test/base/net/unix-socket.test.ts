import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { listen } from '../../../src/base/net/listen.ts';
import { isAlive, removeDeadSocket } from '../../../src/base/net/unix-socket.ts';
import { unixListener } from '../../support/unix-listener.ts';

const setting = { where: 'x.unix_socket', inUse: 'LS_WEB_ADDRESS_IN_USE', failed: 'LS_WEB_LISTEN_FAILED' } as const;

function pathOf(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'longshore-net-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
}

test('a program whose queue of connections is full keeps its socket', async () => {
  const path = pathOf('in.sock');
  await unixListener(path, { isFull: true });
  expect(await isAlive(path)).toBe(true);
  const server = createServer();
  await expect(listen(server, { path }, setting)).rejects.toMatchObject({
    code: 'LS_WEB_ADDRESS_IN_USE',
    where: 'x.unix_socket',
  });
  expect(existsSync(path)).toBe(true);
});

test('the socket of a killed program is taken over', async () => {
  const path = pathOf('in.sock');
  const kill = await unixListener(path);
  expect(await isAlive(path)).toBe(true);
  await kill();
  expect(await isAlive(path)).toBe(false);
  const server = createServer();
  await listen(server, { path }, setting);
  expect(await isAlive(path)).toBe(true);
  server.close();
});

test('what is no socket is left alone', async () => {
  const path = pathOf('file');
  writeFileSync(path, 'mine');
  await removeDeadSocket(path);
  expect(existsSync(path)).toBe(true);
  const link = pathOf('link');
  symlinkSync(path, link);
  await removeDeadSocket(link);
  expect(existsSync(link)).toBe(true);
  await expect(listen(createServer(), { path }, setting)).rejects.toMatchObject({ code: 'LS_WEB_ADDRESS_IN_USE' });
});

test('nothing there is nothing to remove', async () => {
  await removeDeadSocket(pathOf('none'));
});

import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { lockDataDir } from '../../src/data/data-dir.ts';
import { seeded } from '../support/chance.ts';
import { unixListener } from '../support/unix-listener.ts';

const root = mkdtempSync(join(tmpdir(), 'longshore-lock-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A folder whose owner was killed: the socket is there, and nobody listens. */
async function abandoned(name: string): Promise<string> {
  const folder = join(root, name);
  mkdirSync(folder);
  const server = createServer().listen(join(folder, 'first.sock'));
  await once(server, 'listening');
  renameSync(join(folder, 'first.sock'), join(folder, 'lock.sock'));
  server.close();
  await once(server, 'close');
  expect(readdirSync(folder)).toEqual(['lock.sock']);
  return folder;
}

describe('the lock of data_dir', () => {
  test('where no folder can be made is one clear error', async () => {
    await expect(lockDataDir('/proc/longshore/data')).rejects.toMatchObject({ code: 'LS_DATA_DIR' });
    await expect(lockDataDir('/dev/null/data')).rejects.toMatchObject({ code: 'LS_DATA_DIR' });
  });

  test('is one process at a time, and free after release', async () => {
    const folder = join(root, 'new', 'deep');
    const lock = await lockDataDir(folder);
    await expect(lockDataDir(folder)).rejects.toMatchObject({ code: 'LS_DATA_DIR_IN_USE' });
    await lock.release();
    await (await lockDataDir(folder)).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('of an owner that was killed goes to one of those that come, however many at once', async () => {
    const random = seeded(1);
    for (let round = 0; round < 300; round++) {
      const folder = await abandoned(`round-${round}`);
      const acquire = async () => {
        for (let turns = Math.floor(random() * 8); turns > 0; turns--) await new Promise(setImmediate);
        return lockDataDir(folder);
      };
      const taken = await Promise.allSettled(Array.from({ length: 6 }, acquire));
      const owners = taken.filter(one => one.status === 'fulfilled');
      expect(owners).toHaveLength(1);
      await expect(lockDataDir(folder)).rejects.toMatchObject({ code: 'LS_DATA_DIR_IN_USE' });
      await owners[0]!.value.release();
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  test('of an owner that answers nobody for now stays with it', async () => {
    const folder = join(root, 'busy');
    mkdirSync(folder);
    await unixListener(join(folder, 'lock.sock'), { isFull: true });
    await expect(lockDataDir(folder)).rejects.toMatchObject({ code: 'LS_DATA_DIR_IN_USE' });
    expect(readdirSync(folder)).toEqual(['lock.sock']);
  });

  test('works in folders whose path is longer than a socket address', async () => {
    const lock = await lockDataDir(join(root, ...Array.from({ length: 5 }, () => 'x'.repeat(60))));
    await lock.release();
  });
});

import { mkdtemp, rm, stat, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listChunks, writeChunk } from '../../../src/buffer/spool/chunk-files.ts';

test('a chunk that its taker removes while chunks are listed is left out, whatever else is wrong with one is told', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'chunks-'));
  try {
    const bodies = [Buffer.from('{}\n')];
    const content = { day: '2026.11.20', events: 1, bytes: 3, minTime: 10, maxTime: 20, bodies, containers: new Map() };
    const logs = ['0000000000000001', '0000000000000002', '0000000000000003'];
    for (const log of logs) await writeChunk(dir, log, 'w0', content);
    const found = await listChunks(dir, async path => {
      if (path.includes(logs[1]!)) await unlink(path);
      return (await stat(path)).size;
    });
    expect(found.map(({ id, bytes }) => [id, bytes])).toEqual([
      [`${logs[0]}.w0.20261120`, 3],
      [`${logs[2]}.w0.20261120`, 3],
    ]);
    await expect(listChunks(dir, () => Promise.reject(new Error('EIO')))).rejects.toThrow('EIO');
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

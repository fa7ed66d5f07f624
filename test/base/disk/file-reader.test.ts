import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FileReader } from '../../../src/base/disk/file-reader.ts';

test('files are read whole into memory that is used again, whatever their names say of their size', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'files-'));
  const path = join(dir, 'a.ndjson');
  const files = new FileReader();
  let first: ArrayBufferLike | undefined;
  try {
    for (const [length, told] of [
      [100_000, 100_000],
      [70_000, 70_000],
      [500, 600],
      [600, 500],
      [0, 0],
    ] as const) {
      const text = `${'x'.repeat(Math.max(0, length - 1))}${length > 0 ? '\n' : ''}`;
      await writeFile(path, text);
      const content = await files.read({ path, bytes: told });
      expect(content.toString()).toBe(text);
      first ??= content.buffer;
      if (length === told) expect(content.buffer).toBe(first);
      if (content.buffer === first) files.give(content);
    }
    // What was not given back is not written over.
    const [one, other] = [await files.read({ path, bytes: 0 }), await files.read({ path, bytes: 0 })];
    expect(one.buffer).not.toBe(other.buffer);
    await rm(path);
    await expect(files.read({ path, bytes: 10 })).rejects.toThrow('ENOENT');
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../buffer/spool/chunk-files.ts';

/** Whoever looks sees the old file or the whole new one, also after a power cut. */
export async function replaceFile(path: string, content: string | readonly Uint8Array[]): Promise<void> {
  const draft = `${path}.draft`;
  const file = await open(draft, 'w');
  try {
    for (const part of typeof content === 'string' ? [Buffer.from(content)] : content) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  await syncFolder(dirname(path));
}

import { type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncPath } from './folder.ts';
import { writeAll } from './write-all.ts';

/** Makes a file of what `write` puts into it, or makes it anew. Its bytes are on the disk then; its name is when its folder is synced. */
export async function writeDurably(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'w');
  try {
    await write(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Whoever looks sees the old file or the whole new one, also after a power cut. */
export async function replaceFile(path: string, content: string | readonly Uint8Array[]): Promise<void> {
  const draft = `${path}.draft`;
  await writeDurably(draft, file => writeAll(file, typeof content === 'string' ? [Buffer.from(content)] : content));
  await rename(draft, path);
  await syncPath(dirname(path));
}

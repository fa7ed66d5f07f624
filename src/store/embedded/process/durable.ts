import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

// Synchronous on purpose: the store process has nothing to do meanwhile, and fewer states to crash in.

export function fsyncPath(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes the folder and its entry in the parent durable. */
export function makeFolder(path: string): void {
  if (mkdirSync(path, { recursive: true }) !== undefined) fsyncPath(dirname(path));
}

/** Whoever looks sees the old file or the whole new one, also after a power cut. `tmp` is a folder of the same file system. */
export function writeDurably(path: string, content: string | Uint8Array, tmp: string): void {
  const draft = join(tmp, `${basename(path)}.draft`);
  const fd = openSync(draft, 'w');
  try {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, path);
  fsyncPath(dirname(path));
}

/** Deletes files that may be gone already, durably. Returns how many were there. */
export function deleteDurably(paths: readonly string[]): number {
  const folders = new Set<string>();
  let deleted = 0;
  for (const path of paths) {
    try {
      rmSync(path);
      deleted++;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    folders.add(dirname(path));
  }
  for (const folder of folders) {
    try {
      fsyncPath(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return deleted;
}

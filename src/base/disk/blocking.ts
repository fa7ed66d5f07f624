import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

// For a process that has nothing to do meanwhile: each returns when it is on the disk, and fewer states are there to crash in.

export function syncPathSync(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes the folder and its entry in the parent durable. */
export function makeFolderSync(path: string): void {
  if (mkdirSync(path, { recursive: true }) !== undefined) syncPathSync(dirname(path));
}

/** Whoever looks sees the old file or the whole new one, also after a power cut. `tmp` is a folder of the same file system. */
export function replaceFileSync(path: string, content: string | Uint8Array, tmp: string): void {
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
  syncPathSync(dirname(path));
}

/** Deletes files that may be gone already, durably. */
export function deleteFilesSync(paths: readonly string[]): void {
  const folders = new Set<string>();
  for (const path of paths) {
    try {
      rmSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    folders.add(dirname(path));
  }
  for (const folder of folders) {
    try {
      syncPathSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

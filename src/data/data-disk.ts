import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

export interface DataDisk {
  /** Absolute. */
  readonly path: string;
  /** Kind of its file system, as far as it matters here. */
  readonly type: string;
  readonly isMemory: boolean;
  readonly isContainerLayer: boolean;
  readonly isWritable: boolean;
  readonly freeBytes: number;
}

/** Magic numbers of file systems (statfs(2)). */
const TYPES: Record<number, string> = { 16914836: 'tmpfs', 2240043254: 'ramfs', 2035054128: 'overlay' };

/** What `data_dir` lies on; of a folder that is not there yet, what it would be made on. */
export function locateDataDir(dataDir: string): DataDisk {
  const path = resolve(dataDir);
  let existing = path;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  const { type, bavail, bsize } = statfsSync(existing);
  const name = TYPES[type] ?? 'disk';
  return {
    path,
    type: name,
    isMemory: name === 'tmpfs' || name === 'ramfs',
    isContainerLayer: name === 'overlay',
    isWritable: canWrite(existing),
    freeBytes: bavail * bsize,
  };
}

function canWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

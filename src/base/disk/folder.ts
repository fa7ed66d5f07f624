import { existsSync } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * A folder whose descriptor stays open. Making its entries durable takes no new descriptor then, of which there may be
 * none in the very moment when a file has just been renamed or removed.
 */
export class Folder {
  readonly path: string;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  static async open(path: string): Promise<Folder> {
    return new Folder(path, await open(path, 'r'));
  }

  /** Files that were made, renamed or removed in it are so on the disk. */
  async sync(): Promise<void> {
    await this.#handle.sync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** As `Folder.sync`, once; of a file, its bytes. */
export async function syncPath(path: string): Promise<void> {
  const folder = await Folder.open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** And those around it. Not Node's `recursive`: where a file system has no room for folders at all (/proc), that one never ends. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || existsSync(dirname(path))) throw error;
    await makeFolder(dirname(path));
    await mkdir(path);
  }
}

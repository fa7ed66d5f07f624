import { glob, readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, matchesGlob, resolve } from 'node:path';
import type { FileState } from './journal.ts';
import type { FilesInputOptions } from './options.ts';
import { ifGone, openFile, printOf, readAt } from './tracked-file.ts';

/** A file where it was found. */
export interface Found {
  readonly path: string;
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
}

const COMPRESSED = /\.(?:gz|bz2|xz|zst|lz4|lzma|zip|Z)$/;

export const isCompressed = (path: string): boolean => COMPRESSED.test(path);

/** Absolute paths that the entries match, each with the first entry that does; none in `ownDir`. */
export async function matches<E extends { readonly options: Pick<FilesInputOptions, 'paths' | 'exclude'> }>(
  entries: readonly E[],
  ownDir: string,
): Promise<Map<string, E>> {
  const found = new Map<string, E>();
  for (const entry of entries) {
    const { paths, exclude } = entry.options;
    for await (const path of glob([...paths])) {
      const full = resolve(path);
      if (isCompressed(full) || found.has(full) || full.startsWith(`${ownDir}/`)) continue;
      if (!exclude.some(pattern => isExcluded(full, pattern))) found.set(full, entry);
    }
  }
  return found;
}

/** A pattern without a slash is one of names, as `*.debug.log`; one that begins with `**` is of any folder. */
export function isExcluded(path: string, pattern: string): boolean {
  if (!pattern.includes('/')) return matchesGlob(basename(path), pattern);
  return matchesGlob(path, pattern.startsWith('**/') ? `/${pattern}` : resolve(pattern));
}

/** A regular file as it is now, symbolic links followed; undefined: there is none. */
export async function lookAt(path: string): Promise<Found | undefined> {
  const { dev, ino, size, mtimeMs, ...found } = (await stat(path).catch(ifGone)) ?? {};
  if (dev === undefined || ino === undefined || size === undefined || mtimeMs === undefined) return undefined;
  return 'mode' in found && (found.mode! & 0o170000) === 0o100000 ? { path, dev, ino, size, mtimeMs } : undefined;
}

/** Regular files of a folder. What cannot be looked at is left out. */
export async function filesIn(folder: string): Promise<Found[]> {
  const names = await readdir(folder).catch(() => []);
  const found: Found[] = [];
  for (const name of names) {
    const file = await lookAt(join(folder, name)).catch(() => undefined);
    if (file !== undefined) found.push(file);
  }
  return found;
}

/** Whether the name may be that of a rotation of the other: `app.log.1`, `app.log-20261130`, `app-old.log` of `app.log`. */
export function isRotationOf(path: string, original: string): boolean {
  if (dirname(path) !== dirname(original)) return false;
  const name = basename(path);
  const other = basename(original);
  return name.length > other.length && name.startsWith(basename(other, extname(other)));
}

/** Paths of which this one is a rotation, if they are there: those with less behind the name, or without a date or number in it. */
export function* originalsOf(path: string): IterableIterator<string> {
  const folder = dirname(path);
  const name = basename(path);
  for (let length = name.length - 1; length > 0; length--) yield join(folder, name.slice(0, length));
  const dated = /^(.+?)[-_.]\d[-_.:T\d]*(\.[^.]*)$/.exec(name);
  if (dated !== null) yield join(folder, `${dated[1]}${dated[2]}`);
}

/** What a file that may be a copy has of another one, of which the state tells. */
export type CopyOf = 'rest' | 'less' | undefined;

/**
 * `rest`: it holds everything that was read of the file, and goes on behind it. `less`: it begins like it, and is shorter than
 * what was read. Both are left by those who copy a log before they empty it.
 */
export async function copyOf(copy: Found, { offset, tail, head }: FileState): Promise<CopyOf> {
  if (offset > 0 && copy.size >= offset) {
    const before = Math.min(offset, TAIL_BYTES);
    return printOf(await bytesOf(copy.path, offset - before, before)) === tail ? 'rest' : undefined;
  }
  const [length = '', print] = head.split(':');
  const bytes = Number(length);
  if (bytes < LEAST_BYTES || copy.size < bytes) return undefined;
  if (printOf(await bytesOf(copy.path, 0, bytes)) !== print) return undefined;
  return copy.size < offset ? 'less' : 'rest';
}
const TAIL_BYTES = 256;
/** Fewer bytes may be the same by chance. */
const LEAST_BYTES = 32;

/** Whether it is the begin of the other, or all of it: their first bytes are the same, and the last ones that both have. */
export async function isSameContent(copy: Found, original: Found): Promise<boolean> {
  const { size } = copy;
  if (size < LEAST_BYTES || size > original.size) return false;
  const length = Math.min(size, TAIL_BYTES);
  for (const from of [0, size - length])
    if (!(await bytesOf(copy.path, from, length)).equals(await bytesOf(original.path, from, length))) return false;
  return true;
}

async function bytesOf(path: string, from: number, length: number): Promise<Buffer> {
  const handle = await openFile(path);
  try {
    return await readAt(handle, from, length);
  } finally {
    await handle.close();
  }
}

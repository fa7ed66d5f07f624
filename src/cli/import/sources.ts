import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import type { SourceFile } from '../../import/reading.ts';

const MAX_BYTES = 10_000_000;
const MAX_FILES = 2000;

/** The files that the command line names; of a folder those with one of these endings, in the order of their names. Throws LS_IMPORT_SOURCE. */
export function readSources(paths: readonly string[], endings: RegExp): SourceFile[] {
  const files = paths.flatMap(path => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined)
      throw new LongshoreError('LS_IMPORT_SOURCE', `there is no ${path}.`, { fix: 'Name a file or a folder.' });
    return found.isDirectory() ? list(path, endings) : [path];
  });
  if (files.length === 0)
    throw new LongshoreError('LS_IMPORT_SOURCE', `there is no file to import in ${paths.join(', ')}.`, {
      fix: 'Name the file itself.',
    });
  return files.map(path => ({ path, text: read(path) }));
}

function list(folder: string, endings: RegExp): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && endings.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
    .slice(0, MAX_FILES);
}

function read(path: string): string {
  try {
    if (statSync(path).size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new LongshoreError('LS_IMPORT_SOURCE', `it cannot be read: ${messageOf(cause)}.`, { where: path, cause });
  }
}

/** Files that a configuration names: as they are named, else beside it, else by their last name beside it. */
export function filesBeside(source: string): (path: string) => SourceFile[] | undefined {
  const base = dirname(source);
  return path => {
    const found = [...(isAbsolute(path) ? [path] : [join(base, path), path]), join(base, basename(path))]
      .map(place => (/[*?[{]/.test(place) ? globSync(place).sort() : existsSync(place) ? [place] : []))
      .find(places => places.length > 0);
    const files = found?.flatMap(place => (statSync(place).isDirectory() ? list(place, /^[^.]/) : [place]));
    return files?.slice(0, MAX_FILES).map(file => ({ path: file, text: read(file) }));
  };
}

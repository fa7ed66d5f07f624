import { constants, type Stats } from 'node:fs';
import { access, lstat, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, matchesGlob, normalize, relative, resolve, sep } from 'node:path';
import type { DefinitionFileInfo, DefinitionKind } from '../../core/api/definition-files.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { foldersOf, pathsOf } from '../user-files.ts';

/** Of one file that is read or written over HTTP. */
export const MAX_BYTES = 900_000;
const MAX_NAME_CHARS = 200;
/** A folder or a file of a new name: nothing hidden, nothing that a shell or a listing would stumble over. */
const PART = /^[\p{L}\p{N}_][\p{L}\p{N}_.@+-]*$/u;

/** A file where it is, or where it would be. */
export interface FilePlace {
  readonly path: string;
  /** The folder of the setting. */
  readonly folder: string;
  readonly isThere: boolean;
}

/** The files that one setting covers, by the names that they have over HTTP. */
export class Places {
  readonly #kind: DefinitionKind;
  readonly patterns: readonly string[];
  readonly #folders: readonly string[];

  constructor(kind: DefinitionKind, patterns: string | readonly string[]) {
    this.#kind = kind;
    this.patterns = [patterns].flat();
    this.#folders = foldersOf(this.patterns).map(({ folder }) => folder);
  }

  /** Name and place of each file that is there. */
  all(): Map<string, FilePlace> {
    const found = new Map<string, FilePlace>();
    for (const path of pathsOf(this.patterns)) {
      const folder = this.#folderOf(path);
      if (folder !== undefined) found.set(this.#nameOf(path), { path, folder, isThere: true });
    }
    return found;
  }

  /** Throws LS_FILES_NAME when the setting covers no such file. */
  find(name: string): FilePlace {
    const there = this.all().get(name);
    if (there !== undefined) return there;
    const path = this.#folders.length === 1 ? join(this.#folders[0]!, name) : name;
    const folder = this.#folderOf(path);
    const parts = relative(folder ?? '', path).split(sep);
    const isGood =
      folder !== undefined &&
      name.length <= MAX_NAME_CHARS &&
      normalize(name) === name &&
      !name.endsWith(sep) &&
      parts.every(part => PART.test(part)) &&
      this.patterns.some(pattern => matchesGlob(resolve(path), resolve(pattern)));
    if (isGood) return { path, folder, isThere: false };
    throw new LongshoreError(
      'LS_FILES_NAME',
      `there is no ${this.#kind} file ${JSON.stringify(name.slice(0, MAX_NAME_CHARS))}, and none of that name would be read.`,
      {
        fix: `Names are letters, digits, _, -, . and must match ${this.patterns.join(' or ')}.`,
      },
    );
  }

  #nameOf(path: string): string {
    return this.#folders.length === 1 ? relative(this.#folders[0]!, path) : path;
  }

  #folderOf(path: string): string | undefined {
    return this.#folders.find(folder => isInside(resolve(path), resolve(folder)));
  }
}

/** Undefined for what is no file any more, or leads out of its folder. */
export async function infoOf(
  kind: DefinitionKind,
  name: string,
  place: FilePlace,
  isEditable: boolean,
): Promise<DefinitionFileInfo | undefined> {
  const { path } = place;
  let found: Stats;
  try {
    found = await stat(path);
    if (!found.isFile() || (await leadsOut(place))) return undefined;
  } catch {
    return undefined;
  }
  const why = isEditable ? await whyNotWritable(path, found) : undefined;
  return {
    kind,
    name,
    path,
    bytes: found.size,
    modified: found.mtime.toISOString(),
    writable: isEditable && why === undefined,
    ...(why === undefined ? {} : { why }),
  };
}

/** A link on the way may lead elsewhere. */
export async function leadsOut({ path, folder, isThere }: FilePlace): Promise<boolean> {
  const [real, realFolder] = await Promise.all([realpath(isThere ? path : dirname(path)), realpath(folder)]);
  return real !== realFolder && !isInside(real, realFolder);
}

async function whyNotWritable(path: string, found: Stats): Promise<string | undefined> {
  if ((await lstat(path)).isSymbolicLink()) return 'It is a link; edit the file that it leads to.';
  if (found.size > MAX_BYTES) return `It has ${found.size} bytes, more than ${MAX_BYTES}.`;
  try {
    await access(path, constants.W_OK);
    await access(dirname(path), constants.W_OK);
    return undefined;
  } catch (error) {
    return `The service may not write ${basename(path)} and its folder: ${messageOf(error)}.`;
  }
}

const isInside = (path: string, folder: string): boolean =>
  path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);

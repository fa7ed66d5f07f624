import { globSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { decodeText, NotText } from '../base/text/decode.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';

export interface UserFile {
  path: string;
  text: string;
}

/** A file that is there and cannot be read. */
export interface UnreadableFile {
  path: string;
  reason: string;
  fix?: string | undefined;
}

/** Of one file. */
const MAX_BYTES = 4_194_304;

export interface ReadFiles {
  files: UserFile[];
  unreadable: UnreadableFile[];
}

/** Files of pipelines or rules, in the order of their names. Throws when one cannot be read. */
export function readUserFiles(patterns: string | readonly string[]): UserFile[] {
  const { files, unreadable } = readEachFile(patterns);
  for (const file of unreadable) throw unreadableFile(file);
  return files;
}

export function unreadableFile({ path, reason, fix }: UnreadableFile): LongshoreError {
  return new LongshoreError('LS_CONFIG_USER_FILE', `this file cannot be read: ${reason}.`, {
    where: path,
    fix: fix ?? 'Make it readable for this user, or move it away.',
  });
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ELOOP' ? 'its link leads to itself' : messageOf(error);
}

/** What is there now, in the order of the names. */
export function pathsOf(patterns: string | readonly string[]): string[] {
  return [...new Set(listOf(patterns).flatMap(pattern => globSync(pattern)))].sort();
}

/** As `readUserFiles`, each file for itself. */
export function readEachFile(patterns: string | readonly string[]): ReadFiles {
  const read: ReadFiles = { files: [], unreadable: [] };
  for (const path of pathsOf(patterns)) {
    try {
      const found = statSync(path);
      // Nothing is opened that is no file: a FIFO would wait for whoever writes into it.
      if (found.isDirectory()) {
        // Patterns may match folders, but not with such a name by chance.
        if (/\.ya?ml$/.test(path)) throw new Error('it is a folder');
        continue;
      }
      if (!found.isFile()) throw new Error('it is no file but a device, a socket or a FIFO');
      if (found.size > MAX_BYTES) throw new Error(`it has ${found.size} bytes, more than ${MAX_BYTES}`);
      read.files.push({ path, text: decodeText(readFileSync(path)) });
    } catch (error) {
      read.unreadable.push({ path, reason: reasonOf(error), ...(error instanceof NotText ? { fix: error.fix } : {}) });
    }
  }
  return read;
}

/** The folders in which such files can appear; `deep` when in folders inside them, too. */
export function foldersOf(patterns: string | readonly string[]): { folder: string; deep: boolean }[] {
  const folders = new Map<string, boolean>();
  for (const pattern of listOf(patterns)) {
    const parts = pattern.split('/');
    const wild = parts.findIndex(part => /[*?[{]/.test(part));
    const folder =
      wild < 0 ? dirname(pattern) : parts.slice(0, wild).join('/') || (pattern.startsWith('/') ? '/' : '.');
    const deep = wild >= 0 && wild < parts.length - 1;
    folders.set(folder, deep || folders.get(folder) === true);
  }
  return [...folders].map(([folder, deep]) => ({ folder, deep }));
}

function listOf(patterns: string | readonly string[]): readonly string[] {
  return typeof patterns === 'string' ? [patterns] : patterns;
}

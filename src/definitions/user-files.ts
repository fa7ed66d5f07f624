import { globSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { LongshoreError, messageOf } from '../core/errors.ts';

export interface UserFile {
  path: string;
  text: string;
}

/** A file that is there and cannot be read. */
export interface UnreadableFile {
  path: string;
  reason: string;
}

export interface ReadFiles {
  files: UserFile[];
  unreadable: UnreadableFile[];
}

/** Files of pipelines or rules, in the order of their names. Throws when one cannot be read. */
export function readUserFiles(patterns: string | readonly string[]): UserFile[] {
  const { files, unreadable } = readEachFile(patterns);
  for (const { path, reason } of unreadable) throw unreadableFile(path, reason);
  return files;
}

export function unreadableFile(path: string, reason: string): LongshoreError {
  return new LongshoreError('LS_CONFIG_USER_FILE', `this file of pipelines or rules cannot be read: ${reason}.`, {
    where: path,
    fix: 'Make it readable for this user, or move it away.',
  });
}

/** As `readUserFiles`, each file for itself. */
export function readEachFile(patterns: string | readonly string[]): ReadFiles {
  const paths = new Set(listOf(patterns).flatMap(pattern => globSync(pattern)));
  const read: ReadFiles = { files: [], unreadable: [] };
  for (const path of [...paths].sort()) {
    try {
      if (statSync(path).isFile()) read.files.push({ path, text: readFileSync(path, 'utf8') });
    } catch (error) {
      read.unreadable.push({ path, reason: messageOf(error) });
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

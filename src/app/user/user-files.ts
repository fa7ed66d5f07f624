import { globSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface UserFile {
  path: string;
  text: string;
}

/** Files of pipelines or rules, in the order of their names. */
export function readUserFiles(patterns: string | readonly string[]): UserFile[] {
  const paths = new Set(listOf(patterns).flatMap(pattern => globSync(pattern)));
  return [...paths]
    .sort()
    .filter(path => statSync(path).isFile())
    .map(path => ({ path, text: readFileSync(path, 'utf8') }));
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

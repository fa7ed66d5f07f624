import { globSync, readFileSync } from 'node:fs';

/** Files of pipelines or rules, in the order of their names. */
export function readUserFiles(patterns: string | readonly string[]): { path: string; text: string }[] {
  const list = typeof patterns === 'string' ? [patterns] : patterns;
  const paths = new Set(list.flatMap(pattern => globSync(pattern)));
  return [...paths].sort().map(path => ({ path, text: readFileSync(path, 'utf8') }));
}

/** The folders in which such files can appear. */
export function foldersOf(patterns: string | readonly string[]): string[] {
  const list = typeof patterns === 'string' ? [patterns] : patterns;
  return [
    ...new Set(list.map(pattern => /^(.*?)\/?[^/]*[*?[{].*$/.exec(pattern)?.[1] ?? pattern.replace(/\/[^/]*$/, ''))),
  ].map(folder => (folder === '' ? '.' : folder));
}

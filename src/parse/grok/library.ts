import { readdirSync, readFileSync } from 'node:fs';

/** Which names the library's patterns give their fields: `disabled` the old flat ones, `v1` those of the Elastic Common Schema. */
export type EcsMode = 'disabled' | 'v1';

const FOLDERS: Readonly<Record<EcsMode, string>> = { disabled: 'legacy', v1: 'ecs-v1' };

/** All pattern names of the library, in alphabetical order. */
export function PATTERN_NAMES(ecs: EcsMode = 'disabled'): readonly string[] {
  return [...library(ecs).keys()].sort();
}

/** The definition of a pattern of the library; undefined when there is none of that name. */
export function patternSource(name: string, ecs: EcsMode = 'disabled'): string | undefined {
  return library(ecs).get(name);
}

/** The whole library, read from its files when it is first asked for. */
export function library(ecs: EcsMode): ReadonlyMap<string, string> {
  const known = libraries.get(ecs);
  if (known !== undefined) return known;
  const folder = new URL(`./patterns/${FOLDERS[ecs]}/`, import.meta.url);
  const patterns = new Map<string, string>();
  for (const file of readdirSync(folder).sort()) {
    for (const [name, source] of parsePatternFile(readFileSync(new URL(file, folder), 'utf8')))
      patterns.set(name, source);
  }
  libraries.set(ecs, patterns);
  return patterns;
}

/** A pattern file: a line a pattern, `NAME definition`; empty lines and lines that begin with `#` are nothing. */
export function parsePatternFile(text: string): Map<string, string> {
  const patterns = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\s*([^\s#]\S*)\s+(.*?)\s*$/.exec(line);
    if (match !== null) patterns.set(match[1]!, match[2]!);
  }
  return patterns;
}

const libraries = new Map<EcsMode, ReadonlyMap<string, string>>();

import { readdirSync, readFileSync } from 'node:fs';
import type { GrokDialect } from './expand.ts';

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

/**
 * The whole library, read from its files when it is first asked for. The files name fields as Logstash does, `[a][b]`; for
 * Elasticsearch they are `a.b`.
 */
export function library(ecs: EcsMode, dialect: GrokDialect = 'logstash'): ReadonlyMap<string, string> {
  const key = `${ecs} ${dialect}`;
  const known = libraries.get(key);
  if (known !== undefined) return known;
  if (dialect === 'elasticsearch') {
    const made = new Map([...library(ecs)].map(([name, source]) => [name, source.replace(BRACKETS, dotted)]));
    libraries.set(key, made);
    return made;
  }
  const folder = new URL(`./patterns/${FOLDERS[ecs]}/`, import.meta.url);
  const patterns = new Map<string, string>();
  for (const file of readdirSync(folder).sort()) {
    for (const [name, source] of parsePatternFile(readFileSync(new URL(file, folder), 'utf8')))
      patterns.set(name, source);
  }
  libraries.set(key, patterns);
  return patterns;
}

const BRACKETS = /(%\{\w+:|\(\?<)((?:\[[^[\]]+\])+)/g;
const dotted = (_: string, before: string, name: string): string => before + name.slice(1, -1).replaceAll('][', '.');

/** A pattern file: a line a pattern, `NAME definition`; empty lines and lines that begin with `#` are nothing. */
export function parsePatternFile(text: string): Map<string, string> {
  const patterns = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\s*([^\s#]\S*)\s+(.*?)\s*$/.exec(line);
    if (match !== null) patterns.set(match[1]!, match[2]!);
  }
  return patterns;
}

const libraries = new Map<string, ReadonlyMap<string, string>>();

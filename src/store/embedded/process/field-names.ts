import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFileSync } from '../../../base/disk/blocking.ts';
import { FIELD_NAMES_FILE } from '../layout.ts';
import type { Session } from './duckdb.ts';
import { identifier } from './quote.ts';

/** Rows with nested objects that are looked into for the names inside; names at top level are never missed. */
const NESTED_ROWS = 5_000;
const MAX_DEPTH = 5;

/** Names of the undeclared fields of a relation, nested ones as paths with dots, and the keys of labels. */
export async function collectFieldNames(session: Session, relation: string, limit: number): Promise<Set<string>> {
  return addFieldNames(await keysOf(session, relation, 'fields', limit), session, relation, limit);
}

/** The keys at the top of a column of JSON. */
export async function keysOf(session: Session, relation: string, column: string, limit: number): Promise<string[]> {
  const sql = `SELECT DISTINCT unnest(json_keys(${identifier(column)})) FROM ${relation} WHERE ${identifier(column)} IS NOT NULL LIMIT ${limit}`;
  return (await session.rows(sql)).map(([key]) => String(key));
}

/** As `collectFieldNames`, where the keys at the top of `fields` are known. */
export async function addFieldNames(
  keys: readonly string[],
  session: Session,
  relation: string,
  limit: number,
): Promise<Set<string>> {
  const names = new Set(keys);
  for (const column of ['labels', 'kubernetes']) {
    for (const key of await keysOf(session, relation, column, limit))
      if (names.size < limit) names.add(`${column}.${key}`);
  }
  const shapes = `SELECT DISTINCT json_structure(fields)::VARCHAR FROM (SELECT fields FROM ${relation} WHERE contains(fields::VARCHAR, ':{') OR contains(fields::VARCHAR, '[{') LIMIT ${NESTED_ROWS}) LIMIT ${limit}`;
  for (const [shape] of await session.rows(shapes)) addPaths(JSON.parse(shape as string), '', 1, names, limit);
  return names;
}

function addPaths(shape: unknown, prefix: string, depth: number, names: Set<string>, limit: number): void {
  if (typeof shape !== 'object' || shape === null || depth > MAX_DEPTH) return;
  if (Array.isArray(shape)) {
    for (const each of shape) addPaths(each, prefix, depth + 1, names, limit);
    return;
  }
  for (const [key, inner] of Object.entries(shape)) {
    if (names.size >= limit) return;
    names.add(prefix + key);
    addPaths(inner, `${prefix}${key}.`, depth + 1, names, limit);
  }
}

/** The names seen on each day, kept in a file beside the day's segments and written before the segment that brings them. */
export class FieldNames {
  readonly #limit: number;
  readonly #days = new Map<string, Set<string>>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A file that is missing or damaged only makes the list shorter. */
  load(day: string, folder: string): void {
    try {
      const { names } = JSON.parse(readFileSync(join(folder, FIELD_NAMES_FILE), 'utf8'));
      this.#days.set(day, new Set(names.filter((name: unknown) => typeof name === 'string').slice(0, this.#limit)));
    } catch {
      this.#days.set(day, new Set());
    }
  }

  add(day: string, folder: string, names: Iterable<string>, tmp: string): void {
    let known = this.#days.get(day);
    if (known === undefined) {
      known = new Set();
      this.#days.set(day, known);
    }
    const before = known.size;
    for (const name of names) if (known.size < this.#limit) known.add(name);
    if (known.size > before)
      replaceFileSync(join(folder, FIELD_NAMES_FILE), JSON.stringify({ names: [...known] }), tmp);
  }

  forget(day: string): void {
    this.#days.delete(day);
  }

  all(): Set<string> {
    const all = new Set<string>();
    for (const names of this.#days.values()) for (const name of names) all.add(name);
    return all;
  }
}

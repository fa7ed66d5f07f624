import { closeSync, openSync, readSync } from 'node:fs';
import { type Fields, isFields } from '../../../core/event.ts';
import { type FoundColumns, type FoundType, NONE_FOUND } from '../../query/found-columns.ts';
import type { Segment } from './catalogue.ts';
import type { Session } from './duckdb.ts';
import { formOf } from './forms.ts';
import { isOf, messagePieces } from './message-form.ts';
import { someFields } from './sql.ts';
import { type Member, usualMembers } from './usual-members.ts';

/** A field that fewer events have stays in the JSON: one in so many. */
const RARE = 50;
/** Most columns of a segment, the most frequent fields first. */
const MOST_COLUMNS = 64;
const MAX_KEY_CHARS = 128;
/** Files that are looked into, and how much of each. */
const SAMPLE_FILES = 12;
const SAMPLE_BYTES = 48 * 1024;
const SAMPLE_LINES = 50;

interface Seen {
  key: string;
  /** Sum of its places in the events that have it. */
  places: number;
  count: number;
  types: { [type in FoundType]: number };
}

/** Counts what undeclared fields events have, and says which of them become columns. */
export class FieldCensus {
  readonly #seen = new Map<string, Seen>();
  #events = 0;

  /** `fields` of an event, which stands for so many. */
  add(fields: unknown, events = 1): void {
    this.#events += events;
    if (!isFields(fields)) return;
    let place = 0;
    for (const key of Object.keys(fields)) {
      const type = typeOf(fields[key]);
      if (type !== undefined) this.#count(key, type, events, place * events);
      place++;
    }
  }

  /** Events of a segment that has columns already. */
  addColumns(found: FoundColumns, events: number): void {
    this.#events += events;
    let place = 0;
    for (const [key, type] of found) this.#count(key, type, events, place++ * events);
  }

  #count(key: string, type: FoundType, count: number, places: number): void {
    let seen = this.#seen.get(key);
    if (seen === undefined) {
      seen = { key, places: 0, count: 0, types: { long: 0, double: 0, boolean: 0, text: 0 } };
      this.#seen.set(key, seen);
    }
    seen.places += places;
    seen.count += count;
    seen.types[type] += count;
  }

  /** In the order in which events have them. */
  chosen(): FoundColumns {
    const names = new Set<string>();
    const frequent = [...this.#seen.values()]
      .filter(({ key, count }) => count * RARE >= this.#events && isColumnName(key))
      .sort((a, b) => b.count - a.count)
      // To SQL names that differ in case are one.
      .filter(({ key }) => names.size < names.add(key.toLowerCase()).size)
      .slice(0, MOST_COLUMNS)
      .sort((a, b) => a.places / a.count - b.places / b.count);
    return formOf(frequent.map(seen => [seen.key, mostly(seen.types)]));
  }
}

function typeOf(value: unknown): FoundType | undefined {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value !== 'number') return undefined;
  return Number.isSafeInteger(value) ? 'long' : 'double';
}

function mostly(types: Seen['types']): FoundType {
  const numbers = types.long + types.double;
  if (types.text >= numbers && types.text >= types.boolean) return 'text';
  if (types.boolean > numbers) return 'boolean';
  // A double holds whole numbers as well.
  return types.double > 0 ? 'double' : 'long';
}

/** What can stand in a path of JSON and in the name of a column without further thought. */
const isColumnName = (key: string): boolean =>
  key.length > 0 && key.length <= MAX_KEY_CHARS && !/["\\\p{Cc}\p{Cs}]/u.test(key);

export interface Sample {
  readonly found: FoundColumns;
  readonly usual: readonly Member[];
}

/** Columns that stay though a sample has nothing for them. */
const MOST_UNUSED = 8;

/** The columns of the segment before, if they do as well: segments of one form are merged faster. Of its messages nothing. */
function asBefore(before: FoundColumns, found: FoundColumns): FoundColumns {
  const names = new Set([...found.keys()].map(key => key.toLowerCase()));
  const unused = [...before.keys()].filter(key => !found.has(key));
  if (unused.length > MOST_UNUSED || unused.some(key => names.has(key.toLowerCase()))) return found;
  const all = new Map([...before, ...found]);
  return all.size > MOST_COLUMNS ? found : formOf([...all]);
}

/** What a few lines of some chunks say. What a sample misses stays in the JSON, and costs only time. */
export function sampleChunks(paths: readonly string[], before: FoundColumns = NONE_FOUND): Sample {
  const census = new FieldCensus();
  const events: Fields[] = [];
  const all: Fields[] = [];
  const step = Math.max(1, paths.length / SAMPLE_FILES);
  for (let at = 0; at < paths.length; at += step) {
    for (const line of someLines(paths[Math.floor(at)]!)) {
      const event = parsed(line);
      if (!isFields(event)) continue;
      all.push(event);
      const fields = event['fields'];
      census.add(fields);
      if (isFields(fields)) events.push(fields);
    }
  }
  const columns = asBefore(before, census.chosen());
  const found = formOf([...columns], messagePieces(all, columns, before.message));
  return { found, usual: found.size === 0 ? [] : usualMembers(events, found, isColumnName) };
}

function someLines(path: string): string[] {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    // Whoever seals it says so.
    return [];
  }
  try {
    const buffer = Buffer.allocUnsafe(SAMPLE_BYTES);
    const length = readSync(fd, buffer, 0, SAMPLE_BYTES, 0);
    return buffer.toString('utf8', 0, length).split('\n', SAMPLE_LINES);
  } finally {
    closeSync(fd);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Cut, or damaged.
    return undefined;
  }
}

/** What most events of the segments have. Those of an earlier version have no columns: a few of their events say it. */
export async function mergedColumns(session: Session, segments: readonly Segment[]): Promise<FoundColumns> {
  const census = new FieldCensus();
  for (const { path, found, rows } of segments) {
    if (found.size > 0) {
      census.addColumns(found, rows);
      continue;
    }
    const sample = await session.rows(someFields(path));
    for (const [fields] of sample) census.add(parsed(String(fields)), rows / sample.length);
  }
  const columns = census.chosen();
  return formOf([...columns], mostMessages(segments, columns));
}

/** Of how messages are put together in segments, the way of the most events; undefined when none of them fits the columns. */
function mostMessages(segments: readonly Segment[], columns: FoundColumns): FoundColumns['message'] {
  const rowsOf = new Map<string, { pieces: NonNullable<FoundColumns['message']>; rows: number }>();
  for (const { found, rows } of segments) {
    if (found.message === undefined || !isOf(found.message, columns)) continue;
    const name = JSON.stringify(found.message);
    const known = rowsOf.get(name);
    if (known === undefined) rowsOf.set(name, { pieces: found.message, rows });
    else known.rows += rows;
  }
  return [...rowsOf.values()].sort((a, b) => b.rows - a.rows)[0]?.pieces;
}

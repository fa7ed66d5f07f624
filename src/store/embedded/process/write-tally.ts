import { writeFileSync } from 'node:fs';
import { messageOf } from '../../../core/errors.ts';
import { type FoundColumns, foundColumn, foundText } from '../../query/found-columns.ts';
import { tallyPath } from '../layout.ts';
import type { StoreEvent } from '../protocol.ts';
import type { Segment } from './catalogue.ts';
import { isOutOfMemory, type Session } from './duckdb.ts';
import { identifier } from './quote.ts';
import { readFilter } from './sieve.ts';
import { fewValued, readSegments } from './sql.ts';
import {
  type FieldTally,
  LEVEL,
  MAX_LEVELS,
  MAX_VALUES,
  STEPS,
  type TalliedType,
  Tally,
  TallyMaker,
  talliedValue,
} from './tally.ts';
import { KEYWORDS } from './word-filter.ts';

export interface TallyOf {
  readonly path: string;
  readonly rows: number;
  /** Epoch milliseconds. */
  readonly minTime: number;
  readonly maxTime: number;
  readonly found: FoundColumns;
  /** Keys that its column `fields` has; without them nothing is known of undeclared fields. */
  readonly rest: readonly string[] | null | undefined;
}

/** Those with the fewest values. */
const MAX_FIELDS = 12;
/** What parts events as the names of containers do, and is asked for less. */
const NOT_TALLIED = ['container_id'];
/** Of a segment, before they are made longer. */
const MAX_STEPS = 512;
/** Cells of a field: so many events for each. */
const EVENTS_OF_CELL = 50;
const MIN_CELLS = 200;
/** Rows of a vector. */
const AT_ONCE = 2048;

/** Writes the tally of a segment or draft beside it; gives its bytes. 0: there is nothing that is worth one. */
export async function writeTally(session: Session, of: TallyOf): Promise<number> {
  try {
    const tally = await tallyOf(session, of);
    if (tally === undefined) return 0;
    const file = tally.toFile();
    writeFileSync(tallyPath(of.path), file);
    return file.length;
  } catch (error) {
    if (!isOutOfMemory(error)) throw error;
    return 0;
  }
}

/** Of a segment that has none yet. Never fails: without it there is only more to read. */
export async function tallySegment(
  session: Session,
  segment: Segment,
  emit: (event: StoreEvent) => void,
): Promise<void> {
  segment.tallied = false;
  try {
    if (segment.rest === undefined) segment.rest = (await readFilter(segment.path))?.names ?? null;
    segment.tallied = (await writeTally(session, segment)) > 0;
  } catch (error) {
    const details = { segment: segment.name, error: messageOf(error) };
    emit({ type: 'log', level: 'warn', details, message: 'a segment could not be tallied' });
  }
}

async function tallyOf(session: Session, of: TallyOf): Promise<Tally | undefined> {
  const columns = await fewValuedColumns(session, of);
  const level = columns.find(({ name }) => name === LEVEL);
  if (level === undefined) return undefined;
  const { minTime, maxTime, path, rows } = of;
  const stepMs = STEPS.find(step => (maxTime - minTime) / step <= MAX_STEPS);
  if (stepMs === undefined) return undefined;
  const counted = [level, ...columns.filter(column => column !== level && column.constant === undefined)].map(
    column => ({
      column,
      codes: new Codes(),
      places: new Uint8Array(AT_ONCE),
      maker: new TallyMaker(minTime, maxTime, stepMs),
    }),
  );
  const hashes = counted.map(({ column }) => `hash(${column.value})`);
  const sql = `SELECT epoch_ms("@timestamp")::DOUBLE, ${hashes.join(', ')} FROM ${readSegments([path])}`;
  const first = Math.floor(minTime / stepMs);
  const steps = new Uint16Array(AT_ONCE);
  const none = new Uint8Array(AT_ONCE);
  await session.eachVectors(sql, ([times, ...values], count) => {
    for (let i = 0; i < count; i++) steps[i] = Math.floor((times as Float64Array)[i]! / stepMs) - first;
    for (const [n, { codes, maker, places }] of counted.entries()) {
      if (!codes.read(values[n] as BigUint64Array, count, places) || counted[0]!.codes.isFull) continue;
      maker.add(n === 0 ? none : places, counted[0]!.places, steps, count, n === 0 ? 1 : codes.hashes.length);
    }
  });
  const levels = await valuesOf(session, path, level, counted[0]!.codes);
  if (levels === undefined || levels.length > MAX_LEVELS) return undefined;
  const maxCells = Math.max(MIN_CELLS, rows / EVENTS_OF_CELL);
  const fields: FieldTally[] = [];
  for (const { column, codes, maker } of counted) {
    const { name, type } = column;
    const values = column === level ? [] : await valuesOf(session, path, column, codes);
    const field = values === undefined ? undefined : maker.finish({ name, type, values }, maxCells);
    if (field !== undefined) fields.push(field);
  }
  const [ofLevel] = fields;
  if (ofLevel?.name !== LEVEL) return undefined;
  // Of what all events have there are as many as of the levels.
  for (const { name, type, constant } of columns) {
    if (constant !== undefined && name !== LEVEL) fields.push({ ...ofLevel, name, type, values: [constant] });
  }
  return new Tally(levels, fields);
}

interface Column {
  readonly name: string;
  readonly type: TalliedType;
  /** SQL of what it holds, and of that as text. */
  readonly value: string;
  readonly text: string;
  /** What all events have there; undefined: it is not known that they have the same. */
  readonly constant?: string | undefined;
}

/** Columns that have few values, as the file itself says. */
async function fewValuedColumns(session: Session, { path, found, rest }: TallyOf): Promise<Column[]> {
  const known = new Map<string, Column>();
  for (const name of KEYWORDS) {
    const value = identifier(name);
    known.set(name, { name, type: 'declared', value, text: value });
  }
  for (const [name, type] of rest === undefined || rest === null ? [] : found) {
    if (rest!.includes(name)) continue;
    const column = foundColumn(name);
    known.set(column, { name, type, value: identifier(column), text: foundText(name, type) });
  }
  const few = await session.rows(fewValued(path, MAX_VALUES, NOT_TALLIED, MAX_FIELDS));
  return few.flatMap(([name, same]) => {
    const column = known.get(name as string);
    if (column === undefined) return [];
    const isSame = same !== null && (column.type === 'declared' || column.type === 'text' || column.type === 'long');
    const constant = isSame && talliedValue(same as string, column.type) !== undefined ? (same as string) : undefined;
    return [{ ...column, constant }];
  });
}

/** Numbers of values, in the order in which they come, known by their hash. */
class Codes {
  /** Twice as many places as there may be values, for the lower half of a hash, the upper one, and the number. */
  readonly #low = new Uint32Array(PLACES);
  readonly #high = new Uint32Array(PLACES);
  readonly #code = new Uint8Array(PLACES);
  readonly hashes: bigint[] = [];
  #isFull = false;

  get isFull(): boolean {
    return this.#isFull;
  }

  /** The number of each; false: there are too many. */
  read(hashes: BigUint64Array, count: number, codes: Uint8Array): boolean {
    if (this.#isFull) return false;
    const halves = new Uint32Array(hashes.buffer, hashes.byteOffset, 2 * count);
    const [lows, highs, known] = [this.#low, this.#high, this.#code];
    for (let i = 0; i < count; i++) {
      const low = halves[2 * i]!;
      const high = halves[2 * i + 1]!;
      let place = low & (PLACES - 1);
      // A number is one more than what is given out: 0 is a free place.
      while (known[place] !== 0 && (lows[place] !== low || highs[place] !== high)) place = (place + 1) & (PLACES - 1);
      if (known[place] === 0) {
        if (this.hashes.length >= MAX_VALUES) {
          this.#isFull = true;
          return false;
        }
        lows[place] = low;
        highs[place] = high;
        known[place] = this.hashes.push(hashes[i]!);
      }
      codes[i] = known[place]! - 1;
    }
    return true;
  }
}

const PLACES = 4 * MAX_VALUES;

/** What a hash stands for, of segments before: the store is a process of its own, there is one. */
const seen = new Map<string, string | null>();
const MAX_SEEN = 10_000;

/** The values of a column in the order of their numbers; undefined when it is not to be tallied. */
async function valuesOf(
  session: Session,
  path: string,
  { name, type, value, text }: Column,
  codes: Codes,
): Promise<(string | null)[] | undefined> {
  if (codes.isFull) return undefined;
  const key = (hash: bigint): string => `${type} ${hash} ${name}`;
  if (codes.hashes.some(hash => !seen.has(key(hash)))) {
    if (seen.size > MAX_SEEN) seen.clear();
    const sql = `SELECT hash(${value})::VARCHAR, any_value(${text})::VARCHAR FROM ${readSegments([path])} GROUP BY 1`;
    for (const [hash, found] of await session.rows(sql)) seen.set(key(BigInt(hash as string)), found as string | null);
  }
  const values = codes.hashes.map(hash => seen.get(key(hash)));
  if (values.some(each => each === undefined || (each !== null && talliedValue(each, type) === undefined)))
    return undefined;
  return values as (string | null)[];
}

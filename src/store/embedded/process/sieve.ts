import { readFileSync, writeFileSync } from 'node:fs';
import type { QueryNode } from '../../../core/contracts.ts';
import { requirementsOf } from '../../query/required.ts';
import { filterPath } from '../layout.ts';
import type { Segment, Source } from './catalogue.ts';
import { isOutOfMemory, type Session } from './duckdb.ts';
import { differentValues, messages } from './sql.ts';
import { type Asked, askedOf, KEYWORDS, WordFilter } from './word-filter.ts';

/** Leaves out the segments whose filter says that they have nothing of what a query asks for. */
export class Sieve {
  readonly #asked: Asked;
  readonly #known = new Map<Source, boolean>();

  constructor(query: QueryNode) {
    this.#asked = askedOf(requirementsOf(query));
  }

  may(source: Source): boolean {
    if (source.kind === 'chunk' || this.#asked.length === 0) return true;
    let may = this.#known.get(source);
    if (may === undefined) {
      may = readFilter(source.path)?.may(this.#asked) ?? true;
      this.#known.set(source, may);
    }
    return may;
  }

  /** One after the other, as they are taken: a page that is full asks no further filter. */
  *of(sources: Iterable<Source>): Generator<Source> {
    for (const source of sources) if (this.may(source)) yield source;
  }
}

/** Undefined where there is none, or none that can be read: then the segment itself is. */
function readFilter(segment: string): WordFilter | undefined {
  try {
    return WordFilter.fromFile(readFileSync(filterPath(segment)));
  } catch {
    return undefined;
  }
}

export interface FilterOf {
  /** Of a draft. */
  readonly path: string;
  readonly rows: number;
  readonly rawBytes: number;
}

/** Messages that are read as one value have about so many bytes. */
const READ_BYTES = 500_000;

/**
 * Writes the filter of a draft beside it, out of those of the segments that it replaces, if all have one; gives its bytes.
 * 0: it would not fit into memory, and there is none.
 */
export async function writeFilter(session: Session, draft: FilterOf, inputs: readonly Segment[]): Promise<number> {
  const filter = new WordFilter();
  if (!addFilters(filter, inputs)) {
    try {
      await fill(filter, session, draft);
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      return 0;
    }
  }
  const file = filter.toFile();
  writeFileSync(filterPath(draft.path), file);
  return file.length;
}

/** False when there are none, or one of them has no filter. */
function addFilters(filter: WordFilter, inputs: readonly Segment[]): boolean {
  for (const { path } of inputs) {
    const one = readFilter(path);
    if (one === undefined) return false;
    filter.addAll(one);
  }
  return inputs.length > 0;
}

async function fill(filter: WordFilter, session: Session, { path, rows, rawBytes }: FilterOf): Promise<void> {
  const atOnce = Math.max(1, Math.min(1024, Math.floor((READ_BYTES * rows) / rawBytes)));
  await session.eachBytes(messages(path, atOnce), bytes => filter.addMessages(bytes));
  const [row] = await session.rows(differentValues(path, KEYWORDS));
  for (const values of row as (string | null)[]) {
    for (const value of JSON.parse(values ?? '[]') as (string | null)[]) if (value !== null) filter.addValue(value);
  }
}

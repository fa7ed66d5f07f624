import { writeFileSync } from 'node:fs';
import type { FoundColumns } from '../../query/found-columns.ts';
import { filterPath } from '../layout.ts';
import type { Segment } from './catalogue.ts';
import { isOutOfMemory, type Session } from './duckdb.ts';
import { readFilter } from './sieve.ts';
import { differentValues, messages } from './sql.ts';
import { KEYWORDS, WordFilter } from './word-filter.ts';

export interface FilterOf {
  /** Of a draft. */
  readonly path: string;
  readonly rows: number;
  readonly rawBytes: number;
  readonly found: FoundColumns;
  /** Keys that its column `fields` has; undefined: not known. */
  readonly rest: readonly string[] | undefined;
}

/** Messages that are read as one value have about so many bytes. */
const READ_BYTES = 500_000;

/**
 * Writes the filter of a draft beside it, out of those of the segments that it replaces, if all have one; gives its bytes.
 * 0: it would not fit into memory, and there is none.
 */
export async function writeFilter(session: Session, draft: FilterOf, inputs: readonly Segment[]): Promise<number> {
  const filter = new WordFilter();
  if (!(await addFilters(filter, inputs))) {
    try {
      await fill(filter, session, draft);
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      return 0;
    }
  }
  filter.names = draft.rest;
  const file = filter.toFile();
  writeFileSync(filterPath(draft.path), file);
  return file.length;
}

/** False when there are none, or one of them has no filter. */
async function addFilters(filter: WordFilter, inputs: readonly Segment[]): Promise<boolean> {
  for (const { path } of inputs) {
    const one = await readFilter(path);
    if (one === undefined) return false;
    filter.addAll(one);
  }
  return inputs.length > 0;
}

async function fill(filter: WordFilter, session: Session, { path, rows, rawBytes, found }: FilterOf): Promise<void> {
  const atOnce = Math.max(1, Math.min(1024, Math.floor((READ_BYTES * rows) / rawBytes)));
  await session.eachBytes(messages(path, found, atOnce), bytes => filter.addMessages(bytes));
  const [row] = await session.rows(differentValues(path, KEYWORDS));
  for (const values of row as (string | null)[]) {
    for (const value of JSON.parse(values ?? '[]') as (string | null)[]) if (value !== null) filter.addValue(value);
  }
}

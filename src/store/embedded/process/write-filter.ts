import { writeFileSync } from 'node:fs';
import type { FoundColumns } from '../../query/found-columns.ts';
import { filterPath } from '../layout.ts';
import type { Segment } from './catalogue.ts';
import { isOutOfMemory, type Session } from './duckdb.ts';
import { type GramBlocks, MOST_BLOCKS } from './gram-blocks.ts';
import { readFilter } from './sieve.ts';
import { differentValues, GROUP_ROWS, messages } from './sql.ts';
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
  const filters: WordFilter[] = [];
  for (const { path } of inputs.toSorted((a, b) => a.minTime - b.minTime)) {
    const one = await readFilter(path);
    if (one === undefined) return false;
    filters.push(one);
  }
  for (const one of filters) filter.addAll(one);
  filter.blocks = allBlocks(filters);
  return inputs.length > 0;
}

/** The blocks of all of them, some as one where they are too many; undefined when one has none. */
function allBlocks(filters: readonly WordFilter[]): GramBlocks | undefined {
  const counts = filters.map(({ blocks }) => blocks?.spans.length ?? 0);
  if (counts.includes(0)) return undefined;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const builder = WordFilter.newBlocks();
  let first = 0;
  for (const { grams, blocks } of filters) {
    const before = first;
    builder.addAll(grams, blocks!, block => blockOf(before + block, total));
    first += blocks!.spans.length;
  }
  return builder.finish();
}

/** Of so many parts. */
const blockOf = (part: number, parts: number): number =>
  parts <= MOST_BLOCKS ? part : Math.floor((part * MOST_BLOCKS) / parts);

async function fill(filter: WordFilter, session: Session, { path, rows, rawBytes, found }: FilterOf): Promise<void> {
  const atOnce = Math.max(1, Math.min(1024, Math.floor((READ_BYTES * rows) / rawBytes)));
  const blocks = WordFilter.newBlocks();
  const groups = Math.ceil(rows / GROUP_ROWS);
  await session.stream(messages(path, found, atOnce), async each => {
    for (const [group, from, to, text] of each as unknown as [number, number, number, { bytes: Uint8Array }][]) {
      const block = blockOf(group, groups);
      blocks.addSpan(block, [from, to]);
      filter.addMessages(text.bytes, blocks, block);
    }
  });
  filter.addBlocks(blocks);
  const [row] = await session.rows(differentValues(path, KEYWORDS));
  for (const values of row as (string | null)[]) {
    for (const value of JSON.parse(values ?? '[]') as (string | null)[]) if (value !== null) filter.addValue(value);
  }
}

import type { Source } from './catalogue.ts';
import { isInterrupt, isPassing } from './duckdb.ts';
import { events, type Files } from './sql.ts';

/** In the order in which a sorted search should read them: those that may hold the first hit come first. */
export function inReadingOrder(sources: readonly Source[], order: 'desc' | 'asc'): Source[] {
  return order === 'desc'
    ? sources.toSorted((a, b) => b.maxTime - a.maxTime)
    : sources.toSorted((a, b) => a.minTime - b.minTime);
}

/** Cuts sources into batches of at least `firstRows`, each next one about twice as large, for one statement each. */
export function* batches(sources: readonly Source[], firstRows: number): Generator<Source[]> {
  let target = firstRows;
  let batch: Source[] = [];
  let rows = 0;
  for (const source of sources) {
    batch.push(source);
    rows += source.rows;
    if (rows < target && batch.length < MAX_FILES) continue;
    yield batch;
    batch = [];
    rows = 0;
    target = Math.min(target * 2, MAX_ROWS);
  }
  if (batch.length > 0) yield batch;
}

const MAX_FILES = 500;
const MAX_ROWS = 2_000_000;

/** The relation of all events of the sources. */
export function relation(sources: readonly Source[]): string {
  const files: Files & { chunks: string[]; segments: string[] } = { chunks: [], segments: [], largestBytes: 0 };
  for (const source of sources) {
    if (source.kind === 'segment') {
      files.segments.push(source.path);
    } else {
      files.chunks.push(source.path);
      files.largestBytes = Math.max(files.largestBytes, source.longestLine);
    }
  }
  return events(files);
}

/** A statement over these sources failed: one of them may be damaged or gone. */
export class SourceFailure extends Error {
  readonly sources: readonly Source[];

  constructor(sources: readonly Source[], cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.sources = sources;
  }
}

/** Marks an error that may come from a damaged source with the sources that were read. */
export async function guarded<T>(batch: readonly Source[], read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw isInterrupt(error) || isPassing(error) ? error : new SourceFailure(batch, error);
  }
}

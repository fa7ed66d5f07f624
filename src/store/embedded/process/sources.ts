import { type FoundColumns, foundColumn, NONE_FOUND } from '../../query/found-columns.ts';
import type { Source } from './catalogue.ts';
import { isInterrupt, isPassing } from './duckdb.ts';
import { withRest } from './forms.ts';
import type { Span } from './gram-blocks.ts';
import { madeMessage } from './message-form.ts';
import { identifier } from './quote.ts';
import { IS_EVENT, readChunks, readEvents, timeRange, wholeEvent } from './sql.ts';

/** In the order in which a sorted search should read them: those that may hold the first hit come first. */
export function inReadingOrder(sources: readonly Source[], order: 'desc' | 'asc'): Source[] {
  return order === 'desc'
    ? sources.toSorted((a, b) => b.maxTime - a.maxTime)
    : sources.toSorted((a, b) => a.minTime - b.minTime);
}

/**
 * Cuts sources into batches of at least `firstRows`, each next one about twice as large, but of not much more than `most()`, for one
 * statement each.
 */
export async function* batches(
  sources: Iterable<Source> | AsyncIterable<Source>,
  firstRows: number,
  most: () => number = () => MAX_ROWS,
): AsyncGenerator<Source[]> {
  let target = firstRows;
  let batch: Source[] = [];
  let rows = 0;
  for await (const source of sources) {
    batch.push(source);
    rows += source.rows;
    if (rows < Math.min(target, most()) && batch.length < MAX_FILES) continue;
    yield batch;
    batch = [];
    rows = 0;
    target = Math.min(target * 2, MAX_ROWS);
  }
  if (batch.length > 0) yield batch;
}

export const rowsOf = (sources: readonly Source[]): number => sources.reduce((sum, { rows }) => sum + rows, 0);

const MAX_FILES = 500;
const MAX_ROWS = 2_000_000;

/**
 * Where a stretch of time ends (epoch milliseconds) that begins with the first event in reading order, or at `after`, and
 * has about so many events; undefined when it would end with a source. `sources` in reading order.
 */
export function firstStretch(
  sources: readonly Source[],
  order: 'desc' | 'asc',
  after: number | undefined,
  events: number,
): number | undefined {
  let wanted = events;
  for (const { rows, minTime, maxTime } of sources) {
    if (rows < wanted) {
      wanted -= rows;
      continue;
    }
    if (rows < 1.5 * wanted) return undefined;
    const length = ((maxTime - minTime) * wanted) / rows;
    if (order === 'desc') return Math.floor(Math.min(maxTime, after ?? maxTime) - length);
    return Math.ceil(Math.max(minTime, after ?? minTime) + length);
  }
  return undefined;
}

/** What a statement reads of events of a form: columns and condition, `params` in the order of their text. */
export interface Wanted {
  readonly columns: string;
  readonly where: string;
  readonly params: readonly unknown[];
}

/** A relation in brackets, with its parameters. */
export interface Relation {
  readonly sql: string;
  readonly params: readonly unknown[];
}

/** Times of the events of a source that are looked at; undefined: any. */
export type SpansOf = (source: Source) => readonly Span[] | undefined;

/** One relation of all the sources: those whose form makes no difference here are read together. */
export function relation(
  sources: readonly Source[],
  want: (found: FoundColumns) => Wanted,
  spansOf: SpansOf = () => undefined,
): Relation {
  const known = new Map<FoundColumns, { wanted: Wanted; form: FoundColumns; key: string }>();
  const wantOf = (found: FoundColumns): { wanted: Wanted; form: FoundColumns; key: string } => {
    let one = known.get(found);
    if (one === undefined) {
      const wanted = want(found);
      // Whoever asks for no message reads what is stored.
      const form = asksForMessage(wanted) ? found : NONE_FOUND;
      one = { wanted, form, key: keyOf(wanted, form, found) };
      known.set(found, one);
    }
    return one;
  };
  const groups = new Map<string, { wanted: Wanted; form: FoundColumns; paths: string[]; span: readonly string[] }>();
  const chunks: string[] = [];
  let longest = 0;
  for (const source of sources) {
    if (source.kind === 'chunk') {
      chunks.push(source.path);
      longest = Math.max(longest, source.longestLine);
      continue;
    }
    const { wanted, form, key } = wantOf(withRest(source.found, source.rest ?? undefined));
    const spans = spansOf(source);
    if (spans !== undefined) {
      // Each by itself: only of one stretch of time row groups are left out.
      for (const [from, to] of fewer(spans)) {
        const span = timeRange(from, to);
        groups.set(`${source.path}\n${from}`, { wanted, form, paths: [source.path], span });
      }
      continue;
    }
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { wanted, form, paths: [source.path], span: [] });
    else group.paths.push(source.path);
  }
  const parts = [...groups.values()].map(({ wanted: { columns, where }, form, paths, span }) =>
    select(columns, readEvents(paths, form), [...span, where].join(' AND ')),
  );
  const params = [...groups.values()].flatMap(({ wanted }) => wanted.params);
  if (chunks.length > 0) {
    const { wanted } = wantOf(NONE_FOUND);
    // A chunk's bad lines are left out.
    parts.push(select(wanted.columns, readChunks(chunks, longest, 'lenient'), `${IS_EVENT} AND ${wanted.where}`));
    params.push(...wanted.params);
  }
  return { sql: `(${parts.join(' UNION ALL ')})`, params };
}

/** Of more stretches of a segment the last ones are one. */
const MAX_SPANS = 8;

function fewer(spans: readonly Span[]): readonly Span[] {
  if (spans.length <= MAX_SPANS) return spans;
  const last = spans.slice(MAX_SPANS - 1);
  return [...spans.slice(0, MAX_SPANS - 1), [last[0]![0], last.at(-1)![1]]];
}

/** Segments with one key can be read together: what is wanted of them is the same, and the columns for that have one type. */
function keyOf({ columns, where }: Wanted, form: FoundColumns, found: FoundColumns): string {
  const made = form.message === undefined ? '' : madeMessage(form.message, form);
  const text = `${columns}\n${where}\n${made}`;
  const types = [...found].flatMap(([key, type]) => (text.includes(identifier(foundColumn(key))) ? [type] : []));
  return `${text}\n${types.join()}`;
}

const asksForMessage = ({ columns, where }: Wanted): boolean => `${columns} ${where}`.includes('message');

const select = (columns: string, from: string, where: string): string =>
  `SELECT ${columns} FROM ${from} WHERE ${where}`;

/** The relation of all whole events of the sources. */
export const wholeEvents = (sources: readonly Source[]): string =>
  relation(sources, found => ({ columns: wholeEvent(found), where: 'TRUE', params: [] })).sql;

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

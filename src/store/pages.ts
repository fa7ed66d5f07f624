import type { QueryNode, SortKey, Store, StoredEvent, TailResult } from '../core/contracts.ts';
import { LongshoreError } from '../core/errors.ts';
import { compareKeys } from './query/cursor.ts';

export interface PagesRequest {
  readonly query: QueryNode;
  /** Epoch milliseconds, inclusive. */
  readonly from: number;
  readonly to: number;
  /** Events of a page at most. */
  readonly size: number;
  /** For each page. */
  readonly timeoutMs: number;
}

/** A stretch of time, and where in it to go on. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly after: SortKey | undefined;
}

/** The first stretch is this part of the whole time. */
const FIRST_PART = 64;

/**
 * All events that a query takes, the oldest first, some after the others: what the store has, and what `tail` had when it
 * was looked at. The time is asked for in stretches that hold about a page, so that the store reads each part of it once.
 * The next page is read while the one before is looked at.
 */
export async function* allPages(
  store: Store,
  tail: TailResult,
  request: PagesRequest,
  signal?: AbortSignal,
): AsyncGenerator<StoredEvent[]> {
  const from = Math.ceil(request.from);
  const to = Math.floor(request.to);
  const inTail = new Waiting(tail, store.form === 'elasticsearch');
  let { size } = request;
  let span = Math.max(1, Math.ceil((to - from) / FIRST_PART));
  const stretchFrom = (start: number): Stretch => ({ from: start, to: Math.min(to, start + span), after: undefined });
  const begin = (stretch: Stretch): [Stretch, Promise<StoredEvent[]>] => {
    const page = read(stretch);
    // Who stops reading waits for nothing.
    page.catch(() => {});
    return [stretch, page];
  };
  let next = from > to ? undefined : begin(stretchFrom(from));
  while (next !== undefined) {
    const [stretch, page]: [Stretch, Promise<StoredEvent[]>] = next;
    const hits = await page;
    const last = hits.at(-1);
    const isFull = last !== undefined && hits.length >= size;
    if (isFull) {
      span = Math.max(1, span >> 1);
      next = begin({ ...stretch, after: keyOf(last) });
    } else {
      if (stretch.after === undefined && hits.length < size / 2) span *= hits.length < size / 8 ? 4 : 2;
      next = stretch.to >= to ? undefined : begin(stretchFrom(stretch.to + 1));
    }
    const merged = inTail.mergedWith(hits, isFull ? keyOf(last) : [stretch.to + 1, Number.NEGATIVE_INFINITY, '']);
    if (merged.length > 0) yield merged;
  }

  async function read(stretch: Stretch): Promise<StoredEvent[]> {
    const { query, timeoutMs } = request;
    for (;;) {
      try {
        const asked = { ...stretch, query, size, order: 'asc', timeoutMs, withoutTotal: true } as const;
        return (await store.search({ ...asked, excludeChunks: tail.chunks }, signal)).hits;
      } catch (error) {
        const isTooLarge = error instanceof LongshoreError && error.code === 'LS_STORE_RESULT_TOO_LARGE';
        if (!isTooLarge || size === 1) throw error;
        size = Math.max(1, size >> 2);
      }
    }
  }
}

/** What the tail had, until its place comes. */
class Waiting {
  readonly #events: { readonly key: SortKey; readonly event: StoredEvent }[];
  /** A store of whole documents may have them by now. */
  readonly #ids: ReadonlySet<string> | undefined;

  constructor({ events }: TailResult, mayRepeat: boolean) {
    this.#events = events.map(keyed).sort((a, b) => compareKeys(a.key, b.key));
    this.#ids = mayRepeat ? new Set(events.map(event => event._id)) : undefined;
  }

  /** The events of the store with those of the tail up to the key. */
  mergedWith(hits: readonly StoredEvent[], until: SortKey): StoredEvent[] {
    const ids = this.#ids;
    const stored = ids === undefined || ids.size === 0 ? [...hits] : hits.filter(({ _id }) => !ids.has(_id));
    const end = this.#events.findIndex(({ key }) => compareKeys(key, until) > 0);
    const between = this.#events.splice(0, end < 0 ? this.#events.length : end);
    if (between.length === 0) return stored;
    return [...stored.map(keyed), ...between].sort((a, b) => compareKeys(a.key, b.key)).map(({ event }) => event);
  }
}

const keyOf = (event: StoredEvent): SortKey => [Date.parse(event['@timestamp']), event.seq, event._id];
const keyed = (event: StoredEvent) => ({ key: keyOf(event), event });

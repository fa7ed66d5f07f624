import type { QueryNode, ScannedPage, SortKey, Store, StoredEvent, TailResult } from '../core/contracts.ts';
import { LongshoreError } from '../core/errors.ts';
import { compareKeys } from './query/cursor.ts';
import { storedEventsOf } from './scanned.ts';

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

export interface ScanPagesRequest extends PagesRequest {
  /** Those that are wanted of each event, as paths. */
  readonly fields: readonly string[];
}

/** A stretch of time, and where in it to go on. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly after: SortKey | undefined;
}

/** What a store has answered. */
interface Answered<P> {
  readonly page: P;
  readonly events: number;
  /** Sort key of the last event. */
  readonly last: SortKey | undefined;
}

/** With it, up to where the events are complete. */
interface Part<P> extends Answered<P> {
  readonly until: SortKey;
}

/** The first stretch is this part of the whole time. */
const FIRST_PART = 64;

/**
 * All events that a query takes, the oldest first, some after the others: what the store has, and what `tail` had when it
 * was looked at.
 */
export async function* allPages(
  store: Store,
  tail: TailResult,
  request: PagesRequest,
  signal?: AbortSignal,
): AsyncGenerator<StoredEvent[]> {
  const inTail = new Waiting(tail, store.form === 'elasticsearch');
  const ask = async ({ size, ...stretch }: Stretch & { size: number }): Promise<Answered<StoredEvent[]>> => {
    const { query, timeoutMs } = request;
    const asked = { ...stretch, query, size, order: 'asc', timeoutMs, withoutTotal: true } as const;
    const { hits: page } = await store.search({ ...asked, excludeChunks: tail.chunks }, signal);
    const last = page.at(-1);
    return { page, events: page.length, last: last && keyOf(last) };
  };
  for await (const { page, until } of parts(ask, request)) {
    const merged = inTail.mergedWith(page, until);
    if (merged.length > 0) yield merged;
  }
}

/** As `allPages`, with some fields of each event: as the text of the store wherever there is nothing of the tail to be put in between. */
export async function* scannedPages(
  store: Store,
  tail: TailResult,
  request: ScanPagesRequest,
  signal?: AbortSignal,
): AsyncGenerator<StoredEvent[] | ScannedPage> {
  if (store.scan === undefined) {
    yield* allPages(store, tail, request, signal);
    return;
  }
  const inTail = new Waiting(tail, store.form === 'elasticsearch');
  const ask = async ({ size, ...stretch }: Stretch & { size: number }): Promise<Answered<ScannedPage>> => {
    const { query, timeoutMs, fields } = request;
    const page = await store.scan!({ ...stretch, query, size, timeoutMs, fields, excludeChunks: tail.chunks }, signal);
    return { page, events: page.events, last: page.last };
  };
  for await (const { page, events, until } of parts(ask, request)) {
    if (inTail.isApart(until)) {
      if (events > 0) yield page;
      continue;
    }
    const merged = inTail.mergedWith(storedEventsOf(page), until);
    if (merged.length > 0) yield merged;
  }
}

/**
 * The time is asked for in stretches that hold about a page, so that the store reads each part of it once. The next page is
 * read while the one before is looked at.
 */
async function* parts<P>(
  ask: (stretch: Stretch & { readonly size: number }) => Promise<Answered<P>>,
  request: PagesRequest,
): AsyncGenerator<Part<P>> {
  const from = Math.ceil(request.from);
  const to = Math.floor(request.to);
  let { size } = request;
  let span = Math.max(1, Math.ceil((to - from) / FIRST_PART));
  const stretchFrom = (start: number): Stretch => ({ from: start, to: Math.min(to, start + span), after: undefined });
  const begin = (stretch: Stretch): [Stretch, Promise<Answered<P>>] => {
    const page = read(stretch);
    // Who stops reading waits for nothing.
    page.catch(() => {});
    return [stretch, page];
  };
  let next = from > to ? undefined : begin(stretchFrom(from));
  while (next !== undefined) {
    const [stretch, reading]: [Stretch, Promise<Answered<P>>] = next;
    const answer = await reading;
    const { events, last } = answer;
    const isFull = last !== undefined && events >= size;
    if (isFull) {
      span = Math.max(1, span >> 1);
      next = begin({ ...stretch, after: last });
    } else {
      if (stretch.after === undefined && events < size / 2) span *= events < size / 8 ? 4 : 2;
      next = stretch.to >= to ? undefined : begin(stretchFrom(stretch.to + 1));
    }
    yield { ...answer, until: isFull ? last : [stretch.to + 1, Number.NEGATIVE_INFINITY, ''] };
  }

  async function read(stretch: Stretch): Promise<Answered<P>> {
    for (;;) {
      try {
        return await ask({ ...stretch, size });
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

  /** Nothing of it belongs among the events of the store up to the key, and none of these is in it. */
  isApart(until: SortKey): boolean {
    const [first] = this.#events;
    return (this.#ids ?? NONE).size === 0 && (first === undefined || compareKeys(first.key, until) > 0);
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

const NONE: ReadonlySet<string> = new Set();
const keyOf = (event: StoredEvent): SortKey => [Date.parse(event['@timestamp']), event.seq, event._id];
const keyed = (event: StoredEvent) => ({ key: keyOf(event), event });

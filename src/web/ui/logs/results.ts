import { batch, signal } from '@preact/signals';
import type { HistogramAnswer, SearchAnswer } from '../../../core/api/search.ts';
import type { StoredEvent } from '../../../core/contracts.ts';
import { ApiError, ask } from '../base/api.ts';
import { firstWorkDone } from '../base/first-work.ts';
import { askInParts } from '../base/parts.ts';
import { timeZone } from '../base/time.ts';
import { fullQuery, type Search, spanOf } from './search-state.ts';

export type Hit = StoredEvent;

/** The first page is what is seen at once, and some more. */
const FIRST_SIZE = 100;
const PAGE_SIZE = 500;
/** Beyond so many rows older ones are asked for by a narrower time. */
export const MAX_ROWS = 100_000;
const BARS = 80;

/** What a search has found: the rows first, then the bars and how many there are. What an earlier search still answers is thrown away. */
export class Results {
  readonly rows = signal<readonly Hit[]>([]);
  readonly bars = signal<HistogramAnswer | undefined>(undefined);
  readonly hints = signal<readonly string[]>([]);
  readonly problem = signal<ApiError | undefined>(undefined);
  /** `first`: what is shown belongs to the search before. */
  readonly waits = signal<'no' | 'first' | 'more'>('no');
  /** The bars belong to the search before. */
  readonly counts = signal(false);
  readonly hasMore = signal(false);
  /** From the question to the rows, milliseconds. */
  readonly took = signal<number | undefined>(undefined);
  #search: Search | undefined;
  #begun: Search | undefined;
  #cursor: string | undefined;
  #abort = new AbortController();
  #barsAbort = new AbortController();

  /** Asks before anything is drawn; the first `load` of the same search goes on with it. */
  begin(search: Search): void {
    void this.load(search);
    this.#begun = search;
  }

  /** Shows what is found; what was found before stays until then. */
  async load(search: Search): Promise<void> {
    const isBegun = search === this.#begun;
    this.#begun = undefined;
    if (isBegun) return;
    this.stop();
    const { signal } = this.#abort;
    const bars = this.#barsAbort.signal;
    this.#search = search;
    this.#cursor = undefined;
    this.waits.value = 'first';
    this.counts.value = true;
    this.hasMore.value = false;
    const started = performance.now();
    try {
      const histogram = { histogram: 'true', by: search.by, buckets: BARS };
      const params = { ...this.#params(search), size: FIRST_SIZE, ...histogram };
      await askInParts<SearchAnswer>('api/search', params, { signal }, part => {
        if (part.hits !== undefined) this.#first(part.hits, part.cursor, performance.now() - started);
        if (part.hints !== undefined) this.hints.value = part.hints;
        // Others may have been asked for meanwhile.
        if (part.histogram !== undefined && !bars.aborted) this.#showBars(part.histogram);
      });
    } catch (error) {
      if (signal.aborted) return;
      if (this.waits.peek() === 'first') await this.#fail(error, search, signal);
      else {
        // The rows are there and stay.
        this.problem.value = asApiError(error);
        if (!bars.aborted) this.#showBars(undefined);
      }
    } finally {
      firstWorkDone();
    }
  }

  #first(hits: readonly Hit[], cursor: string | undefined, took: number): void {
    batch(() => {
      this.took.value = took;
      this.#cursor = cursor;
      this.rows.value = hits;
      this.hints.value = [];
      this.problem.value = undefined;
      this.hasMore.value = cursor !== undefined && hits.length > 0;
      this.waits.value = 'no';
    });
    firstWorkDone();
  }

  #showBars(bars: HistogramAnswer | undefined): void {
    batch(() => {
      this.bars.value = bars;
      this.counts.value = false;
    });
  }

  /** The next page below the last row. */
  async more(): Promise<void> {
    const search = this.#search;
    if (search === undefined || this.waits.peek() !== 'no' || !this.hasMore.peek()) return;
    const { signal } = this.#abort;
    this.waits.value = 'more';
    try {
      const params = { ...this.#params(search), size: PAGE_SIZE, total: 'false', cursor: this.#cursor };
      const answer = await ask<SearchAnswer>('api/search', params, { signal });
      if (signal.aborted) return;
      this.#cursor = answer.cursor;
      const rows = [...this.rows.peek(), ...answer.hits];
      this.rows.value = rows;
      this.hasMore.value = answer.cursor !== undefined && answer.hits.length > 0 && rows.length < MAX_ROWS;
      this.waits.value = 'no';
    } catch (error) {
      if (signal.aborted) return;
      // The rows that are there stay; the button below them tries again.
      this.problem.value = asApiError(error);
      this.waits.value = 'no';
    }
  }

  /** The histogram alone: while a live tail brings the rows. */
  async loadBars(search: Search): Promise<void> {
    this.#barsAbort.abort();
    this.#barsAbort = new AbortController();
    const { signal } = this.#barsAbort;
    try {
      const params = { query: fullQuery(search), ...spanOf(search), by: search.by, buckets: BARS };
      const answer = await ask<HistogramAnswer>('api/histogram', { ...params, timezone: timeZone.value }, { signal });
      if (!signal.aborted) this.#showBars(answer);
    } catch {
      // The rows say what is wrong.
      if (!signal.aborted) this.#showBars(undefined);
    }
  }

  /** Nothing that was asked is waited for any more. */
  stop(): void {
    this.#abort.abort();
    this.#barsAbort.abort();
    this.#abort = new AbortController();
    this.#barsAbort = new AbortController();
    this.waits.value = 'no';
    this.counts.value = false;
  }

  clear(): void {
    this.rows.value = [];
    this.hints.value = [];
    this.problem.value = undefined;
    this.hasMore.value = false;
    this.took.value = undefined;
  }

  #params(search: Search) {
    const query = fullQuery(search);
    // To know the zone takes the browser longer than to ask: it is told where a time may be meant by it.
    const timezone = /\d{4}|now/.test(`${query} ${search.from} ${search.to}`) ? timeZone.peek() : undefined;
    return { query, ...spanOf(search), order: search.order, timezone };
  }

  /** What was found before belongs to another search: it does not stay below an error. */
  async #fail(error: unknown, search: Search, signal: AbortSignal): Promise<void> {
    let problem = asApiError(error);
    if (problem.position !== undefined && search.levels.length > 0)
      problem = (await mistakeAlone(search, signal)) ?? problem;
    if (signal.aborted) return;
    batch(() => {
      this.clear();
      this.#showBars(undefined);
      this.problem.value = problem;
      this.waits.value = 'no';
    });
  }
}

/** The mistake counted in what was typed, without the levels around it. */
async function mistakeAlone({ query }: Search, signal: AbortSignal): Promise<ApiError | undefined> {
  try {
    await ask('api/search', { query, size: 0, from: 'now', total: 'false' }, { signal });
    return undefined;
  } catch (error) {
    return signal.aborted ? undefined : asApiError(error);
  }
}

function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(0, error instanceof Error ? error.message : String(error));
}

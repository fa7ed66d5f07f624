import { signal } from '@preact/signals';
import type { HistogramAnswer, SearchAnswer } from '../../../core/api/search.ts';
import type { StoredEvent } from '../../../core/contracts.ts';
import { ApiError, ask } from '../base/api.ts';
import { timeZone } from '../base/time.ts';
import { fullQuery, type Search, spanOf } from './search-state.ts';

export type Hit = StoredEvent;

const PAGE_SIZE = 200;
/** Beyond so many rows older ones are asked for by a narrower time. */
export const MAX_ROWS = 100_000;
const BARS = 80;

/** What a search has found: rows and bars come on their own, and what an earlier search still answers is thrown away. */
export class Results {
  readonly rows = signal<readonly Hit[]>([]);
  readonly bars = signal<HistogramAnswer | undefined>(undefined);
  readonly hints = signal<readonly string[]>([]);
  readonly problem = signal<ApiError | undefined>(undefined);
  /** `first`: what is shown belongs to the search before. */
  readonly waits = signal<'no' | 'first' | 'more'>('no');
  readonly hasMore = signal(false);
  /** From the question to the rows, milliseconds. */
  readonly took = signal<number | undefined>(undefined);
  #search: Search | undefined;
  #cursor: string | undefined;
  #abort = new AbortController();
  #barsAbort = new AbortController();

  /** Shows what is found; what was found before stays until then. */
  async load(search: Search): Promise<void> {
    this.stop();
    const { signal } = this.#abort;
    this.#search = search;
    this.#cursor = undefined;
    this.waits.value = 'first';
    this.hasMore.value = false;
    const started = performance.now();
    const bars = this.loadBars(search);
    try {
      const answer = await this.#page(search, signal);
      this.took.value = performance.now() - started;
      this.#cursor = answer.cursor;
      this.rows.value = answer.hits;
      this.hints.value = answer.hints ?? [];
      this.problem.value = undefined;
      this.hasMore.value = answer.cursor !== undefined && answer.hits.length > 0;
      this.waits.value = 'no';
    } catch (error) {
      if (signal.aborted) return;
      await this.#fail(error, search, signal);
    }
    await bars;
  }

  /** The next page below the last row. */
  async more(): Promise<void> {
    const search = this.#search;
    if (search === undefined || this.waits.peek() !== 'no' || !this.hasMore.peek()) return;
    const { signal } = this.#abort;
    this.waits.value = 'more';
    try {
      const answer = await this.#page(search, signal);
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
      if (!signal.aborted) this.bars.value = answer;
    } catch {
      // The rows say what is wrong.
      if (!signal.aborted) this.bars.value = undefined;
    }
  }

  /** Nothing that was asked is waited for any more. */
  stop(): void {
    this.#abort.abort();
    this.#barsAbort.abort();
    this.#abort = new AbortController();
    this.waits.value = 'no';
  }

  clear(): void {
    this.rows.value = [];
    this.hints.value = [];
    this.problem.value = undefined;
    this.hasMore.value = false;
    this.took.value = undefined;
  }

  #page(search: Search, signal: AbortSignal): Promise<SearchAnswer> {
    const { order } = search;
    // The histogram beside it knows how many there are.
    const params = { query: fullQuery(search), ...spanOf(search), size: PAGE_SIZE, order, total: 'false' };
    return ask('api/search', { ...params, cursor: this.#cursor, timezone: timeZone.value }, { signal });
  }

  /** What was found before belongs to another search: it does not stay below an error. */
  async #fail(error: unknown, search: Search, signal: AbortSignal): Promise<void> {
    let problem = asApiError(error);
    if (problem.position !== undefined && search.levels.length > 0)
      problem = (await mistakeAlone(search, signal)) ?? problem;
    if (signal.aborted) return;
    this.clear();
    this.bars.value = undefined;
    this.problem.value = problem;
    this.waits.value = 'no';
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

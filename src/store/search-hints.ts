import type { QueryNode, SearchResult, Store } from '../core/contracts.ts';
import { logger } from '../core/log.ts';
import { hintsFor, needsNames } from './query/hints.ts';

const log = logger('store');
const FRESH_MS = 10_000;
/** Names that are older are asked for once more before a field is called unknown: an event may just have brought it. */
const SURE_MS = 1_000;
/** A search that is done waits no longer than this for the names of fields. */
const PATIENCE_MS = 500;

/** Finds the hints of searches; asks the store for the names of fields now and then. */
export class SearchHints {
  readonly #store: Pick<Store, 'fieldNames'>;
  #names: { at: number; names: Promise<string[] | undefined> } | undefined;

  constructor(store: Pick<Store, 'fieldNames'>) {
    this.#store = store;
  }

  /** To be called when the search begins. The result gives the hints when it is done, and never fails. */
  begin(text: string, query: QueryNode): (found: SearchResult) => Promise<string[]> {
    const asked = needsNames(text, query) ? this.#fieldNames(FRESH_MS) : undefined;
    return async ({ hits, total }) => {
      const hintsBy = (names: string[] | undefined): string[] =>
        hintsFor({ text, query, hits, names, total: total.value });
      try {
        if (asked === undefined) return hintsBy(undefined);
        const hints = hintsBy(await soon(asked));
        if (hints.length === 0) return hints;
        const surely = this.#fieldNames(SURE_MS);
        return surely === asked ? hints : hintsBy(await soon(surely));
      } catch (error) {
        log.debug({ err: error }, 'no hints for a search');
        return [];
      }
    };
  }

  #fieldNames(max_age_ms: number): Promise<string[] | undefined> {
    const now = performance.now();
    if (this.#names === undefined || now - this.#names.at > max_age_ms) {
      this.#names = { at: now, names: this.#store.fieldNames().catch(() => undefined) };
    }
    return this.#names.names;
  }
}

async function soon<T>(value: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>(resolve => {
    timer = setTimeout(resolve, PATIENCE_MS, undefined);
  });
  try {
    return await Promise.race([value, late]);
  } finally {
    clearTimeout(timer);
  }
}

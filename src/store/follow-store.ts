import type { SearchApi } from '../core/api/search.ts';
import type { LiveEvents, LiveListener, SortKey, StoredEvent } from '../core/contracts.ts';
import { messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import { counter } from '../core/metrics.ts';

const log = logger('tail');
const skipped = counter(
  'longshore_web_tail_polls_cut_total',
  'Looks into the store for a live tail that found more events than they read',
);

const INTERVAL_MS = 1000;
/** Events reach the store in any order: so far back each look goes, by the time at which they were received. */
const LOOK_BACK_MS = 30_000;
const PAGE_SIZE = 1000;
const MAX_PAGES = 5;

/** Live events where no intake is: the store is asked once a second for what is new, for each live tail by its query. */
export class FollowStore implements LiveEvents {
  readonly #store: Pick<SearchApi, 'search'>;

  constructor(store: Pick<SearchApi, 'search'>) {
    this.#store = store;
  }

  subscribe(listener: LiveListener): () => void {
    return this.follow('', listener);
  }

  /** Each event that matches is told once, in the order of one look; what is there already is not told. */
  follow(query: string, listener: LiveListener): () => void {
    const known = new Map<string, number>();
    let floor: SortKey | undefined;
    let isClosed = false;
    let timer: NodeJS.Timeout | undefined;
    const look = async (isFirst: boolean): Promise<boolean> => {
      const from = Date.now() - LOOK_BACK_MS;
      const found: StoredEvent[] = [];
      let cursor: string | undefined;
      let pages = 0;
      do {
        const page = await this.#store.search({ query: since(query, from), size: PAGE_SIZE, cursor });
        found.push(...page.hits);
        cursor = page.cursor;
      } while (cursor !== undefined && ++pages < MAX_PAGES);
      if (isClosed) return true;
      if (cursor !== undefined) skipped.inc();
      for (const event of found.reverse()) {
        if (known.has(event._id)) continue;
        known.set(event._id, event.seq);
        if (isFirst || (floor !== undefined && isBelow(event, floor))) continue;
        listener(event);
      }
      // What the first look did not reach was there before it.
      if (isFirst && cursor !== undefined && found.length > 0) floor = [Date.parse(found[0]!['@timestamp']), 0, ''];
      const oldest = (from - LOOK_BACK_MS) * 1000;
      for (const [id, seq] of known) if (seq < oldest) known.delete(id);
      return true;
    };
    const next = (isFirst: boolean): void => {
      void look(isFirst)
        .catch(error => {
          log.debug({ error: messageOf(error) }, 'the live tail waits for the store');
          return !isFirst;
        })
        .then(isDone => {
          if (!isClosed) timer = setTimeout(() => next(!isDone), INTERVAL_MS).unref();
        });
    };
    next(true);
    return () => {
      isClosed = true;
      clearTimeout(timer);
    };
  }
}

/** `seq` counts microseconds since 1970, by the clock of whoever received the event. */
function since(query: string, from: number): string {
  const received = `seq:>=${from * 1000}`;
  return query.trim() === '' ? received : `(${query}) AND ${received}`;
}

function isBelow(event: StoredEvent, [time]: SortKey): boolean {
  return Date.parse(event['@timestamp']) < time;
}

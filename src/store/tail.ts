import { Slices } from '../base/flow/slices.ts';
import type { StoredEvent, Tail, TailRequest, TailResult } from '../core/contracts.ts';
import { LongshoreError } from '../core/errors.ts';
import { compilePredicate } from './query/predicate.ts';

/** What the spool holds at this moment. */
export interface TailSnapshot {
  readonly chunks: string[];
  /** Made as they are taken. */
  readonly events: Iterable<StoredEvent>;
  /** Nobody looks at it any more. */
  release?(): void;
}

/** This process takes events in: no search holds that up. */
const slices = new Slices();

/** The part of an open tail that a search asks for. */
export async function searchTail(
  { chunks, events, release }: TailSnapshot,
  { query, from = -Infinity, to = Infinity, now }: TailRequest,
  signal?: AbortSignal,
): Promise<TailResult> {
  const found: StoredEvent[] = [];
  const pause = slices.begin();
  try {
    const matches = compilePredicate(query, now ?? Date.now);
    for (const event of events) {
      const time = Date.parse(event['@timestamp']);
      if (time >= from && time <= to && matches(event)) found.push(event);
      const paused = pause();
      if (paused === undefined) continue;
      await paused;
      if (signal?.aborted) throw cancelled();
    }
  } finally {
    release?.();
  }
  return { chunks, events: found, isComplete: true };
}

function cancelled(): LongshoreError {
  return new LongshoreError('LS_STORE_QUERY_CANCELLED', 'the search was cancelled.', { retryable: true });
}

/** The tail of a spool in this process. */
export function localTail(spool: { snapshot(): TailSnapshot }): Tail {
  return { search: async (request, signal) => searchTail(spool.snapshot(), request, signal) };
}

/** The tails of all spools; of none, where everything to be found is in the store. */
export function mergedTail(tails: readonly Tail[]): Tail {
  return {
    search: async (request, signal) => mergeResults(await Promise.all(tails.map(tail => tail.search(request, signal)))),
  };
}

export function mergeResults(all: readonly TailResult[]): TailResult {
  return {
    chunks: all.flatMap(one => one.chunks),
    events: all.flatMap(one => one.events),
    isComplete: all.every(one => one.isComplete),
  };
}

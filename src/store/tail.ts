import type { StoredEvent, Tail, TailRequest, TailResult } from '../core/contracts.ts';
import { compilePredicate } from './query/predicate.ts';

/** What the spool holds at this moment. */
export interface TailSnapshot {
  chunks: string[];
  events: StoredEvent[];
}

/** The part of an open tail that a search asks for. */
export function searchTail({ chunks, events }: TailSnapshot, request: TailRequest): TailResult {
  const { query, from = -Infinity, to = Infinity, now } = request;
  const matches = compilePredicate(query, now ?? Date.now);
  const found = events.filter(event => {
    const time = Date.parse(event['@timestamp']);
    return time >= from && time <= to && matches(event);
  });
  return { chunks, events: found, isComplete: true };
}

/** The tail of a spool in this process. */
export function localTail(spool: { snapshot(): TailSnapshot }): Tail {
  return { search: async request => searchTail(spool.snapshot(), request) };
}

/** The tails of all spools; of none, where everything to be found is in the store. */
export function mergedTail(tails: readonly Tail[]): Tail {
  return { search: async request => mergeResults(await Promise.all(tails.map(tail => tail.search(request)))) };
}

export function mergeResults(all: readonly TailResult[]): TailResult {
  return {
    chunks: all.flatMap(one => one.chunks),
    events: all.flatMap(one => one.events),
    isComplete: all.every(one => one.isComplete),
  };
}

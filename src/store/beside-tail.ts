import type { QueryNode, Store, TailResult } from '../core/contracts.ts';
import { LongshoreError } from '../core/errors.ts';

/** Elasticsearch takes a request with so many ids without a blink; the open tail holds more only while it is behind. */
const MAX_EXCLUDED_IDS = 10_000;

/**
 * A store of whole documents does not know chunks: of one that it has half, events are in the tail and in the store.
 * They are left out there by their ids, as far as there are few enough.
 */
export function besideTail(store: Pick<Store, 'form'>, query: QueryNode, tail: TailResult): QueryNode {
  if (store.form !== 'elasticsearch' || tail.events.length === 0 || mayRepeat(store, tail)) return query;
  const inTail: QueryNode = { type: 'terms', field: '_id', values: tail.events.map(event => event._id) };
  return { type: 'and', nodes: [query, { type: 'not', node: inTail }] };
}

/** Events of the tail may be among those that the store counts. */
export function mayRepeat(store: Pick<Store, 'form'>, tail: TailResult): boolean {
  return store.form === 'elasticsearch' && tail.events.length > MAX_EXCLUDED_IDS;
}

/** A store that only forwards has nothing to search: what is still here is found, and nothing is said when nothing is. */
export async function orTailOnly<T>(asked: Promise<T>, tail: TailResult | undefined, fromTail: () => T): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    const isElsewhere = error instanceof LongshoreError && error.code === 'LS_SEARCH_NOT_HERE';
    if (!isElsewhere || tail?.events.length === 0) throw error;
    return fromTail();
  }
}

export interface Steady<T> {
  readonly list: readonly T[];
  /** How many have come that are not in the list yet. */
  readonly waiting: number;
  /** Ids of those in the list that are not there any more. */
  readonly gone: ReadonlySet<string>;
}

/** A list that does not move under who reads it: meanwhile what comes waits, what goes stays, and what is there is as new as can be. */
export function steady<T extends { readonly id: string }>(
  shown: readonly T[],
  now: readonly T[],
  isRead: boolean,
): Steady<T> {
  if (!isRead || shown.length === 0) return { list: now, waiting: 0, gone: new Set() };
  const byId = new Map(now.map(one => [one.id, one]));
  const list = shown.map(one => byId.get(one.id) ?? one);
  const known = new Set(shown.map(({ id }) => id));
  return {
    list,
    waiting: now.filter(({ id }) => !known.has(id)).length,
    gone: new Set(list.filter(({ id }) => !byId.has(id)).map(({ id }) => id)),
  };
}

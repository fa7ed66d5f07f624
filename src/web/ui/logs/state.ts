import { computed, signal } from '@preact/signals';
import { go, hrefOf, route } from '../base/route.ts';
import { Live } from './live.ts';
import { Results } from './results.ts';
import {
  type FilterKind,
  filterTerm,
  fullQuery,
  narrowed,
  readSearch,
  type Search,
  searchParams,
  spanOf,
} from './search-state.ts';

const key = computed(() => searchParams(readSearch(route.value.params)).toString());

/** What the address asks for. */
export const search = computed(() => readSearch(new URLSearchParams(key.value)));

/** What decides which events are found: when it changes, they are asked for again. */
export const question = computed(() => {
  const { order, live } = search.value;
  return JSON.stringify([fullQuery(search.value), spanOf(search.value), order, live]);
});

/** Grows when the same is to be asked once more. */
export const turn = signal(0);

export const results = new Results();
export const live = new Live();

/** Asks what the address asks for, before anything is drawn. */
export function begin(): void {
  const now = search.peek();
  if (!now.live && now.event === undefined) results.begin(now);
}

/** Goes to a changed search; Back leads to the one before. The same search is asked once more. */
export function change(changes: Partial<Search>, replace = false): void {
  const before = key.peek();
  go('logs', searchParams({ ...search.peek(), ...changes }), replace);
  if (key.peek() === before) turn.value++;
}

/** A search of its own within these times; a live tail ends, for it has no end. */
export function zoomTo(from: number, to: number): void {
  change({ from: new Date(from).toISOString(), to: new Date(to).toISOString(), live: false });
}

export function narrow(kind: FilterKind, name: string, value: unknown): void {
  change({ query: narrowed(search.peek().query, filterTerm(kind, name, value)) });
}

export function toggleLevel(level: string): void {
  const { levels } = search.peek();
  change({ levels: levels.includes(level) ? levels.filter(other => other !== level) : [...levels, level] });
}

export function toggleColumn(name: string): void {
  const { columns } = search.peek();
  change({ columns: columns.includes(name) ? columns.filter(other => other !== name) : [...columns, name] });
}

/** The whole address of a search. */
export function addressOf(of: Search): string {
  return `${location.origin}${location.pathname}${hrefOf('logs', searchParams(of))}`;
}

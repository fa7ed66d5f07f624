import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { dayOf } from '../../../src/base/time/iso.ts';
import type { StatsParams } from '../../../src/core/api/search.ts';
import type { Store, StoredEvent } from '../../../src/core/contracts.ts';
import { SearchHints } from '../../../src/store/search-hints.ts';
import { Statistics } from '../../../src/store/stats/statistics.ts';
import { searchTail } from '../../../src/store/tail.ts';

interface Case {
  readonly ask: StatsParams;
  readonly rows: string[];
  readonly events?: number;
  readonly embedded_only?: boolean;
}

const read = parse(readFileSync(join(import.meta.dirname, 'cases.yaml'), 'utf8')) as {
  documents: { at: string; beside?: boolean; [field: string]: unknown }[];
  cases: Case[];
  mistakes: { ask: StatsParams; says: string }[];
};
/** With their names. */
export const CASES = read.cases.map(each => [JSON.stringify(each.ask), each] as const);
export const MISTAKES = read.mistakes.map(each => [JSON.stringify(each.ask), each] as const);
/** What `now` means. */
export const NOW = Date.parse('2026-03-30T06:00:00Z');

const events = read.documents.map(({ at, beside, ...fields }, i) => ({
  isBeside: beside === true,
  event: {
    ...{ _id: `s${i}`, _index: `docker-logs-${dayOf(Date.parse(at))}`, seq: 1000 + i },
    '@timestamp': new Date(at).toISOString(),
    ...fields,
  } as StoredEvent,
}));
/** Of the store, and of the open tail. */
export const STORED = events.filter(({ isBeside }) => !isBeside).map(({ event }) => event);
export const TAIL = events.filter(({ isBeside }) => isBeside).map(({ event }) => event);

/** Statistics of a store that has `STORED`, and the tail. */
export function statisticsOf(store: Store, tail: readonly StoredEvent[] = TAIL): Statistics {
  const search = async (request: Parameters<typeof searchTail>[1]) =>
    searchTail({ chunks: ['open'], events: [...tail] }, request);
  return new Statistics(store, { search }, { timeout_ms: 10_000, hints: new SearchHints(store) });
}

export async function checkCase(statistics: Statistics, { ask, rows, events: count }: Case): Promise<void> {
  const answer = await statistics.stats(ask, NOW);
  const shown = answer.rows.map(({ at, by, values }) =>
    [
      ...(at === undefined ? [] : [at.slice(0, 16)]),
      ...Object.values(by ?? {}),
      ...Object.values(values).map(value => (value === null ? '-' : Number(value.toPrecision(12)))),
    ].join(' '),
  );
  expect(shown).toEqual(rows);
  if (count !== undefined) expect(answer.events).toBe(count);
}

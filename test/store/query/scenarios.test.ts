import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { QueryNode } from '../../../src/core/contracts.ts';
import type { Fields } from '../../../src/core/event.ts';
import { filtersToQuery } from '../../../src/store/query/filters.ts';
import { parseQuery } from '../../../src/store/query/parse.ts';
import { type Document, DuckdbTable, document, idsInMemory } from './back-ends.ts';

/*
 * scenarios/*.yaml:
 *   documents: [{ _id: a, message: ... }]            what is not given is filled in
 *   cases:
 *     - { q: 'level:ERROR', ids: a b }               as typed; `or: true` reads it with OR between words
 *     - { filter: [...], ids: a b }                  as a rule has it
 *     - { node: {...}, ids: a b }                    a query that no text gives
 */
interface Case {
  q?: string;
  or?: boolean;
  filter?: unknown;
  node?: QueryNode;
  ids: string | null;
}

for (const path of globSync(join(import.meta.dirname, 'scenarios/*.yaml')).sort()) {
  const scenario = parse(readFileSync(path, 'utf8')) as { documents: Fields[]; cases: Case[] };
  describe(basename(path, '.yaml'), () => {
    const documents: Document[] = scenario.documents.map(document);
    let table: DuckdbTable;
    beforeAll(async () => {
      table = await DuckdbTable.of(documents);
    });
    afterAll(() => table.close());

    test.for(scenario.cases)('$q $filter $node', async ({ q, or, filter, node, ids }) => {
      const query =
        node ?? (q === undefined ? filtersToQuery(filter) : parseQuery(q, or ? { defaultOperator: 'or' } : {}));
      const expected = (ids ?? '').split(' ').filter(Boolean).sort();
      expect({ memory: idsInMemory(documents, query), duckdb: await table.ids(query) }).toEqual({
        memory: expected,
        duckdb: expected,
      });
    });
  });
}

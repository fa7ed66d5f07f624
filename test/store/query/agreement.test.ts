import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fold, NUMBER_PATTERN, numberOf } from '../../../src/store/query/text.ts';
import { seeded } from '../../support/chance.ts';
import { type Document, DuckdbTable, idsInMemory } from './back-ends.ts';
import { randomDocument, randomQuery } from './random.ts';

// What an event in memory answers, the same event answers in DuckDB.

describe('random queries over random documents', () => {
  const random = seeded(20261120);
  const documents: Document[] = Array.from({ length: 150 }, (_, i) => randomDocument(random, i));
  let whole: DuckdbTable;
  let parted: DuckdbTable;
  beforeAll(async () => {
    whole = await DuckdbTable.of(documents);
    parted = await DuckdbTable.of(documents, true);
    expect(parted.found.size).toBeGreaterThan(2);
  });
  afterAll(() => {
    whole.close();
    parted.close();
  });

  test.for([1, 2, 3, 4])('find the same events in memory and in DuckDB, seed %i', async seed => {
    const table = seed % 2 === 0 ? whole : parted;
    const next = seeded(seed);
    let found = 0;
    for (let i = 0; i < 250; i++) {
      const query = randomQuery(next);
      const memory = idsInMemory(documents, query);
      expect({ ids: await table.ids(query), query }).toEqual({ ids: memory, query });
      if (memory.length > 0 && memory.length < documents.length) found++;
    }
    // Queries that find all or nothing would agree by chance.
    expect(found).toBeGreaterThan(80);
  });
});

describe('text', () => {
  let table: DuckdbTable;
  beforeAll(async () => {
    table = await DuckdbTable.of([]);
  });
  afterAll(() => table.close());

  test('is lowered like in DuckDB, character by character', async () => {
    const rows = await table.rows(
      `SELECT i, lower(chr(i::INTEGER)) FROM range(1, 70000) t(i) WHERE i NOT BETWEEN 55296 AND 57343`,
    );
    const differing = rows
      .map(([code, lower]) => [Number(code), String(lower)] as const)
      .filter(([code, lower]) => fold(String.fromCodePoint(code)) !== lower)
      .map(([code]) => code.toString(16));
    // Letters of Unicode 16, which DuckDB does not know yet; feff is lost on the way out of the query.
    expect(differing.filter(code => !/^(1c89|a7[cd].|feff|10d[56].)$/.test(code))).toEqual([]);
  });

  test.for([
    '1',
    '+1',
    '-1.5',
    '.5',
    '5.',
    '1e3',
    '1E-3',
    '1e400',
    '',
    ' 1',
    '1 ',
    '1_000',
    '0x10',
    'inf',
    'nan',
    '1e',
    '--1',
    '1.2.3',
    '١',
  ])('%j is a number in memory and in DuckDB or in neither', async text => {
    const [row] = await table.rows(
      `SELECT CASE WHEN regexp_full_match(?, '${NUMBER_PATTERN}') AND isfinite(try_cast(? AS DOUBLE)) THEN try_cast(? AS DOUBLE) END`,
      [text, text, text],
    );
    expect(row![0] ?? undefined).toBe(numberOf(text));
  });
});

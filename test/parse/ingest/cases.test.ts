import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Comparison, compareCase } from './compare.ts';
import { externalCaseFiles, type IngestCase, ownCaseFiles, readCases } from './ingest-case.ts';
import { Table } from './table.ts';

/** What differs on purpose, with the reason for a user: kinds of difference (folder decisions/), and single cases by id. */
const known = JSON.parse(readFileSync(new URL('./known-differences.json', import.meta.url), 'utf8')) as {
  readonly kinds: Readonly<Record<string, string>>;
  readonly cases: Readonly<Record<string, string>>;
};

const table = new Table();
const seenKinds = new Set<string>();

for (const file of ownCaseFiles()) {
  describe(basename(file), () => {
    test.for(readCases(file).map(one => [one.id, one] as const))('%s', ([, one]) => expectDecided(one));
  });
}

for (const file of externalCaseFiles('ingest', 'INGEST_CASES')) {
  describe(`the reference engine, ${file}`, () => {
    test('its case file is there', () => {
      expect(existsSync(file), `no file ${file}`).toBe(true);
    });

    test('agrees in every case but for what is decided', { timeout: 300_000 }, () => {
      const compared = readCases(file).map(one => ({ one, ...compareCase(one) }));
      for (const { one, verdict, kinds } of compared) count(one, verdict, kinds);
      const unexpected = compared.filter(
        ({ one, verdict }) => verdict === 'differ' && known.cases[one.id] === undefined,
      );
      expect(compared.length).toBeGreaterThan(0);
      expect(unexpected.map(({ one, got }) => ({ ...one, got }))).toEqual([]);
    });

    test('differs where a known difference says so', () => {
      const stale = readCases(file).filter(
        one => known.cases[one.id] !== undefined && compareCase(one).verdict !== 'differ',
      );
      expect(stale.map(one => one.id)).toEqual([]);
    });
  });
}

test('every kind of difference has a reason, and a case of our own that shows it', () => {
  expect([...seenKinds].filter(kind => known.kinds[kind] === undefined)).toEqual([]);
  expect(Object.keys(known.kinds).filter(kind => !seenKinds.has(kind))).toEqual([]);
});

afterAll(() => console.log(`ingest conformance:\n${table}`));

function expectDecided(one: IngestCase): void {
  const { verdict, kinds, got } = compareCase(one);
  for (const kind of kinds) seenKinds.add(kind);
  count(one, verdict, kinds);
  if (known.cases[one.id] !== undefined) expect(verdict, `${one.id} is a stale difference`).toBe('differ');
  else if (verdict === 'differ') expect({ ...one, got }).toBe('the same');
}

function count(one: IngestCase, verdict: Comparison['verdict'], kinds: readonly string[]): void {
  const isKnown = verdict === 'differ' && known.cases[one.id] !== undefined;
  table.add(one.group, isKnown ? 'decided' : verdict);
  expect(kinds.filter(kind => known.kinds[kind] === undefined)).toEqual([]);
}

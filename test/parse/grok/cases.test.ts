import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { externalCaseFiles } from '../ingest/ingest-case.ts';
import { type GrokCase, readCases, runCase } from './run-cases.ts';

const here = new URL('./cases/', import.meta.url);

for (const file of readdirSync(here).sort()) {
  describe(file, () => {
    test.for(readCases(new URL(file, here)).map(one => [`${one.id} (${one.mode})`, one] as const))('%s', ([, one]) => {
      const result = runCase(one);
      expect({ matches: result.outcome === 'match', fields: result.fields }).toEqual({
        matches: one.matches,
        fields: result.expected,
      });
    });
  });
}

/** Case ids of the external file that differ on purpose, with the reason. */
const known = JSON.parse(readFileSync(new URL('./known-differences.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>;

for (const external of externalCaseFiles('grok', 'GROK_CASES')) {
  describe(`the reference engine, ${external}`, () => {
    test('its case file is there', () => {
      expect(existsSync(external), `no file ${external}`).toBe(true);
    });

    test('agrees in every case that is not a known difference', () => {
      const cases = readCases(external);
      const different = cases.filter(one => !agrees(one));
      const unexpected = different.filter(one => !Object.hasOwn(known, one.id));
      console.log(`grok conformance: ${cases.length - different.length} of ${cases.length} agree`);
      expect(cases.length).toBeGreaterThan(0);
      expect(unexpected.map(one => ({ id: one.id, match: one.match, ...runCase(one) }))).toEqual([]);
    });

    test('differs where a known difference says so', () => {
      const byId = new Map(readCases(external).map(one => [one.id, one]));
      const stale = Object.keys(known).filter(id => byId.has(id) && agrees(byId.get(id)!));
      expect(stale).toEqual([]);
    });
  });
}

function agrees(one: GrokCase): boolean {
  const result = runCase(one);
  return (result.outcome === 'match') === one.matches && isDeepStrictEqual(result.fields, result.expected);
}

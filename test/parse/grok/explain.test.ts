import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { alternativesOf } from '../../../src/parse/grok/elements.ts';
import { MismatchExplainer } from '../../../src/parse/grok/explain.ts';
import { PATTERN_NAMES, patternSource } from '../../../src/parse/grok/grok.ts';

interface ExplainCase {
  name: string;
  patterns: string[];
  definitions?: Record<string, string>;
  text: string;
  pattern: number;
  fits: string;
  wanted: string;
  inside: string[];
}

const cases = readFileSync(new URL('./explain.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter(line => line !== '')
  .map(line => JSON.parse(line) as ExplainCase);

test.for(cases)('why no pattern matches: $name', one => {
  const { start, end, ...rest } = new MismatchExplainer(one.patterns, { definitions: one.definitions }).explain(
    one.text,
  );
  expect({ ...rest, fits: one.text.slice(start, end) }).toEqual({
    pattern: one.pattern,
    fits: one.fits,
    wanted: one.wanted,
    inside: one.inside,
  });
});

test('the elements of every pattern of the library make up the pattern', () => {
  for (const name of PATTERN_NAMES('v1')) {
    const source = patternSource(name, 'v1')!;
    const again = alternativesOf(source).map(elements => elements.map(element => element.source).join(''));
    expect(again.join('|'), name).toBe(source);
  }
});

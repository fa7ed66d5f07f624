import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { newFields } from '../../../src/core/event.ts';
import { Grok } from '../../../src/parse/grok/grok.ts';
import type { RandomPattern } from './random-pattern.ts';

/** See record-ruby.ts. `found`: the captures of each text that are not empty; null: no match. */
interface Recorded extends RandomPattern {
  readonly found: readonly (Readonly<Record<string, string>> | null)[];
}

const recorded = readFileSync(new URL('./ruby.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Recorded);

test('random patterns find what they find in Ruby', () => {
  const different: unknown[] = [];
  const refused: string[] = [];
  for (const { pattern, texts, found } of recorded) {
    let grok: Grok;
    try {
      grok = new Grok([pattern], { dialect: 'logstash', time_limit_ms: 10_000 });
    } catch (error) {
      refused.push(`${pattern}: ${(error as Error).message}`);
      continue;
    }
    for (const [i, text] of texts.entries()) {
      const got = newFields();
      const outcome = grok.match(text, got) === 'match' ? { ...got } : null;
      if (JSON.stringify(sorted(outcome)) !== JSON.stringify(sorted(found[i]!)))
        different.push({ pattern, text, ruby: found[i], got: outcome });
    }
  }
  expect(refused).toEqual([]);
  expect(different).toEqual([]);
  expect(recorded.length).toBeGreaterThan(100);
});

const sorted = (captures: object | null): unknown =>
  captures === null ? null : Object.entries(captures).sort(([a], [b]) => (a < b ? -1 : 1));

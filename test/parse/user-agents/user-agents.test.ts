import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { requiredOneOf } from '../../../src/base/regexp/literals.ts';
import { readJava } from '../../../src/base/regexp/read-java.ts';
import { newFields } from '../../../src/core/event.ts';
import { loadPipelines } from '../../../src/parse/pipelines.ts';

/** See record.ts. `expected`: what the processor says, without `original`. */
interface Line {
  readonly agent: string;
  readonly expected: { readonly name: string };
}

const lines = readFileSync(new URL('./agents.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Line);
const pipelines = loadPipelines([
  { path: 'case.yaml', text: 'match: { tag: "**" }\nprocessors: [{ user_agent: { field: agent } }]' },
]);

function said(agent: string): unknown {
  const event = Object.assign(newFields(), { agent });
  const got = pipelines.run(event, { tag: 't', time: 0, receivedAt: 0 })!;
  return JSON.parse(JSON.stringify(got['user_agent']));
}

describe('user agents are told as Elasticsearch tells them', () => {
  test.for(lines)('$expected.name: $agent', ({ agent, expected }) => {
    expect(said(agent)).toEqual({ ...expected, original: agent });
  });
});

test('a header without end costs no more than its start', () => {
  const start = performance.now();
  for (const part of ['Build/ ', ' ', '0', 'Mobile', '; ', 'Windows']) said(`Mozilla/5.0 (${part.repeat(50_000)}z`);
  expect(performance.now() - start).toBeLessThan(5000);
});

test('no rule is passed over that would be found', () => {
  const rules = JSON.parse(
    readFileSync(new URL('../../../src/parse/user-agents/rules.json', import.meta.url), 'utf8'),
  ) as Record<string, { regex: string; flag?: string }[]>;
  const wrong: string[] = [];
  let found = 0;
  for (const { regex, flag } of Object.values(rules).flat()) {
    const expression = new RegExp(regex, flag);
    const words = requiredOneOf(readJava(regex, flag).tree, '');
    for (const { agent } of lines) {
      if (!expression.test(agent)) continue;
      found++;
      const text = agent.toLowerCase();
      if (words !== undefined && !words.some(word => text.includes(word))) wrong.push(`${regex} in ${agent}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(found).toBeGreaterThan(1000);
});

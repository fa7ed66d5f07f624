import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { LongshoreError } from '../../../src/core/errors.ts';
import { newFields } from '../../../src/core/event.ts';
import { Grok, type GrokDialect } from '../../../src/parse/grok/grok.ts';
import { writeExact } from '../ingest/ingest-case.ts';

/** `not_set`, `no_match`, the code of a mistake, or the fields. */
type Answer = string | Record<string, unknown>;

interface DialectCase {
  name: string;
  patterns: string[];
  text: string;
  definitions?: Record<string, string>;
  elasticsearch: Answer;
  logstash: Answer;
  /** What `check` says of it as a pattern of Elasticsearch. */
  doubt?: string;
}

const cases = readFileSync(new URL('./dialects.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter(line => line !== '')
  .map(line => JSON.parse(line) as DialectCase);

function answer(one: DialectCase, dialect: GrokDialect): Answer {
  const fields = newFields();
  try {
    const outcome = new Grok(one.patterns, { dialect, definitions: one.definitions }).match(one.text, fields);
    return outcome === 'match' ? JSON.parse(writeExact(fields)) : outcome;
  } catch (error) {
    if (error instanceof LongshoreError) return error.code;
    throw error;
  }
}

afterEach(() => vi.unstubAllGlobals());

describe.for(cases)('$name', one => {
  test('as Elasticsearch reads it', () => expect(answer(one, 'elasticsearch')).toEqual(one.elasticsearch));
  test('as Logstash reads it', () => expect(answer(one, 'logstash')).toEqual(one.logstash));
  test.for(['elasticsearch', 'logstash'] as const)('as %s reads it, where Node makes no code of texts', dialect => {
    vi.stubGlobal('Function', () => {
      throw new EvalError('Code generation from strings disallowed for this context');
    });
    expect(answer(one, dialect)).toEqual(one[dialect]);
  });
  test('doubts', () => {
    const { doubts } = new Grok(one.patterns, { definitions: one.definitions });
    expect(doubts.join('; ')).toContain(one.doubt ?? '');
    if (one.doubt === undefined) expect(doubts).toEqual([]);
  });
});

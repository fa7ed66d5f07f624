import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TooSlow } from '../../../src/base/regexp/bounded-regexp.ts';
import { messageOf } from '../../../src/core/errors.ts';
import type { Fields } from '../../../src/core/event.ts';
import { parseJson } from '../../../src/parse/json-values.ts';
import { compileCondition } from '../../../src/parse/painless/condition.ts';
import { ScriptFailure } from '../../../src/parse/painless/failure.ts';
import { RunState } from '../../../src/parse/run-state.ts';

// A line a case: [condition, event, result], where the result is true, false, "fails: why" at run time or "syntax: what" at load.
const lines = readFileSync(new URL('./conditions.jsonl', import.meta.url), 'utf8').split('\n');
const cases = lines.filter(line => line !== '').map(line => JSON.parse(line) as [string, Fields, boolean | string]);

test.for(cases)('%s with %j is %s', ([source, fields, wanted]) => {
  const got = evaluate(source, fields);
  if (typeof wanted === 'boolean') expect(got).toBe(wanted);
  else expect(got).toContain(wanted);
});

test('a condition nested without end is refused', () => {
  expect(evaluate('('.repeat(5000), {})).toContain('nested too deeply');
});

function evaluate(source: string, fields: Fields): unknown {
  const state = new RunState();
  state.begin({ tag: 't', time: Date.UTC(2026, 10, 20), receivedAt: 0 });
  try {
    return compileCondition(source)(parseJson(JSON.stringify(fields)) as Fields, state);
  } catch (error) {
    if (error instanceof TooSlow) return `fails: ${error.message}`;
    if (error instanceof ScriptFailure) return `fails: ${error.reason.replace(/^\w+: /, '')}`;
    return messageOf(error).replace('condition, ', 'syntax: ');
  }
}

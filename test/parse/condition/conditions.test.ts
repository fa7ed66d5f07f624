import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TooSlow } from '../../../src/base/regexp/bounded-regexp.ts';
import { messageOf } from '../../../src/core/errors.ts';
import { type Fields, newFields } from '../../../src/core/event.ts';
import { compileCondition } from '../../../src/parse/condition/compile.ts';
import { ConditionFailure } from '../../../src/parse/condition/methods.ts';
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
    return compileCondition(source)(Object.assign(newFields(), fields), state);
  } catch (error) {
    if (error instanceof ConditionFailure || error instanceof TooSlow) return `fails: ${error.message}`;
    return messageOf(error).replace('condition, ', 'syntax: ');
  }
}

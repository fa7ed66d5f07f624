import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TooSlow } from '../../../src/base/regexp/bounded-regexp.ts';
import { LongshoreError } from '../../../src/core/errors.ts';
import type { Fields } from '../../../src/core/event.ts';
import { parseJson } from '../../../src/parse/json-values.ts';
import { settle } from '../../../src/parse/painless/document.ts';
import { ScriptFailure } from '../../../src/parse/painless/failure.ts';
import { prepare } from '../../../src/parse/painless/script.ts';
import { plainNumbers } from '../../../src/parse/plain-numbers.ts';
import { RunState } from '../../../src/parse/run-state.ts';

// A line a case: [script, fields of the event, what it is afterwards]. A text instead is the failure, or what is wrong with
// the script ("refused: ..."). Params are the field `params`.
const lines = readFileSync(new URL('./language.jsonl', import.meta.url), 'utf8').split('\n');
const cases = lines.filter(line => line.startsWith('[')).map(line => JSON.parse(line) as [string, Fields, unknown]);

test.for(cases)('%s of %j gives %j', ([source, fields, wanted]) => {
  const got = run(source, fields);
  if (typeof wanted === 'string') expect(got).toContain(wanted);
  else expect(got).toEqual(wanted);
});

test.for([
  ['a loop without end', 'int i = 0; while (true) { i++; if (i == -5) { break; } }', 'PainlessError'],
  [
    'a loop that catches everything',
    'while (true) { try { int i = 1 / ctx.zero; } catch (Exception e) { continue; } break; }',
    'PainlessError',
  ],
  ['functions that call each other', 'int f(int n) { return f(n + 1); } ctx.r = f(0);', 'StackOverflowError'],
  ['many calls', 'int f(int n) { return n <= 0 ? 0 : f(n - 1) + f(n - 1); } ctx.r = f(60);', 'PainlessError'],
  ['a lambda that gets itself', 'BiFunction f = (g, x) -> g.apply(g, x); f.apply(f, 1);', 'StackOverflowError'],
  ['a text that doubles', "String s = 'a'; while (s != 'b') { s += s; }", 'OutOfMemoryError'],
  ['a list that doubles', 'def l = [1]; while (l.size() > 0) { l.addAll(l); }', 'Error: '],
  ['a list in itself, printed', "def l = [1]; for (int i = 0; i < 60; i++) { l = [l, l]; } ctx.r = '' + l;", 'Error: '],
  [
    'a list in itself, hashed',
    'def l = [1]; for (int i = 0; i < 60; i++) { l = [l, l]; } ctx.r = l.hashCode();',
    'PainlessError',
  ],
  ['a large array', 'int[][] a = new int[100000][100000]; ctx.r = a.length;', 'OutOfMemoryError'],
  ['a large number of items', 'ctx.r = IntStream.range(0, 2000000000).sum();', 'PainlessError'],
  [
    'a map that is asked again and again',
    "def m = [:]; for (int i = 0; i < 5000; i++) { m['k' + i] = i; } while (m.size() > 0) { m.isEmpty(); }",
    'PainlessError',
  ],
])('%s is ended', ([, source, wanted]) => {
  expect(run(source!, { zero: 0 })).toContain(wanted);
});

test('an expression that is slow on a text is given up, and no script can catch it', () => {
  const source = "try { ctx.r = ctx.text =~ /(a|aa)+b/; } catch (Exception e) { ctx.r = 'caught'; }";
  expect(run(source, { text: `${'a'.repeat(60)}!` })).toContain('longer than the time limit');
});

test.for([
  ['parentheses', `ctx.a = ${'('.repeat(3000)}1`],
  ['signs', `ctx.a = ${'- '.repeat(3000)} 1`],
  ['blocks', `${'{'.repeat(3000)} ctx.a = 1;`],
  ['conditions', `${'if (true) '.repeat(3000)} ctx.a = 1;`],
  ['lists', `ctx.a = ${'['.repeat(3000)}`],
  ['lambdas', `ctx.l.forEach(${'x -> '.repeat(3000)} 1)`],
  ['choices', `ctx.a = ${'true ? 1 : '.repeat(3000)} 2`],
])('%s nested without end are refused', ([, source]) => {
  expect(run(source!, {})).toMatch(/^refused: .*nested too deeply/);
});

test('params are the same for every event, and a script gets copies of what it writes', () => {
  const params = parseJson('{"tags": ["a"], "map": {"k": [1]}}') as Fields;
  const script = prepare("ctx.tags = params.tags; ctx.tags.add('b'); ctx.put('map', params.map)", 'script', params);
  for (let i = 0; i < 2; i++) {
    const event = parseJson('{}') as Fields;
    script(event, state());
    settle(event);
    (event['map'] as Fields)['k'] = 2;
    expect(event['tags']).toEqual(['a', 'b']);
  }
  expect(JSON.stringify(params)).toBe('{"tags":["a"],"map":{"k":[1]}}');
});

function state(): RunState {
  const made = new RunState();
  made.begin({ tag: 't', time: Date.UTC(2026, 10, 20), receivedAt: Date.UTC(2026, 10, 20, 13) });
  return made;
}

function run(source: string, fields: Fields): unknown {
  const { params, ...rest } = parseJson(JSON.stringify(fields)) as Fields;
  try {
    const script = prepare(source, 'script', params as Fields | undefined);
    const event = parseJson(JSON.stringify(rest)) as Fields;
    try {
      script(event, state());
    } finally {
      settle(event);
    }
    plainNumbers(event);
    return JSON.parse(JSON.stringify(event));
  } catch (error) {
    if (error instanceof ScriptFailure) return `fails: ${error.reason}`;
    if (error instanceof TooSlow) return `fails: ${error.message}`;
    if (error instanceof LongshoreError) return `refused: ${error.message}`;
    throw error;
  }
}

import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeRe2 } from '../../../src/base/regexp/write-linear.ts';
import { readExpression } from '../../../src/store/query/regexp.ts';
import { DuckdbTable } from './back-ends.ts';
import { compileLinear } from './linear.ts';

let table: DuckdbTable;
beforeAll(async () => {
  table = await DuckdbTable.of([]);
});
afterAll(() => table.close());

test.for<[pattern: string, found: string[], missed: string[]]>([
  ['time.?out', ['TIMEOUT', 'a time-out b', 'time\nout'], ['time  out']],
  ['^a$', ['a', 'A'], ['a\n', 'ba', 'x\na']],
  ['[0-9a-f]{8}', ['DEADBEEF', 'x00000000'], ['dead', 'deadbeeg']],
  ['^x{2,4}$', ['xx', 'xxxx'], ['x', 'xxxxx']],
  ['^x{2,}$', ['xx', 'xxxxxxx'], ['x']],
  ['^(?:ab){2}$', ['abab'], ['ab', 'ababab']],
  ['\\bfoo\\b', ['a foo b'], ['food']],
  ['[[:digit:]_]+$', ['a_1'], ['a_1-']],
  ['[^a-c]', ['d', '\n'], ['abc', 'ABC']],
  ['[]x]', [']', 'X'], ['y']],
  ['[a\\]\\-]', ['a', ']', '-'], ['b']],
  ['(?<name>a|b)c', ['ac', 'BC'], ['c']],
  ['a{b', ['a{b'], ['ab']],
  ['\\/\\@\\"', ['/@"'], ['/@']],
  ['\\t\\x41\\u00e9', ['\tAÉ'], ['\tA']],
  ['ÄÖ+', ['äö', 'ÄÖÖ'], ['a']],
  ['^.$', ['😀', 'a', '한'], ['ab', '']],
  ['^[^a]$', ['😀'], ['a', 'bb']],
  ['^(?:😀)+$', ['😀😀'], ['😀a']],
  ['한.', ['한국'], ['한']],
  ['^\u017f.', ['\u017fa'], ['s', '\u017f']],
  ['a|', ['', 'x'], []],
])('/%s/ finds the same in memory and in DuckDB', async ([pattern, found, missed]) => {
  const tree = readExpression(pattern);
  const expression = compileLinear(tree);
  expect(found.filter(text => !expression.test(text))).toEqual([]);
  expect(missed.filter(text => expression.test(text))).toEqual([]);
  for (const text of [...found, ...missed]) {
    const rows = await table.rows(`SELECT regexp_matches(?, ?, 's')`, [text, `()${writeRe2(tree)}`]);
    expect({ text, found: rows[0]![0] }).toEqual({ text, found: found.includes(text) });
  }
});

test.for<[pattern: string, what: string]>([
  ['(?=a)', 'look-around'],
  ['(?<!a)b', 'look-around'],
  ['(?>a)', 'look-around'],
  ['(?i)a', 'flags'],
  ['(a)\\1', 'back-reference'],
  ['a++', 'possessive'],
  ['a**', 'two quantifiers'],
  ['*a', 'nothing before it'],
  ['(a', 'not closed'],
  ['a)', 'not open'],
  ['[a', 'not closed'],
  ['[b-a]', 'backwards'],
  ['[[:nope:]]', 'unknown class'],
  ['a{3,1}', 'count'],
  ['a{2000}', 'count'],
  ['((a{100}){100}){100}', 'repeats too much'],
  ['\\pL', '\\p'],
  ['a\\', 'single'],
  ['^*', 'anchor'],
  ['('.repeat(100) + ')'.repeat(100), 'nests'],
  ['a'.repeat(2000), 'longer'],
])('/%s/ is refused', ([pattern, what]) => {
  expect(() => readExpression(pattern)).toThrow(new RegExp(`${RegExp.escape(what)}.*LS_QUERY_REGEXP`, 's'));
});

test.for<[pattern: string, text: string]>([
  ['(a+)+$', `${'a'.repeat(5000)}!`],
  ['(a|a)*b', 'a'.repeat(5000)],
  ['(x+x+)+y', 'x'.repeat(5000)],
  ['(.*)*=(.*)*,', 'x='.repeat(5000)],
  ['(a{1,20}){1,20}b', 'a'.repeat(2000)],
])('/%s/ does not hold the process up', ([pattern, text]) => {
  const expression = compileLinear(readExpression(pattern));
  const started = performance.now();
  expect(expression.test(text)).toBe(false);
  // With backtracking these take longer than the sun will shine.
  expect(performance.now() - started).toBeLessThan(5000);
});

test('the largest expression that is accepted runs in DuckDB', async () => {
  for (const pattern of ['a{1000}', '([a-z]{10}){100}', '(a|b|c){0,900}x', '.{1000}']) {
    const rows = await table.rows(`SELECT regexp_matches(?, ?, 's')`, ['-', `()${writeRe2(readExpression(pattern))}`]);
    expect(rows[0]![0]).toBe(false);
  }
});

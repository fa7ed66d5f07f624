import { expect, test } from 'vitest';
import { Patterns, wordsOf } from '../../../src/alerts/types/patterns.ts';
import { Driven, ruleOf } from './support.ts';

const patternsOf = (driven: Driven, second: number, message: unknown, more = {}): unknown[] =>
  driven.add(second, { message, ...more }).map(({ fields }) => fields?.['new_pattern']);

test('what was seen while it learned is told never, other kinds once each, with their first line', () => {
  const driven = new Driven('type: new_pattern\n');
  expect(patternsOf(driven, 0, 'user alice logged in from 10.0.0.1')).toEqual([]);
  expect(patternsOf(driven, 3599, 'user bob logged in from 10.0.0.2')).toEqual([]);
  expect(patternsOf(driven, 3600, 'user carol logged in from fe80::1')).toEqual([]);
  expect(patternsOf(driven, 3601, 'connection to db-7 lost after 30s')).toEqual(['connection to <*> lost after <*>']);
  expect(patternsOf(driven, 3602, 'connection to db-8 lost after 12s')).toEqual([]);
  expect(driven.add(3603, { message: 'out of memory' })).toMatchObject([{ event: { message: 'out of memory' } }]);
  expect(patternsOf(driven, 3604, 'out of memory')).toEqual([]);
});

test('each key learns by itself', () => {
  const driven = new Driven('type: new_pattern\nquery_key: service\nlearn_for: { minutes: 1 }\n');
  patternsOf(driven, 0, 'started', { service: 'a' });
  expect(patternsOf(driven, 100, 'ready to serve', { service: 'b' })).toEqual([]);
  expect(patternsOf(driven, 101, 'ready to serve', { service: 'a' })).toEqual(['ready to serve']);
  expect(patternsOf(driven, 161, 'stopped', { service: 'b' })).toEqual(['stopped']);
});

test.for([
  ['a line is its words', 'a  b\tc', ['a', 'b', 'c']],
  ['words with digits are any', 'job 17 took 3ms id=af09', ['job', '<*>', 'took', '<*>', '<*>']],
  ['of several lines the first that is not empty', '\n\r\n boom: x\n  at y (z.js:1)', ['boom:', 'x']],
  ['blanks are nothing', ' \n\t ', []],
] as const)('%s', ([, text, words]) => {
  expect(wordsOf(text)).toEqual(words);
});

test('where lines of one kind differ the pattern has a wildcard', () => {
  const patterns = new Patterns(10, 0.6);
  for (const name of ['alice', 'bob', 'carol']) patterns.add(`user ${name} logged in`);
  expect([...patterns.all()].map(({ words }) => words.join(' '))).toEqual(['user <*> logged in']);
  patterns.add('user alice was deleted');
  expect(patterns.size).toBe(2);
});

test('first words without end are one kind from some number on', () => {
  const patterns = new Patterns(1000, 0.6);
  const name = (n: number): string => [...String(n)].map(digit => 'abcdefghij'[Number(digit)]).join('');
  let found = 0;
  for (let n = 0; n < 5000; n++) if (patterns.add(`${name(n)} logged in today`) !== undefined) found++;
  expect(found).toBeLessThanOrEqual(65);
});

test('a hostile stream stays bounded, and what it pushed out is counted', () => {
  const driven = new Driven('type: new_pattern\nquery_key: service\nmax_patterns: 50\nlearn_for: { seconds: 0 }\n', {
    max_keys_per_rule: 200,
  });
  const letters = (n: number): string => n.toString(26).replace(/\d/g, digit => 'qrstuvwxyz'[Number(digit)]!);
  for (let n = 0; n < 20_000; n++) {
    const word = letters(n * 7919);
    driven.add(n, { service: `s${n % 40}`, message: `${word} ${letters(n)}${word} `.repeat(1 + (n % 40)) });
  }
  driven.add(20_000, { message: 'x'.repeat(100_000) });
  driven.add(20_000, { message: 7 });
  expect(driven.window.keys).toBeLessThanOrEqual(200);
  expect(driven.window.forgotten).toBeGreaterThan(0);
  expect(JSON.stringify(driven.window.save()).length).toBeLessThan(1_000_000);
  expect(driven.again().window.keys).toBe(driven.window.keys);
});

test('it is told without waiting for the silence of another kind', () => {
  expect(ruleOf('type: new_pattern\n').realertMs).toBe(0);
  expect(ruleOf('type: new_pattern\nrealert: { minutes: 5 }\n').realertMs).toBe(300_000);
  expect(ruleOf('type: any\n').realertMs).toBe(60_000);
});

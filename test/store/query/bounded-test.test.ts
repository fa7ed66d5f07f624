import { describe, expect, test } from 'vitest';
import { type RegexpNode, sequence, TEXT_END, TEXT_START } from '../../../src/base/regexp/tree.ts';
import { compileTest } from '../../../src/store/query/bounded-test.ts';
import { readExpression } from '../../../src/store/query/regexp.ts';
import { wildcard } from '../../../src/store/query/text.ts';
import { compileLinear } from './linear.ts';

/** Far above what they may take; unbounded, each of them runs for minutes or for ever. */
const MUCH_MS = 3000;

function within(work: () => void): void {
  const start = performance.now();
  work();
  expect(performance.now() - start).toBeLessThan(MUCH_MS);
}

describe('a test of a text in memory ends soon', () => {
  test.for([
    ['(a+)+$', 2000],
    ['(a+)+$', 300_000],
    ['(a|aa)+b', 2000],
    ['(a?){30}a{30}b', 16_000],
    ['(a?){100}a{100}b', 16_000],
    ['(a?b?){200}c', 100_000],
    ['(\\w+\\s?)+x', 50_000],
    ['\\w+@', 300_000],
  ] as const)('/%s/ on %i characters', ([pattern, length]) => {
    const compiled = compileTest(readExpression(pattern));
    within(() => {
      for (let i = 0; i < 100; i++) expect(compiled.test(`${'a'.repeat(length)}!${i}`)).toBe(false);
    });
  });

  test('a wildcard with sixty stars runs once over the text, and answers', () => {
    const compiled = compileTest(sequence([TEXT_START, wildcard(`${'*a'.repeat(60)}*z`), TEXT_END]));
    within(() => {
      for (let i = 0; i < 200; i++) expect(compiled.test('a'.repeat(16_000))).toBe(false);
      expect(compiled.test(`${'A'.repeat(16_000)}Z`)).toBe(true);
    });
  });
});

test('texts that are ordinary get their answer also after such ones', () => {
  const compiled = compileTest(readExpression('^(\\w+\\s?)+x$'));
  for (let i = 0; i < 50; i++) compiled.test(`${'word '.repeat(200)}!`);
  expect(compiled.test('an ordinary x')).toBe(true);
  expect(compiled.test('an ordinary y')).toBe(false);
});

describe('wildcards mean what they meant', () => {
  const letters = ['a', 'b', 'A', '.', '\\*', '?', '*', '*', 'İ', 'ß', 'Σ', 'k', '[', '😀'];
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  const some = (of: readonly string[], most: number): string =>
    Array.from({ length: random(most) }, () => of[random(of.length)]!).join('');

  test.for<[string, RegexpNode[], RegexpNode[]]>([
    ['of the whole value', [TEXT_START], [TEXT_END]],
    ['anywhere', [], []],
    ['at the start', [TEXT_START], []],
    ['at the end', [], [TEXT_END]],
  ])('%s', ([, start, end]) => {
    let hits = 0;
    for (let i = 0; i < 3000; i++) {
      const pattern = some(letters, 9);
      const expression = sequence([...start, wildcard(pattern), ...end]);
      const compiled = compileTest(expression);
      const reference = compileLinear(expression);
      for (let k = 0; k < 5; k++) {
        const text = some(['a', 'b', 'A', '.', '*', 'i', 'İ', 'ß', 'ς', 'σ', 'K', '\u212a', '[', '😀', '\n'], 10);
        expect(`${pattern} ${text} ${compiled.test(text)}`).toBe(`${pattern} ${text} ${reference.test(text)}`);
        if (reference.test(text)) hits++;
      }
    }
    expect(hits).toBeGreaterThan(500);
  });
});

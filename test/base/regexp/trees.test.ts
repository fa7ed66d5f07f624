import { describe, expect, test } from 'vitest';
import { requiredLiterals, requiredOneOf } from '../../../src/base/regexp/literals.ts';
import { readJava } from '../../../src/base/regexp/read-java.ts';
import { simplify } from '../../../src/base/regexp/simplify.ts';
import { writeAlways } from '../../../src/base/regexp/write-v8.ts';
import { parsePattern } from '../../../src/parse/grok/parse-pattern.ts';

const tree = (pattern: string, fields: string[] = []) => simplify(parsePattern(pattern, fields, true).tree);
/** The JavaScript for lines of Latin-1, without the part that tells a miss. */
const javascript = (pattern: string, fields: string[] = []) => {
  const { source } = writeAlways(tree(pattern, fields), { max: 0xff, newlines: false });
  return source.replace(/\|\$\(\)$/, '').replace(/^\^\(\?:(.*)\|\(\)\)$/, '$1');
};

describe('what V8 is given', () => {
  test.for([
    ['loops in loops', '(?:a+)+b', 'a+b'],
    ['a star in a loop', '(?:a*)+b', 'a*b'],
    ['a loop among alternatives', '(?:a|b+)+c', '[ab]+c'],
    ['single characters', '(?:a|b|[0-9])', '[0-9ab]'],
    ['a common start', 'foo|fob', 'fo[bo]'],
    ['a common start that repeats', 'a{3}b|a{2}c', 'aa(?:ab|c)'],
    ['an atomic group that changes nothing', '(?>\\d+)x', '\\d+x'],
    ['an atomic group at the end', 'x(?>a|ab)', 'xa(?:|b)'],
    ['an atomic group that matters', '(?>\\d+)5', '(?:(?=(\\d+))\\1)5'],
    ['a possessive loop that matters', 'a++a', '(?:(?=(a+))\\1)a'],
    ['an atomic group in a look-behind', '(?<=(?>a|b))c', '(?<=[ab])c'],
    ['an unread group', '(a)(b)', 'ab'],
    ['dots', 'a.c', 'a[^]c'],
    ['lines that are texts', '^a$', '^a$'],
    ['syntax characters', '\\[\\]\\{\\}/', '\\[\\]\\{\\}\\/'],
  ])('%s: %s', ([, pattern, expected]) => {
    expect(javascript(pattern!)).toBe(expected);
  });

  test('a boundary looks at one side where the other is known', () => {
    expect(javascript('\\b\\w+\\b')).toMatch(/^\(\?<!\[0-9A-Z_a-z.*\]\)\\w\+\(\?!\[0-9A-Z_a-z.*\]\)$/);
    expect(javascript(' \\b\\w')).toBe(' \\w');
    expect(javascript('a\\bb')).toBe('a[]b');
  });

  test('the start of the text is looked at once where a pattern begins with it', () => {
    expect(writeAlways(tree('^a|^b'), { max: 0xff, newlines: false }).source).toBe('^(?:^[ab]|())');
    expect(writeAlways(tree('^a|^b'), { max: 0xff, newlines: true }).source).toMatch(/\|\$\(\)$/);
  });

  test('flag u only for texts with surrogates', () => {
    for (const max of [0xff, 0xffff]) expect(writeAlways(tree('\\p{L}\\b😀?'), { max, newlines: true }).flags).toBe('');
    expect(writeAlways(tree('\\p{L}\\b😀?'), { max: 0x10ffff, newlines: true }).flags).toBe('u');
  });
});

describe('texts that a match must contain', () => {
  test.for([
    ['error: (?<x>.*) done', ['error: ', 'done']],
    ['(?:ab|cd)x+\\[y\\]', ['[y]']],
    ['(?:long text)?ab', ['ab']],
    ['(?i)error', []],
    ['a\\b[0-9]', ['a']],
    [' +', []],
    ['(?=abc)x', ['x']],
    ['(?:ab)+cd', ['ab', 'cd']],
  ] as [string, string[]][])('%s', ([pattern, literals]) => {
    expect(requiredLiterals(tree(pattern))).toEqual(literals);
  });
});

describe('words of which a match must contain one, in any case', () => {
  test.for([
    ['(Chrome|CriOS)/\\d+', '', ['chrome', 'crios']],
    ['x\\d+(?:ab|cde)', '', ['ab', 'cde']],
    ['[Bb]ot.*(?:spider|crawler)', '', ['spider', 'crawler']],
    ['; (HTC|LG)[^;]*(?: Build|\\) Apple)', 'linux; build) apple', ['htc', 'lg']],
    ['(?:long text)?ab', '', ['ab']],
    ['a{2}b*', '', ['a']],
    ['a*', '', undefined],
    ['abc|d*', '', undefined],
    ['[0-9]+x?', '', undefined],
    ['(?=abc)(?i:de)', '', ['de']],
  ] as const)('%s', ([expression, common, words]) => {
    expect(requiredOneOf(readJava(expression).tree, common)).toEqual(words);
  });
});

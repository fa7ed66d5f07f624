import { describe, expect, test } from 'vitest';
import { requiredLiterals } from '../../../src/base/regexp/literals.ts';
import { simplify } from '../../../src/base/regexp/simplify.ts';
import type { Node } from '../../../src/base/regexp/tree.ts';
import { isAnchored, type TextKind, withMiss, writeV8 } from '../../../src/base/regexp/write-v8.ts';
import { toFloat, toInteger } from '../../../src/parse/grok/convert.ts';
import { fieldPath } from '../../../src/parse/grok/field-plan.ts';
import { parsePatternFile } from '../../../src/parse/grok/library.ts';
import { parsePattern } from '../../../src/parse/grok/parse-pattern.ts';

const tree = (pattern: string, fields: string[] = []) => simplify(parsePattern(pattern, fields).tree);
const generate = (node: Node, kind: TextKind) => {
  const written = writeV8(node, kind);
  return { ...written, source: withMiss(written, isAnchored(node, kind.newlines)) };
};
/** The JavaScript for lines of Latin-1, without the part that tells a miss. */
const javascript = (pattern: string, fields: string[] = []) => {
  const { source } = generate(tree(pattern, fields), { max: 0xff, newlines: false });
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
    expect(generate(tree('^a|^b'), { max: 0xff, newlines: false }).source).toBe('^(?:^[ab]|())');
    expect(generate(tree('^a|^b'), { max: 0xff, newlines: true }).source).toMatch(/\|\$\(\)$/);
  });

  test('flag u only for texts with surrogates', () => {
    for (const max of [0xff, 0xffff]) expect(generate(tree('\\p{L}\\b😀?'), { max, newlines: true }).flags).toBe('');
    expect(generate(tree('\\p{L}\\b😀?'), { max: 0x10ffff, newlines: true }).flags).toBe('u');
  });
});

describe('texts that a match must contain', () => {
  test.for([
    ['error: (?<x>.*) done', ['error: ', ' done']],
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

describe('numbers, as Ruby reads them', () => {
  test.for([
    ['12', 12],
    ['0012', 12],
    ['', 0],
    ['abc', 0],
    ['1_000', 1000],
    ['1__0', 1],
    ['-5x', -5],
    ['+7', 7],
    [' 42', 42],
    ['12.9', 12],
    ['0x1f', 0],
    ['9007199254740991', 9007199254740991],
    ['-0', 0],
  ] as [string, number][])('integer %s', ([text, value]) => {
    expect(toInteger(text)).toBe(value);
  });

  test.for([
    ['1.5', 1.5],
    ['1', 1],
    ['', 0],
    ['abc', 0],
    ['1_0.2_5', 10.25],
    ['-1.5e2', -150],
    ['1e', 1],
    ['.5', 0.5],
    ['1.', 1],
    ['.', 0],
    ['12ms', 12],
    ['1e999', Number.MAX_VALUE],
  ] as [string, number][])('float %s', ([text, value]) => {
    expect(toFloat(text)).toBe(value);
  });
});

test('field names are paths', () => {
  expect(fieldPath('[a][b.c]')).toEqual(['a', 'b.c']);
  expect(fieldPath('a.b')).toEqual(['a', 'b']);
  expect(fieldPath('.a')).toEqual(['.a']);
  expect(fieldPath('a[b]')).toEqual(['a[b]']);
});

test('pattern files are lines of name and definition', () => {
  expect([...parsePatternFile('# no\n\nA  x y \nB\t%{A}\r\nC\n')]).toEqual([
    ['A', 'x y'],
    ['B', '%{A}'],
  ]);
});

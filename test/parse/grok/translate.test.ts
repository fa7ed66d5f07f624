import { describe, expect, test } from 'vitest';
import { toFloat, toInteger } from '../../../src/parse/grok/convert.ts';
import { fieldPath } from '../../../src/parse/grok/field-plan.ts';
import { parsePatternFile } from '../../../src/parse/grok/library.ts';

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
  expect(fieldPath('[a][b.c]', 'logstash')).toEqual(['a', 'b.c']);
  expect(fieldPath('a.b', 'logstash')).toEqual(['a', 'b']);
  expect(fieldPath('.a', 'logstash')).toEqual(['.a']);
  expect(fieldPath('a[b]', 'logstash')).toEqual(['a[b]']);
  expect(fieldPath('[a][b.c]', 'elasticsearch')).toEqual(['[a][b', 'c]']);
});

test('pattern files are lines of name and definition', () => {
  expect([...parsePatternFile('# no\n\nA  x y \nB\t%{A}\r\nC\n')]).toEqual([
    ['A', 'x y'],
    ['B', '%{A}'],
  ]);
});

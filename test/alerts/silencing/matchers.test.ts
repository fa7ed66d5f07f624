import { describe, expect, test } from 'vitest';
import { compileMatcher, compileMatchers, matchersText, matcherText } from '../../../src/alerts/silencing/matcher.ts';
import { readMatchers } from '../../../src/alerts/silencing/read-matchers.ts';
import { READ, REFUSED } from './matcher-texts.ts';

describe('matchers are read as Alertmanager reads them', () => {
  test.for(READ)('%s', ([text, same]) => {
    expect(matchersText(readMatchers(text))).toBe(same);
    expect(matchersText(readMatchers(same))).toBe(same);
  });

  test.for(REFUSED)('%s is refused', text => {
    expect(() => readMatchers(text)).toThrow(/LS_ALERTS_MATCHER/);
  });

  test('the operator says what it is', () => {
    expect(readMatchers('a!~"b"')).toEqual([{ name: 'a', value: 'b', isRegex: true, isEqual: false }]);
  });
});

describe('matchers hold for labels', () => {
  const holds = (text: string, labels: Record<string, string>): boolean => compileMatchers(readMatchers(text))(labels);

  test('a label that is not there is empty', () => {
    expect(holds('a=""', {})).toBe(true);
    expect(holds('a!="x"', {})).toBe(true);
    expect(holds('a=~".*"', {})).toBe(true);
    expect(holds('a=~".+"', {})).toBe(false);
    expect(holds('toString=""', {})).toBe(true);
    expect(holds('__proto__="x"', JSON.parse('{"__proto__":"x"}'))).toBe(true);
  });

  test('an expression holds for the whole value', () => {
    expect(holds('a=~"b"', { a: 'abc' })).toBe(false);
    expect(holds('a=~"b|abc"', { a: 'abc' })).toBe(true);
    expect(holds('a=~"x|ab"', { a: 'abc' })).toBe(false);
    expect(holds('a!~"[[:alpha:]]+"', { a: 'abc' })).toBe(false);
    expect(holds('a=~"[[:xdigit:]_]+"', { a: 'aF_' })).toBe(true);
    expect(holds('a=~"[^[:alpha:]]+"', { a: 'abc' })).toBe(false);
    expect(holds('a=~"[[:^alpha:]]+"', { a: '123' })).toBe(true);
    expect(holds('a=~"(?i)ABC"', { a: 'abc' })).toBe(true);
    expect(holds('a=~"(?P<x>a)bc"', { a: 'abc' })).toBe(true);
    expect(holds('a=~"abc"', { a: 'abc\n' })).toBe(false);
  });

  test('all of them have to hold', () => {
    expect(holds('a="1",b="2"', { a: '1', b: '2' })).toBe(true);
    expect(holds('a="1",b="2"', { a: '1', b: '3' })).toBe(false);
    expect(holds('', { a: '1' })).toBe(true);
  });

  test('an expression that takes long gives up and does not hold', () => {
    const slow = compileMatcher({ name: 'a', value: '(a|aa|a+)+b', isRegex: true, isEqual: true });
    const start = performance.now();
    expect(slow({ a: 'a'.repeat(5000) })).toBe(false);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  test('what is written reads back', () => {
    const matcher = { name: 'a b', value: '"\\\n,{}', isRegex: false, isEqual: false };
    expect(readMatchers(matcherText(matcher))).toEqual([matcher]);
  });
});

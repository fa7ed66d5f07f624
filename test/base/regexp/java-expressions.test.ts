import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { javaRegExp } from '../../../src/parse/java-regexp.ts';

/** See JavaExpressions.java. */
type Line = [expression: string, flags: string, text?: string, matches?: (string | null)[][]];

const lines = readFileSync(new URL('./java-expressions.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Line);

describe('expressions find what java.util.regex finds', () => {
  test.for(lines.filter(line => line.length > 2))('/%s/%s in %j', ([expression, flags, text, matches]) => {
    const compiled = javaRegExp(expression, flags);
    const found: (string | null)[][] = [];
    compiled.each(text!, match => found.push(compiled.groupOf.map(group => match[group] ?? null)));
    expect(found).toEqual(matches);
    expect(compiled.test(text!)).toBe(matches!.length > 0);
  });

  test.for(lines.filter(line => line.length === 2))('/%s/%s is not valid', ([expression, flags]) => {
    expect(() => javaRegExp(expression, flags)).toThrow('LS_PARSE_REGEXP');
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { newFields } from '../../../src/core/event.ts';
import { Grok } from '../../../src/parse/grok/grok.ts';
import { suggestPatterns } from '../../../src/parse/grok/suggest/suggest.ts';
import { tokensOf } from '../../../src/parse/grok/suggest/tokens.ts';
import { combinedLines } from '../../bench/lines/index.ts';
import { seeded } from '../../support/chance.ts';

const cases = readFileSync(new URL('./suggest.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter(line => line !== '')
  .map(line => JSON.parse(line) as { name: string; lines: string[]; patterns: string[] });

test.for(cases)('a pattern from lines: $name', ({ lines, patterns }) => {
  expect(suggestPatterns(lines).map(({ pattern }) => pattern)).toEqual(patterns);
});

/** Each suggestion matches its lines, and each line has one. */
function expectAllMatch(lines: readonly string[]): void {
  const suggestions = suggestPatterns(lines);
  const told = suggestions.flatMap(({ pattern, lines: its }) => {
    const grok = new Grok([pattern]);
    for (const line of its) expect(grok.match(line, newFields()), `${pattern} on ${line}`).toBe('match');
    return its;
  });
  expect(told.toSorted()).toEqual([...new Set(lines)].filter(line => line.trim() !== '').toSorted());
}

describe('a suggestion matches the lines that it is made of', () => {
  const folder = new URL('../lines/', import.meta.url);
  test.for(readdirSync(folder))('%s', file => {
    const entries = parse(readFileSync(new URL(file, folder), 'utf8')) as { line?: unknown }[];
    const lines = entries.flatMap(({ line }) => (typeof line === 'string' ? [line] : []));
    expect(lines.length).toBeGreaterThan(10);
    expectAllMatch(lines);
    for (const line of lines) expectAllMatch([line]);
  });

  test('access lines', () => {
    const lines = combinedLines(300);
    expectAllMatch(lines);
    expect(suggestPatterns(lines).map(({ pattern }) => pattern)).toEqual(['^%{COMBINEDAPACHELOG}$']);
  });

  test('lines of random pieces', () => {
    const random = seeded(11);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const number = (): string => String(Math.floor(random() * 10 ** (1 + Math.floor(random() * 12))));
    const pieces: (() => string)[] = [
      () => `2026-11-${10 + Math.floor(random() * 20)} 13:55:36`,
      () => pick(['INFO', 'warn', 'ERROR', '-']),
      () => pick(['10.0.0.1', '::1', 'fe80::1', '300.1.2.3', '1.2.3']),
      number,
      () => `-${number()}.${number()}`,
      () => pick(['"a b"', '"say \\"x\\""', '"', "'x'", '[a]', '(b)', '{c}', '%{D}']),
      () => `${pick(['id', 'a.b', 'x-y'])}=${pick([number(), '"q r"', '', 'z'])}`,
      () =>
        pick([
          'user',
          'größe',
          '가나',
          'a.b.C',
          '/x/y.z',
          'https://a.example/?b=c',
          '\t',
          '  ',
          '😀',
          '\\',
          '$',
          '^',
          '|',
          '*',
        ]),
    ];
    for (let i = 0; i < 60; i++) {
      const form = Array.from({ length: 1 + Math.floor(random() * 8) }, () => pick(pieces));
      expectAllMatch(
        Array.from({ length: 1 + Math.floor(random() * 5) }, () =>
          form.map(make => make()).join(pick([' ', ' ', ', '])),
        ),
      );
    }
  });
});

test('the pieces of a line make up the line', () => {
  for (const line of ['', 'a=b "c', '😀 x:1', ' \t', '2026-11-20T13:55:36Zx'])
    expect(
      tokensOf(line)
        .map(({ text }) => text)
        .join(''),
    ).toBe(line);
});

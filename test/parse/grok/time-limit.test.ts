import { describe, expect, test } from 'vitest';
import { newFields } from '../../../src/core/event.ts';
import { Grok, PATTERN_NAMES } from '../../../src/parse/grok/grok.ts';

/** A pattern that takes exponential time (or nearly), a line that makes it so, and one that matches. */
const HOPELESS: [pattern: string, line: string, good: string][] = [
  ['^(a|aa)+$', `${'a'.repeat(60)}b`, 'aaa'],
  ['(x+x+)+[yz]', `y${'x'.repeat(60)}`, 'xxxy'],
  ['^(.*?,){25}P', `${'1,'.repeat(40)}P`.replace('P', 'Q P'), `${'1,'.repeat(25)}P`],
  ['^(?:\\w+\\s?)+$', `${'aaaa '.repeat(20)}!`, 'a b c'],
  ['^(?:[[:alpha:]]+ ?)+$', `${'가나다'.repeat(20)}!`, '가 나'],
  ['^(?:[[:alpha:]]+ ?)+$', `𝐀${'가'.repeat(50)}!\n`, '가 나\n😀'],
  ['^%{DATA:a} %{DATA:b} %{DATA:c} %{DATA:d} %{DATA:e}[xy]\\d$', `${'a '.repeat(400)}x `, 'a b c d ex1'],
];

/** Far above the limit (50 ms), so that a busy machine does not fail the test; without a limit these run for hours. */
const MUCH_MS = 5000;

describe('a pattern that backtracks without end', () => {
  test.for(HOPELESS)('%s gives up and says so', ([pattern, line, good]) => {
    const grok = new Grok([pattern]);
    for (let i = 0; i < 5; i++) {
      const start = performance.now();
      expect(grok.match(line, newFields())).toBe('time_limit');
      expect(performance.now() - start).toBeLessThan(MUCH_MS);
      expect(grok.lastPattern).toBe(0);
      expect(grok.match(good, newFields())).toBe('match');
    }
  });

  test('later patterns are not tried', () => {
    const grok = new Grok(['^(a|aa)+$', '%{GREEDYDATA:all}']);
    const target = newFields();
    expect(grok.match(`${'a'.repeat(60)}b`, target)).toBe('time_limit');
    expect({ ...target }).toEqual({});
  });

  test('a flood of such lines costs little', () => {
    const grok = new Grok(['^(a|aa)+$']);
    const line = `${'a'.repeat(60)}b`;
    const start = performance.now();
    for (let i = 0; i < 200; i++) expect(grok.match(line, newFields())).toBe('time_limit');
    // By the clock alone it would be 200 times 50 ms.
    expect(performance.now() - start).toBeLessThan(MUCH_MS);
  });
});

describe('loops in loops are folded', () => {
  test.for([
    ['(?:a+)+$', `${'a'.repeat(2000)}b`],
    ['^(?:(?:a*)*)*$', `${'a'.repeat(500)}b`],
    ['^(?:a|b+)+$', `${'b'.repeat(500)}c`],
    ['^(?:(?>a+|b)+)+$', `${'a'.repeat(500)}c`],
    ['%{URIPROTO:p}:#', `${'a'.repeat(2000)} :#`],
  ])('%s', ([pattern, line]) => {
    expect(new Grok([pattern!]).match(line!, newFields())).toBe('no_match');
  });
});

describe('the library', () => {
  const lines = [
    ...['a', '1', 'a.', '/a', 'a:', '::', 'a-', '"', "'a\\", ' ', 'a ', '1.', '1:', '[a] ', 'a@', 'http://', '%41'],
    ...['10.0.0.1 ', '2026-01-01 ', 'Jan 10 ', '{"a":1},', 'a=b;', 'a\n'],
  ].map(piece => piece.repeat(Math.ceil(400 / piece.length)));

  test('no pattern gives up on long ordinary tokens', () => {
    const gaveUp: string[] = [];
    for (const name of PATTERN_NAMES('v1')) {
      const grok = new Grok([`%{${name}:whole}`], { ecs: 'v1' });
      for (const line of lines)
        if (grok.match(line, newFields()) === 'time_limit') gaveUp.push(`${name}: ${line.slice(0, 20)}`);
    }
    expect(gaveUp).toEqual([]);
  });
});

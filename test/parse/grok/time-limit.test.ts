import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { LimitedRegExp } from '../../../src/base/regexp/limited-regexp.ts';
import { newFields } from '../../../src/core/event.ts';
import { Grok, PATTERN_NAMES } from '../../../src/parse/grok/grok.ts';

/** A pattern that takes exponential time (or nearly), a line that makes it so, and one that matches. */
const HOPELESS: [pattern: string, line: string, good: string][] = [
  ['^(a|aa)+$', `${'a'.repeat(60)}b`, 'aaa'],
  ['(x+x+)+y', `y${'x'.repeat(60)}`, 'xxxy'],
  ['^(.*?,){25}P', `${'1,'.repeat(40)}P`.replace('P', 'Q P'), `${'1,'.repeat(25)}P`],
  ['^(?:\\w+\\s?)+$', `${'aaaa '.repeat(20)}!`, 'a b c'],
  ['^(?:[[:alpha:]]+ ?)+$', `${'가나다'.repeat(20)}!`, '가 나'],
  ['^(?:[[:alpha:]]+ ?)+$', `𝐀${'가'.repeat(50)}!\n`, '가 나\n😀'],
  ['^%{DATA:a} %{DATA:b} %{DATA:c} %{DATA:d} %{DATA:e}x\\d$', `${'a '.repeat(400)}x `, 'a b c d ex1'],
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

describe('LimitedRegExp', () => {
  const hopeless = '^(a|aa)+$|$()';
  const bad = `${'a'.repeat(60)}b`;

  test.for(['', 'i', 's', 'u', 'v', 'm', 'y'])('gives up with flags "%s"', flags => {
    const limited = new LimitedRegExp(hopeless, flags, 20, false);
    for (let i = 0; i < 3; i++) expect(limited.exec(bad)).toBeNull();
    expect(limited.exec('aaa')?.[1]).toBe('a');
  });

  test.for([2, 3, 10, 40])('gives up on long texts (%d thousand characters)', thousands => {
    const limited = new LimitedRegExp('(?:(?=([^]*))[^])*?b\\d|$()', '', 20, false);
    const start = performance.now();
    expect(limited.exec(`${'a'.repeat(thousands * 1000)}b`)).toBeNull();
    expect(performance.now() - start).toBeLessThan(MUCH_MS);
  });

  test('a text that only looks suspicious gets its answer from the clock', () => {
    const limited = new LimitedRegExp('(a*)x|$()', '', 1500, false);
    // Some two million steps back: more than the count allows, far less than the time does.
    expect(limited.exec('a'.repeat(2000))?.[2]).toBe('');
  });

  test('after a good answer the clock is asked again', () => {
    const limited = new LimitedRegExp(hopeless, '', 5, false);
    for (let i = 0; i < 50; i++) limited.exec(bad);
    expect(limited.exec('aa')?.[0]).toBe('aa');
  });

  test.for([
    ['(', ''],
    ['a', 'zz'],
    ['(?<a', 'u'],
  ])('refuses /%s/%s as RegExp does', ([source, flags]) => {
    expect(() => new LimitedRegExp(source!, flags!, 20, false)).toThrow(SyntaxError);
  });

  test.for([0, -1, 0.2, Number.NaN, Number.POSITIVE_INFINITY])('takes a time limit of %d', limit => {
    expect(new LimitedRegExp('a|$()', '', limit, false).exec('ba')?.[0]).toBe('a');
  });

  test('sticky expressions match where they are told', () => {
    const limited = new LimitedRegExp('a(.)|$()', 'y', 20, false);
    expect(limited.exec('a1a2', 2)?.[1]).toBe('2');
    expect(limited.exec('a1a2', 1)).toBeNull();
  });

  test('works by the clock alone where V8 offers no count', () => {
    const script = `
      import { Grok } from ${JSON.stringify(new URL('../../../src/parse/grok/grok.ts', import.meta.url).href)};
      const outcomes = [];
      const grok = new Grok(['^(?<x>a|aa)+$', 'never'], { time_limit_ms: 1000 });
      for (const line of ['aaa', ${JSON.stringify(bad)}, 'aaa', 'b']) outcomes.push(grok.match(line, Object.create(null)));
      console.log(outcomes.join(' '));`;
    const output = execFileSync(
      process.execPath,
      ['--disallow-code-generation-from-strings', '--input-type=module', '-e', script],
      { encoding: 'utf8', timeout: 20_000 },
    );
    expect(output.trim()).toBe('match time_limit match no_match');
  });
});

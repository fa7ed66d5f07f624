import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { LimitedRegExp } from '../../../src/base/regexp/limited-regexp.ts';

/** Far above the limit, so that a busy machine does not fail the test; without a limit these run for hours. */
const MUCH_MS = 5000;

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

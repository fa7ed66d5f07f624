import { describe, expect, test } from 'vitest';
import { LongshoreError } from '../../../src/core/errors.ts';
import { newFields } from '../../../src/core/event.ts';
import { Grok, type GrokOptions, PATTERN_NAMES, patternSource } from '../../../src/parse/grok/grok.ts';

function errorOf(patterns: string[], options: GrokOptions = {}): LongshoreError {
  try {
    new Grok(patterns, options);
  } catch (error) {
    if (error instanceof LongshoreError) return error;
    throw error;
  }
  throw new Error(`${patterns} was accepted`);
}

function match(grok: Grok, text: string, target = newFields()) {
  return { outcome: grok.match(text, target), fields: { ...target } };
}

describe('several patterns', () => {
  const grok = new Grok(['^%{INT:number:int}$', '^%{WORD:word}$', '%{IP:ip}']);

  test('one that matches sets its fields, and says which it was', () => {
    expect(match(grok, 'abc')).toEqual({ outcome: 'match', fields: { word: 'abc' } });
    expect(grok.lastPattern).toBe(1);
    expect(match(grok, '12')).toEqual({ outcome: 'match', fields: { number: 12 } });
    expect(grok.lastPattern).toBe(0);
  });

  test('when none matches, nothing is set', () => {
    expect(match(grok, '?')).toEqual({ outcome: 'no_match', fields: {} });
    expect(grok.lastPattern).toBe(-1);
  });

  test('all fields are known before', () => {
    expect(new Grok(['%{INT:a.b:int} %{WORD:c.d}', '%{WORD:c.d} %{WORD:e}']).fields).toEqual(['a.b', 'c.d', 'e']);
  });
});

describe('the target', () => {
  test('a field of the same name is replaced', () => {
    const target = Object.assign(newFields(), { message: 'x y', host: 'old' });
    expect(match(new Grok(['%{WORD:message} %{WORD:host}']), 'x y', target).fields).toEqual({
      message: 'x',
      host: 'y',
    });
  });

  test('a nested field joins the object that is there', () => {
    const target = Object.assign(newFields(), { http: { version: '1.1' } });
    expect(match(new Grok(['%{WORD:http.request.method}']), 'GET', target).fields).toEqual({
      http: { version: '1.1', request: { method: 'GET' } },
    });
  });

  test('a nested field that a text is in the way of is not set, and it says so', () => {
    const target = Object.assign(newFields(), { host: 'web-1' });
    const grok = new Grok(['%{WORD:host.hostname}']);
    expect(match(grok, 'db', target)).toEqual({ outcome: 'not_set', fields: { host: 'web-1' } });
    expect(grok.notSet).toBe('cannot set [host.hostname]: something on its way is not an object');
  });

  test('of Logstash: a nested field stands beside a text that is in its way', () => {
    const target = Object.assign(newFields(), { host: 'web-1' });
    expect(match(new Grok(['%{WORD:[host][hostname]}'], { dialect: 'logstash' }), 'db', target).fields).toEqual({
      host: 'web-1',
      'host.hostname': 'db',
    });
  });

  test('nested objects inherit nothing', () => {
    const target = newFields();
    new Grok(['%{WORD:a.b}']).match('x', target);
    expect((target['a'] as object).constructor).toBeUndefined();
  });

  test('a line that does not match leaves it alone', () => {
    const target = Object.assign(newFields(), { a: 1 });
    expect(match(new Grok(['%{INT:a} x']), '1 y', target)).toEqual({ outcome: 'no_match', fields: { a: 1 } });
  });
});

describe('mistakes', () => {
  test('an unknown name suggests the nearest', () => {
    const error = errorOf(['^%{IPP:client} .*']);
    expect(error.code).toBe('LS_GROK_UNKNOWN_PATTERN');
    expect(error.message).toBe(
      'in the grok pattern "^%{IPP:client} .*": pattern %{IPP} is not defined. Did you mean %{IP}? (LS_GROK_UNKNOWN_PATTERN)',
    );
  });

  test('own definitions are suggested, too', () => {
    expect(errorOf(['%{MYAP}'], { definitions: { MYAPP: 'x' } }).fix).toBe('Did you mean %{MYAPP}?');
  });

  test('an ECS name in legacy mode is unknown', () => {
    expect(errorOf(['%{ZEEK_CONN}']).code).toBe('LS_GROK_UNKNOWN_PATTERN');
    expect(new Grok(['%{ZEEK_CONN}'], { ecs: 'v1' }).fields).toContain('zeek.session_id');
  });

  test('a definition that contains itself', () => {
    const error = errorOf(['%{A}'], { definitions: { A: 'x%{B}', B: '%{A}y' } });
    expect(error.code).toBe('LS_GROK_RECURSION');
    expect(error.what).toContain('A -> B -> A');
  });

  test('definitions that grow without end', () => {
    const definitions = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`P${i}`, i === 39 ? 'aaaaaaaaaa' : `%{P${i + 1}}%{P${i + 1}}`]),
    );
    expect(errorOf(['%{P0}'], { definitions }).code).toBe('LS_GROK_TOO_LARGE');
  });

  test.for([
    ['an open group', '(?<x>a', 'LS_GROK_SYNTAX'],
    ['an open class', '[a', 'LS_GROK_SYNTAX'],
    ['nothing to repeat', '*a', 'LS_GROK_SYNTAX'],
    ['a reference to no group', '(?<x>a)\\k<y>', 'LS_GROK_SYNTAX'],
    ['an unknown property', '\\p{Klingon}', 'LS_GROK_SYNTAX'],
    ['an unknown bracket', '[[:nope:]]', 'LS_GROK_SYNTAX'],
    ['a range in the wrong order', '[z-a]', 'LS_GROK_SYNTAX'],
    ['recursion', '(?<x>\\((?:a|\\g<x>)*\\))', 'LS_GROK_UNSUPPORTED'],
  ])('%s', ([, pattern, code]) => {
    const error = errorOf(['%{WORD}', pattern!]);
    expect(error.code).toBe(code);
    expect(error.message).toContain(pattern);
  });

  test('no pattern at all', () => {
    expect(errorOf([]).code).toBe('LS_GROK_NO_PATTERN');
  });
});

describe('the library', () => {
  test('has both sets of names', () => {
    expect(PATTERN_NAMES().length).toBeGreaterThan(300);
    expect(PATTERN_NAMES('v1')).toContain('ZEEK_CONN');
    expect(patternSource('WORD')).toBe('\\b\\w+\\b');
    expect(patternSource('SYSLOGBASE', 'v1')).toContain('[host][hostname]');
    expect(patternSource('NOPE')).toBeUndefined();
  });

  test('every legacy pattern translates', () => {
    for (const name of PATTERN_NAMES()) expect(new Grok([`%{${name}:whole}`]).fields, name).toContain('whole');
  });

  // The plainest kind of text is what the tests of the time limit compile every pattern for.
  test('every pattern compiles for the richest kind of text', () => {
    for (const name of PATTERN_NAMES('v1')) {
      const grok = new Grok([`%{${name}:whole}`], { ecs: 'v1' });
      expect(grok.match('😀\n', newFields()), name).not.toBe('time_limit');
    }
  });
});

test('a field may have any name', () => {
  const target = newFields();
  new Grok(['%{WORD:__proto__} (?<a"\\]b>\\w+)']).match('x y', target);
  expect(Object.entries(target)).toEqual([
    ['__proto__', 'x'],
    ['a"\\]b', 'y'],
  ]);
});

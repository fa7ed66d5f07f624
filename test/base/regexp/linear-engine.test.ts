import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { expect, test, vi } from 'vitest';
import { newFields } from '../../../src/core/event.ts';

// Searches let V8 turn to its linear engine, for the whole process and maybe before the first pattern is compiled.
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
const { Grok } = await import('../../../src/parse/grok/grok.ts');

const LINE =
  '203.0.113.9 - - [20/Nov/2026:13:55:36 +0000] "GET /index.html HTTP/1.1" 200 612 "https://example.com/" "curl/8.5.0"';

test('lines are not matched by the clock, which takes a hundred times as long', () => {
  const byClock = vi.spyOn(Script.prototype, 'runInContext');
  const grok = new Grok(['^%{COMBINEDAPACHELOG}']);
  const target = newFields();
  expect(grok.match(LINE, target)).toBe('match');
  expect(target['response']).toBe('200');
  expect(grok.match('something else', newFields())).toBe('no_match');
  expect(byClock).not.toHaveBeenCalled();
});

test('a pattern that backtracks without end still ends', () => {
  const line = `${'a'.repeat(60)}b`;
  // The linear engine can run the first, and not the second.
  expect(new Grok(['^(a|aa)+$']).match(line, newFields())).not.toBe('match');
  expect(new Grok(['^(?<x>a|aa)+\\k<x>$']).match(line, newFields())).toBe('time_limit');
});

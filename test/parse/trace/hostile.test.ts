import { expect, test } from 'vitest';
import { Trace } from '../../../src/parse/trace/trace.ts';
import { levelOfText } from '../../../src/schema/level-text.ts';

/** First lines that bring a trace into each of its states. */
const BEGINNINGS: string[][] = [
  ['2026-11-29 17:00:01,001 ERROR x'],
  [''],
  ['ERROR x', '! java.lang.X: y'],
  ['java.lang.RuntimeException: x'],
  ['java.lang.RuntimeException: x', '\tat a.B.c(B.java:1)'],
  ['java.lang.RuntimeException: x', '\tat a.B.c(B.java:1)', ''],
  ['Traceback (most recent call last):'],
  ['Traceback (most recent call last):', 'ValueError: x'],
  ['Traceback (most recent call last):', 'ValueError: x', ''],
  ['Traceback (most recent call last):', 'ValueError: x', '', 'During handling of the above exception, another'],
  ['Fatal Python error: x'],
  ['panic: x'],
  ['panic: x', '', 'goroutine 1 [running]:'],
  ['panic: x', '', 'goroutine 1 [running]:', ''],
  ['PHP Fatal error:  x'],
  ['PHP Fatal error:  x', '#0 {main}'],
  ["a.rb:3:in 'pay': no (RuntimeError)"],
  ["thread 'main' panicked at src/main.rs:3:5:"],
  ['/app/x.js:3'],
  ['/app/x.js:3', 'throw x'],
  ['/app/x.js:3', 'throw x', '^'],
  ['1 | x'],
  ['fail: A.B[1]'],
  ['Nov 29, 2026 5:00:01 PM a.B c'],
  ['** (RuntimeError) x'],
];
const MUCH = 40_000;
const HOSTILE = [
  ' ',
  '\t',
  '^',
  '~^',
  '[',
  ']',
  '(',
  ')',
  'a',
  'a.',
  'A::',
  'a$',
  '1',
  ':1',
  ':1:in ',
  '#0 ',
  'at ',
  '[a] ',
  '"',
  '! ',
  'a=b ',
  'Error: ',
  '\u001b[',
  '\u001b[1m',
  'é',
].flatMap(piece => {
  const much = piece.repeat(MUCH / piece.length);
  return [much, `${much}x`, `goroutine 1 ${much}`];
});

/** CPU time, which other processes do not lengthen, in milliseconds. */
function cpuOf(work: () => void): number {
  const before = process.cpuUsage().user;
  work();
  return (process.cpuUsage().user - before) / 1000;
}

// An expression that tries each character against each other one takes some seconds here, others a few milliseconds.
test('no line costs more than its length, whatever the trace expects', () => {
  const slow: unknown[] = [];
  const check = (what: string, line: string, work: () => void): void => {
    const ms = cpuOf(work);
    if (ms > 1000) slow.push([what, line.slice(0, 30), ms]);
  };
  for (const line of HOSTILE) {
    check('begin', line, () => Trace.begin(line, levelOfText));
    check('level', line, () => levelOfText(`x\n${line}`));
    for (const beginning of BEGINNINGS) {
      const trace = Trace.begin(beginning[0]!, levelOfText)!;
      for (const next of beginning.slice(1)) expect(trace.next(next), next).not.toBe('no');
      check(beginning.join(' / '), line, () => trace.next(line));
    }
  }
  expect(slow).toEqual([]);
}, 300_000);

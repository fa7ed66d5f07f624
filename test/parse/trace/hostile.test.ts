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
const MUCH = 100_000;
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
].flatMap(piece => [
  piece.repeat(MUCH / piece.length),
  `${piece.repeat(MUCH / piece.length)}x`,
  `goroutine 1 ${piece.repeat(MUCH)}`,
]);

// What is read twice for each of its characters takes minutes here.
test('no line costs more than its length, whatever the trace expects', () => {
  const started = performance.now();
  for (const line of HOSTILE) {
    Trace.begin(line, levelOfText);
    levelOfText(`x\n${line.slice(0, 4000)}`);
    for (const beginning of BEGINNINGS) {
      const trace = Trace.begin(beginning[0]!, levelOfText)!;
      expect(trace, beginning[0]).toBeDefined();
      for (const next of beginning.slice(1)) trace.next(next);
      trace.next(line);
      trace.next(line);
    }
  }
  expect(performance.now() - started).toBeLessThan(60_000);
}, 120_000);

import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { javaClasses } from '../../../src/parse/painless/library/index.ts';
import { agrees, readCases, runScript } from './script-case.ts';

// Recorded from a real engine (record.ts). A line is a case; what differs knowingly stands in decisions.txt, with ours.
const files = globSync('test/parse/painless/cases/*.txt').sort();
const DECISIONS = 'test/parse/painless/decisions.txt';

describe('scripts give what a real engine gave', () => {
  test.each(files.map(file => [basename(file, '.txt'), file]))('%s', (_, file) => {
    const cases = readCases(readFileSync(file!, 'utf8'));
    expect(cases.length).toBeGreaterThan(5);
    const wrong = cases
      .map(({ script, expected }) => ({ script, expected, got: runScript(script) }))
      .filter(({ expected, got }) => !agrees(got, expected));
    expect(wrong).toEqual([]);
  });
});

test.each(readCases(readFileSync(DECISIONS, 'utf8')))('decided otherwise: $script', ({ script, expected }) => {
  expect(runScript(script).replace(/^!refused .*/, '!refused')).toBe(expected);
});

test('every method of the library stands in a case', () => {
  const text = [...files, DECISIONS].map(file => readFileSync(file, 'utf8')).join('\n');
  const missing = javaClasses
    .filter(
      ({ name, qualified }) => !/Exception$|Error$|Throwable$/.test(name) && !/^java\.util\.function\./.test(qualified),
    )
    .flatMap(({ name, statics, methods }) =>
      [...statics, ...methods]
        .filter(({ name: method }) => !text.includes(`.${method}(`) && !text.includes(`::${method}`))
        .map(method => `${name}.${method.name}/${method.params.length}`),
    );
  expect(missing).toEqual([]);
});

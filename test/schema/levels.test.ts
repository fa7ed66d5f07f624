import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Fields, newFields } from '../../src/core/event.ts';
import { createConform } from '../../src/schema/conform.ts';
import { levelOfText } from '../../src/schema/level-text.ts';

interface Case {
  app: string;
  line?: string;
  fields?: Fields;
  level: string;
}
const cases = readFileSync(new URL('./levels.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Case);
const now = Date.UTC(2026, 10, 20, 14);
const conform = createConform();
const levelOf = ({ line, fields }: Case) =>
  conform(Object.assign(newFields(), fields ?? { message: line }), { tag: 't', time: now, receivedAt: now }).fields[
    'level'
  ];

describe('levels of real lines', () => {
  test('there are at least 200 of 30 applications', () => {
    expect(cases.length).toBeGreaterThanOrEqual(200);
    expect(new Set(cases.map(({ app }) => app)).size).toBeGreaterThanOrEqual(30);
  });

  test.for([...Map.groupBy(cases, ({ app }) => app)])('%s', ([, lines]) => {
    const text = (one: Case) => one.line ?? JSON.stringify(one.fields);
    expect(lines.map(one => `${levelOf(one)} ${text(one)}`)).toEqual(lines.map(one => `${one.level} ${text(one)}`));
  });
});

test('a line that is made to be slow is not', () => {
  const hostile = [
    'A '.repeat(200),
    '['.repeat(400),
    'ERROR '.repeat(80),
    `${'x.'.repeat(200)}Error`,
    '\u001b[1'.repeat(100),
    ' '.repeat(400),
    '1-'.repeat(200),
    '1 '.repeat(200),
    'a-1 '.repeat(100),
    'a-1-1'.repeat(80),
    '[a] '.repeat(100),
    '"/'.repeat(190).concat(' ERROR'),
    '[[('.repeat(130),
  ];
  const started = performance.now();
  for (let i = 0; i < 200; i++) for (const line of hostile) levelOfText(line + line);
  // 1,200 lines: generous by a factor of ten and more, for a machine that is busy.
  expect(performance.now() - started).toBeLessThan(1500);
});

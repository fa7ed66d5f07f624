import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LongshoreError } from '../../../src/core/errors.ts';
import { loadPipelines } from '../../../src/parse/pipelines.ts';

// A file a mistake: its name is the mistake, its first line (as a remark) how the message begins.
const folder = new URL('./mistakes/', import.meta.url);

test.for(readdirSync(folder))('%s', name => {
  const text = readFileSync(new URL(name, folder), 'utf8');
  const problems = problemsOf([{ path: `pipelines/${name}`, text }]);
  const wanted = text.slice(2, text.indexOf('\n'));
  expect(problems[0]?.message.startsWith(wanted) ? wanted : problems.map(problem => problem.message)).toBe(wanted);
});

test('every mistake of every file is told at once', () => {
  const files = [
    { path: 'a.yaml', text: 'processors:\n  - gork: {}\n  - set: { field: a }\n' },
    { path: 'b.yaml', text: 'processors:\n  - drop: { iff: x }\n' },
  ];
  expect(problemsOf(files).map(problem => problem.where)).toEqual(['a.yaml:2', 'a.yaml:3', 'b.yaml:2']);
});

test('two files of one name are a mistake', () => {
  const files = [
    { path: 'x/a.yaml', text: 'processors: []' },
    { path: 'y/a.yml', text: 'processors: []' },
  ];
  expect(problemsOf(files)[0]?.code).toBe('LS_PIPELINE_SAME_NAME');
});

test('two processors in one entry run one after the other, which is likely not meant', () => {
  const text = 'processors:\n  - set: { field: a, value: 1 }\n    lowercase: { field: b }\n';
  expect(loadPipelines([{ path: 'a.yaml', text }]).doubts).toEqual([
    { where: 'a.yaml:3', what: 'one entry holds `set` and `lowercase`; they run one after the other.' },
  ]);
});

test.for(['[]', ''])('an on_failure that handles nothing (%s) is a mistake', handlers => {
  const text = `processors:\n  - fail: { message: x }\non_failure: ${handlers}\n`;
  expect(problemsOf([{ path: 'a.yaml', text }])[0]?.message).toContain('a.yaml:3: `on_failure` is empty');
});

function problemsOf(files: { path: string; text: string }[]): LongshoreError[] {
  try {
    loadPipelines(files);
  } catch (error) {
    const { errors } = error as AggregateError;
    for (const problem of errors) expect(problem).toBeInstanceOf(LongshoreError);
    return errors;
  }
  return [];
}

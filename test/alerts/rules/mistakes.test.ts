import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { load } from '../support.ts';

// Rule files with all that is said of them: a comment in a line (`#! error: ...`, `#! warning: ...`, more behind `|`) is what
// is said there, as the beginning of a sentence or a part of it. Nothing else is said.

const files = globSync(join(import.meta.dirname, 'mistakes/*.yaml'));

test.for(files.map(path => [basename(path), path] as const))('%s', ([name, path]) => {
  const text = readFileSync(path, 'utf8');
  const wanted = text.split('\n').flatMap((line, i) =>
    (/#! (.*)/.exec(line)?.[1] ?? '')
      .split(' | ')
      .filter(part => part !== '')
      .map(part => ({ line: i + 1, kind: part.split(': ')[0]!, says: part.slice(part.indexOf(': ') + 2) })),
  );
  expect(wanted.length).toBeGreaterThan(0);
  const { rules, errors, warnings } = load([{ path: name, text }]);
  const got = [
    ...errors.map(error => ({ line: Number(error.where?.split(':').at(-1)), kind: 'error', says: error.message })),
    ...warnings.map(({ line, message }) => ({ line, kind: 'warning', says: message })),
  ];
  const left = [...got];
  for (const { line, kind, says } of wanted) {
    const at = left.findIndex(one => one.line === line && one.kind === kind && one.says.includes(says));
    expect(at, `${kind} in line ${line}: ${says}\n${JSON.stringify(got, undefined, 2)}`).toBeGreaterThanOrEqual(0);
    left.splice(at, 1);
  }
  expect(left).toEqual([]);
  expect(rules.length).toBe(errors.length === 0 ? 1 : 0);
  for (const kind of ['error', 'warning']) {
    const lines = got.filter(one => one.kind === kind).map(({ line }) => line ?? 0);
    expect(lines).toEqual(lines.toSorted((a, b) => a - b));
  }
});

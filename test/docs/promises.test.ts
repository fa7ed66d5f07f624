import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { pages, readPage } from './manual.ts';

/*
 * The tables of what each sender is promised: each row has its tests in `promises.jsonl`, by the beginning of its first cell. `shown`:
 * files, and words of a test's name in them.
 */

interface Promised {
  readonly page: string;
  readonly row: string;
  readonly shown: readonly string[];
}
const promised = readFileSync(new URL('promises.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line) as Promised);

const rows = pages().flatMap(({ path, tables }) =>
  tables
    .filter(({ head }) => ['What it is promised', 'Promise'].includes(head.at(-1)!))
    .flatMap(table => table.rows.map(([sender = '']) => ({ page: path, sender }))),
);

test('every row of the tables of promises has its tests, and they are there', () => {
  const ownersOf = (row: (typeof rows)[number]): Promised[] =>
    promised.filter(({ page, row: start }) => page === row.page && row.sender.startsWith(start));
  // The longest beginning is the one that is meant.
  const used = new Set(rows.map(row => ownersOf(row).sort((a, b) => b.row.length - a.row.length)[0]));
  expect(rows.filter(row => ownersOf(row).length === 0)).toEqual([]);
  expect(promised.filter(one => !used.has(one))).toEqual([]);
  const missing = promised.flatMap(({ shown }) =>
    shown.filter(proof => {
      const [, file, name] = /^([^:]+): (.+)$/.exec(proof)!;
      return !globSync(file!).some(path => readFileSync(path, 'utf8').includes(name!));
    }),
  );
  expect(missing).toEqual([]);
});

test('each exercise of the course has its page, which the first one leads to', () => {
  const { tables } = readPage('docs/ko/README.md');
  const exercises = tables
    .find(({ head }) => head[1] === '실습')!
    .rows.map(([, page]) => /\(([^)]+)\)/.exec(page!)?.[1]);
  const own = globSync('docs/ko/*.md').map(path => basename(path));
  expect(exercises.sort()).toEqual(own.filter(page => page !== 'README.md').sort());
});

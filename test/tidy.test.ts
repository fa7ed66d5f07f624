import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { testFiles } from './support/projects.ts';

/** Which rooms a room may import, beside itself: three storeys, and the wiring on top. */
const DEVICES: Record<string, readonly string[]> = {
  core: [],
  base: ['core'],
};
const MIDDLE: Record<string, readonly string[]> = {
  config: [],
  inputs: [],
  parse: [],
  schema: [],
  ledger: [],
  buffer: ['ledger'],
  store: [],
  alerts: [],
  senders: [],
  web: [],
};
const FEATURES: Record<string, readonly string[]> = {
  ingest: ['parse', 'schema', 'buffer', 'ledger', 'alerts', 'store'],
  canary: [],
  evaluator: ['alerts', 'buffer'],
  definitions: ['parse', 'store', 'alerts'],
  'dead-letters': ['parse', 'schema', 'buffer', 'ledger', 'store'],
  data: ['schema', 'buffer', 'store', 'alerts', 'dead-letters'],
  workers: ['inputs', 'parse', 'buffer', 'ledger', 'store', 'alerts', 'senders', 'ingest', 'definitions', 'data'],
};
const BELOW = Object.keys(DEVICES);
const allOf = (storey: Record<string, readonly string[]>): [string, readonly string[]][] =>
  Object.entries(storey).map(([room, others]) => [room, [...BELOW, ...others]]);
const EVERY = [...BELOW, ...Object.keys(MIDDLE), ...Object.keys(FEATURES)];
const MAY_IMPORT: Record<string, readonly string[]> = {
  ...DEVICES,
  ...Object.fromEntries([...allOf(MIDDLE), ...allOf(FEATURES)]),
  app: EVERY,
  cli: [...EVERY, 'app'],
};
const MAX_LINES = 400;
/** One owner an idea: what a definition of it looks like, and the one file that has it. */
const OWNERS: readonly (readonly [idea: string, definition: RegExp, owner: string])[] = [
  ['points at which a test kills a process', /process\.env\['LONGSHORE_FAULT'\]/, 'src/core/fault.ts'],
  ['append to a file, durably', /\.datasync\(/, 'src/base/disk/append-file.ts'],
  ['write until all is written', /\.writev\(/, 'src/base/disk/write-all.ts'],
  ['sync a file or a folder', /function f?sync(?:Path|Folder|Dir)?\(/, 'src/base/disk/folder.ts'],
  ['replace a file, durably', /function (?:replace|replaceFile|writeDurably)\(/, 'src/base/disk/replace-file.ts'],
  ['the same, in a process that may block', /\bfsyncSync\(/, 'src/base/disk/blocking.ts'],
  ['read files into memory that is used again', /class \w*(?:Chunk|File)Reader\b/, 'src/base/disk/file-reader.ts'],
  ['errors on their way between processes', /interface WireError\b/, 'src/base/process/link.ts'],
  ['messages between processes', /\bconnected\) .*\.send(?:\?\.)?\(/, 'src/base/process/link.ts'],
  ['start a process again', /restart = setTimeout\(/, 'src/base/process/supervisor.ts'],
];

const sources = globSync('src/**/*.ts').map(path => ({ path, text: readFileSync(path, 'utf8') }));

function importsOf(path: string, text: string): string[] {
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(match => match[1]!);
  return specifiers.map(specifier => normalize(join(dirname(path), specifier)));
}

const roomOf = (path: string): string => path.split('/')[1]!.replace(/\.ts$/, '');

describe('the rooms of src', () => {
  test('arrows go one way', () => {
    const wrong: string[] = [];
    for (const { path, text } of sources) {
      const room = roomOf(path);
      const allowed = MAY_IMPORT[room];
      if (allowed === undefined) continue;
      for (const target of importsOf(path, text)) {
        const other = roomOf(target);
        if (other !== room && !allowed.includes(other))
          wrong.push(`${path} may not import ${target}: pass it in from app/`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('every room is on the map', () => {
    const rooms = new Set(sources.map(({ path }) => roomOf(path)));
    expect([...rooms].filter(room => room !== 'main' && !(room in MAY_IMPORT))).toEqual([]);
  });

  test('pure rooms do not touch files, sockets or timers', () => {
    const pure = sources.filter(({ path }) =>
      /^src\/(base\/(time|regexp|msgpack)|parse|schema|store\/query)\//.test(path),
    );
    const wrong = pure.flatMap(({ path, text }) =>
      [
        ...text.matchAll(
          /from '(node:(?:net|http|https|dgram|tls|child_process|timers[^']*))'|\b(setTimeout|setInterval)\(/g,
        ),
      ].map(match => `${path}: ${match[1] ?? match[2]}`),
    );
    expect(wrong).toEqual([]);
  });

  test('only main and the test faults end a process, only the cli listens to signals', () => {
    const wrong = sources
      .filter(
        ({ path, text }) => /\bprocess\.exit\(/.test(text) && path !== 'src/main.ts' && !path.includes('/process/'),
      )
      .map(({ path }) => path);
    expect(wrong).toEqual([]);
  });

  test.each(OWNERS)('%s: one owner', (_, definition, owner) => {
    expect(sources.filter(({ text }) => definition.test(text)).map(({ path }) => path)).toEqual([owner]);
  });

  test('files stay small enough to be read in one go', () => {
    const long = sources
      .map(({ path, text }) => ({ path, lines: text.split('\n').length }))
      .filter(({ lines }) => lines > MAX_LINES);
    expect(long).toEqual([]);
  });

  test('no leftovers', () => {
    const wrong = sources.filter(({ text }) => /\b(FIXME|HACK)\b|console\.log\(/.test(text)).map(({ path }) => path);
    expect(wrong).toEqual([]);
  });
});

test('the unit tests start no process, no engine and no socket', () => {
  const { unit, system } = testFiles();
  // What they import decides. Of these it is known.
  expect(unit).toEqual(expect.arrayContaining(['test/parse/cases.test.ts', 'test/tidy.test.ts']));
  expect(system).toEqual(expect.arrayContaining(['test/app/kill.test.ts', 'test/clients/recorded.test.ts']));
  expect(unit.length).toBeGreaterThan(system.length / 2);
});

import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

/** Which rooms a room may import, beside itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  net: ['core'],
  time: ['core'],
  config: ['core'],
  inputs: ['core', 'net', 'time'],
  parse: ['core', 'time'],
  schema: ['core', 'time'],
  buffer: ['core'],
  store: ['core', 'time'],
  alerts: ['core', 'time'],
  web: ['core', 'net'],
};
const UPPER: Record<string, readonly string[]> = {
  app: ['core', 'net', 'time', 'config', 'inputs', 'parse', 'schema', 'buffer', 'store', 'alerts', 'web'],
  cli: ['core', 'net', 'time', 'config', 'inputs', 'parse', 'schema', 'buffer', 'store', 'alerts', 'web', 'app'],
};
const MAX_LINES = 400;

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
      const allowed = { ...MAY_IMPORT, ...UPPER }[room];
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
    expect([...rooms].filter(room => room !== 'main' && !(room in MAY_IMPORT) && !(room in UPPER))).toEqual([]);
  });

  test('pure rooms do not touch files, sockets or timers', () => {
    const pure = sources.filter(({ path }) => /^src\/(time|parse|schema|store\/query)\//.test(path));
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

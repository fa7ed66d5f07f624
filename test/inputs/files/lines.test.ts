import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Encoding } from '../../../src/inputs/files/encoding.ts';
import { isExcluded, isRotationOf } from '../../../src/inputs/files/find.ts';
import { type Line, readLines } from '../../../src/inputs/files/lines.ts';
import { type Format, Records } from '../../../src/inputs/files/records.ts';

const casesOf = <T>(name: string): (T & { name: string })[] =>
  readFileSync(new URL(name, import.meta.url), 'utf8')
    .replaceAll('ID', 'ab01'.repeat(16))
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as T & { name: string });

interface LinesCase {
  readonly text?: string;
  readonly hex?: string;
  readonly encoding?: Encoding;
  readonly max?: number;
  readonly cut?: number;
  readonly lines: readonly (string | Line)[];
  readonly faults?: readonly string[];
}

describe('bytes -> lines', () => {
  test.each(casesOf<LinesCase>('lines.jsonl'))(
    '$name',
    ({ text, hex, encoding = 'utf-8', max = 1000, cut = 0, lines, faults = [] }) => {
      const bytes = hex === undefined ? Buffer.from(text!) : Buffer.from(hex, 'hex');
      const read = readLines({ bytes, cutBytes: cut, encoding, maxLineBytes: max });
      expect(read.lines).toEqual(lines.map(line => (typeof line === 'string' ? { text: line, cutBytes: 0 } : line)));
      expect(read.faults).toEqual(faults);
    },
  );
});

interface RecordCase {
  readonly path: string;
  readonly format?: Format;
  readonly fields?: Record<string, unknown>;
  readonly cut?: number;
  readonly line: string;
  readonly record: object;
  readonly time?: string;
}

describe('lines -> records', () => {
  test.each(casesOf<RecordCase>('records.jsonl'))(
    '$name',
    ({ path, format = 'auto', fields = {}, cut = 0, line, record, time }) => {
      const made = new Records({ path, format, fields, hostname: 'h' }).of({ text: line, cutBytes: cut });
      expect({ ...made.record }).toEqual(record);
      expect(made.time).toBe(time === undefined ? Number.NaN : Date.parse(time));
    },
  );

  test('what Docker has cut at 16 KiB is a piece, also in letters that are longer than one byte', () => {
    const records = new Records({ path: '/x.log', format: 'auto', fields: {}, hostname: 'h' });
    for (const log of ['x'.repeat(16_384), `${'한'.repeat(5461)}\uFFFD`])
      expect(
        records.of({ text: JSON.stringify({ log, stream: 'stdout', time: '2026-11-20T13:55:36Z' }), cutBytes: 0 })
          .record,
      ).toMatchObject({ partial_message: 'true' });
  });
});

test.each([
  ['/l/app.log.1', true],
  ['/l/app.log-20261130', true],
  ['/l/app-20261130.log', true],
  ['/l/app.log', false],
  ['/l/ap.log', false],
  ['/other/app.log.1', false],
])('%s: the name of a rotation of /l/app.log: %s', (path, is) => {
  expect(isRotationOf(path, '/l/app.log')).toBe(is);
});

test.each([
  ['debug.log', true],
  ['*bug*', true],
  ['**/debug.log', true],
  ['/srv/*/debug.log', true],
  ['/srv/debug.log', false],
  ['app.log', false],
  ['srv/**/debug.log', false],
])('%s leaves /srv/a/debug.log out: %s', (pattern, is) => {
  expect(isExcluded('/srv/a/debug.log', pattern)).toBe(is);
});

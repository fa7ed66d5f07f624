import { afterAll, beforeAll, expect, test } from 'vitest';
import { Database, type Session } from '../../../src/store/embedded/process/duckdb.ts';
import { formOf } from '../../../src/store/embedded/process/forms.ts';
import { madeMessage } from '../../../src/store/embedded/process/message-form.ts';
import type { FoundType } from '../../../src/store/query/found-columns.ts';
import { type MessagePiece, TIME_FORMS, type TimeForm } from '../../../src/store/query/message-pieces.ts';

/*
 * Segments on the disk of users hold messages as the columns that they are made of, so that what DuckDB makes of a column may
 * never change. A failure here after an update of DuckDB: old segments would give other messages; write what differs by hand.
 */
const COLUMNS: readonly [key: string, type: FoundType, value: string, text: string][] = [
  ['text', 'text', `'a "b" ''c'' grün'`, `a "b" 'c' grün`],
  ['empty', 'text', `''`, ''],
  ['none', 'text', 'NULL::VARCHAR', '-'],
  ['long', 'long', '-9007199254740991::BIGINT', '-9007199254740991'],
  ['yes', 'boolean', 'TRUE', 'true'],
  ['half', 'double', '0.5::DOUBLE', '0.5'],
  ['third', 'double', '0.30000000000000004::DOUBLE', '0.30000000000000004'],
  ['whole', 'double', '3::DOUBLE', '3'],
  ['large', 'double', '123456789.125::DOUBLE', '123456789.125'],
  ['huge', 'double', '1e21::DOUBLE', '1e+21'],
  ['tiny', 'double', '1e-7::DOUBLE', '1e-07'],
];
const TIMES: { readonly [form in TimeForm]: readonly [string, string] } = {
  clf: ['03/Feb/2024:23:04:05', '04/Feb/2024:04:49:05'],
  iso_millis: ['2024-02-03T23:04:05.006', '2024-02-04T04:49:05.006'],
  iso: ['2024-02-03T23:04:05', '2024-02-04T04:49:05'],
  plain_comma: ['2024-02-03 23:04:05,006', '2024-02-04 04:49:05,006'],
  plain_millis: ['2024-02-03 23:04:05.006', '2024-02-04 04:49:05.006'],
  plain: ['2024-02-03 23:04:05', '2024-02-04 04:49:05'],
  slashes: ['2024/02/03 23:04:05', '2024/02/04 04:49:05'],
};

let session: Session;
beforeAll(async () => {
  session = await (await Database.open({ memoryLimitBytes: 1e8, threads: 1, spillFolder: '/nowhere' })).connect();
});
afterAll(() => session.close());

test('what columns and times become in messages stays as it is', async () => {
  const form = formOf(COLUMNS.map(([key, type]) => [key, type] as const));
  const pieces: MessagePiece[] = [];
  for (const [key] of COLUMNS) pieces.push(['column', `fields.${key}`], '|');
  for (const name of Object.keys(TIME_FORMS) as TimeForm[])
    pieces.push(['time', name, 0], ' ', ['time', name, 345], '|');
  const values = COLUMNS.map(([key, , value]) => `${value} AS "fields.${key}"`).join(', ');
  const row = `SELECT ${values}, TIMESTAMP '2024-02-03 23:04:05.006' AS "@timestamp"`;
  const [[made] = []] = await session.rows(`SELECT ${madeMessage(pieces, form)} FROM (${row})`);
  const expected = [...COLUMNS.map(([, , , text]) => text), ...Object.values(TIMES).map(both => both.join(' '))];
  expect(String(made).split('|').slice(0, -1)).toEqual(expected);
});

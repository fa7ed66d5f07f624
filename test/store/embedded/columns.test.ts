import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FieldCensus } from '../../../src/store/embedded/process/choose-columns.ts';
import { Database, type Session } from '../../../src/store/embedded/process/duckdb.ts';
import { partFields, wholeFields } from '../../../src/store/embedded/process/form.ts';
import { formOf } from '../../../src/store/embedded/process/forms.ts';
import { literal } from '../../../src/store/embedded/process/quote.ts';
import { type Member, usualMembers } from '../../../src/store/embedded/process/usual-members.ts';
import type { FoundType } from '../../../src/store/query/found-columns.ts';

const FORM = formOf([
  ['text', 'text'],
  ['long', 'long'],
  ['double', 'double'],
  ['boolean', 'boolean'],
  ["o'x.y $", 'text'],
]);

/** `fields` of an event, and which of them are in columns. */
const CASES: readonly [fields: string, inColumns: readonly string[]][] = [
  ['{"text":"a","long":1,"double":0.5,"boolean":true}', ['text', 'long', 'double', 'boolean']],
  ['{"text":"","long":-0,"double":3,"boolean":false}', ['text', 'long', 'double', 'boolean']],
  ['{"long":9223372036854775807,"double":1e300}', ['long']],
  ['{"long":9223372036854775808,"double":12345678901234567890}', []],
  ['{"long":1.0,"double":1.0}', []],
  ['{"long":1e3,"double":1e3}', []],
  ['{"long":"1","double":"0.5","boolean":"true","text":"1"}', ['text']],
  ['{"text":1,"long":true,"double":false,"boolean":1}', []],
  ['{"text":true,"long":0.5,"double":-7,"boolean":0}', ['double']],
  ['{"text":null,"long":null,"double":null,"boolean":null}', []],
  ['{"text":{"a":"b"},"long":[1],"double":[],"boolean":{}}', []],
  ['{"text":"\\"quoted\\" \\\\ back \\n \\u0000 😀 ünï"}', ['text']],
  ['{"text":"{\\"a\\":1}","other":"x"}', ['text']],
  ['{"Text":"A","LONG":2,"text ":"b"}', []],
  ['{"other":[null,{"b":null}],"more":12345678901234567890123,"text":"a"}', ['text']],
  ['{"o\'x.y $":"a","o":{"x":1}}', ["o'x.y $"]],
  ['{}', []],
];

let session: Session;
beforeAll(async () => {
  session = await (await Database.open({ memoryLimitBytes: 1e8, threads: 1, spillFolder: '/nowhere' })).connect();
});
afterAll(() => session.close());

test.for(CASES)('%s comes back as it was, and a column has only what is of its type', async ([fields, inColumns]) => {
  const from = `(SELECT 1 AS n, CAST(${literal(fields)} AS JSON) AS fields)`;
  const parted = partFields(from, ['n'], FORM);
  const [row] = await session.rows(
    `SELECT CAST(${wholeFields(FORM)} AS VARCHAR), COLUMNS('fields\\..*') FROM (${parted})`,
  );
  const [whole, ...values] = row!;
  expect(values.flatMap((value, i) => (value === null ? [] : [[...FORM.keys()][i]])).sort()).toEqual(
    [...inColumns].sort(),
  );
  const reviver = (_: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === 'number' ? `number ${context?.source}` : value;
  // DuckDB writes numbers as it likes when it reads them, before anything of ours does.
  const [[before]] = (await session.rows(`SELECT CAST(json_merge_patch(${literal(fields)}, '{}') AS VARCHAR)`)) as [
    [string],
  ];
  expect(JSON.parse(String(whole ?? '{}'), reviver)).toEqual(JSON.parse(before, reviver));
});

/** Members in the order of `FORM`, and some that have no column. */
const members = (isAlways: (key: string) => boolean, isEscaped: boolean): Member[] =>
  [...FORM, ...(['other', 'more', 'o'] as const).map(key => [key, 'other'] as const)].map(([key, type]) => ({
    key,
    type,
    isAlways: isAlways(key),
    isEscaped,
  }));

test('of events as they usually are all members are parted at once, and nothing is parted otherwise', async () => {
  const more = [
    '{"text":"a","other":{"x":[1,"y"]}}',
    '{"text":"a\\tb\\"","long":5,"more":[null]}',
    '{"long":5,"text":"a"}',
    '{"text":"a","long":5,"unknown":1}',
    '{"text":"a\\",\\"long\\":5"}',
    '{"text":"5","long":"5","double":"0.5","boolean":"true"}',
    '{"other":"a","more":2}',
  ];
  const lists = [...CASES.map(([fields]) => fields), ...more].map(
    (fields, n) => `(${n}, CAST(${literal(fields)} AS JSON))`,
  );
  const from = `(SELECT * FROM (VALUES ${lists.join(', ')}, (99, NULL)) AS events(n, fields))`;
  const parted = (usual: readonly Member[]) =>
    session.rows(`SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (${partFields(from, ['n'], FORM, usual)}) ORDER BY n`);
  const oneByOne = await parted([]);
  for (const usual of [
    members(() => false, false),
    members(() => false, true),
    members(() => true, true),
    members(key => key === 'text', false),
    members(key => key === 'double', true),
  ]) {
    expect(await parted(usual)).toEqual(oneByOne);
  }
});

test('events without fields stay without', async () => {
  const from = '(SELECT 1 AS n, CAST(NULL AS JSON) AS fields)';
  for (const usual of [[], members(() => true, false)])
    expect(await session.rows(`SELECT ${wholeFields(FORM)} FROM (${partFields(from, ['n'], FORM, usual)})`)).toEqual([
      [null],
    ]);
});

describe('members that most events have', () => {
  const usual = (...events: Record<string, unknown>[]): string[] =>
    usualMembers(events, FORM, key => key !== '').map(
      ({ key, type, isAlways, isEscaped }) =>
        `${key} ${type}${isAlways ? ' always' : ''}${isEscaped ? ' escaped' : ''}`,
    );

  test.for([
    [
      'in their order, also when some are missing',
      [
        { long: 1, text: 'a' },
        { long: 1, double: 1, text: '"' },
      ],
      ['long long always', 'double double', 'text text always escaped'],
    ],
    ['what has no column, too', [{ text: 'a', o: { x: 1 } }], ['text text always', 'o other always']],
    [
      'none when most events have another order',
      [
        { text: 'a', long: 1 },
        { long: 1, text: 'a' },
        { boolean: true, text: 'a', double: 1, long: 3 },
        { double: 1, boolean: false, text: 'a' },
        { double: 1, boolean: false, long: 1, text: '' },
      ],
      [],
    ],
    ['none when most have other types', [{ text: 1 }, { text: 2 }, { text: 'a' }], []],
    ['none where there are none', [], []],
  ] as const)('%s', ([, events, expected]) => {
    expect(usual(...events)).toEqual(expected);
  });
});

describe('fields become columns', () => {
  const chosen = (events: readonly object[]): [string, FoundType][] => {
    const census = new FieldCensus();
    for (const event of events) census.add(event);
    return [...census.chosen()];
  };
  const times = (count: number, fields: object): object[] => Array.from({ length: count }, () => fields);

  test('by how often they occur, in their order, with the type that most values have', () => {
    expect(
      chosen([...times(99, { b: 1, a: 'x', c: true }), { rare: 1, b: 0.5, a: 7, o: { x: 1 }, l: [1], n: null }]),
    ).toEqual([
      ['b', 'double'],
      ['a', 'text'],
      ['c', 'boolean'],
    ]);
  });

  test('but not two names that differ in case only, nor names that no path of JSON can have', () => {
    expect(chosen([...times(2, { id: 1 }), { ID: 2, 'a"b': 1, 'a\\b': 1, '': 1, 'a\u0000': 1, '\ud800': 1 }])).toEqual([
      ['id', 'long'],
    ]);
  });

  test('as many as a segment bears', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`f${i}`, i]));
    expect(chosen([many])).toHaveLength(64);
  });
});

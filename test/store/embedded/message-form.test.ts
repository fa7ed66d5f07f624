import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fields } from '../../../src/core/event.ts';
import { Database, type Session } from '../../../src/store/embedded/process/duckdb.ts';
import { formOf } from '../../../src/store/embedded/process/forms.ts';
import { messagePieces, withMessages, withoutMessages } from '../../../src/store/embedded/process/message-form.ts';
import { literal } from '../../../src/store/embedded/process/quote.ts';
import type { FoundType } from '../../../src/store/query/found-columns.ts';
import { writeTime } from '../../../src/store/query/message-pieces.ts';
import { parseQuery } from '../../../src/store/query/parse.ts';
import { all, DAY, ids, NEVER_SEAL, Place, type TestEvent, until, untilSealed } from './helpers.ts';

interface Line {
  readonly message: string;
  readonly fields: Fields;
  readonly time?: string;
  readonly level?: string;
}

const TIME = '2026-11-20T13:55:36.000Z';
const access = (ip: string, user: string, verb: string, path: string, status: number, bytes?: number): Line => ({
  message: `${ip} - ${user} [20/Nov/2026:22:55:36 +0900] "${verb} ${path} HTTP/1.1" ${status} ${bytes ?? '-'}`,
  fields: { clientip: ip, ident: '-', auth: user, verb, request: path, httpversion: '1.1', response: status, bytes },
});
const ACCESS: readonly (readonly [string, FoundType])[] = [
  ['clientip', 'text'],
  ['ident', 'text'],
  ['auth', 'text'],
  ['verb', 'text'],
  ['request', 'text'],
  ['httpversion', 'text'],
  ['response', 'long'],
  ['bytes', 'long'],
];

/** Lines, the columns of their segment, and of which of them the message need not be stored. */
const CASES: readonly {
  name: string;
  columns: readonly (readonly [string, FoundType])[];
  lines: readonly Line[];
  made: readonly boolean[];
}[] = [
  {
    name: 'access lines with a zone, and fields that are missing',
    columns: ACCESS,
    lines: [
      access('10.1.2.3', '-', 'GET', '/a', 200, 17),
      access('10.1.1.1', 'anna', 'GET', '/1.1/200', 200, 200),
      access('::1', '-', 'POST', "/it's", 304),
      access('10.1.2.3', '', 'GET', '/empty-user', 200, 1),
    ],
    made: [true, true, true, true],
  },
  {
    name: 'lines that only look like it',
    columns: ACCESS,
    lines: [
      access('10.1.2.3', '-', 'GET', '/a', 200, 17),
      access('10.1.2.4', '-', 'GET', '/b', 200, 18),
      access('10.1.2.5', '-', 'GET', '/c', 500, 19),
      {
        ...access('10.1.2.3', '-', 'GET', '/a', 404, 17),
        fields: access('10.1.2.3', '-', 'GET', '/a', 200, 17).fields,
      },
      {
        ...access('10.1.2.3', '-', 'GET', '/a', 200, 17),
        message: `${access('10.1.2.3', '-', 'GET', '/a', 200, 17).message} `,
      },
      { ...access('10.1.2.3', '-', 'GET', '/a', 200, 17), message: '' },
    ],
    made: [true, true, true, false, false, false],
  },
  {
    name: 'text of any kind, quotation marks, and fields in another order than in the line',
    columns: [
      ['what', 'text'],
      ['took', 'double'],
      ['ok', 'boolean'],
      ['who', 'text'],
    ],
    lines: ['grün 😀', "a''b", '\\ \n "x"', '%d %Y', '-'].map(what => ({
      message: `2026-11-20 13:55:36,000 WARN [who=me] it's "${what}"; took 0.5ms, ok=true`,
      fields: { what, took: 0.5, ok: true, who: 'me' },
      level: 'WARN',
    })),
    made: [true, true, true, true, true],
  },
  {
    name: 'a time of whole seconds of an event that has milliseconds',
    columns: [['n', 'long']],
    lines: [1, 2, 3].map(n => ({
      message: `2026-11-20T13:55:36Z the number is ${n}, and no more`,
      fields: { n },
      time: '2026-11-20T13:55:36.789Z',
    })),
    made: [true, true, true],
  },
  {
    name: 'messages that have nothing of their fields',
    columns: [['n', 'long']],
    lines: [1, 2, 3].map(n => ({ message: `nothing of it ${'abc'[n]} is in the message`, fields: { n: n + 400 } })),
    made: [false, false, false],
  },
];

let session: Session;
beforeAll(async () => {
  session = await (await Database.open({ memoryLimitBytes: 1e8, threads: 1, spillFolder: '/nowhere' })).connect();
});
afterAll(() => session.close());

test.for(CASES)('$name', async ({ columns, lines, made }) => {
  const form = formOf(columns);
  const events = lines.map(({ message, fields, time = TIME, level }) => ({
    message,
    fields,
    level,
    '@timestamp': time,
  }));
  const learned = formOf(columns, messagePieces(events, form));
  const sqlOf = (key: string, type: FoundType): string => {
    const sql = { text: 'VARCHAR', long: 'BIGINT', double: 'DOUBLE', boolean: 'BOOLEAN' }[type];
    return `CAST(${'f'}->>${literal(`$."${key}"`)} AS ${sql}) AS "fields.${key}"`;
  };
  const values = events.map(
    (event, i) =>
      `(${i}, ${literal(event.message)}, ${event.level === undefined ? 'NULL' : literal(event.level)}, TIMESTAMP ${literal(event['@timestamp'].slice(0, -1))}, CAST(${literal(JSON.stringify(event.fields))} AS JSON))`,
  );
  const names = ['level', ...['service', 'container_id', 'user_id']].map((name, i) =>
    i === 0 ? name : `NULL::VARCHAR AS ${name}`,
  );
  const parted = `SELECT n, message, "@timestamp", ${names.join(', ')}, ${columns.map(([key, type]) => sqlOf(key, type)).join(', ')} FROM (VALUES ${values.join(', ')}) t(n, message, level, "@timestamp", f)`;
  const written = `(${withoutMessages(parted, learned)})`;
  const stored = await session.rows(`SELECT message IS NULL FROM ${written} ORDER BY n`);
  expect(stored.map(([isMissing]) => isMissing)).toEqual(made);
  const read = await session.rows(`SELECT message FROM ${withMessages(written, learned)} ORDER BY n`);
  expect(read.map(([message]) => message)).toEqual(lines.map(({ message }) => message));
});

test.for(['2026-11-20T13:55:36.789Z', '1969-12-31T23:59:59.001Z', '2024-02-29T00:00:00.000Z'])(
  'times are written as DuckDB writes them: %s',
  async time => {
    const forms = {
      clf: '%d/%b/%Y:%H:%M:%S',
      iso_millis: '%Y-%m-%dT%H:%M:%S.%g',
      slashes: '%Y/%m/%d %H:%M:%S',
    } as const;
    for (const [form, sql] of Object.entries(forms)) {
      const [row] = await session.rows(
        `SELECT strftime(TIMESTAMP '${time.slice(0, -1)}' + INTERVAL (-90) MINUTE, '${sql}')`,
      );
      expect(writeTime(form as keyof typeof forms, Date.parse(time), -90)).toBe(row![0]);
    }
  },
);

describe('a store', () => {
  const event = (n: number): TestEvent => {
    const time = DAY + n * 1000;
    const fields = {
      clientip: `10.0.0.${n % 250}`,
      verb: n % 7 === 0 ? 'POST' : 'GET',
      request: `/page/${n}`,
      response: 200 + (n % 3),
      ...(n < 90 ? {} : { more: n }),
    };
    const at = `20/Nov/2026:${new Date(time).toISOString().slice(11, 19)}`;
    const message = `${fields.clientip} - - [${at} +0000] "${fields.verb} ${fields.request} HTTP/1.1" ${fields.response}`;
    // Some are no such lines.
    return {
      id: `e${n}`,
      seq: n,
      time,
      declared: {
        level: 'INFO',
        message: n % 10 === 3 ? `something else happened, number ${n}` : n % 10 === 4 ? undefined : message,
      },
      fields: JSON.stringify(fields),
    };
  };
  const events = Array.from({ length: 120 }, (_, n) => event(n));
  const QUERIES = [
    '',
    'page AND 17',
    '"GET /page/17 HTTP"',
    'message:/page.1?5 http.*20[01]/',
    'else',
    'NOT _exists_:message',
    'NOT message:page',
    'message:"10.0.0.9 - -" AND verb:GET',
  ];

  test('gives and finds messages that it does not store: sealed, merged with other segments, after a restart', async () => {
    const [plain, place] = [new Place(), new Place()];
    try {
      const reference = await plain.store(NEVER_SEAL);
      await reference.accept(plain.chunk(events));
      const same = async (store: typeof reference): Promise<void> => {
        for (const text of QUERIES) {
          const request = all({ query: parseQuery(text) });
          const { hits } = await reference.search(request);
          expect(hits.length, text).toBeGreaterThan(0);
          expect({ text, ...(await store.search(request)) }).toMatchObject({
            text,
            hits,
            total: { value: hits.length },
          });
          expect(ids((await store.search({ ...request, size: 3 })).hits)).toEqual(ids(hits).slice(0, 3));
        }
      };
      const options = { merge_segments: 3, word_filter_min_rows: 1 };
      const store = await place.store(options);
      for (const part of [events.slice(0, 50), events.slice(50, 90)]) {
        await store.accept(place.chunk(part));
        await untilSealed(store);
      }
      await store.accept(place.chunk(events.slice(90)));
      await until('three segments are one', () => place.segments().length === 1);
      await same(store);
      const path = join(place.storeDir, 'segments', place.segments()[0]!);
      const [row] = await session.rows(`SELECT count(*), count(message) FROM read_parquet(${literal(path)})`);
      // One in ten is another message, and one in ten has none.
      expect(row).toEqual([events.length, events.length / 10]);
      await store.stop(AbortSignal.timeout(5_000));
      await same(await place.store(options));
    } finally {
      await plain.close();
      await place.close();
    }
  });
});

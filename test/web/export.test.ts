import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SearchParams } from '../../src/core/api/search.ts';
import { WebServer } from '../../src/web/web-server.ts';
import { eventOf, FakeDeps, optionsOf } from './fake-deps.ts';

const asked: SearchParams[] = [];
const deps = new FakeDeps();
deps.searcher.search = async params => {
  asked.push(params);
  const page = Number(params.cursor ?? 0);
  const hits = [
    { ...eventOf(2 * page), message: '=1+1', nested: { a: page } },
    { ...eventOf(2 * page + 1), message: 'a "b", c' },
  ];
  return { total: { value: 0, relation: 'gte' }, hits, took_ms: 1, ...(page < 2 ? { cursor: `${page + 1}` } : {}) };
};
const server = new WebServer(optionsOf({}), deps);
beforeAll(() => server.start());
afterAll(() => server.stop(AbortSignal.abort()));
const get = (query: string) => fetch(`http://127.0.0.1:${server.port}/api/export?${query}`);

test('everything that is found goes out page by page, as lines of JSON', async () => {
  const answer = await get('q=level:ERROR&from=now-1h&order=asc&timezone=Asia/Seoul');
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="logs.ndjson"');
  const lines = (await answer.text()).trim().split('\n');
  expect(lines.map(line => JSON.parse(line)._id)).toEqual([0, 1, 2, 3, 4, 5].map(n => eventOf(n)._id));
  const same = {
    query: 'level:ERROR',
    from: 'now-1h',
    order: 'asc',
    timezone: 'Asia/Seoul',
    size: '1000',
    total: 'false',
  };
  expect(asked.splice(0)).toEqual([same, { ...same, cursor: '1' }, { ...same, cursor: '2' }]);
});

test('as CSV, with fields of choice and no formula', async () => {
  const answer = await get('format=csv&fields=message,nested.a');
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  const page = (n: number) => `'=1+1,${n}\r\n"a ""b"", c",\r\n`;
  expect(await answer.text()).toBe(`message,nested.a\r\n${page(0)}${page(1)}${page(2)}`);
});

test('another form is refused', async () => {
  const answer = await get('format=xlsx');
  expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code: 'LS_WEB_BAD_REQUEST' } }]);
});

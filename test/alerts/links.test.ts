import { describe, expect, test } from 'vitest';
import { linker } from '../../src/alerts/links.ts';
import { queryText } from '../../src/alerts/query-text.ts';
import { linkToken, readLinkToken } from '../../src/alerts/silencing/link-token.ts';
import { filtersToQuery } from '../../src/store/query/filters.ts';
import { parseQuery } from '../../src/store/query/parse.ts';
import { compilePredicate } from '../../src/store/query/predicate.ts';
import { event, rule, START } from './support.ts';

const EVENTS = [
  {},
  { level: 'WARN' },
  { service: 'web', message: 'time-out of "basket" (1/2)' },
  { service: 'a b', response_time: 1500 },
  { service: 'shop-1', response_time: 20, message: 'C:\\temp not found' },
  { verb: 'GET', response_time: 1000, message: 'connection refused' },
  { verb: 'PUT and POST', labels: { 'app.kubernetes.io/name': 'x' } },
].map(fields => event(START, fields));

const FILTERS: readonly unknown[] = [
  [],
  [{ term: { level: 'ERROR' } }],
  [{ terms: { level: ['ERROR', 'FATAL'] } }, { term: { service: 'api' } }],
  [{ term: { service: 'a b' } }],
  [{ range: { response_time: { gte: 1000 } } }],
  [{ range: { response_time: { gt: 20, lt: 1500 } } }],
  [{ wildcard: { service: 'shop-*' } }],
  [{ exists: { field: 'verb' } }],
  [{ bool: { must_not: [{ term: { service: 'api' } }] } }],
  [{ bool: { should: [{ term: { verb: 'GET' } }, { term: { level: 'WARN' } }] } }, { term: { level: 'ERROR' } }],
  [{ query_string: { query: 'message:"connection refused" OR service:web*' } }],
  [{ query_string: { query: 'basket AND NOT service:api' } }],
  [{ query_string: { query: 'message:/time.?out.*/' } }],
  [{ query_string: { query: 'message:"1/2" OR message:"C:\\\\temp"' } }],
  [{ term: { 'labels.app.kubernetes.io/name': 'x' } }],
  [{ match: { verb: 'PUT and POST' } }],
];

describe('the query of a rule as one would type it', () => {
  test.for(FILTERS)('%j', filters => {
    const node = filtersToQuery(filters);
    const text = queryText(node);
    const read = compilePredicate(parseQuery(text), Date.now);
    const meant = compilePredicate(node, Date.now);
    expect(EVENTS.map(read), text).toEqual(EVENTS.map(meant));
  });
});

test('links lead to the search around an alert, to its rule, and to its silence', () => {
  const links = linker(
    'https://logs.example.com/',
    instance => `token-of-${instance}`,
  )({
    rule: rule(
      'name: a & b\ntype: any\nindex: docker-logs-*\nalert: debug\nquery_key: service\nfilter: [{ term: { level: ERROR } }]\n',
    ),
    key: { service: 'x "y"' },
    from: START,
    to: START + 1000,
    instance: 'i1',
  });
  const search = new URLSearchParams(new URL(links.search).hash.slice(1));
  expect(Object.fromEntries(search)).toEqual({
    query: 'level:"ERROR" AND service:"x \\"y\\""',
    from: '2026-11-20T11:55:00.000Z',
    to: '2026-11-20T12:01:01.000Z',
  });
  expect(new URLSearchParams(new URL(links.rule).hash.slice(1)).get('rule')).toBe('a & b');
  expect(links.silence).toBe('https://logs.example.com/silence/token-of-i1');
});

describe('the token of a link', () => {
  const secret = Buffer.alloc(32, 7);
  const token = linkToken(secret, '57081633b3771d8a-mwoxfuo0', START + 60_000);

  test('is good until its time is over', () => {
    expect(readLinkToken(secret, token, START)).toBe('57081633b3771d8a-mwoxfuo0');
    expect(readLinkToken(secret, token, START + 60_000)).toBeUndefined();
  });

  test('is good for nothing when anything in it is another', () => {
    expect(readLinkToken(Buffer.alloc(32, 8), token, START)).toBeUndefined();
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === 'a' ? 'b' : 'a';
      const changed = token.slice(0, at) + other + token.slice(at + 1);
      // The last character has two bits that mean nothing.
      const same = at === token.length - 1 && readLinkToken(secret, changed, START) !== undefined;
      if (!same) expect(readLinkToken(secret, changed, START), changed).toBeUndefined();
    }
    for (const odd of ['', '.', '..', `${token}x`, ` ${token}`, token.toUpperCase()])
      expect(readLinkToken(secret, odd, START)).toBeUndefined();
  });
});

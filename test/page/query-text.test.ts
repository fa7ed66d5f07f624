import { describe, expect, test } from 'vitest';
import { cutAtMatches, markPattern, tokensOf, typingAt } from '../../src/web/ui/logs/query-text.ts';
import { filterTerm, fullQuery, narrowed, readSearch, searchParams } from '../../src/web/ui/logs/search-state.ts';

describe('what is marked in messages', () => {
  test.each([
    ['refused', 'Connection REFUSED', ['REFUSED']],
    ['connection refused', 'connection was refused', ['connection', 'refused']],
    ['"was refused" -connection', 'connection was refused', ['was refused']],
    ['not connection refused', 'connection refused', ['refused']],
    ['refused not (a or b)', 'a b refused', ['refused']],
    ['level:ERROR refused', 'ERROR refused', ['refused']],
    ['message:(refused or closed)', 'closed, refused', ['closed', 'refused']],
    ['service:(refused or closed) x', 'closed, x', ['x']],
    ['message:/time(d )?out/', 'it timed out; timeout', ['timed out', 'timeout']],
    ['conn*', 'connection', ['conn']],
    ['con*ion', 'connection', ['connection']],
    ['a\\*b', 'a*b aab', ['a*b']],
    ['path:/var/log/app.log', 'x', []],
    ['(a+)+$', 'aaaa', []],
    ['안녕', '네 안녕하세요', ['안녕']],
    ['and or not', 'and or not', []],
    ['message:( "open', 'open', ['open']],
  ])('%s', (query, message, marked) => {
    const parts = cutAtMatches(message, markPattern(query));
    expect(parts.join('')).toBe(message);
    expect(parts.filter((_, index) => index % 2 === 1)).toEqual(marked);
  });

  test('expressions that can take long are not run for colours', () => {
    for (const text of ['/(a+)+x/', '/(a|a)*b/', '/(x)\\1/', '/(?=a)b/'])
      expect(markPattern(`message:${text}`)).toBeUndefined();
  });
});

test('a query is cut into values with their fields', () => {
  const shown = tokensOf('a "b c" f:1 not g:(d or -e)').map(
    ({ field, text, isExcluded }) => `${isExcluded ? '-' : ''}${field ?? ''}:${text}`,
  );
  expect(shown).toEqual([':a', ':b c', 'f:1', '-g:d', 'g:e']);
});

describe('what is being typed', () => {
  test.each([
    ['lev|', 'field', '', 'lev'],
    ['|', 'field', '', ''],
    ['a AND ser|', 'field', '', 'ser'],
    ['level:|', 'value', 'level', ''],
    ['level:ER|', 'value', 'level', 'ER'],
    ['level:"ER|', 'value', 'level', 'ER'],
    ['kubernetes.pod_name:sh|', 'value', 'kubernetes.pod_name', 'sh'],
    ['level:(ERROR or WA|', 'value', 'level', 'WA'],
    ['"some te|', undefined, '', ''],
    ['-ser|', 'field', '', 'ser'],
  ])('%s', (shown, kind, field, text) => {
    const cursor = shown.indexOf('|');
    const typing = typingAt(shown.replace('|', ''), cursor);
    expect(typing && { kind: typing.kind, field: typing.field, text: typing.text }).toEqual(
      kind && { kind, field, text },
    );
  });

  test('a choice replaces the whole word', () => {
    const typing = typingAt('a serv:x', 4)!;
    expect([typing.start, typing.end]).toEqual([2, 6]);
  });
});

describe('the search of an address', () => {
  test.each([
    ['', ''],
    ['query=a+b&range=24h&levels=ERROR,WARN&rule=r', 'query=a+b&range=24h&levels=ERROR%2CWARN&rule=r'],
    ['query=a&range=1h', 'query=a'],
    ['range=2y&levels=ERROR,x&order=up', 'levels=ERROR'],
    ['from=now-2h&to=now', 'from=now-2h&to=now'],
    ['from=2026-11-29T03:12:00Z', 'from=2026-11-29T03%3A12%3A00Z&to=now'],
    ['live=1&columns=a,b.c&by=service&order=asc', 'order=asc&by=service&columns=a%2Cb.c&live=1'],
    ['event=x&at=2026-11-29T03:12:00Z&stats=count', 'event=x&at=2026-11-29T03%3A12%3A00Z&stats=count'],
  ])('%s', (given, told) => {
    const search = readSearch(new URLSearchParams(given));
    expect(searchParams(search).toString()).toBe(told);
    expect(readSearch(searchParams(search))).toEqual(search);
  });
});

test('levels and filters narrow a query and change nothing else in it', () => {
  expect(fullQuery({ query: 'a or b', levels: ['ERROR', 'WARN'] })).toBe('(a or b) AND level:(ERROR OR WARN)');
  expect(fullQuery({ query: ' ', levels: ['ERROR'] })).toBe('level:(ERROR)');
  expect(narrowed('a or b', 'c:1')).toBe('(a or b) AND c:1');
  expect(narrowed('a', 'c:1')).toBe('a AND c:1');
  expect(narrowed('', 'c:1')).toBe('c:1');
  expect(filterTerm('for', 'a b', 'x"y\\')).toBe('a\\ b:"x\\"y\\\\"');
  expect(filterTerm('out', 'n', 5)).toBe('NOT n:5');
  expect(filterTerm('exists', 'k.p', null)).toBe('k.p:*');
});

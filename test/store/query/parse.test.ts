import { describe, expect, test } from 'vitest';
import { LongshoreError } from '../../../src/core/errors.ts';
import { parseQuery } from '../../../src/store/query/parse.ts';

const match = (field: string | undefined, value: string) => ({ type: 'match', ...(field && { field }), value });

function errorOf(run: () => unknown): LongshoreError {
  try {
    run();
  } catch (error) {
    if (error instanceof LongshoreError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a query text becomes', () => {
  test.for<[string, unknown]>([
    ['a', match(undefined, 'a')],
    ['a b', { type: 'and', nodes: [match(undefined, 'a'), match(undefined, 'b')] }],
    ['a and b AND c', { type: 'and', nodes: ['a', 'b', 'c'].map(word => match(undefined, word)) }],
    ['f:a', match('f', 'a')],
    ['f : a', match('f', 'a')],
    ['f :a', match('f', 'a')],
    ['f\t:\t"a b"', { type: 'phrase', field: 'f', value: 'a b' }],
    ['f.g-h_i : (a or b)', { type: 'or', nodes: [match('f.g-h_i', 'a'), match('f.g-h_i', 'b')] }],
    ['f : a*', { type: 'wildcard', field: 'f', pattern: 'a*' }],
    ['f : /a+/', { type: 'regexp', field: 'f', pattern: 'a+' }],
    ['f : [1 TO 5}', { type: 'range', field: 'f', gte: '1', lt: '5' }],
    ['f : >= 5', { type: 'range', field: 'f', gte: '5' }],
    ['f : *', { type: 'exists', field: 'f' }],
    ['_exists_ : a.b', { type: 'exists', field: 'a.b' }],
    ['_exists_:"sp ace"', { type: 'exists', field: 'sp ace' }],
    ['* : *', { type: 'all' }],
    ['sp\\ ace : a', match('sp ace', 'a')],
    ['"sp ace": a', match('sp ace', 'a')],
    ['"sp ace" : "a b"', { type: 'phrase', field: 'sp ace', value: 'a b' }],
    ['"f" >= 5', { type: 'range', field: 'f', gte: '5' }],
    ['x f : a', { type: 'and', nodes: [match(undefined, 'x'), match('f', 'a')] }],
    ['f : a g : b', { type: 'and', nodes: [match('f', 'a'), match('g', 'b')] }],
    ['not f : a', { type: 'not', node: match('f', 'a') }],
    ['-f : a', { type: 'not', node: match('f', 'a') }],
    ['"f : a"', { type: 'phrase', value: 'f : a' }],
    ['404 : a', { type: 'and', nodes: ['404', ':', 'a'].map(word => match(undefined, word)) }],
    ['12:30 : a', { type: 'and', nodes: ['12:30', ':', 'a'].map(word => match(undefined, word)) }],
    ['main() : a', { type: 'and', nodes: ['main()', ':', 'a'].map(word => match(undefined, word)) }],
    ['std :: vector', { type: 'and', nodes: ['std', '::', 'vector'].map(word => match(undefined, word)) }],
    [
      '"std" :: vector',
      { type: 'and', nodes: [{ type: 'phrase', value: 'std' }, match(undefined, '::'), match(undefined, 'vector')] },
    ],
    ['T:a', match('T', 'a')],
    ['f:DOMAIN\\\\u*', { type: 'wildcard', field: 'f', pattern: 'DOMAIN\\\\u*' }],
    ['f:\\\\\\\\host\\\\share*', { type: 'wildcard', field: 'f', pattern: '\\\\\\\\host\\\\share*' }],
    ['f:*\\\\Pro*', { type: 'wildcard', field: 'f', pattern: '*\\\\Pro*' }],
    ['f:a\\:b*', { type: 'wildcard', field: 'f', pattern: 'a:b*' }],
    ['f:a\\\\\\*b?', { type: 'wildcard', field: 'f', pattern: 'a\\\\\\*b?' }],
    ['f:(a or b)', { type: 'or', nodes: [match('f', 'a'), match('f', 'b')] }],
    ['f:(a g:b)', { type: 'and', nodes: [match('f', 'a'), match('g', 'b')] }],
    ['f:"a \\" b"', { type: 'phrase', field: 'f', value: 'a " b' }],
    ['f:a\\ b', match('f', 'a b')],
    ['f:a\\*', match('f', 'a*')],
    ['f:a\\*b*', { type: 'wildcard', field: 'f', pattern: 'a\\*b*' }],
    ['my\\:field:x', match('my:field', 'x')],
    ['timestamp:2026', match('@timestamp', '2026')],
    ['f.keyword:a', match('f', 'a')],
    ['f:/a\\/b/', { type: 'regexp', field: 'f', pattern: 'a/b' }],
    ['service:/web/', { type: 'regexp', field: 'service', pattern: '^(?:web)$' }],
    ['/var/log/app.log', match(undefined, '/var/log/app.log')],
    ['http://host:80/x', match(undefined, 'http://host:80/x')],
    ['12:30:45', match(undefined, '12:30:45')],
    ['std::vector', match(undefined, 'std::vector')],
    ['key=value', match(undefined, 'key=value')],
    ['main()', match(undefined, 'main()')],
    ['[error]', match(undefined, '[error]')],
    ['a-b+c!d', match(undefined, 'a-b+c!d')],
    ['--flag', match(undefined, '--flag')],
    ['a - b', { type: 'and', nodes: ['a', '-', 'b'].map(word => match(undefined, word)) }],
    ['android', match(undefined, 'android')],
    ['a->b', match(undefined, 'a->b')],
    ['<html>', match(undefined, '<html>')],
    ['NOT(a)', { type: 'not', node: match(undefined, 'a') }],
    ['f:>5', { type: 'range', field: 'f', gt: '5' }],
    ['f>=5', { type: 'range', field: 'f', gte: '5' }],
    ['f < 5', { type: 'range', field: 'f', lt: '5' }],
    ['f:[1 TO 5}', { type: 'range', field: 'f', gte: '1', lt: '5' }],
    ['f:["a b" TO *]', { type: 'range', field: 'f', gte: 'a b' }],
    ['f:[now-1h TO now]', { type: 'range', field: 'f', gte: 'now-1h', lte: 'now' }],
    ['f:{* TO 5]', { type: 'range', field: 'f', lte: '5' }],
    ['_exists_:a.b', { type: 'exists', field: 'a.b' }],
    ['a^2', match(undefined, 'a')],
    ['"a b"^2 c', { type: 'and', nodes: [{ type: 'phrase', value: 'a b' }, match(undefined, 'c')] }],
    ['  ', { type: 'all' }],
    ['__proto__:x', match('__proto__', 'x')],
  ])('%s', ([text, expected]) => {
    expect(parseQuery(text)).toEqual(expected);
  });

  test.for<[string, unknown]>([
    ['a and b', { type: 'or', nodes: ['a', 'and', 'b'].map(word => match(undefined, word)) }],
    ['not a', { type: 'or', nodes: ['not', 'a'].map(word => match(undefined, word)) }],
    ['f : a AND g : b', { type: 'and', nodes: [match('f', 'a'), match('g', 'b')] }],
    ['f:[1 to 5]', { type: 'range', field: 'f', gte: '1', lte: '5' }],
  ])('%s, read as Lucene does', ([text, expected]) => {
    expect(parseQuery(text, { defaultOperator: 'or', upperCaseOperators: true })).toEqual(expected);
  });

  test('fields given for values without one', () => {
    expect(parseQuery('a', { defaultFields: ['message', 'service.keyword'] })).toEqual({
      type: 'or',
      nodes: [match('message', 'a'), match('service', 'a')],
    });
  });
});

describe('a mistake is named with its place', () => {
  test.for<[string, string, number]>([
    ['(a', 'not closed', 1],
    ['a)', 'not opened', 2],
    ['level:', 'no value', 1],
    ['level :', 'no value', 1],
    ['(level : )', 'no value', 2],
    ['lab* : x', 'wildcard', 1],
    ['f : { name:x }', 'not complete', 5],
    ['a AND', 'missing', 6],
    ['a OR ', 'missing', 6],
    ['AND a', 'nothing before it', 1],
    ['a AND OR b', 'nothing before it', 7],
    ['f:"a', 'not closed', 3],
    ['f:[1 TO 5', 'not closed', 3],
    ['f:[1 5]', 'not complete', 3],
    ['f:{ name:x }', 'not complete', 3],
    ['f:()', 'missing', 4],
    ['lab*:x', 'wildcard', 1],
    ['word~', 'fuzzy', 1],
    ['"a b"~3', 'fuzzy', 1],
    ['NOT', 'missing', 4],
    ['f:>', 'no value', 3],
  ])('%s', ([text, what, position]) => {
    const error = errorOf(() => parseQuery(text));
    expect(error.code).toBe('LS_QUERY_SYNTAX');
    expect(error.what).toContain(what);
    expect(error.what).toContain(`at position ${position}.`);
    const [, shown, caret] = error.what.split('\n');
    expect(shown!.trimEnd()).toBe(`  ${text}`.trimEnd());
    expect(caret!.indexOf('^')).toBe(position + 1);
  });

  test('and members in braces, as KQL has them, get their path', () => {
    expect(errorOf(() => parseQuery('items:{ name : x }')).fix).toContain('items.name:');
  });

  test.for([
    ['level:ERROR AND /a(b/', 18],
    ['path:/\\/api\\/(v1/', 13],
    ['/a{5,2}/', 2],
    ['x:/[z-a]/ OR y', 5],
  ] as const)('in a regular expression, at its character: %s', ([text, position]) => {
    const error = errorOf(() => parseQuery(text));
    expect(error.code).toBe('LS_QUERY_REGEXP');
    expect(error.position).toBe(position);
  });

  test('far into a long query, with what stands around it', () => {
    const error = errorOf(() => parseQuery(`${'word '.repeat(100)}f:"open ${'x'.repeat(300)}`));
    expect(error.what).toContain('at position 503.');
    expect(error.what.length).toBeLessThan(300);
  });
});

test.for<[string, string]>([
  ['max_query_bytes', 'é'.repeat(9000)],
  ['max_query_depth', `${'('.repeat(100)}a${')'.repeat(100)}`],
  ['NOT', `${'!'.repeat(3)}${'NOT '.repeat(200)}a`],
  ['max_query_clauses', 'a '.repeat(2000)],
])('%s limits a query', ([limit, text]) => {
  const error = errorOf(() => parseQuery(text));
  expect(error.code).toBe('LS_QUERY_LIMIT');
  expect(error.what).toContain(limit);
});

import { describe, expect, test } from 'vitest';
import type { StoredEvent } from '../../../src/core/contracts.ts';
import { hintsFor, needsNames, type Searched } from '../../../src/store/query/hints.ts';
import { parseQuery } from '../../../src/store/query/parse.ts';

const NAMES = [
  '@timestamp',
  'level',
  'service',
  'message',
  'ip_address',
  'status',
  'http.request.bytes',
  'items.name',
  'Verb',
];
const hints = (text: string, more: Partial<Searched> = {}): string[] =>
  hintsFor({ text, query: parseQuery(text), total: 0, hits: [], names: NAMES, ...more });

describe('habits that found nothing', () => {
  test.for<[query: string, hint: string]>([
    ['level:error,warn', 'Write level:(error OR warn) for one of them'],
    ['service:a, b and status:5', 'Write service:(a OR b) for one of them'],
    ['level in (error, warn)', 'Write level:(error OR warn)'],
    ["service IN ('a','b')", 'Write service:(a OR b)'],
    ['status:400..499', 'Write status:[400 TO 499]'],
    ["service:'api'", 'Write service:"api"'],
    ["message like '%timeout%'", 'Write message:*timeout*'],
    ['message contains "timeout"', 'Write message:*timeout*'],
    ['level:eror', 'A level is FATAL, ERROR, WARN, INFO, DEBUG. Did you mean ERROR?'],
    ['not x and (level:severely)', 'A level is FATAL, ERROR, WARN, INFO, DEBUG.'],
  ])('%s', ([query, hint]) => {
    expect(hints(query)).toContain(hint);
    expect(hints(query, { total: 1 })).not.toContain(hint);
  });

  test.for([
    'level:error',
    'level:warning',
    'level:E*',
    'message:"a,b"',
    '"level in (x)"',
    'service:a.b',
    'message:in',
    'status:1.5',
  ])('nothing is said of %s', query => {
    expect(hints(query)).toEqual([]);
  });
});

describe('a field that no event has', () => {
  test.for<[query: string, near: string | undefined]>([
    ['levl:ERROR', 'level'],
    ['Service:api', 'service'],
    ['SERVICE : api', 'service'],
    ['verb:GET', 'Verb'],
    ['not levl:ERROR', 'level'],
    ['status:500 or (sevice:api and status:>5)', 'service'],
    ['request.bytes:>5', 'http.request.bytes'],
    ['http.requests.bytes:5', 'http.request.bytes'],
    ['service.nam:api', 'service.name'],
    ['log.levle:error', 'log.level'],
    ['_exists_:colour', undefined],
    ['x:1', undefined],
  ])('%s', ([query, near]) => {
    const [hint, ...more] = hints(query, { total: 3 });
    expect(hint).toMatch(/^No event is known to have the field /);
    expect(hint?.match(/Did you mean (.+)\?$/)?.[1]).toBe(near);
    expect(more).toEqual([]);
  });

  test.for([
    'level:ERROR',
    'status:500',
    'http:*',
    'http.request.bytes:1',
    'service.name:api',
    'Level:ERROR',
    '_id:x',
    '_index:x',
    'seq:1',
    'timestamp:>now-1h',
    'labels.team:x',
    'labels:*',
    'items.name:x',
    'a.b.c.d.e.f:1',
    'status.keyword:500',
  ])('nothing is said of %s', query => {
    expect(hints(query, { total: 1 }).filter(hint => !/labels/.test(hint))).toEqual([]);
  });

  test('is not said to be unknown when a hit has it', () => {
    const hit = {
      _id: 'a',
      _index: 'i',
      seq: 1,
      '@timestamp': '2026-11-20T14:00:00.000Z',
      fresh: [{ name: 1 }],
    } as StoredEvent;
    expect(hints('fresh.name:1', { total: 1, hits: [hit] })).toEqual([]);
  });

  test('is not guessed at when the store does not tell its names', () => {
    expect(hints('levl:ERROR', { names: undefined, total: 1 })).toEqual([]);
    expect(hints('levl:ERROR', { names: [], total: 1 })).toEqual([]);
  });

  test('is shown short and without control characters', () => {
    const [hint] = hints(`${'x'.repeat(5000)}\\\u001b:1`, { total: 1 });
    expect(hint!.length).toBeLessThan(200);
    expect(hints('a\\\u001bb:1', { total: 1 })[0]).not.toContain('\u001b');
  });

  test('in a query of many is told of a few', () => {
    const query = Array.from({ length: 200 }, (_, i) => `nofield${i}:1`).join(' OR ');
    expect(hints(query).length).toBe(5);
  });
});

describe('habits of other languages', () => {
  test.for<[query: string, written: string]>([
    ['level=ERROR', 'level:ERROR'],
    ['level = ERROR', 'level:ERROR'],
    ['level == "not found"', 'level:"not found"'],
    ['level!=ERROR', 'NOT level:ERROR'],
    ['service =~ "a.*"', 'service:/a.*/'],
    ['(service=api) and x', 'service:api'],
    ['service.name=api', 'service.name:api'],
    ['status=500', 'status:500'],
    ['{service="api"}', 'service:api'],
    ['{service="api", level=~"err.*"} |= "timeout"', 'service:api AND level:/err.*/'],
  ])('%s', ([query, written]) => {
    expect(hints(query)[0]).toContain(`Write ${written}`);
  });

  test.for(['service:api | count', '{service="api"} |= "x"', 'level:ERROR | stats count by service'])('%s', query => {
    expect(hints(query).join('\n')).toContain('There is no | here');
  });

  test.for([
    'message:"level=ERROR"',
    '"level=ERROR"',
    'GET /api/users?level=7',
    'colour=red',
    'a||b',
    'level:ERROR || service:api',
    'service:/a|b/',
    '{"level": 5}',
  ])('%s is none', query => {
    expect(hints(query, { total: 5 })).toEqual([]);
  });

  test('a text that was found needs no hint', () => {
    expect(hints('status=500', { total: 5 })).toEqual([]);
    expect(hints('nosuchword', { total: 5 })).toEqual([]);
    expect(hints('v:DOMAIN\\user', { total: 5, names: ['v'] })).toEqual([]);
  });
});

describe('when nothing was found', () => {
  test('a word without a field is said to be looked for in few of them', () => {
    expect(hints('user@example.com')).toEqual([expect.stringContaining('field:word')]);
    expect(hints('order-4711 level:ERROR')).toEqual([expect.stringContaining('field:word')]);
    expect(hints('status:1')).toEqual([]);
    expect(hints('nosuchword')).toEqual([]);
    expect(hints('"nothing of 5"')).toEqual([]);
  });

  test('a network that is none is pointed out', () => {
    expect(hints('ip_address:10.0.0.0/99')).toEqual([expect.stringContaining('10.0.0.0/99 is not a network')]);
    expect(hints('ip_address:10.0/16')).toEqual([expect.stringContaining('not a network')]);
    expect(hints('ip_address:10.0.0.0/8')).toEqual([]);
  });

  test('a single backslash is pointed out', () => {
    expect(hints('v:DOMAIN\\user', { names: ['v'] })).toEqual([expect.stringContaining('Write \\\\ for a backslash')]);
    expect(hints('v:DOMAIN\\\\user', { names: ['v'] })).toEqual([]);
    expect(hints('v:/a\\d/', { names: ['v'] })).toEqual([]);
  });
});

test('names are asked for only where a hint may need them', () => {
  const asks = (text: string): boolean => needsNames(text, parseQuery(text));
  expect(['level:ERROR', 'timeout', 'service.name:x', ''].filter(asks)).toEqual([]);
  expect(['levl:x', 'status=5'].filter(text => !asks(text))).toEqual([]);
});

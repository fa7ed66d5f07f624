import { expect, test } from 'vitest';
import { pageCursor, rangeCursor, readPageCursor, readRangeCursor } from '../../src/dead-letters/cursor.ts';

test('a cursor says again what it was made of, and none says nothing', () => {
  expect(readPageCursor(pageCursor(41))).toBe(41);
  expect(readRangeCursor(rangeCursor(7, 9))).toEqual({ after: 7, until: 9 });
  expect([readPageCursor(undefined), readPageCursor('')]).toEqual([undefined, undefined]);
  expect([readRangeCursor(undefined), readRangeCursor('')]).toEqual([{}, {}]);
});

test.each(['7-9', 'x', '-1', '1e3'])('%s is no cursor of a page', cursor => {
  expect(() => readPageCursor(cursor)).toThrow('LS_LETTERS_PARAMETER');
});

test.each(['7', 'x', '7-', '7-9-11'])('%s is no cursor of a replay', cursor => {
  expect(() => readRangeCursor(cursor)).toThrow('LS_LETTERS_PARAMETER');
});

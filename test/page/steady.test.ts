import { expect, test } from 'vitest';
import { steady } from '../../src/web/ui/alerts/steady.ts';

const list = (text: string): { id: string; n: number }[] => [...text].map((id, n) => ({ id, n }));

test('a list that nobody reads is as it is', () => {
  const now = list('cab');
  expect(steady(list('abc'), now, false)).toEqual({ list: now, waiting: 0, gone: new Set() });
  expect(steady([], now, true)).toEqual({ list: now, waiting: 0, gone: new Set() });
});

test('a list that is read keeps its places: what is new waits, what is over stays and is known to be, what changed is as new as can be', () => {
  const { list: shown, waiting, gone } = steady(list('abc'), list('xcya'), true);
  expect(shown).toEqual([
    { id: 'a', n: 3 },
    { id: 'b', n: 1 },
    { id: 'c', n: 1 },
  ]);
  expect([waiting, gone]).toEqual([2, new Set(['b'])]);
});

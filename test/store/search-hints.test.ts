import { afterEach, expect, test, vi } from 'vitest';
import { parseQuery } from '../../src/store/query/parse.ts';
import { SearchHints } from '../../src/store/search-hints.ts';

const nothing = { total: { value: 0, relation: 'eq' as const }, hits: [] };

afterEach(() => vi.useRealTimers());

/** The hints of searches over fields that are known to the store at the time. */
function searches(names: string[]) {
  let asked = 0;
  const hints = new SearchHints({
    fieldNames: async () => {
      asked++;
      return [...names];
    },
  });
  return {
    hintsOf: (text: string) => hints.begin(text, parseQuery(text))(nothing),
    asked: () => asked,
  };
}

test('a field that an event has just brought is not called unknown', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const names = ['message'];
  const { hintsOf, asked } = searches(names);
  expect(await hintsOf('colour:red')).toEqual(['No event is known to have the field colour.']);
  names.push('colour');
  vi.advanceTimersByTime(1_001);
  expect(await hintsOf('colour:red')).toEqual([]);
  expect(asked()).toBe(2);
});

test('the store is asked for the names of fields once a second at most, and seldom while all are known', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const { hintsOf, asked } = searches(['message', 'colour']);
  for (let i = 0; i < 5; i++) await hintsOf('shape:round');
  expect(asked()).toBe(1);
  vi.advanceTimersByTime(5_000);
  for (let i = 0; i < 5; i++) await hintsOf('colour:red');
  expect(asked()).toBe(1);
  for (let i = 0; i < 5; i++) await hintsOf('shape:round');
  expect(asked()).toBe(2);
});

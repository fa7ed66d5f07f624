import { expect, test } from 'vitest';
import { RowHeights } from '../../src/web/ui/logs/row-heights.ts';

const keys = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => `k${from + n}`);

test('what is not measured has the estimated height', () => {
  const heights = new RowHeights(20);
  heights.setKeys(keys(0, 100_000));
  expect(heights.total).toBe(2_000_000);
  heights.measure(
    [
      [0, 50],
      [2, 30],
    ],
    0,
  );
  expect([0, 1, 2, 3].map(index => heights.top(index))).toEqual([0, 50, 70, 100]);
  expect(heights.total).toBe(2_000_040);
  expect([0, 49, 50, 99, 100, 1e9].map(height => heights.indexAt(height))).toEqual([0, 0, 1, 2, 3, 99_999]);
});

test('a measured row keeps its height when others come before it or behind it', () => {
  const heights = new RowHeights(20);
  heights.setKeys(keys(5, 10));
  heights.measure([[0, 100]], 0);
  heights.setKeys(keys(0, 20));
  expect(heights.heightOf(5)).toBe(100);
  expect(heights.top(6)).toBe(200);
  heights.setKeys(keys(5, 6));
  expect(heights.total).toBe(100);
  heights.reset(10);
  expect(heights.total).toBe(10);
  heights.setKeys([]);
  expect([heights.total, heights.indexAt(5)]).toEqual([0, 0]);
});

test('what grows above what is in sight says by how much the sight has moved', () => {
  const heights = new RowHeights(20);
  heights.setKeys(keys(0, 10));
  expect(
    heights.measure(
      [
        [0, 25],
        [1, 30],
        [5, 90],
      ],
      40,
    ),
  ).toBe(15);
  expect(heights.measure([[0, 25.2]], 40)).toBe(0);
});

test('at the top, rows that have not been seen become like those that are seen', () => {
  const heights = new RowHeights(20);
  heights.setKeys(keys(0, 100));
  const seen = (from: number) => Array.from({ length: 9 }, (_, n): [number, number] => [from + n, n === 4 ? 200 : 30]);
  heights.measure(seen(0), 0);
  expect(heights.total).toBe(99 * 30 + 200);
  heights.measure(
    seen(50).map(([index]) => [index, 10]),
    1500,
  );
  expect(heights.total).toBe(90 * 30 + 200 + 9 * 10);
});

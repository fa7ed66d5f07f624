import { expect, test } from 'vitest';
import { LineBudgets, NOTHING, SHORT, TIGHT, WELL } from '../../../src/base/regexp/line-budgets.ts';

const LIMITS = { slow_ms_per_container_second: 100, slow_ms_per_second: 300 };

test('a container that has used up its time gets less and less, and recovers by itself', () => {
  const budgets = new LineBudgets(LIMITS);
  budgets.beginLine('a');
  expect(budgets.standing(0)).toBe(WELL);
  budgets.charge(40, 0);
  expect(budgets.standing(0)).toBe(WELL);
  budgets.charge(20, 0);
  expect(budgets.standing(0)).toBe(SHORT);
  budgets.charge(50, 0);
  expect(budgets.standing(0)).toBe(TIGHT);
  budgets.charge(50, 0);
  expect(budgets.standing(0)).toBe(NOTHING);
  expect(budgets.standing(400)).toBe(TIGHT);
  expect(budgets.standing(2000)).toBe(WELL);
});

test('no container pays for another, of the same name at another sender neither', () => {
  const budgets = new LineBudgets(LIMITS);
  budgets.beginFrame('one');
  budgets.beginLine('a');
  budgets.charge(140, 0);
  expect(budgets.standing(0)).toBe(TIGHT);
  budgets.beginLine('b');
  expect(budgets.standing(0)).toBe(WELL);
  budgets.beginFrame('two');
  budgets.beginLine('a');
  expect(budgets.standing(0)).toBe(WELL);
  budgets.beginFrame('one');
  expect(budgets.standing(0)).toBe(TIGHT);
});

test('who invents names gets no more than all together may have, and never stops the short try of the others', () => {
  const budgets = new LineBudgets(LIMITS);
  for (let i = 0; i < 5000; i++) {
    budgets.beginLine(`invented-${i}`);
    if (budgets.standing(0) === WELL) budgets.charge(10, 0);
    else budgets.charge(0.1, 0);
  }
  budgets.beginLine('innocent');
  expect(budgets.standing(0)).toBe(TIGHT);
  expect(budgets.standing(2000)).toBe(WELL);
});

test('a debt does not grow without end', () => {
  const budgets = new LineBudgets(LIMITS);
  budgets.beginLine('a');
  for (let i = 0; i < 1000; i++) budgets.charge(1000, 0);
  expect(budgets.standing(2100)).toBe(WELL);
});

test('a clock that runs backwards earns nothing and costs nothing', () => {
  const budgets = new LineBudgets(LIMITS);
  budgets.beginLine('a');
  budgets.charge(60, 1000);
  expect(budgets.standing(0)).toBe(SHORT);
});

import { describe, expect, test } from 'vitest';
import { ByteBudget } from '../../../src/base/flow/byte-budget.ts';

/** Waits for room, and takes so many bytes each time it is woken, then waits again. */
function waiterOf(budget: ByteBudget, name: string, takes: number, woken: string[]) {
  const waiter = {
    goOn() {
      woken.push(name);
      budget.take(takes);
      budget.wait(waiter);
    },
  };
  budget.wait(waiter);
  return waiter;
}

describe('a byte budget', () => {
  test('may be overdrawn, and is full then', () => {
    const budget = new ByteBudget(100);
    expect([budget.fits(100), budget.fits(101)]).toEqual([true, false]);
    budget.take(150);
    expect([budget.used, budget.isFull, budget.fits(0)]).toEqual([150, true, false]);
    budget.give(51);
    expect(budget.isFull).toBe(false);
  });

  test('wakes those who wait in their order, as long as there is room', () => {
    const budget = new ByteBudget(100);
    budget.take(100);
    const woken: string[] = [];
    for (const name of ['a', 'b', 'c']) waiterOf(budget, name, 60, woken);
    budget.give(1);
    expect(woken).toEqual(['a']);
    budget.give(120);
    expect(woken).toEqual(['a', 'b', 'c']);
  });

  test('wakes each at most once for what is given back', () => {
    const budget = new ByteBudget(100);
    budget.take(100);
    const woken: string[] = [];
    waiterOf(budget, 'a', 0, woken);
    waiterOf(budget, 'b', 0, woken);
    budget.give(100);
    expect(woken).toEqual(['a', 'b']);
  });

  test('forgets who does not wait any more', () => {
    const budget = new ByteBudget(100);
    budget.take(100);
    const woken: string[] = [];
    budget.forget(waiterOf(budget, 'a', 0, woken));
    waiterOf(budget, 'b', 0, woken);
    budget.give(100);
    expect(woken).toEqual(['b']);
  });
});

import type { Budget } from '../budget.ts';
import { fromDocument, type JavaNumber } from '../values.ts';
import { javaCompare } from './equality.ts';
import { toInt } from './numbers.ts';

type Fn = (...values: unknown[]) => unknown;

/** What a comparator of a script answers, as a number. Without one: the natural order. */
export function orderOf(comparator: Fn | null): (a: unknown, b: unknown) => number {
  return comparator === null ? javaCompare : (a, b) => toInt(comparator(a, b) as JavaNumber);
}

/** Sorts a list in place, keeping the order of equal ones. One step a comparison. */
export function sortItems(list: unknown[], comparator: Fn | null, budget: Budget): void {
  const order = orderOf(comparator);
  // undefined would go to the end without being asked for.
  list.sort((a, b) => {
    budget.steps(1);
    return order(fromDocument(a), fromDocument(b));
  });
}

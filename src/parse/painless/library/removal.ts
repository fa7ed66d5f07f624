import type { Budget } from '../budget.ts';
import { has, itemsOf } from './items.ts';
import type { JavaCollection } from './java-object.ts';
import { eachEntry, mapDelete } from './maps.ts';
import { MapValues } from './sets.ts';

type Collection = unknown[] | JavaCollection;
type Test = (...values: unknown[]) => boolean;

/** `removeIf`: true when it took something out. */
export function removeWhere(self: Collection, test: Test, budget: Budget): boolean {
  if (self instanceof MapValues) return removeValues(self, test, budget);
  const items = itemsOf(self, budget);
  const isGone = items.map(item => test(item));
  if (!isGone.includes(true)) return false;
  if (Array.isArray(self)) {
    let kept = 0;
    for (let i = 0; i < self.length; i++) if (isGone[i] !== true) self[kept++] = self[i];
    self.length = kept;
  } else for (let i = 0; i < items.length; i++) if (isGone[i]) self.delete(items[i]);
  return true;
}

function removeValues({ map, size }: MapValues, test: Test, budget: Budget): boolean {
  budget.steps(size);
  const gone: unknown[] = [];
  eachEntry(map, (key, value) => {
    if (test(value)) gone.push(key);
  });
  for (const key of gone) mapDelete(map, key);
  return gone.length > 0;
}

/** `retainAll`, and `removeAll` where `stays` is false. */
export function retain(self: Collection, items: Collection, stays: boolean, budget: Budget): boolean {
  const others = Array.isArray(items) ? itemsOf(items, budget) : items;
  return removeWhere(
    self,
    item => {
      budget.steps(Array.isArray(others) ? others.length : 1);
      return has(others, item) !== stays;
    },
    budget,
  );
}

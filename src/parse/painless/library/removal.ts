import { type Fields, valueAt } from '../../../core/event.ts';
import type { Budget } from '../budget.ts';
import { fromDocument, OTHER_KEYS } from '../values.ts';
import { has, itemsOf } from './items.ts';
import type { JavaCollection } from './java-object.ts';
import { eachEntry, FIELDS, mapDelete } from './maps.ts';
import { MapValues } from './sets.ts';

type Collection = unknown[] | JavaCollection;
type Test = (...values: unknown[]) => boolean;

/** `removeIf`: true when it took something out. */
export function removeWhere(self: Collection, test: Test, budget: Budget): boolean {
  if (self instanceof MapValues) return removeValues(self.map, test, budget);
  if (Array.isArray(self)) return removeItems(self, test, budget);
  const items = itemsOf(self, budget);
  const isGone = items.map(item => test(item));
  if (!isGone.includes(true)) return false;
  for (let i = 0; i < items.length; i++) if (isGone[i]) self.delete(items[i]);
  return true;
}

/** All items are looked at before one is gone: the test may look at the list. */
function removeItems(self: unknown[], test: Test, budget: Budget): boolean {
  budget.steps(self.length);
  const { length } = self;
  let gone: boolean[] | undefined;
  for (let i = 0; i < length; i++) {
    if (!test(fromDocument(self[i]))) continue;
    gone ??= new Array<boolean>(length).fill(false);
    gone[i] = true;
  }
  if (gone === undefined) return false;
  let kept = 0;
  for (let i = 0; i < self.length; i++) if (gone[i] !== true) self[kept++] = self[i];
  self.length = kept;
  return true;
}

function removeValues(map: object, test: Test, budget: Budget): boolean {
  const gone: unknown[] = [];
  if (Object.getPrototypeOf(map) === FIELDS && !(OTHER_KEYS in map)) {
    const fields = map as Fields;
    for (const key in fields) {
      const value = valueAt(fields, key);
      if (value === undefined) continue;
      budget.steps(1);
      if (test(fromDocument(value))) gone.push(key);
    }
  } else
    eachEntry(map, (key, value) => {
      budget.steps(1);
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

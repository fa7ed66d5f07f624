import type { Budget } from '../budget.ts';
import { nullPointer, ScriptFailure } from '../failure.ts';
import { fromDocument } from '../values.ts';
import { javaEquals } from './equality.ts';
import { JavaCollection } from './java-object.ts';
import { typeName } from './type-name.ts';

/**
 * What is in a list, set or other collection, in order, as values of scripts: always a new array, so that what is done to
 * the collection meanwhile changes nothing. One step an item.
 */
export function itemsOf(collection: unknown, budget: Budget): unknown[] {
  if (Array.isArray(collection)) {
    budget.steps(collection.length);
    const items: unknown[] = new Array(collection.length);
    for (let i = 0; i < collection.length; i++) items[i] = fromDocument(collection[i]);
    return items;
  }
  if (collection === null || collection === undefined) throw nullPointer('the collection is null');
  if (!(collection instanceof JavaCollection))
    throw new ScriptFailure('ClassCastException', `${typeName(collection)} is no collection`);
  budget.steps(collection.size);
  return collection.items();
}

export const isCollection = (value: unknown): value is unknown[] | JavaCollection =>
  Array.isArray(value) || value instanceof JavaCollection;

export function sizeOf(collection: unknown[] | JavaCollection): number {
  return Array.isArray(collection) ? collection.length : collection.size;
}

/** True when it holds an equal one. */
export const has = (self: unknown[] | JavaCollection, item: unknown): boolean =>
  Array.isArray(self) ? self.some(other => javaEquals(other, item)) : self.has(item);

/** True when that changed the collection. */
export function addAll(self: unknown[] | JavaCollection, items: readonly unknown[], budget: Budget): boolean {
  budget.memory(items.length * 4);
  let isChanged = false;
  for (const item of items) {
    if (Array.isArray(self)) self.push(item);
    else if (!self.add(item)) continue;
    isChanged = true;
  }
  return isChanged;
}

/** New items, paid for. */
export function charged<T>(items: T[], budget: Budget): T[] {
  budget.memory(items.length * 4);
  return items;
}

import type { Budget } from '../budget.ts';
import { ScriptFailure } from '../failure.ts';
import { reverseOrder } from './comparator.ts';
import { javaClass } from './define.ts';
import { javaEquals, javaHash, listHash } from './equality.ts';
import { addAll, has, itemsOf } from './items.ts';
import { JavaIterator } from './iterator.ts';
import type { JavaClass } from './java-class.ts';
import type { JavaCollection } from './java-object.ts';
import { mapPut, newMap } from './maps.ts';
import { LinkedSet } from './sets.ts';
import { orderOf, sortItems } from './sorting.ts';
import { best } from './stream/object-stream.ts';
import { javaText } from './text.ts';

type Collection = unknown[] | JavaCollection;
type Fn = (...values: unknown[]) => unknown;

const notNull = (value: unknown, message: string | null): unknown => {
  if (value === null) throw new ScriptFailure('NullPointerException', message);
  return value;
};

export const objectsClass: JavaClass = javaClass('java.util.Objects', {
  is: () => false,
  statics: {
    'int compare(def, def, Comparator)': (a: unknown, b: unknown, order: Fn) => (a === b ? 0 : orderOf(order)(a, b)),
    'boolean deepEquals(Object, Object)': (a: unknown, b: unknown) => javaEquals(a, b),
    'boolean equals(Object, Object)': (a: unknown, b: unknown) => javaEquals(a, b),
    'int hash(Object[])': (values: unknown[]) => listHash(values),
    'int hashCode(Object)': (value: unknown) => javaHash(value),
    'boolean isNull(Object)': (value: unknown) => value === null,
    'boolean nonNull(Object)': (value: unknown) => value !== null,
    'def requireNonNull(def)': (value: unknown) => notNull(value, null),
    'def requireNonNull(def, String?)': notNull,
    'String toString(Object)': (value: unknown, budget: Budget) => javaText(value, budget),
    'String toString(Object, String?)': (value: unknown, otherwise: string | null, budget: Budget) =>
      value === null ? otherwise : javaText(value, budget),
  },
});

export const arraysClass: JavaClass = javaClass('java.util.Arrays', {
  is: () => false,
  statics: {
    'List asList(Object[])': (items: unknown[]) => items,
    'boolean deepEquals(Object[]?, Object[]?)': (a: unknown, b: unknown) => javaEquals(a, b),
    'int deepHashCode(Object[]?)': (items: unknown) => javaHash(items),
    'String deepToString(Object[]?)': (items: unknown, budget: Budget) => javaText(items, budget),
  },
});

function search(list: unknown[], wanted: unknown, order: Fn | null): number {
  let low = 0;
  let high = list.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = orderOf(order)(list[middle], wanted);
    if (found === 0) return middle;
    if (found < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -(low + 1);
}

function extreme(items: readonly unknown[], isBetter: (order: number) => boolean, order: Fn | null): unknown {
  if (items.length === 0) throw new ScriptFailure('NoSuchElementException');
  return best(items, isBetter, order);
}

const startsAt = (list: unknown[], at: number, part: unknown[]): boolean =>
  part.every((item, i) => javaEquals(item, list[at + i]));

function rotate(list: unknown[], by: number, budget: Budget): null {
  budget.steps(list.length);
  const { length } = list;
  if (length === 0) return null;
  const shift = ((by % length) + length) % length;
  const before = list.slice();
  for (let i = 0; i < length; i++) list[(i + shift) % length] = before[i];
  return null;
}

const same = (value: unknown): unknown => value;

export const collectionsClass: JavaClass = javaClass('java.util.Collections', {
  is: () => false,
  statics: {
    'boolean addAll(Collection, def[])': (self: Collection, items: unknown[], budget: Budget) =>
      addAll(self, items, budget),
    'int binarySearch(List, def)': (list: unknown[], wanted: unknown) => search(list, wanted, null),
    'int binarySearch(List, def, Comparator?)': search,
    'void copy(List, List)': (to: unknown[], from: unknown[], budget: Budget) => {
      budget.steps(from.length);
      if (from.length > to.length) throw new ScriptFailure('IndexOutOfBoundsException', 'Source does not fit in dest');
      from.forEach((item, i) => {
        to[i] = item;
      });
      return null;
    },
    'boolean disjoint(Collection, Collection)': (a: Collection, b: Collection, budget: Budget) => {
      const others = itemsOf(b, budget);
      return !itemsOf(a, budget).some(item => {
        budget.steps(others.length);
        return has(others, item);
      });
    },
    'Iterator emptyIterator()': () => new JavaIterator(undefined, []),
    'List emptyList()': () => [],
    'ListIterator emptyListIterator()': () => new JavaIterator(undefined, []),
    'Map emptyMap()': newMap,
    'Set emptySet()': () => new LinkedSet(),
    'void fill(List, def)': (list: unknown[], item: unknown, budget: Budget) => {
      budget.steps(list.length);
      list.fill(item);
      return null;
    },
    'int frequency(Collection, def)': (self: Collection, wanted: unknown, budget: Budget) =>
      itemsOf(self, budget).filter(item => javaEquals(item, wanted)).length,
    'int indexOfSubList(List, List)': (list: unknown[], part: unknown[], budget: Budget) => {
      budget.steps(list.length * (part.length + 1));
      for (let at = 0; at + part.length <= list.length; at++) if (startsAt(list, at, part)) return at;
      return -1;
    },
    'int lastIndexOfSubList(List, List)': (list: unknown[], part: unknown[], budget: Budget) => {
      budget.steps(list.length * (part.length + 1));
      for (let at = list.length - part.length; at >= 0; at--) if (startsAt(list, at, part)) return at;
      return -1;
    },
    'def max(Collection)': (self: Collection, budget: Budget) => extreme(itemsOf(self, budget), by => by > 0, null),
    'def max(Collection, Comparator?)': (self: Collection, order: Fn | null, budget: Budget) =>
      extreme(itemsOf(self, budget), by => by > 0, order),
    'def min(Collection)': (self: Collection, budget: Budget) => extreme(itemsOf(self, budget), by => by < 0, null),
    'def min(Collection, Comparator?)': (self: Collection, order: Fn | null, budget: Budget) =>
      extreme(itemsOf(self, budget), by => by < 0, order),
    'List nCopies(int, def)': (count: number, item: unknown, budget: Budget) => {
      if (count < 0) throw new ScriptFailure('IllegalArgumentException', `List length = ${count}`);
      budget.memory(count * 4);
      budget.steps(count);
      return new Array(count).fill(item);
    },
    'boolean replaceAll(List, def, def)': (list: unknown[], before: unknown, by: unknown, budget: Budget) => {
      let isChanged = false;
      itemsOf(list, budget).forEach((item, i) => {
        if (!javaEquals(item, before)) return;
        list[i] = by;
        isChanged = true;
      });
      return isChanged;
    },
    'void reverse(List)': (list: unknown[], budget: Budget) => {
      budget.steps(list.length);
      list.reverse();
      return null;
    },
    'Comparator reverseOrder()': () => reverseOrder,
    'Comparator reverseOrder(Comparator?)': (order: Fn | null) =>
      order === null ? reverseOrder : (a: unknown, b: unknown) => order(b, a),
    'void rotate(List, int)': rotate,
    'Set singleton(def)': (item: unknown) => new LinkedSet([item]),
    'List singletonList(def)': (item: unknown) => [item],
    'Map singletonMap(def, def)': (key: unknown, value: unknown) => {
      const map = newMap();
      mapPut(map, key, value);
      return map;
    },
    'void sort(List)': (list: unknown[], budget: Budget) => {
      sortItems(list, null, budget);
      return null;
    },
    'void sort(List, Comparator?)': (list: unknown[], order: Fn | null, budget: Budget) => {
      sortItems(list, order, budget);
      return null;
    },
    'void swap(List, int, int)': (list: unknown[], i: number, j: number) => {
      for (const at of [i, j])
        if (at < 0 || at >= list.length)
          throw new ScriptFailure('IndexOutOfBoundsException', `Index ${at} out of bounds for length ${list.length}`);
      [list[i], list[j]] = [list[j], list[i]];
      return null;
    },
    // Nothing outside of the script keeps what it is given: writing to it harms nobody.
    'Collection unmodifiableCollection(Collection)': same,
    'List unmodifiableList(List)': same,
    'Map unmodifiableMap(Map)': same,
    'Set unmodifiableSet(Set)': same,
    'SortedMap unmodifiableSortedMap(SortedMap)': same,
    'SortedSet unmodifiableSortedSet(SortedSet)': same,
  },
  constants: { 'List EMPTY_LIST': Object.freeze([]), 'Map EMPTY_MAP': Object.freeze(newMap()) },
});

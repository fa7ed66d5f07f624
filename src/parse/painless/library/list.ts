import type { Budget } from '../budget.ts';
import { ScriptFailure } from '../failure.ts';
import { fromDocument } from '../values.ts';
import { byPath } from './by-path.ts';
import { javaClass } from './define.ts';
import { javaEquals, listHash } from './equality.ts';
import { addAll, charged, itemsOf } from './items.ts';
import { JavaIterator } from './iterator.ts';
import type { JavaClass } from './java-class.ts';
import type { JavaCollection } from './java-object.ts';
import { sortItems } from './sorting.ts';

type Collection = unknown[] | JavaCollection;
type Fn = (...values: unknown[]) => unknown;

function checkIndex(at: number, length: number): void {
  if (at < 0 || at >= length)
    throw new ScriptFailure('IndexOutOfBoundsException', `Index ${at} out of bounds for length ${length}`);
}

function checkPlace(at: number, length: number): void {
  if (at < 0 || at > length) throw new ScriptFailure('IndexOutOfBoundsException', `Index: ${at}, Size: ${length}`);
}

export const listClass: JavaClass = javaClass('java.util.List', {
  extends: 'Collection',
  is: Array.isArray,
  methods: {
    // Longshore's own: what arrays have.
    'int length()': (self: unknown[]) => self.length,
    'void add(int, def)': (self: unknown[], at: number, item: unknown, budget: Budget) => {
      checkPlace(at, self.length);
      budget.steps(1 + ((self.length - at) >> 4));
      budget.memory(4);
      self.splice(at, 0, item);
      return null;
    },
    'boolean addAll(int, Collection)': (self: unknown[], at: number, items: Collection, budget: Budget) => {
      checkPlace(at, self.length);
      const added = charged(itemsOf(items, budget), budget);
      const after = self.slice(at);
      self.length = at;
      for (const item of added) self.push(item);
      for (const item of after) self.push(item);
      return added.length > 0;
    },
    'boolean equals(Object)': javaEquals2,
    'def get(int)': (self: unknown[], at: number) => {
      checkIndex(at, self.length);
      return fromDocument(self[at]);
    },
    'int hashCode()': (self: unknown[]) => listHash(self),
    'int indexOf(def)': (self: unknown[], item: unknown, budget: Budget) => {
      budget.steps(self.length);
      return self.findIndex(other => javaEquals(other, item));
    },
    'int lastIndexOf(def)': (self: unknown[], item: unknown, budget: Budget) => {
      budget.steps(self.length);
      return self.findLastIndex(other => javaEquals(other, item));
    },
    'ListIterator listIterator()': (self: unknown[], budget: Budget) => new JavaIterator(self, itemsOf(self, budget)),
    'ListIterator listIterator(int)': (self: unknown[], at: number, budget: Budget) => {
      checkPlace(at, self.length);
      return new JavaIterator(self, itemsOf(self, budget), at);
    },
    'def remove(int)': (self: unknown[], at: number, budget: Budget) => {
      checkIndex(at, self.length);
      budget.steps(1 + ((self.length - at) >> 4));
      return fromDocument(self.splice(at, 1)[0]);
    },
    'void replaceAll(UnaryOperator)': (self: unknown[], make: Fn, budget: Budget) => {
      itemsOf(self, budget).forEach((item, i) => {
        self[i] = make(item);
      });
      return null;
    },
    'def set(int, def)': (self: unknown[], at: number, item: unknown) => {
      checkIndex(at, self.length);
      const before = fromDocument(self[at]);
      self[at] = item;
      return before;
    },
    'void sort(Comparator?)': (self: unknown[], order: Fn | null, budget: Budget) => {
      sortItems(self, order, budget);
      return null;
    },
    'List subList(int, int)': (self: unknown[], start: number, end: number, budget: Budget) => {
      if (start < 0) throw new ScriptFailure('IndexOutOfBoundsException', `fromIndex = ${start}`);
      if (end > self.length) throw new ScriptFailure('IndexOutOfBoundsException', `toIndex = ${end}`);
      if (start > end) throw new ScriptFailure('IllegalArgumentException', `fromIndex(${start}) > toIndex(${end})`);
      return charged(self.slice(start, end), budget);
    },
    'Object getByPath(String)': (self: unknown[], path: string) => byPath(self, path),
    'Object getByPath(String, Object)': (self: unknown[], path: string, otherwise: unknown) =>
      byPath(self, path, [otherwise]),
    'int getLength()': (self: unknown[]) => self.length,
  },
});

function javaEquals2(a: unknown, b: unknown): boolean {
  return javaEquals(a, b);
}

/** Known by its name only: every list is one. */
export const abstractListClass: JavaClass = javaClass('java.util.AbstractList', {
  extends: 'List Collection',
  is: Array.isArray,
});

export const arrayListClass: JavaClass = javaClass('java.util.ArrayList', {
  extends: 'List Collection',
  is: Array.isArray,
  constructors: {
    '()': () => [],
    '(Collection)': (items: Collection, budget: Budget) => charged(itemsOf(items, budget), budget),
  },
  methods: {
    'def clone()': (self: unknown[], budget: Budget) => charged(self.slice(), budget),
    'void trimToSize()': () => null,
  },
});

/** A list that is a class of its own to scripts: `LinkedList`, `Stack`. */
export function copied<T extends unknown[]>(into: T, items: readonly unknown[], budget: Budget): T {
  addAll(into, items, budget);
  return into;
}

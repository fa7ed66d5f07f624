import { Double } from '../../../base/number/double.ts';
import type { Budget } from '../budget.ts';
import { javaClass } from './define.ts';
import { addAll, charged, has, isCollection, itemsOf, sizeOf } from './items.ts';
import { JavaIterator } from './iterator.ts';
import type { JavaClass } from './java-class.ts';
import type { JavaCollection } from './java-object.ts';
import { mapGet, mapPut, newMap } from './maps.ts';
import { needNumber, toNumber } from './numbers.ts';
import { removeWhere, retain } from './removal.ts';
import { JavaSet, LinkedSet } from './sets.ts';
import { Stream } from './stream/stream.ts';
import { joined } from './string.ts';

type Collection = unknown[] | JavaCollection;
type Fn = (...values: unknown[]) => unknown;
type Test = (...values: unknown[]) => boolean;

/** The sum as a double: of numbers, or of what a function makes of the items. */
function sum(items: readonly unknown[], of?: Fn): Double {
  let total = 0;
  for (const item of items) total += toNumber(needNumber(of === undefined ? item : of(item)));
  return new Double(total);
}

export function groupsOf(items: readonly unknown[], by: (item: unknown) => unknown): object {
  const groups = newMap();
  for (const item of items) {
    const key = by(item);
    const group = mapGet(groups, key) as unknown[] | undefined;
    if (group === undefined) mapPut(groups, key, [item]);
    else group.push(item);
  }
  return groups;
}

export const iterableClass: JavaClass = javaClass('java.lang.Iterable', {
  is: isCollection,
  methods: {
    'void forEach(Consumer)': (self: Collection, take: Fn, budget: Budget) => {
      for (const item of itemsOf(self, budget)) take(item);
      return null;
    },
    'Iterator iterator()': (self: Collection, budget: Budget) => new JavaIterator(self, itemsOf(self, budget)),
    'boolean any(Predicate)': (self: Collection, test: Test, budget: Budget) =>
      itemsOf(self, budget).some(item => test(item)),
    'Collection asCollection()': (self: Collection) => self,
    'List asList()': (self: Collection, budget: Budget) => (Array.isArray(self) ? self : itemsOf(self, budget)),
    'def each(Consumer)': (self: Collection, take: Fn, budget: Budget) => {
      for (const item of itemsOf(self, budget)) take(item);
      return self;
    },
    'def eachWithIndex(ObjIntConsumer)': (self: Collection, take: Fn, budget: Budget) => {
      itemsOf(self, budget).forEach((item, i) => {
        take(item, i);
      });
      return self;
    },
    'boolean every(Predicate)': (self: Collection, test: Test, budget: Budget) =>
      itemsOf(self, budget).every(item => test(item)),
    'List findResults(Function)': (self: Collection, make: Fn, budget: Budget) =>
      itemsOf(self, budget)
        .map(item => make(item))
        .filter(item => item !== null),
    'Map groupBy(Function)': (self: Collection, by: Fn, budget: Budget) =>
      groupsOf(itemsOf(self, budget), item => by(item)),
    'String join(String)': (self: Collection, separator: string, budget: Budget) =>
      joined(itemsOf(self, budget), separator, budget),
    'double sum()': (self: Collection, budget: Budget) => sum(itemsOf(self, budget)),
    'double sum(ToDoubleFunction)': (self: Collection, of: Fn, budget: Budget) => sum(itemsOf(self, budget), of),
  },
});

export const collectionClass: JavaClass = javaClass('java.util.Collection', {
  extends: 'Iterable',
  is: isCollection,
  methods: {
    'boolean add(def)': (self: Collection, item: unknown, budget: Budget) => addAll(self, [item], budget),
    'boolean addAll(Collection)': (self: Collection, items: Collection, budget: Budget) =>
      addAll(self, itemsOf(items, budget), budget),
    'void clear()': (self: Collection) => {
      if (Array.isArray(self)) self.length = 0;
      else self.clear();
      return null;
    },
    'boolean contains(def)': (self: Collection, item: unknown, budget: Budget) => {
      budget.steps(Array.isArray(self) ? self.length : 1);
      return has(self, item);
    },
    'boolean containsAll(Collection)': (self: Collection, items: Collection, budget: Budget) =>
      itemsOf(items, budget).every(item => {
        budget.steps(Array.isArray(self) ? self.length : 1);
        return has(self, item);
      }),
    'boolean isEmpty()': (self: Collection) => sizeOf(self) === 0,
    'boolean removeAll(Collection)': (self: Collection, items: Collection, budget: Budget) =>
      retain(self, items, false, budget),
    'boolean removeIf(Predicate)': (self: Collection, test: Test, budget: Budget) => removeWhere(self, test, budget),
    'boolean retainAll(Collection)': (self: Collection, items: Collection, budget: Budget) =>
      retain(self, items, true, budget),
    'int size()': sizeOf,
    'Stream stream()': (self: Collection, budget: Budget) => Stream.of(itemsOf(self, budget), budget),
    'def[] toArray()': (self: Collection, budget: Budget) => itemsOf(self, budget),
    'def[] toArray(def[])': (self: Collection, _: unknown, budget: Budget) => itemsOf(self, budget),
    'List collect(Function)': (self: Collection, make: Fn, budget: Budget) =>
      itemsOf(self, budget).map(item => make(item)),
    'def collect(Collection, Function)': (self: Collection, into: Collection, make: Fn, budget: Budget) => {
      for (const item of itemsOf(self, budget)) addAll(into, [make(item)], budget);
      return into;
    },
    'def find(Predicate)': (self: Collection, test: Test, budget: Budget) =>
      itemsOf(self, budget).find(item => test(item)) ?? null,
    'List findAll(Predicate)': (self: Collection, test: Test, budget: Budget) =>
      itemsOf(self, budget).filter(item => test(item)),
    'def findResult(Function)': (self: Collection, make: Fn, budget: Budget) => firstResult(self, null, make, budget),
    'def findResult(def, Function)': firstResult,
    'List split(Predicate)': (self: Collection, test: Test, budget: Budget) => {
      const parts: [unknown[], unknown[]] = [[], []];
      for (const item of itemsOf(self, budget)) parts[test(item) ? 0 : 1].push(item);
      return parts;
    },
  },
});

function firstResult(self: Collection, otherwise: unknown, make: Fn, budget: Budget): unknown {
  for (const item of itemsOf(self, budget)) {
    const result = make(item);
    if (result !== null) return result;
  }
  return otherwise;
}

export const setClass: JavaClass = javaClass('java.util.Set', {
  extends: 'Collection',
  is: value => value instanceof JavaSet,
  methods: {
    'boolean remove(def)': (self: JavaSet, item: unknown) => self.delete(item),
  },
});

const isHashSet = (value: unknown): boolean => value instanceof LinkedSet;

export const hashSetClass: JavaClass = javaClass('java.util.HashSet', {
  extends: 'Set Collection',
  is: isHashSet,
  constructors: {
    '()': () => new LinkedSet(),
    '(Collection)': (items: Collection, budget: Budget) => new LinkedSet(charged(itemsOf(items, budget), budget)),
  },
  methods: { 'def clone()': (self: LinkedSet) => new LinkedSet(self.items()) },
});

export const linkedHashSetClass: JavaClass = javaClass('java.util.LinkedHashSet', {
  extends: 'HashSet Set Collection',
  is: value => value instanceof LinkedSet && value.javaName === 'java.util.LinkedHashSet',
  constructors: {
    '()': () => new LinkedSet([], 'java.util.LinkedHashSet'),
    '(Collection)': (items: Collection, budget: Budget) =>
      new LinkedSet(charged(itemsOf(items, budget), budget), 'java.util.LinkedHashSet'),
  },
});

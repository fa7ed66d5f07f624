import type { Budget } from '../budget.ts';
import { byPath } from './by-path.ts';
import { javaClass } from './define.ts';
import { javaCompare, javaEquals, javaHash } from './equality.ts';
import { addAll, charged } from './items.ts';
import type { JavaClass } from './java-class.ts';
import type { JavaCollection } from './java-object.ts';
import {
  copyMap,
  eachEntry,
  isMap,
  mapClear,
  mapDelete,
  mapGet,
  mapHas,
  mapIsEmpty,
  mapPut,
  mapSize,
  newMap,
} from './maps.ts';
import { MapEntry, MapSet, MapValues } from './sets.ts';
import { orderOf } from './sorting.ts';

type Fn = (...values: unknown[]) => unknown;
type Test = (...values: unknown[]) => boolean;
type Pair = [key: unknown, value: unknown];

/** The entries as they are now; one step each. */
function entriesOf(self: object, budget: Budget): Pair[] {
  const entries: Pair[] = [];
  eachEntry(self, (key, value) => entries.push([key, value]));
  budget.steps(entries.length);
  return entries;
}

function put(self: object, key: unknown, value: unknown, budget: Budget): unknown {
  budget.memory(8);
  const before = mapGet(self, key) ?? null;
  mapPut(self, key, value);
  return before;
}

/** Takes the entry away when the value is null, as `compute` and `merge` do. */
function putOrRemove(self: object, key: unknown, value: unknown, budget: Budget): unknown {
  if (value === null) mapDelete(self, key);
  else put(self, key, value, budget);
  return value;
}

const found = (self: object, test: Test, budget: Budget): Pair[] =>
  entriesOf(self, budget).filter(([key, value]) => test(key, value));

function firstResult(self: object, otherwise: unknown, make: Fn, budget: Budget): unknown {
  for (const [key, value] of entriesOf(self, budget)) {
    const result = make(key, value);
    if (result !== null) return result;
  }
  return otherwise;
}

export const mapClass: JavaClass = javaClass('java.util.Map', {
  is: isMap,
  methods: {
    'void clear()': (self: object) => {
      mapClear(self);
      return null;
    },
    'def compute(def, BiFunction)': (self: object, key: unknown, make: Fn, budget: Budget) =>
      putOrRemove(self, key, make(key, mapGet(self, key) ?? null), budget),
    'def computeIfAbsent(def, Function)': (self: object, key: unknown, make: Fn, budget: Budget) => {
      const present = mapGet(self, key) ?? null;
      if (present !== null) return present;
      const made = make(key);
      if (made !== null) put(self, key, made, budget);
      return made;
    },
    'def computeIfPresent(def, BiFunction)': (self: object, key: unknown, make: Fn, budget: Budget) => {
      const present = mapGet(self, key) ?? null;
      return present === null ? null : putOrRemove(self, key, make(key, present), budget);
    },
    'boolean containsKey(def)': (self: object, key: unknown) => mapHas(self, key),
    'boolean containsValue(def)': (self: object, value: unknown, budget: Budget) =>
      entriesOf(self, budget).some(([, other]) => javaEquals(value, other)),
    'Set entrySet()': (self: object) => new MapSet(self, 'entries'),
    'boolean equals(Object)': (self: object, other: unknown) => javaEquals(self, other),
    'void forEach(BiConsumer)': (self: object, take: Fn, budget: Budget) => {
      for (const [key, value] of entriesOf(self, budget)) take(key, value);
      return null;
    },
    'def get(def)': (self: object, key: unknown) => mapGet(self, key) ?? null,
    'def getOrDefault(def, def)': (self: object, key: unknown, otherwise: unknown) => {
      const value = mapGet(self, key);
      return value === undefined ? otherwise : value;
    },
    'int hashCode()': (self: object) => javaHash(self),
    'boolean isEmpty()': mapIsEmpty,
    'Set keySet()': (self: object) => new MapSet(self, 'keys'),
    'def merge(def, def, BiFunction)': (self: object, key: unknown, value: unknown, make: Fn, budget: Budget) => {
      const present = mapGet(self, key) ?? null;
      return putOrRemove(self, key, present === null ? value : make(present, value), budget);
    },
    'def put(def, def)': put,
    'void putAll(Map)': (self: object, other: object, budget: Budget) => {
      budget.memory(8 * entriesOf(other, budget).length);
      copyMap(other, self);
      return null;
    },
    'def putIfAbsent(def, def)': (self: object, key: unknown, value: unknown, budget: Budget) => {
      const present = mapGet(self, key) ?? null;
      if (present === null) put(self, key, value, budget);
      return present;
    },
    'def remove(def)': (self: object, key: unknown) => {
      const before = mapGet(self, key);
      if (before !== undefined) mapDelete(self, key);
      return before ?? null;
    },
    'boolean remove(def, def)': (self: object, key: unknown, value: unknown) => {
      const before = mapGet(self, key);
      if (before === undefined || !javaEquals(before, value)) return false;
      mapDelete(self, key);
      return true;
    },
    'def replace(def, def)': (self: object, key: unknown, value: unknown, budget: Budget) =>
      mapHas(self, key) ? put(self, key, value, budget) : null,
    'boolean replace(def, def, def)': (self: object, key: unknown, before: unknown, value: unknown) => {
      const present = mapGet(self, key);
      if (present === undefined || !javaEquals(present, before)) return false;
      mapPut(self, key, value);
      return true;
    },
    'void replaceAll(BiFunction)': (self: object, make: Fn, budget: Budget) => {
      for (const [key, value] of entriesOf(self, budget)) mapPut(self, key, make(key, value));
      return null;
    },
    'int size()': mapSize,
    'Collection values()': (self: object) => new MapValues(self),

    'List collect(BiFunction)': (self: object, make: Fn, budget: Budget) =>
      charged(entriesOf(self, budget), budget).map(([key, value]) => make(key, value)),
    'def collect(Collection, BiFunction)': (
      self: object,
      into: unknown[] | JavaCollection,
      make: Fn,
      budget: Budget,
    ) => {
      for (const [key, value] of entriesOf(self, budget)) addAll(into, [make(key, value)], budget);
      return into;
    },
    'int count(BiPredicate)': (self: object, test: Test, budget: Budget) => found(self, test, budget).length,
    'def each(BiConsumer)': (self: object, take: Fn, budget: Budget) => {
      for (const [key, value] of entriesOf(self, budget)) take(key, value);
      return self;
    },
    'boolean every(BiPredicate)': (self: object, test: Test, budget: Budget) =>
      entriesOf(self, budget).every(([key, value]) => test(key, value)),
    'Map.Entry find(BiPredicate)': (self: object, test: Test, budget: Budget) => {
      const entry = entriesOf(self, budget).find(([key, value]) => test(key, value));
      return entry === undefined ? null : new MapEntry(entry[0], entry[1], self);
    },
    'Map findAll(BiPredicate)': (self: object, test: Test, budget: Budget) =>
      mapOf(charged(found(self, test, budget), budget)),
    'def findResult(BiFunction)': (self: object, make: Fn, budget: Budget) => firstResult(self, null, make, budget),
    'def findResult(def, BiFunction)': firstResult,
    'List findResults(BiFunction)': (self: object, make: Fn, budget: Budget) =>
      entriesOf(self, budget)
        .map(([key, value]) => make(key, value))
        .filter(result => result !== null),
    'Object getByPath(String)': (self: object, path: string) => byPath(self, path),
    'Object getByPath(String, Object)': (self: object, path: string, otherwise: unknown) =>
      byPath(self, path, [otherwise]),
    'Map groupBy(BiFunction)': (self: object, by: Fn, budget: Budget) => {
      const groups = newMap();
      for (const [key, value] of charged(entriesOf(self, budget), budget)) {
        const name = by(key, value);
        let group = mapGet(groups, name) as object | undefined;
        if (group === undefined) {
          group = newMap();
          mapPut(groups, name, group);
        }
        mapPut(group, key, value);
      }
      return groups;
    },
  },
});

function mapOf(entries: readonly Pair[]): object {
  const map = newMap();
  for (const [key, value] of entries) mapPut(map, key, value);
  return map;
}

const constructors = {
  '()': newMap,
  '(Map)': (other: object, budget: Budget) => mapOf(charged(entriesOf(other, budget), budget)),
};
const methods = {
  'def clone()': (self: object, budget: Budget) => mapOf(charged(entriesOf(self, budget), budget)),
};

export const hashMapClass: JavaClass = javaClass('java.util.HashMap', {
  extends: 'Map',
  is: isMap,
  constructors,
  methods,
});

export const linkedHashMapClass: JavaClass = javaClass('java.util.LinkedHashMap', {
  extends: 'HashMap Map',
  is: isMap,
  constructors,
});

const byKey = (order: Fn | null) => (a: MapEntry, b: MapEntry) => orderOf(order)(a.key_, b.key_);
const byValue = (order: Fn | null) => (a: MapEntry, b: MapEntry) => orderOf(order)(a.value, b.value);

export const mapEntryClass: JavaClass = javaClass('java.util.Map$Entry', {
  is: value => value instanceof MapEntry,
  statics: {
    'Comparator comparingByKey()': () => (a: MapEntry, b: MapEntry) => javaCompare(a.key_, b.key_),
    'Comparator comparingByKey(Comparator)': byKey,
    'Comparator comparingByValue()': () => (a: MapEntry, b: MapEntry) => javaCompare(a.value, b.value),
    'Comparator comparingByValue(Comparator)': byValue,
  },
  methods: {
    'def getKey()': (self: MapEntry) => self.key_,
    'def getValue()': (self: MapEntry) => self.value,
    'def setValue(def)': (self: MapEntry, value: unknown) => self.setValue(value),
  },
});

import type { Budget } from '../budget.ts';
import { ScriptFailure } from '../failure.ts';
import { javaClass } from './define.ts';
import { itemsOf } from './items.ts';
import { JavaIterator } from './iterator.ts';
import type { JavaClass } from './java-class.ts';
import type { JavaCollection } from './java-object.ts';
import { eachEntry, JavaMap } from './maps.ts';
import { JavaSet, MapEntry } from './sets.ts';
import { orderOf } from './sorting.ts';

/*
 * TreeMap and TreeSet: sorted lists, searched by halves.
 */

type Fn = (...values: unknown[]) => unknown;
type Pair = [key: unknown, value: unknown];

export class TreeMap extends JavaMap {
  readonly comparator: Fn | null;
  entries: Pair[] = [];

  constructor(comparator: Fn | null, entries: Pair[] = []) {
    super();
    this.comparator = comparator;
    this.entries = entries;
  }
  get javaName(): string {
    return 'java.util.TreeMap';
  }
  get size(): number {
    return this.entries.length;
  }
  /** Where the first key stands that is not before this one. */
  place(key: unknown): number {
    const order = orderOf(this.comparator);
    if (this.entries.length === 0) order(key, key);
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (order(this.entries[middle]![0], key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  isAt(at: number, key: unknown): boolean {
    const entry = this.entries[at];
    return entry !== undefined && orderOf(this.comparator)(entry[0], key) === 0;
  }
  get(key: unknown): unknown {
    const at = this.place(key);
    return this.isAt(at, key) ? this.entries[at]![1] : undefined;
  }
  put(key: unknown, value: unknown): void {
    const at = this.place(key);
    if (this.isAt(at, key)) this.entries[at]![1] = value;
    else this.entries.splice(at, 0, [key, value]);
  }
  delete(key: unknown): void {
    const at = this.place(key);
    if (this.isAt(at, key)) this.entries.splice(at, 1);
  }
  clear(): void {
    this.entries.length = 0;
  }
  eachEntry(take: (key: unknown, value: unknown) => void): void {
    for (const [key, value] of this.entries.slice()) take(key, value);
  }
  /** The entry at a place; undefined beyond the ends. */
  at(place: number): MapEntry | undefined {
    const entry = this.entries[place];
    return entry === undefined ? undefined : new MapEntry(entry[0], entry[1], this);
  }
  /** A copy of the part between two keys; undefined: no end. */
  part(from: readonly [unknown, boolean] | undefined, to: readonly [unknown, boolean] | undefined): TreeMap {
    const start = from === undefined ? 0 : this.after(from[0], !from[1]);
    const end = to === undefined ? this.size : this.after(to[0], to[1]);
    return new TreeMap(
      this.comparator,
      this.entries.slice(start, Math.max(start, end)).map(([key, value]) => [key, value]),
    );
  }
  /** Where the first key stands that is behind this one; without `isBehind`, that one itself. */
  after(key: unknown, isBehind: boolean): number {
    const at = this.place(key);
    return isBehind && this.isAt(at, key) ? at + 1 : at;
  }
}

export class TreeSet extends JavaSet {
  readonly map: TreeMap;
  constructor(map: TreeMap) {
    super();
    this.map = map;
  }
  get javaName(): string {
    return 'java.util.TreeSet';
  }
  get size(): number {
    return this.map.size;
  }
  items(): unknown[] {
    return this.map.entries.map(([key]) => key);
  }
  has(item: unknown): boolean {
    return this.map.get(item) !== undefined;
  }
  add(item: unknown): boolean {
    if (this.has(item)) return false;
    this.map.put(item, true);
    return true;
  }
  delete(item: unknown): boolean {
    if (!this.has(item)) return false;
    this.map.delete(item);
    return true;
  }
  clear(): void {
    this.map.clear();
  }
}

/** Where a neighbour of a key stands. */
const places = {
  ceiling: (map: TreeMap, key: unknown) => map.place(key),
  higher: (map: TreeMap, key: unknown) => map.after(key, true),
  floor: (map: TreeMap, key: unknown) => map.after(key, true) - 1,
  lower: (map: TreeMap, key: unknown) => map.place(key) - 1,
};

function first(entry: MapEntry | undefined): unknown {
  if (entry === undefined) throw new ScriptFailure('NoSuchElementException');
  return entry.key_;
}

function poll(map: TreeMap, at: number): MapEntry | null {
  const entry = map.at(at);
  if (entry === undefined) return null;
  const { key_, value } = entry;
  map.delete(key_);
  return new MapEntry(key_, value);
}

const reversed = (map: TreeMap): TreeMap =>
  new TreeMap((a, b) => orderOf(map.comparator)(b, a), map.entries.map(([key, value]): Pair => [key, value]).reverse());

function filled(map: TreeMap, other: object, budget: Budget): TreeMap {
  eachEntry(other, (key, value) => {
    budget.steps(8);
    budget.memory(8);
    map.put(key, value);
  });
  return map;
}

const isTreeMap = (value: unknown): boolean => value instanceof TreeMap;
const isTreeSet = (value: unknown): boolean => value instanceof TreeSet;

const mapNeighbours = Object.fromEntries(
  Object.entries(places).flatMap(([name, place]) => [
    [`Map.Entry ${name}Entry(def)`, (self: TreeMap, key: unknown) => self.at(place(self, key)) ?? null],
    [`def ${name}Key(def)`, (self: TreeMap, key: unknown) => self.at(place(self, key))?.key_ ?? null],
  ]),
);
const setNeighbours = Object.fromEntries(
  Object.entries(places).map(([name, place]) => [
    `def ${name}(def)`,
    (self: TreeSet, key: unknown) => self.map.at(place(self.map, key))?.key_ ?? null,
  ]),
);

const keySet = (map: TreeMap): TreeSet => new TreeSet(map);

export const treeClasses: readonly JavaClass[] = [
  javaClass('java.util.SortedMap', {
    extends: 'Map',
    is: isTreeMap,
    methods: {
      'Comparator comparator()': (self: TreeMap) => self.comparator,
      'def firstKey()': (self: TreeMap) => first(self.at(0)),
      'def lastKey()': (self: TreeMap) => first(self.at(self.size - 1)),
      'SortedMap headMap(def)': (self: TreeMap, to: unknown) => self.part(undefined, [to, false]),
      'SortedMap subMap(def, def)': (self: TreeMap, from: unknown, to: unknown) => self.part([from, true], [to, false]),
      'SortedMap tailMap(def)': (self: TreeMap, from: unknown) => self.part([from, true], undefined),
    },
  }),
  javaClass('java.util.NavigableMap', {
    extends: 'SortedMap Map',
    is: isTreeMap,
    methods: {
      ...mapNeighbours,
      'NavigableSet descendingKeySet()': (self: TreeMap) => keySet(reversed(self)),
      'NavigableMap descendingMap()': reversed,
      'Map.Entry firstEntry()': (self: TreeMap) => self.at(0) ?? null,
      'Map.Entry lastEntry()': (self: TreeMap) => self.at(self.size - 1) ?? null,
      'NavigableMap headMap(def, boolean)': (self: TreeMap, to: unknown, isIn: boolean) =>
        self.part(undefined, [to, isIn]),
      'NavigableSet navigableKeySet()': keySet,
      'Map.Entry pollFirstEntry()': (self: TreeMap) => poll(self, 0),
      'Map.Entry pollLastEntry()': (self: TreeMap) => poll(self, self.size - 1),
      'NavigableMap subMap(def, boolean, def, boolean)': (
        self: TreeMap,
        from: unknown,
        isFromIn: boolean,
        to: unknown,
        isToIn: boolean,
      ) => self.part([from, isFromIn], [to, isToIn]),
      'NavigableMap tailMap(def, boolean)': (self: TreeMap, from: unknown, isIn: boolean) =>
        self.part([from, isIn], undefined),
    },
  }),
  javaClass('java.util.TreeMap', {
    extends: 'NavigableMap SortedMap Map',
    is: isTreeMap,
    constructors: {
      '()': () => new TreeMap(null),
      '(Comparator?)': (comparator: Fn | null | object, budget: Budget) =>
        typeof comparator === 'function' || comparator === null
          ? new TreeMap(comparator as Fn | null)
          : filled(new TreeMap(null), comparator, budget),
    },
    methods: { 'def clone()': (self: TreeMap) => self.part(undefined, undefined) },
  }),
  javaClass('java.util.SortedSet', {
    extends: 'Set Collection',
    is: isTreeSet,
    methods: {
      'Comparator comparator()': (self: TreeSet) => self.map.comparator,
      'def first()': (self: TreeSet) => first(self.map.at(0)),
      'def last()': (self: TreeSet) => first(self.map.at(self.size - 1)),
      'SortedSet headSet(def)': (self: TreeSet, to: unknown) => keySet(self.map.part(undefined, [to, false])),
      'SortedSet subSet(def, def)': (self: TreeSet, from: unknown, to: unknown) =>
        keySet(self.map.part([from, true], [to, false])),
      'SortedSet tailSet(def)': (self: TreeSet, from: unknown) => keySet(self.map.part([from, true], undefined)),
    },
  }),
  javaClass('java.util.NavigableSet', {
    extends: 'SortedSet Set Collection',
    is: isTreeSet,
    methods: {
      ...setNeighbours,
      'Iterator descendingIterator()': (self: TreeSet) => new JavaIterator(self, self.items().reverse()),
      'NavigableSet descendingSet()': (self: TreeSet) => keySet(reversed(self.map)),
      'NavigableSet headSet(def, boolean)': (self: TreeSet, to: unknown, isIn: boolean) =>
        keySet(self.map.part(undefined, [to, isIn])),
      'def pollFirst()': (self: TreeSet) => poll(self.map, 0)?.key_ ?? null,
      'def pollLast()': (self: TreeSet) => poll(self.map, self.size - 1)?.key_ ?? null,
      'NavigableSet subSet(def, boolean, def, boolean)': (
        self: TreeSet,
        from: unknown,
        isFromIn: boolean,
        to: unknown,
        isToIn: boolean,
      ) => keySet(self.map.part([from, isFromIn], [to, isToIn])),
      'NavigableSet tailSet(def, boolean)': (self: TreeSet, from: unknown, isIn: boolean) =>
        keySet(self.map.part([from, isIn], undefined)),
    },
  }),
  javaClass('java.util.TreeSet', {
    extends: 'NavigableSet SortedSet Set Collection',
    is: isTreeSet,
    constructors: {
      '()': () => keySet(new TreeMap(null)),
      '(Comparator?)': (comparator: Fn | null | unknown[] | JavaCollection, budget: Budget) => {
        if (typeof comparator === 'function' || comparator === null) return keySet(new TreeMap(comparator));
        const set = keySet(new TreeMap(null));
        for (const item of itemsOf(comparator, budget)) {
          budget.memory(8);
          set.add(item);
        }
        return set;
      },
    },
    methods: { 'def clone()': (self: TreeSet) => keySet(self.map.part(undefined, undefined)) },
  }),
];

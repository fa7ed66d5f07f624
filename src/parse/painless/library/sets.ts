import { ScriptFailure } from '../failure.ts';
import { javaEquals, javaHash, keyOf } from './equality.ts';
import { JavaCollection, JavaObject } from './java-object.ts';
import { eachEntry, mapClear, mapDelete, mapGet, mapHas, mapPut, mapSize } from './maps.ts';
import { javaText } from './text.ts';

/** What sets have in common: they are equal by what is in them. */
export abstract class JavaSet extends JavaCollection {
  override toText(): string {
    return javaText(this);
  }
  override equals(other: unknown): boolean {
    return other instanceof JavaSet && other.size === this.size && this.items().every(item => other.has(item));
  }
  override hash(): number {
    return this.items().reduce((sum: number, item) => (sum + javaHash(item)) | 0, 0);
  }
  override key(): string {
    return `\0t${this.items()
      .map(item => String(keyOf([item])))
      .sort()
      .join('')}`;
  }
}

/** HashSet and LinkedHashSet: in the order in which items came. */
export class LinkedSet extends JavaSet {
  readonly #items = new Map<unknown, unknown>();
  readonly javaName: string;

  constructor(items: readonly unknown[] = [], javaName = 'java.util.HashSet') {
    super();
    this.javaName = javaName;
    for (const item of items) this.add(item);
  }
  get size(): number {
    return this.#items.size;
  }
  items(): unknown[] {
    return [...this.#items.values()];
  }
  has(item: unknown): boolean {
    return this.#items.has(keyOf(item));
  }
  add(item: unknown): boolean {
    const key = keyOf(item);
    if (this.#items.has(key)) return false;
    this.#items.set(key, item);
    return true;
  }
  delete(item: unknown): boolean {
    return this.#items.delete(keyOf(item));
  }
  clear(): void {
    this.#items.clear();
  }
}

/** One entry of a map: reads and writes through to it while it is there. */
export class MapEntry extends JavaObject {
  readonly map: object | undefined;
  readonly key_: unknown;
  #value: unknown;

  constructor(key: unknown, value: unknown, map?: object) {
    super();
    this.map = map;
    this.key_ = key;
    this.#value = value;
  }
  get javaName(): string {
    return 'java.util.Map$Entry';
  }
  get value(): unknown {
    const present = this.map === undefined ? undefined : mapGet(this.map, this.key_);
    if (present !== undefined) this.#value = present;
    return this.#value;
  }
  setValue(value: unknown): unknown {
    const before = this.value;
    this.#value = value;
    if (this.map !== undefined && mapHas(this.map, this.key_)) mapPut(this.map, this.key_, value);
    return before;
  }
  toText(): string {
    return `${javaText(this.key_)}=${javaText(this.value)}`;
  }
  override equals(other: unknown): boolean {
    return other instanceof MapEntry && javaEquals(this.key_, other.key_) && javaEquals(this.value, other.value);
  }
  override hash(): number {
    return javaHash(this.key_) ^ javaHash(this.value);
  }
  override key(): string {
    return `\0e${String(keyOf([this.key_, this.value]))}`;
  }
}

type Kind = 'entries' | 'keys' | 'values';
const NAMES = {
  entries: 'java.util.HashMap$EntrySet',
  keys: 'java.util.HashMap$KeySet',
  values: 'java.util.HashMap$Values',
};

const noAdding = (): ScriptFailure => new ScriptFailure('UnsupportedOperationException');

/** `entrySet()` and `keySet()`: what is taken out of them is taken out of the map. */
export class MapSet extends JavaSet {
  readonly #map: object;
  readonly #kind: Kind;

  constructor(map: object, kind: 'entries' | 'keys') {
    super();
    this.#map = map;
    this.#kind = kind;
  }
  get javaName(): string {
    return NAMES[this.#kind];
  }
  override get type(): string {
    return 'Set';
  }
  get size(): number {
    return mapSize(this.#map);
  }
  items(): unknown[] {
    const items: unknown[] = [];
    const map = this.#map;
    if (this.#kind === 'keys') eachEntry(map, key => items.push(key));
    else eachEntry(map, (key, value) => items.push(new MapEntry(key, value, map)));
    return items;
  }
  has(item: unknown): boolean {
    if (this.#kind === 'keys') return mapHas(this.#map, item);
    return item instanceof MapEntry && javaEquals(mapGet(this.#map, item.key_), item.value);
  }
  add(): never {
    throw noAdding();
  }
  delete(item: unknown): boolean {
    if (!this.has(item)) return false;
    mapDelete(this.#map, item instanceof MapEntry && this.#kind === 'entries' ? item.key_ : item);
    return true;
  }
  clear(): void {
    mapClear(this.#map);
  }
}

/** `values()`: taking one out takes out the first key that has an equal one. */
export class MapValues extends JavaCollection {
  readonly map: object;

  constructor(map: object) {
    super();
    this.map = map;
  }
  get javaName(): string {
    return NAMES.values;
  }
  override get type(): string {
    return 'Collection';
  }
  toText(): string {
    return javaText(this);
  }
  get size(): number {
    return mapSize(this.map);
  }
  items(): unknown[] {
    const items: unknown[] = [];
    eachEntry(this.map, (_, value) => items.push(value));
    return items;
  }
  has(item: unknown): boolean {
    return this.items().some(value => javaEquals(value, item));
  }
  add(): never {
    throw noAdding();
  }
  delete(item: unknown): boolean {
    let found: [unknown] | undefined;
    eachEntry(this.map, (key, value) => {
      if (found === undefined && javaEquals(value, item)) found = [key];
    });
    if (found !== undefined) mapDelete(this.map, found[0]);
    return found !== undefined;
  }
  clear(): void {
    mapClear(this.map);
  }
}

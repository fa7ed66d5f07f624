import { Double } from '../../../base/number/double.ts';
import { type Fields, newFields, valueAt } from '../../../core/event.ts';
import { ScriptFailure } from '../failure.ts';
import { Byte, Char, Float, fromDocument, OTHER_KEYS, Short } from '../values.ts';
import { visit } from '../visits.ts';
import { keyOf } from './equality.ts';
import { JavaObject } from './java-object.ts';
import { javaText } from './text.ts';

/*
 * Maps of scripts. A map of Java is a field map here, in the order in which keys came (Java's own order of a HashMap is
 * nobody's promise; keys that look like an index come first, as in every object of JavaScript). Keys that are no texts stand
 * beside it, under a symbol, so that documents do not see them. Ordered maps are objects of their own (`JavaMap`).
 */

/** A map that is no field map. Keys and values are those of scripts. */
export abstract class JavaMap extends JavaObject {
  abstract get size(): number;
  /** Undefined when it is not there. */
  abstract get(key: unknown): unknown;
  abstract put(key: unknown, value: unknown): void;
  abstract delete(key: unknown): void;
  abstract clear(): void;
  abstract eachEntry(take: (key: unknown, value: unknown) => void): void;

  override toText(): string {
    return javaText(this);
  }

  override toDocument(): Fields {
    const fields = newFields();
    this.eachEntry((key, value) => {
      fields[javaText(key)] = value;
    });
    return fields;
  }
}

/** In the order in which keys came. */
export class LinkedMap extends JavaMap {
  readonly #entries = new Map<unknown, [key: unknown, value: unknown]>();
  get javaName(): string {
    return 'java.util.LinkedHashMap';
  }
  get size(): number {
    return this.#entries.size;
  }
  get(key: unknown): unknown {
    return this.#entries.get(keyOf(key))?.[1];
  }
  put(key: unknown, value: unknown): void {
    const known = keyOf(key);
    const entry = this.#entries.get(known);
    if (entry === undefined) this.#entries.set(known, [key, value]);
    else entry[1] = value;
  }
  delete(key: unknown): void {
    this.#entries.delete(keyOf(key));
  }
  clear(): void {
    this.#entries.clear();
  }
  eachEntry(take: (key: unknown, value: unknown) => void): void {
    for (const [key, value] of this.#entries.values()) take(key, value);
  }
}

type AnyMap = Record<PropertyKey, unknown>;

export type JavaMapLike = JavaMap | Fields;

/** True for a map of either kind. */
export function isMap(value: unknown): value is JavaMapLike {
  if (typeof value !== 'object' || value === null) return false;
  if (Object.getPrototypeOf(value) === FIELDS) return true;
  if (Array.isArray(value)) return false;
  if (value instanceof JavaObject) return value instanceof JavaMap;
  return !(
    value instanceof Double ||
    value instanceof Char ||
    value instanceof Float ||
    value instanceof Byte ||
    value instanceof Short ||
    value instanceof Uint8Array ||
    value instanceof Date ||
    value instanceof ScriptFailure
  );
}

/** What field maps inherit from. */
export const FIELDS: unknown = Object.getPrototypeOf(newFields());

/** Undefined when the key is not there; null may be a value. */
export function mapGet(map: object, key: unknown): unknown {
  if (map instanceof JavaMap) return map.get(key);
  if (typeof key === 'string') {
    const value = (map as AnyMap)[key];
    return typeof value === 'number' ? fromDocument(value) : value;
  }
  return othersOf(map)?.get(key);
}

export function mapHas(map: object, key: unknown): boolean {
  return mapGet(map, key) !== undefined;
}

export function mapPut(map: object, key: unknown, value: unknown): void {
  if (map instanceof JavaMap) map.put(key, value);
  else if (typeof key === 'string') (map as AnyMap)[key] = value;
  else {
    let others = othersOf(map);
    if (others === undefined) {
      others = new LinkedMap();
      Object.defineProperty(map, OTHER_KEYS, { value: others, enumerable: false, configurable: true });
    }
    others.put(key, value);
  }
}

export function mapDelete(map: object, key: unknown): void {
  if (map instanceof JavaMap) map.delete(key);
  // The compiler takes what is undefined away after the script: deleting keys makes an event slow.
  else if (typeof key === 'string') (map as AnyMap)[key] = undefined;
  else othersOf(map)?.delete(key);
}

export function mapSize(map: object): number {
  if (map instanceof JavaMap) return map.size;
  let size = othersOf(map)?.size ?? 0;
  for (const key in map) if (valueAt(map as Fields, key) !== undefined) size++;
  visit(size);
  return size;
}

export function mapClear(map: object): void {
  if (map instanceof JavaMap) map.clear();
  else {
    for (const key of Object.keys(map)) (map as AnyMap)[key] = undefined;
    othersOf(map)?.clear();
  }
}

/** `take` may change values, but neither add nor remove keys. */
export function eachEntry(map: object, take: (key: unknown, value: unknown) => void): void {
  if (map instanceof JavaMap) {
    map.eachEntry(take);
    return;
  }
  for (const key of Object.keys(map)) {
    const value = (map as AnyMap)[key];
    if (value !== undefined) take(key, fromDocument(value));
  }
  othersOf(map)?.eachEntry(take);
}

export function mapKeys(map: object): unknown[] {
  const keys: unknown[] = [];
  eachEntry(map, key => keys.push(key));
  return keys;
}

export function mapIsEmpty(map: object): boolean {
  if (map instanceof JavaMap) return map.size === 0;
  for (const key in map) if (valueAt(map as Fields, key) !== undefined) return false;
  return (othersOf(map)?.size ?? 0) === 0;
}

export function newMap(): object {
  return newFields();
}

/** A new map with the entries of another. */
export function copyMap(map: object, into: object = newMap()): object {
  eachEntry(map, (key, value) => mapPut(into, key, value));
  return into;
}

function othersOf(map: object): LinkedMap | undefined {
  return (map as AnyMap)[OTHER_KEYS] as LinkedMap | undefined;
}

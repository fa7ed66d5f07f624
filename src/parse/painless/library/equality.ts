import { Double } from '../../../base/number/double.ts';
import { ScriptFailure } from '../failure.ts';
import { Byte, Char, Float, fromDocument, Short } from '../values.ts';
import { visit } from '../visits.ts';
import { JavaObject } from './java-object.ts';
import { eachEntry, isMap, mapGet, mapSize } from './maps.ts';
import { MAX_NESTING, tooDeep } from './text.ts';
import { typeName } from './type-name.ts';

/** Java's `Objects.equals`: an int is no long, NaN equals itself, lists and maps by what is in them. */
export function javaEquals(a: unknown, b: unknown, depth = 0): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return (a ?? null) === (b ?? null);
  if (typeof a === 'number' || typeof b === 'number') {
    const first = fromDocument(a);
    const second = fromDocument(b);
    if (first !== a || second !== b) return javaEquals(first, second, depth);
    return false;
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Double) return b instanceof Double && Object.is(a.value, b.value);
  if (a instanceof Char) return b instanceof Char && a.code === b.code;
  if (a instanceof Float) return b instanceof Float && Object.is(a.value, b.value);
  if (a instanceof Byte) return b instanceof Byte && a.value === b.value;
  if (a instanceof Short) return b instanceof Short && a.value === b.value;
  if (depth > MAX_NESTING) throw tooDeep();
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    visit(a.length);
    for (let i = 0; i < a.length; i++) if (!javaEquals(a[i], b[i], depth + 1)) return false;
    return true;
  }
  if (!isMap(a)) return a instanceof JavaObject && a.equals(b);
  if (!isMap(b) || mapSize(a) !== mapSize(b)) return false;
  let isSame = true;
  eachEntry(a, (key, value) => {
    if (!isSame) return;
    const other = mapGet(b, key);
    isSame = other !== undefined && javaEquals(value, other, depth + 1);
  });
  return isSame;
}

/** Java's `Objects.hashCode`. */
export function javaHash(value: unknown, depth = 0): number {
  switch (typeof value) {
    case 'string':
      return textHash(value);
    case 'boolean':
      return value ? 1231 : 1237;
    case 'bigint':
      return longHash(value);
    case 'number':
      if ((value | 0) === value) return value;
      return javaHash(fromDocument(value));
  }
  if (value === null || typeof value !== 'object') return 0;
  if (value instanceof Double) return doubleHash(value.value);
  if (value instanceof Float) return floatBits(value.value);
  if (value instanceof Char) return value.code;
  if (value instanceof Byte || value instanceof Short) return value.value;
  if (depth > MAX_NESTING) throw tooDeep();
  if (Array.isArray(value)) return listHash(value, depth);
  if (!isMap(value)) return value instanceof JavaObject ? value.hash() : 0;
  let sum = 0;
  visit(mapSize(value));
  eachEntry(value, (key, item) => {
    sum = (sum + (javaHash(key, depth + 1) ^ javaHash(item, depth + 1))) | 0;
  });
  return sum;
}

export function listHash(list: readonly unknown[], depth = 0): number {
  let hash = 1;
  visit(list.length);
  for (let i = 0; i < list.length; i++) hash = (Math.imul(hash, 31) + javaHash(list[i], depth + 1)) | 0;
  return hash;
}

export function textHash(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}

const bits = new DataView(new ArrayBuffer(8));

export function doubleBits(value: number): bigint {
  bits.setFloat64(0, value);
  return bits.getBigInt64(0);
}

export function bitsDouble(value: bigint): number {
  bits.setBigInt64(0, value);
  return bits.getFloat64(0);
}

export function floatBits(value: number): number {
  bits.setFloat32(0, value);
  return bits.getInt32(0);
}

export function bitsFloat(value: number): number {
  bits.setInt32(0, value);
  return bits.getFloat32(0);
}

export const longHash = (value: bigint): number => Number(BigInt.asIntN(32, value ^ ((value >> 32n) & 0xffff_ffffn)));
export const doubleHash = (value: number): number => longHash(doubleBits(value));

/** A value of JavaScript that is the same (as keys of its `Map` are) for equal values of scripts. */
export function keyOf(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return value.charCodeAt(0) === 0 ? `\0s${value}` : value;
  if (typeof value === 'number') {
    const own = fromDocument(value);
    return own === value ? value : keyOf(own);
  }
  if (typeof value !== 'object' || value === null) return value ?? null;
  if (value instanceof Double) return `\0d${doubleBits(value.value)}`;
  if (value instanceof Char) return `\0c${value.code}`;
  if (value instanceof Float) return `\0f${floatBits(value.value)}`;
  if (value instanceof Byte) return `\0b${value.value}`;
  if (value instanceof Short) return `\0h${value.value}`;
  if (depth > MAX_NESTING) throw tooDeep();
  if (Array.isArray(value)) {
    visit(value.length);
    return `\0l${value.map(item => part(item, depth + 1)).join('')}`;
  }
  if (isMap(value)) {
    const parts: string[] = [];
    visit(mapSize(value));
    eachEntry(value, (key, item) => parts.push(part(key, depth + 1) + part(item, depth + 1)));
    return `\0m${parts.sort().join('')}`;
  }
  return value instanceof JavaObject ? (value.key() ?? value) : value;
}

function part(value: unknown, depth: number): string {
  const key = keyOf(value, depth);
  if (typeof key === 'object' && key !== null) return `o${identity(key)};`;
  const text = String(key);
  return `${typeof key === 'string' ? 's' : typeof key === 'bigint' ? 'i' : 'n'}${text.length}:${text}`;
}

const identities = new WeakMap<object, number>();
let lastIdentity = 0;

/** A number that no other object has. */
export function identity(value: object): number {
  let number = identities.get(value);
  if (number === undefined) {
    number = ++lastIdentity;
    identities.set(value, number);
  }
  return number;
}

/** The natural order. Throws ClassCastException where there is none, NullPointerException for null. */
export function javaCompare(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  const first = fromDocument(a);
  const second = fromDocument(b);
  if (first === null || second === null) throw new ScriptFailure('NullPointerException', 'null cannot be compared');
  if (typeof first === 'number' && typeof second === 'number') return compareNumbers(first, second);
  if (typeof first === 'bigint' && typeof second === 'bigint') return compareNumbers(first, second);
  if (first instanceof Double && second instanceof Double) return compareDoubles(first.value, second.value);
  if (first instanceof Float && second instanceof Float) return compareDoubles(first.value, second.value);
  if (first instanceof Char && second instanceof Char) return first.code - second.code;
  if (first instanceof Byte && second instanceof Byte) return first.value - second.value;
  if (first instanceof Short && second instanceof Short) return first.value - second.value;
  if (typeof first === 'boolean' && typeof second === 'boolean') return Number(first) - Number(second);
  const order = first instanceof JavaObject ? first.compareTo(second) : undefined;
  if (order !== undefined) return order;
  throw new ScriptFailure('ClassCastException', `${typeName(first)} cannot be compared with ${typeName(second)}`);
}

/** As String.compareTo: by UTF-16 units, and how far apart the first that differ are. */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = a.charCodeAt(i) - b.charCodeAt(i);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export const compareNumbers = (a: number | bigint, b: number | bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** As Double.compare: -0.0 before 0.0, NaN last. */
export function compareDoubles(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (Object.is(a, b)) return 0;
  if (Number.isNaN(a)) return 1;
  return Number.isNaN(b) || Object.is(a, -0) ? -1 : 1;
}

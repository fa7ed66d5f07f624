import { Double, documentDouble, documentLong } from '../../base/number/double.ts';
import { JavaObject } from './library/java-object.ts';

/** Java's `float`: rounded to 32 bits when it is made. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = Math.fround(value);
  }
  valueOf(): number {
    return this.value;
  }
}

/** Java's `char`: one UTF-16 unit. */
export class Char {
  readonly code: number;
  constructor(code: number) {
    this.code = code & 0xffff;
  }
  toString(): string {
    return String.fromCharCode(this.code);
  }
}

export class Byte {
  readonly value: number;
  constructor(value: number) {
    this.value = (value << 24) >> 24;
  }
  valueOf(): number {
    return this.value;
  }
}

export class Short {
  readonly value: number;
  constructor(value: number) {
    this.value = (value << 16) >> 16;
  }
  valueOf(): number {
    return this.value;
  }
}

/** A `char` of a text; those of ASCII are made once. */
export function char(code: number): Char {
  return code < 128 ? ASCII[code]! : new Char(code);
}
const ASCII = Array.from({ length: 128 }, (_, code) => new Char(code));

export type JavaNumber = number | bigint | Double | Float | Byte | Short;

export const isInt = (value: unknown): value is number => typeof value === 'number';
export const isLong = (value: unknown): value is bigint => typeof value === 'bigint';

/** True for what `Number` covers: not for a `char`. */
export function isNumber(value: unknown): value is JavaNumber {
  return (
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    value instanceof Double ||
    value instanceof Float ||
    value instanceof Byte ||
    value instanceof Short
  );
}

/**
 * A value of a document as scripts have it: its numbers become int, long and double (base/number/double.ts). Lists and maps
 * stay what they are: what is taken out of them goes through here, too.
 */
export function fromDocument(value: unknown): unknown {
  if (typeof value === 'number') {
    if ((value | 0) === value && !Object.is(value, -0)) return value;
    return Number.isSafeInteger(value) && !Object.is(value, -0) ? BigInt(value) : new Double(value);
  }
  return value === undefined ? null : value;
}

const MAX_DEPTH = 64;

/**
 * A value as documents hold it: scripts may leave any of theirs there. Numbers keep their type (`bigint`, `Double`), `char`
 * becomes a text, sets lists, times texts, and keys that are no texts become some. Lists and field maps are changed in
 * place. Throws Error when the value holds itself, or nests deeper than documents may.
 */
export function toDocument(value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'undefined':
      return value;
    case 'bigint':
      return documentLong(value);
    case 'object':
      break;
    default:
      throw new Error('a lambda cannot stand in a document');
  }
  if (value === null || value instanceof Uint8Array || value instanceof Date) return value;
  if (value instanceof Double || value instanceof Float) return documentDouble(value.value);
  if (value instanceof Char) return value.toString();
  if (value instanceof Byte || value instanceof Short) return value.value;
  if (depth >= MAX_DEPTH) throw new Error('the value holds itself, or nests too deeply for a document');
  if (value instanceof JavaObject) return toDocument(value.toDocument(), depth + 1);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      if (!isPlain(item)) value[i] = toDocument(item, depth + 1);
    }
    return value;
  }
  return mapToDocument(value as Record<PropertyKey, unknown>, depth);
}

/** Where a field map has its entries whose keys are no texts (library/maps.ts). */
export const OTHER_KEYS = Symbol('keys that are no texts');

function mapToDocument(map: Record<PropertyKey, unknown>, depth: number): unknown {
  const others = map[OTHER_KEYS];
  if (others instanceof JavaObject) {
    delete map[OTHER_KEYS];
    Object.assign(map, others.toDocument());
  }
  for (const key of Object.keys(map)) {
    const item = map[key];
    if (!isPlain(item)) map[key] = toDocument(item, depth + 1);
  }
  return map;
}

function isPlain(value: unknown): boolean {
  return typeof value !== 'object' ? typeof value !== 'function' && typeof value !== 'bigint' : value === null;
}

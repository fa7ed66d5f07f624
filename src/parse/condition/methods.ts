import { exactInteger } from '../../base/text/exact.ts';
import { isFields } from '../../core/event.ts';

/** Thrown by a condition that cannot be worked out (a field of nothing, a text compared with a number). No stack: it can happen on every event. */
export class ConditionFailure {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

type Method = (target: never, args: unknown[]) => unknown;

/** Methods by receiver, as Painless offers them on String, List, Map, numbers; argument counts are checked at load. */
const STRING: Record<string, Method> = {
  startsWith: (s: string, [prefix, offset]) => s.startsWith(text(prefix), offset as number | undefined),
  endsWith: (s: string, [suffix]) => s.endsWith(text(suffix)),
  contains: (s: string, [part]) => s.includes(text(part)),
  indexOf: (s: string, [part, from]) => s.indexOf(text(part), from as number | undefined),
  lastIndexOf: (s: string, [part]) => s.lastIndexOf(text(part)),
  length: (s: string) => s.length,
  isEmpty: (s: string) => s === '',
  isBlank: (s: string) => s.trim() === '',
  toLowerCase: (s: string) => s.toLowerCase(),
  toUpperCase: (s: string) => s.toUpperCase(),
  trim: (s: string) => s.trim(),
  strip: (s: string) => s.trim(),
  equals: (s: string, [other]) => s === other,
  equalsIgnoreCase: (s: string, [other]) => typeof other === 'string' && s.toLowerCase() === other.toLowerCase(),
  compareTo: (s: string, [other]) => (s < text(other) ? -1 : s > text(other) ? 1 : 0),
  substring: (s: string, [from, to]) => substring(s, from, to),
  charAt: (s: string, [index]) => substring(s, index, (index as number) + 1),
  replace: (s: string, [from, to]) => s.replaceAll(text(from), () => text(to)),
  splitOnToken: (s: string, [token]) => s.split(text(token)),
  concat: (s: string, [other]) => s + text(other),
  toString: (s: string) => s,
};

const LIST: Record<string, Method> = {
  contains: (list: unknown[], [item]) => list.includes(item),
  containsAll: (list: unknown[], [items]) => Array.isArray(items) && items.every(item => list.includes(item)),
  indexOf: (list: unknown[], [item]) => list.indexOf(item),
  size: (list: unknown[]) => list.length,
  length: (list: unknown[]) => list.length,
  isEmpty: (list: unknown[]) => list.length === 0,
  get: (list: unknown[], [index]) => at(list, index),
  join: (list: unknown[], [separator]) => list.join(text(separator)),
  toString: (list: unknown[]) => JSON.stringify(list),
};

const MAP: Record<string, Method> = {
  containsKey: (map: object, [key]) =>
    Object.hasOwn(map, key as string) && (map as Record<string, unknown>)[key as string] !== undefined,
  containsValue: (map: object, [value]) => Object.values(map).includes(value),
  get: (map: object, [key]) =>
    Object.hasOwn(map, key as string) ? (map as Record<string, unknown>)[key as string] : null,
  getOrDefault: (map: object, [key, otherwise]) =>
    Object.hasOwn(map, key as string) ? (map as Record<string, unknown>)[key as string] : otherwise,
  size: (map: object) => keysOf(map).length,
  isEmpty: (map: object) => keysOf(map).length === 0,
  keySet: keysOf,
  values: (map: object) => Object.values(map),
  toString: (map: object) => JSON.stringify(map),
};

const SCALAR: Record<string, Method> = {
  toString: (value: unknown) => String(value),
  equals: (value: unknown, [other]) => value === other,
  intValue: (value: number) => Math.trunc(value),
  longValue: (value: number) => Math.trunc(value),
  doubleValue: (value: number) => value,
  compareTo: (value: number, [other]) => value - (other as number),
};

/** Removed fields of the event keep their key, with undefined. */
function keysOf(map: object): string[] {
  return Object.keys(map).filter(key => (map as Record<string, unknown>)[key] !== undefined);
}

export const METHOD_NAMES: ReadonlySet<string> = new Set(
  [STRING, LIST, MAP, SCALAR].flatMap(table => Object.keys(table)),
);

/** Calls the method that the value's type has under this name; ConditionFailure when it has none. */
export function callMethod(target: unknown, name: string, args: unknown[]): unknown {
  const table = typeof target === 'string' ? STRING : Array.isArray(target) ? LIST : isFields(target) ? MAP : SCALAR;
  const method = Object.hasOwn(table, name) ? table[name] : undefined;
  if (method === undefined || target === null || target === undefined)
    throw new ConditionFailure(`cannot call ${name}() on ${describe(target)}`);
  return method(target as never, args);
}

/** Functions that stand alone. */
export const FUNCTIONS: Record<string, (args: unknown[]) => unknown> = {
  'Integer.parseInt': ([value]) => parse(value, /^[-+]?\d+$/, 'a whole number'),
  'Integer.valueOf': ([value]) => parse(value, /^[-+]?\d+$/, 'a whole number'),
  'Long.parseLong': ([value]) => long(value),
  'Long.valueOf': ([value]) => long(value),
  'Float.parseFloat': ([value]) => parse(value, NUMBER, 'a number'),
  'Double.parseDouble': ([value]) => parse(value, NUMBER, 'a number'),
  'Double.valueOf': ([value]) => parse(value, NUMBER, 'a number'),
  'Boolean.parseBoolean': ([value]) => typeof value === 'string' && value.toLowerCase() === 'true',
  'String.valueOf': ([value]) => String(value ?? 'null'),
  'Math.abs': ([value]) => Math.abs(number(value)),
  'Math.max': ([a, b]) => Math.max(number(a), number(b)),
  'Math.min': ([a, b]) => Math.min(number(a), number(b)),
  'Math.round': ([value]) => Math.round(number(value)),
  'Math.floor': ([value]) => Math.floor(number(value)),
  'Math.ceil': ([value]) => Math.ceil(number(value)),
  'Objects.equals': ([a, b]) => (a ?? null) === (b ?? null),
  'Objects.isNull': ([value]) => (value ?? null) === null,
  'Objects.nonNull': ([value]) => (value ?? null) !== null,
};
const NUMBER = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/;

export function describe(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : typeof value === 'string' ? 'a text' : `a ${typeof value}`;
}

export function number(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  throw new ConditionFailure(`${describe(value)} stands where a number should be`);
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new ConditionFailure(`${describe(value)} stands where a text should be`);
}

/** Beyond 2^53 the text of the digits. */
function long(value: unknown): number | string {
  parse(value, /^[-+]?\d+$/, 'a whole number');
  return exactInteger(String(value));
}

function parse(value: unknown, form: RegExp, wanted: string): number {
  const source = text(value);
  if (!form.test(source)) throw new ConditionFailure(`a text is not ${wanted}`);
  return Number(source);
}

function at(list: unknown[], index: unknown): unknown {
  const i = number(index);
  if (!(i >= 0 && i < list.length)) throw new ConditionFailure(`the list has no item ${i}`);
  return list[i];
}

function substring(s: string, from: unknown, to: unknown): string {
  const start = number(from);
  const end = to === undefined ? s.length : number(to);
  if (start < 0 || end > s.length || start > end) throw new ConditionFailure(`the text has no part ${start} to ${end}`);
  return s.slice(start, end);
}

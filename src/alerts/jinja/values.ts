import { type Fields, isFields } from '../../core/event.ts';
import { pythonRepr, pythonStr } from '../python/str.ts';
import { numberOf, PyFloat, Tuple } from '../python/types.ts';
import { BudgetError, spend, work, workOn } from './budget.ts';
import { TemplateError } from './lexer.ts';

/** What a name without a value gives: prints as nothing, and so does anything asked of it. */
export const UNDEFINED = Symbol('undefined');

export const isUndefined = (value: unknown): boolean => value === UNDEFINED || value === undefined;

/** A mapping; a float is none. */
export const isMapping = (value: unknown): value is Fields => isFields(value) && !(value instanceof PyFloat);

/** Positional and named arguments of a call, worked out. */
export interface Arguments {
  readonly args: readonly unknown[];
  readonly named: ReadonlyMap<string, unknown>;
}

export type Callable = (call: Arguments) => unknown;

/** `namespace()`: the one thing whose fields `set` can change from inside of a loop. */
export class Namespace {
  readonly values = new Map<string, unknown>();
}

/** The names that a template sees; inner scopes (loops, `set`) stand before outer ones. */
export class JinjaScope {
  readonly #values: Fields;
  readonly #parent: JinjaScope | undefined;

  constructor(values: Fields, parent?: JinjaScope) {
    this.#values = values;
    this.#parent = parent;
  }

  get(name: string): unknown {
    if (Object.hasOwn(this.#values, name)) return this.#values[name];
    return this.#parent === undefined ? UNDEFINED : this.#parent.get(name);
  }

  set(name: string, value: unknown): void {
    this.#values[name] = value;
  }
}

export function text(value: unknown): string {
  if (isUndefined(value)) return '';
  const shown = pythonStr(value);
  if (typeof value !== 'string') spend(shown.length);
  return shown;
}

export function truthy(value: unknown): boolean {
  if (isUndefined(value) || value === null || value === '') return false;
  const number = numberOf(value);
  if (number !== undefined) return number !== 0;
  if (Array.isArray(value)) return value.length > 0;
  return isMapping(value) && !(value instanceof Namespace) ? Object.keys(value).length > 0 : true;
}

export function equal(a: unknown, b: unknown): boolean {
  if (typeof a === typeof b && (typeof a === 'string' || typeof a === 'number')) return a === b;
  if (isUndefined(a) || isUndefined(b)) return isUndefined(a) && isUndefined(b);
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined || y !== undefined) return x === y;
  if (typeof a === 'object' && a !== null && typeof b === 'object' && b !== null) return sameContent(a, b, 0);
  return a === b;
}

/** Of lists and mappings; the order of keys does not matter. */
function sameContent(a: object, b: object, depth: number): boolean {
  if (a === b) return true;
  if (depth > MAX_DEPTH) throw new BudgetError(`what is compared is nested deeper than ${MAX_DEPTH} levels`);
  const same = (x: unknown, y: unknown): boolean => {
    work(5);
    const areObjects = typeof x === 'object' && x !== null && typeof y === 'object' && y !== null;
    return areObjects && numberOf(x) === undefined ? sameContent(x, y, depth + 1) : equal(x, y);
  };
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!(Array.isArray(a) && Array.isArray(b)) || a.length !== b.length) return false;
    if (a instanceof Tuple !== b instanceof Tuple) return false;
    return a.every((one, i) => same(one, b[i]));
  }
  if (!isMapping(a) || !isMapping(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every(key => Object.hasOwn(b, key) && same(a[key], b[key]));
}

const MAX_DEPTH = 100;

export function contains(container: unknown, value: unknown): boolean {
  workOn(container);
  if (typeof container === 'string') return container.includes(text(value));
  if (Array.isArray(container)) return container.some(one => equal(one, value));
  return isMapping(container) && Object.hasOwn(container, text(value));
}

/** -1, 0 or 1; NaN, which no comparison holds for, where the values cannot be ordered: an alert never fails on a missing field. */
export function order(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.min(a.length, b.length); i++) if (!equal(a[i], b[i])) return order(a[i], b[i]);
    return a.length - b.length;
  }
  return (numberOf(a) ?? Number.NaN) - (numberOf(b) ?? Number.NaN);
}

/** The characters of a text: the text itself where each of them is one unit. */
export function characters(value: string): { readonly length: number; at(index: number): unknown } {
  workOn(value);
  return /[\ud800-\udfff]/.test(value) ? [...value] : value;
}

/** `value.name`: a field, or an item of a list by number. Never anything inherited. */
export function attribute(value: unknown, name: string): unknown {
  if (value instanceof Namespace) return value.values.get(name) ?? UNDEFINED;
  if (Array.isArray(value)) return /^-?\d+$/.test(name) ? item(value, Number(name)) : UNDEFINED;
  return isMapping(value) && Object.hasOwn(value, name) ? value[name] : UNDEFINED;
}

/** `a.b.0` of the filters' `attribute`. */
export function attributePath(value: unknown, path: unknown): unknown {
  if (typeof path === 'number') return item(value, path);
  return text(path)
    .split('.')
    .reduce<unknown>((at, name) => attribute(at, name), value);
}

/** `value[key]`. */
export function item(value: unknown, key: unknown): unknown {
  if (Array.isArray(value) || typeof value === 'string') {
    const items = typeof value === 'string' ? characters(value) : value;
    const found = typeof key === 'number' ? items.at(key) : undefined;
    return found === undefined ? UNDEFINED : found;
  }
  return attribute(value, text(key));
}

/** `value[start:stop:step]`. */
export function slice(value: unknown, start: unknown, stop: unknown, stepBy: unknown): unknown {
  const items = typeof value === 'string' ? characters(value) : iterate(value);
  const by = numberOf(stepBy) ?? 1;
  if (by === 0) throw new TemplateError('the step of a slice is 0');
  const bound = (given: unknown, fallback: number): number => {
    const number = numberOf(given);
    if (number === undefined) return fallback;
    const at = number < 0 ? number + items.length : number;
    return by > 0 ? Math.min(Math.max(at, 0), items.length) : Math.min(Math.max(at, -1), items.length - 1);
  };
  const [from, to] = [bound(start, by > 0 ? 0 : items.length - 1), bound(stop, by > 0 ? items.length : -1)];
  const out: unknown[] = [];
  for (let i = from; by > 0 ? i < to : i > to; i += by) out.push(items.at(i));
  spend(out.length);
  if (typeof value === 'string') return out.join('');
  return value instanceof Tuple ? Tuple.of2(...out) : out;
}

/** What loops and list filters go over: the items of a list, the keys of a mapping, the characters of a text. */
export function iterate(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') {
    spend(value.length);
    return [...value];
  }
  if (isMapping(value)) return Object.keys(value);
  if (isUndefined(value)) return [];
  throw new TemplateError(`${pythonRepr(value)} has no items to go over`);
}

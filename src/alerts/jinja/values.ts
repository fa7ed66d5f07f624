import { type Fields, isFields } from '../../core/event.ts';
import { pythonStr } from '../python/str.ts';

/** What a name without a value gives: prints as nothing, and so does anything asked of it. */
export const UNDEFINED = Symbol('undefined');

export const isUndefined = (value: unknown): boolean => value === UNDEFINED || value === undefined;

/** The names that a template sees; inner scopes (loops, `set`) stand before outer ones. */
export class Scope {
  readonly #values: Fields;
  readonly #parent: Scope | undefined;

  constructor(values: Fields, parent?: Scope) {
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
  return isUndefined(value) ? '' : pythonStr(value);
}

export function truthy(value: unknown): boolean {
  if (isUndefined(value) || value === null || value === false || value === 0 || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return isFields(value) ? Object.keys(value).length > 0 : true;
}

export function equal(a: unknown, b: unknown): boolean {
  if (isUndefined(a) || isUndefined(b)) return isUndefined(a) && isUndefined(b);
  if (typeof a === 'object' && a !== null && typeof b === 'object' && b !== null) return pythonStr(a) === pythonStr(b);
  if (typeof a === 'boolean' || typeof b === 'boolean')
    return Number(a) === Number(b) && typeof a !== 'string' && typeof b !== 'string';
  return a === b;
}

export function contains(container: unknown, value: unknown): boolean {
  if (typeof container === 'string') return container.includes(text(value));
  if (Array.isArray(container)) return container.some(one => equal(one, value));
  return isFields(container) && Object.hasOwn(container, text(value));
}

/** `value.name`: a field, or an item of a list by number. Never anything inherited. */
export function attribute(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return item(value, Number(name));
  return isFields(value) && Object.hasOwn(value, name) ? value[name] : UNDEFINED;
}

/** `value[key]`. */
export function item(value: unknown, key: unknown): unknown {
  if (Array.isArray(value) || typeof value === 'string') {
    const found = typeof key === 'number' ? value.at(key) : undefined;
    return found === undefined ? UNDEFINED : found;
  }
  return attribute(value, text(key));
}

/** What loops and list filters go over: the items of a list, the keys of a mapping, the characters of a text. */
export function iterate(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return [...value];
  return isFields(value) ? Object.keys(value) : [];
}

/** `value.name(args)` for the methods of Python's text and dict that templates use; others give nothing. */
export function call(value: unknown, name: string, args: unknown[]): unknown {
  if (typeof value === 'string') return textMethod(value, name, args);
  if (!isFields(value)) return UNDEFINED;
  if (name === 'items') return Object.entries(value);
  if (name === 'keys') return Object.keys(value);
  if (name === 'values') return Object.values(value);
  if (name === 'get') {
    const key = text(args[0]);
    return Object.hasOwn(value, key) ? value[key] : (args[1] ?? null);
  }
  return UNDEFINED;
}

function textMethod(value: string, name: string, args: unknown[]): unknown {
  const first = args[0] === undefined ? undefined : text(args[0]);
  switch (name) {
    case 'upper':
      return value.toUpperCase();
    case 'lower':
      return value.toLowerCase();
    case 'strip':
      return value.trim();
    case 'lstrip':
      return value.trimStart();
    case 'rstrip':
      return value.trimEnd();
    case 'title':
      return value.replace(/\p{L}+/gu, word => word[0]!.toUpperCase() + word.slice(1).toLowerCase());
    case 'capitalize':
      return value.slice(0, 1).toUpperCase() + value.slice(1).toLowerCase();
    case 'startswith':
      return value.startsWith(first ?? '');
    case 'endswith':
      return value.endsWith(first ?? '');
    case 'replace':
      return value.replaceAll(first ?? '', () => text(args[1]));
    case 'split':
      return first === undefined ? value.trim().split(/\s+/) : value.split(first);
    case 'splitlines':
      return value.split(/\r?\n/);
    case 'join':
      return iterate(args[0]).map(text).join(value);
    case 'find':
      return value.indexOf(first ?? '');
    case 'count':
      return value.split(first ?? '').length - 1;
    default:
      return UNDEFINED;
  }
}

import { fieldAt } from '../../core/event.ts';
import { timestampOf } from '../field-path.ts';
import type { Environment } from './environment.ts';
import { ScriptFailure } from './failure.ts';
import { classOf, findMethod } from './library/index.ts';
import type { JavaMethod } from './library/java-class.ts';
import { isMap, mapGet, mapPut } from './library/maps.ts';
import { typeName } from './library/type-name.ts';
import { rankOf, toInt } from './numbers.ts';
import { describe } from './operators.ts';
import { fromDocument } from './values.ts';

/** A field of the event as it stands there: undefined when it is not there. */
export type ReadField = (env: Environment) => unknown;

/** Names under `ctx` that are no fields: a document's own, as in Elasticsearch. */
export const METADATA: ReadonlySet<string> = new Set([
  '_index',
  '_id',
  '_routing',
  '_version',
  '_version_type',
  '_type',
  '_if_seq_no',
  '_if_primary_term',
  '_dynamic_templates',
  '_now',
]);

/** `ctx.name`. A name with points finds nested objects and literal keys alike. */
export function fieldReader(name: string): ReadField {
  if (name === '@timestamp') return env => timestampOf(env.event, env.state);
  if (name === '_ingest') return env => env.state.ingest;
  if (name.includes('.')) return env => fieldAt(env.event, name);
  return env => env.event[name];
}

/** A member of a value of any type. `path` is the whole path from `ctx` on, where it is written out. */
export function readMember(value: unknown, name: string, path: string | undefined, env: Environment): unknown {
  if (value === null) return literalOrFail(name, path, env);
  if (typeof value === 'object') {
    if (Array.isArray(value)) {
      if (name === 'length') return value.length;
      if (/^\d+$/.test(name)) return item(value, Number(name));
    } else if (isMap(value)) {
      const found = mapGet(value, name);
      if (found !== undefined) return fromDocument(typeof found === 'function' ? undefined : found);
      return null;
    }
  }
  const getter = getterOf(value, name);
  if (getter !== undefined) return getter.call(value, env);
  throw new ScriptFailure('IllegalArgumentException', `${describe(value)} has no field [${name}]`);
}

/** A record may carry the path as one dotted key: it is there, though its parent is not. */
function literalOrFail(name: string, path: string | undefined, env: Environment): unknown {
  const literal = path === undefined ? undefined : env.event[path];
  if (literal !== undefined) return fromDocument(literal);
  throw new ScriptFailure('NullPointerException', `cannot read [${path ?? name}] of null`);
}

/** The same for `?.`. */
export function readSafely(value: unknown, name: string, path: string | undefined, env: Environment): unknown {
  if (value !== null) return readMember(value, name, path, env);
  return path === undefined ? null : fromDocument(env.event[path]);
}

/** `e.key` is `e.getKey()`. */
function getterOf(value: unknown, name: string): JavaMethod | undefined {
  const of = classOf(value);
  if (name === '') return undefined;
  const capital = name[0]!.toUpperCase() + name.slice(1);
  return findMethod(of, `get${capital}`, 0) ?? findMethod(of, `is${capital}`, 0);
}

/** `value[key]`. */
export function readIndex(value: unknown, key: unknown, path: string | undefined, env: Environment): unknown {
  if (Array.isArray(value)) {
    if (key === 'length') return value.length;
    return item(value, indexOf(key));
  }
  if (value === null) return literalOrFail(String(key), path, env);
  if (isMap(value)) {
    const found = mapGet(value, key);
    return found === undefined || typeof found === 'function' ? null : fromDocument(found);
  }
  throw new ScriptFailure('IllegalArgumentException', `${describe(value)} has no items`);
}

function indexOf(key: unknown): number {
  if (typeof key === 'number') return key;
  if (key === null || rankOf(key) === 0)
    throw new ScriptFailure(
      key === null ? 'NullPointerException' : 'ClassCastException',
      `${describe(key)} is no place in a list`,
    );
  return toInt(key);
}

/** Counts from the end below zero. */
function item(list: readonly unknown[], place: number): unknown {
  const at = place < 0 ? place + list.length : place;
  if (at >= 0 && at < list.length) return fromDocument(list[at]);
  throw outOfBounds(list, place);
}

const outOfBounds = (list: readonly unknown[], place: number): ScriptFailure =>
  new ScriptFailure(
    'IndexOutOfBoundsException',
    `Index ${place} out of bounds for length ${list.length}`,
    `the list has no item ${place}`,
  );

export function writeMember(target: unknown, name: string, value: unknown, env: Environment): void {
  if (target === env.params) throw readOnly();
  if (isMap(target)) {
    mapPut(target, name, value);
    return;
  }
  if (Array.isArray(target) && /^\d+$/.test(name)) {
    writeItem(target, Number(name), value);
    return;
  }
  if (target === null) throw new ScriptFailure('NullPointerException', `cannot set [${name}] of null`);
  const of = classOf(target);
  const setter = findMethod(of, `set${name[0]!.toUpperCase()}${name.slice(1)}`, 1);
  if (setter === undefined)
    throw new ScriptFailure('IllegalArgumentException', `${describe(target)} has no field [${name}] that can be set`);
  setter.call(target, value, env);
}

export function writeIndex(target: unknown, key: unknown, value: unknown, env: Environment): void {
  if (target === env.params) throw readOnly();
  if (Array.isArray(target)) writeItem(target, indexOf(key), value);
  else if (isMap(target)) mapPut(target, key, value);
  else if (target === null) throw new ScriptFailure('NullPointerException', 'cannot set an item of null');
  else throw new ScriptFailure('IllegalArgumentException', `${describe(target)} has no items`);
}

function writeItem(list: unknown[], place: number, value: unknown): void {
  const at = place < 0 ? place + list.length : place;
  if (!(at >= 0 && at < list.length)) throw outOfBounds(list, place);
  list[at] = value;
}

export const readOnly = (): ScriptFailure =>
  new ScriptFailure('UnsupportedOperationException', null, '`params` cannot be changed');

/** No class of the value has such a method. */
export function noMethod(value: unknown, name: string, arity: number): ScriptFailure {
  if (value === null) return new ScriptFailure('NullPointerException', `cannot call ${name}() on null`);
  return new ScriptFailure(
    'IllegalArgumentException',
    `dynamic method [${typeName(value)}, ${name}/${arity}] not found`,
    `cannot call ${name}() on ${describe(value)}`,
  );
}

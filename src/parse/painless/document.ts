import { Double } from '../../base/number/double.ts';
import { type Fields, newFields } from '../../core/event.ts';
import { ScriptFailure } from './failure.ts';
import { owned } from './owned.ts';
import { toDocument } from './values.ts';

const FIELDS: unknown = Object.getPrototypeOf(newFields());
const MAX_DEPTH = 64;

/**
 * Makes what a script has left in an event plain values of documents again (base/number/double.ts): sets become lists, times
 * texts, and what is of `params` a copy. Throws ScriptFailure where that cannot be, with everything that came before done.
 */
export function settle(event: Fields): void {
  for (const key in event) {
    const value = event[key];
    if (typeof value === 'object' ? value !== null : typeof value === 'function')
      event[key] = settled(value as object, 0, event);
  }
}

/** A value of a script as a document holds it. */
export function settledValue(value: unknown): unknown {
  if (typeof value === 'object' ? value !== null : typeof value === 'function') return settled(value as object, 0, value);
  return value;
}

function settled(value: object, depth: number, root: unknown): unknown {
  if (value === root && depth > 0) throw endless();
  if (value instanceof Double) return Number.isInteger(value.value) ? value : value.value;
  if (depth >= MAX_DEPTH) throw endless();
  if (Array.isArray(value)) {
    const list = owned(value) as unknown[];
    for (let i = 0; i < list.length; i++) {
      const item: unknown = list[i];
      if (typeof item === 'object' ? item !== null : typeof item === 'function')
        list[i] = settled(item as object, depth + 1, root);
    }
    return list;
  }
  if (Object.getPrototypeOf(value) !== FIELDS || Object.getOwnPropertySymbols(value).length > 0)
    return settledOther(value, depth, root);
  const map = owned(value) as Fields;
  let gone: string[] | undefined;
  for (const key in map) {
    const item = map[key];
    if (item === undefined) (gone ??= []).push(key);
    else if (typeof item === 'object' ? item !== null : typeof item === 'function')
      map[key] = settled(item as object, depth + 1, root);
  }
  if (gone !== undefined) for (const key of gone) delete map[key];
  return map;
}

/** What is of a class of the library, or holds such. */
function settledOther(value: object, depth: number, root: unknown): unknown {
  try {
    const plain = toDocument(value, depth);
    if (plain === value && Object.getPrototypeOf(plain) !== FIELDS) return plain;
    return typeof plain === 'object' && plain !== null ? settled(plain, depth + 1, root) : plain;
  } catch (error) {
    if (error instanceof Error) throw new ScriptFailure('IllegalArgumentException', error.message);
    throw error;
  }
}

const endless = (): ScriptFailure =>
  new ScriptFailure('IllegalArgumentException', 'a value holds itself, or nests too deeply for a document');

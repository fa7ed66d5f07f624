import { Double, documentDouble, documentLong } from '../../base/number/double.ts';
import { type Fields, newFields, valueAt } from '../../core/event.ts';
import { ScriptFailure } from './failure.ts';
import { floatText } from './library/text.ts';
import { owned } from './owned.ts';
import { Float, OTHER_KEYS, toDocument } from './values.ts';

const FIELDS: unknown = Object.getPrototypeOf(newFields());
const MAX_DEPTH = 64;

/**
 * Makes what a script has left in an event plain values of documents again (base/number/double.ts): sets become lists, times
 * texts, and what is of `params` a copy. Throws ScriptFailure where that cannot be, with everything that came before done.
 */
export function settle(event: Fields): void {
  let failure: unknown;
  for (const key in event) {
    const value = valueAt(event, key);
    if (isScalar(value)) continue;
    try {
      const plain = settled(value, 0, event);
      if (plain !== value) event[key] = plain;
    } catch (error) {
      event[key] = undefined;
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
}

/** True for what stands in documents as it is. */
function isScalar(value: unknown): value is string | number | boolean | null | undefined {
  return typeof value === 'object' ? value === null : typeof value !== 'bigint' && typeof value !== 'function';
}

/** A value of a script as a document holds it. */
export function settledValue(value: unknown): unknown {
  return isScalar(value) ? value : settled(value, 0, undefined);
}

function settled(value: unknown, depth: number, root: unknown): unknown {
  if (typeof value === 'bigint') return documentLong(value);
  if (typeof value !== 'object' || value === null) return settledOther(value, depth, root);
  if (value instanceof Double || value instanceof Float) return settledNumber(value);
  if (value === root) throw endless();
  if (depth >= MAX_DEPTH) throw endless();
  if (Array.isArray(value)) {
    const list = owned(value) as unknown[];
    for (let i = 0; i < list.length; i++) {
      const item: unknown = list[i];
      if (!isScalar(item)) list[i] = settled(item, depth + 1, root);
    }
    return list;
  }
  if (Object.getPrototypeOf(value) !== FIELDS || OTHER_KEYS in value) return settledOther(value, depth, root);
  const map = owned(value) as Fields;
  let gone: string[] | undefined;
  for (const key in map) {
    const item = valueAt(map, key);
    if (item === undefined) {
      gone ??= [];
      gone.push(key);
    } else if (!isScalar(item)) {
      const plain = settled(item, depth + 1, root);
      if (plain !== item) map[key] = plain;
    }
  }
  if (gone !== undefined) for (const key of gone) delete map[key];
  return map;
}

/** Whole ones are told from integers; what is no number is its name, as JSON has none for it. */
function settledNumber(value: Double | Float): unknown {
  const number = value instanceof Float ? Number(floatText(value.value)) : value.value;
  if (!Number.isFinite(value.value)) return String(value.value);
  return documentDouble(number);
}

/** What is of a class of the library, or holds such. */
function settledOther(value: unknown, depth: number, root: unknown): unknown {
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

import { Double } from '../base/number/double.ts';
import { keepDigits, parseExact } from '../base/text/exact.ts';
import { type Fields, newFields } from '../core/event.ts';

/** How deep a JSON text may nest. */
export const MAX_JSON_DEPTH = 64;

/** `JSON.parse` with field maps for objects and exact whole numbers (base/text/exact.ts). Throws when it is no JSON or nests deeper than MAX_JSON_DEPTH. */
export function parseJson(text: string): unknown {
  const document = new JsonDocument();
  const value = toFields(parseExact(text), 0, document);
  return document.hasLongIntegers ? toFields(JSON.parse(text, keepDigits as Reviver), 0, document) : value;
}

/** A JSON text with the number types of documents (base/number/double.ts): `5.0` is no `5`, integers have all their digits. Throws as `parseJson`. */
export function parseTypedJson(text: string): JsonDocument {
  const document = new JsonDocument();
  const isTyped = TYPED_NUMBER.test(text) || TYPED_TEXT.test(text);
  document.value = toFields(isTyped ? JSON.parse(text, typed as Reviver) : JSON.parse(text), 0, document);
  document.hasTypedNumbers = isTyped;
  if (isTyped || !document.hasLongIntegers) return document;
  const exact = new JsonDocument();
  exact.value = toFields(JSON.parse(text, typed as Reviver), 0, exact);
  exact.hasTypedNumbers = true;
  return exact;
}

export class JsonDocument {
  value: unknown = undefined;
  /** What was read, where it is not the whole text as it stands. */
  part: string | undefined = undefined;
  /** Of all objects in it together. */
  keys = 0;
  /** It may have numbers that are not plain. */
  hasTypedNumbers = false;
  /** Integers beyond 2^53, or anything beyond the range of a double, which plain numbers cannot hold. */
  hasLongIntegers = false;
}

/** A number that ends in a point and zeros or in an exponent; the same as the whole text. */
const TYPED_NUMBER = /(?:\.0+|\d[eE][-+]?\d+)\s*[,}\]]/;
const TYPED_TEXT = /^\s*-?\d[\d.eE+-]*\s*$/;

function typed(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined) return value;
  if (!Number.isFinite(value)) return source;
  if (!INTEGER.test(source)) return Number.isInteger(value) ? new Double(value) : value;
  return Number.isSafeInteger(value) ? value : BigInt(source);
}
const INTEGER = /^-?\d+$/;
type Reviver = (key: string, value: unknown) => unknown;

/** JSON of a value in a document; integers have all their digits. */
export function writeJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? rawJson(String(item)) : item));
  }
}
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

/** The value with each plain object made a field map. */
function toFields(value: unknown, depth: number, document: JsonDocument): unknown {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) && (Number.isInteger(value) || !Number.isFinite(value))) {
      document.hasLongIntegers = true;
    }
    return value;
  }
  if (typeof value !== 'object' || value === null || value instanceof Double) return value;
  if (depth >= MAX_JSON_DEPTH) throw new Error(`the JSON nests deeper than ${MAX_JSON_DEPTH}`);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = toFields(value[i], depth + 1, document);
    return value;
  }
  const out: Fields = newFields();
  const keys = Object.keys(value);
  document.keys += keys.length;
  for (const key of keys) out[key] = toFields((value as Fields)[key], depth + 1, document);
  return out;
}

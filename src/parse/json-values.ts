import { parseExact } from '../base/text/exact.ts';
import { type Fields, newFields } from '../core/event.ts';

/** How deep a JSON text may nest. */
export const MAX_JSON_DEPTH = 64;

/** `JSON.parse` with field maps for objects and exact whole numbers (base/text/exact.ts). Throws when it is no JSON or nests deeper than MAX_JSON_DEPTH. */
export function parseJson(text: string): unknown {
  return toFields(parseExact(text), 0);
}

/** The value with each plain object made a field map. */
function toFields(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_JSON_DEPTH) throw new Error(`the JSON nests deeper than ${MAX_JSON_DEPTH}`);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = toFields(value[i], depth + 1);
    return value;
  }
  const out: Fields = newFields();
  for (const key of Object.keys(value)) out[key] = toFields((value as Fields)[key], depth + 1);
  return out;
}

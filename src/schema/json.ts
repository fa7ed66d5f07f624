import { Double } from '../core/double.ts';
import { valueAt } from '../core/event.ts';

/**
 * JSON text of any value: one line, well-formed Unicode, whatever comes in. NaN and infinities become null, big integers
 * numbers where they are exact and text elsewhere, bytes text, dates ISO; undefined and functions are left out; what is
 * nested deeper than 256 levels (a cycle is) becomes null.
 */
export function jsonOf(value: unknown): string {
  return write(value, 0) ?? 'null';
}

/** JSON of a text. */
export function quote(text: string): string {
  // Up to some thirty characters a loop is quickest, up to some sixty a regular expression; JSON.stringify has its price.
  if (text.length < 32) return isPlain(text) ? `"${text}"` : JSON.stringify(text.toWellFormed());
  if (text.length < 60) return ESCAPED.test(text) ? JSON.stringify(text.toWellFormed()) : `"${text}"`;
  return JSON.stringify(text.isWellFormed() ? text : text.toWellFormed());
}

/** Printable ASCII without quotes and backslashes. */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 32 || c > 126 || c === 34 || c === 92) return false;
  }
  return true;
}
const ESCAPED = /["\\\u0000-\u001f\u2028\u2029\ud800-\udfff]/;

const MAX_DEPTH = 256;
const decoder = new TextDecoder();

function write(value: unknown, depth: number): string | undefined {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null';
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? String(value) : `"${value}"`;
    case 'object':
      return value === null || depth > MAX_DEPTH ? 'null' : writeObject(value, depth);
    default:
      return undefined;
  }
}

function writeObject(value: object, depth: number): string {
  if (Array.isArray(value)) {
    let out = '[';
    for (let i = 0; i < value.length; i++) out += `${i === 0 ? '' : ','}${write(value[i], depth + 1) ?? 'null'}`;
    return `${out}]`;
  }
  if (value instanceof Double) return write(value.value, depth) ?? 'null';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'null' : `"${value.toISOString()}"`;
  if (value instanceof Uint8Array) return quote(decoder.decode(value));
  let out = '';
  const object = value as Record<string, unknown>;
  for (const key in object) {
    const text = write(valueAt(object, key), depth + 1);
    if (text !== undefined) out += `${out === '' ? '' : ','}${quote(key)}:${text}`;
  }
  return `{${out}}`;
}

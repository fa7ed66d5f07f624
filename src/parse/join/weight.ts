import type { Fields } from '../../core/event.ts';

/** What a key, a number, an object take beside their text. */
const VALUE_BYTES = 8;
/** A character that JSON writes as six. */
const CONTROL = /[\u0000-\u001f]/;
const MORE_FOR_CONTROL = 5;

/** About how many bytes a record takes as JSON, which is how it waits on the disk; in memory it takes no more. */
export function weightOf(record: Fields): number {
  let bytes = 0;
  for (const key in record) bytes += textWeight(key) + valueWeight(record[key]);
  return bytes;
}

function valueWeight(value: unknown): number {
  if (typeof value === 'string') return VALUE_BYTES + textWeight(value);
  if (typeof value !== 'object' || value === null) return VALUE_BYTES;
  // As base64.
  if (value instanceof Uint8Array) return VALUE_BYTES + Math.ceil((value.byteLength * 4) / 3);
  if (!Array.isArray(value)) return VALUE_BYTES + weightOf(value as Fields);
  let bytes = VALUE_BYTES;
  for (const each of value) bytes += valueWeight(each);
  return bytes;
}

function textWeight(text: string): number {
  return Buffer.byteLength(text) + controlsWeight(text);
}

/** What its control characters take beside their bytes. */
export function controlsWeight(text: string): number {
  return CONTROL.test(text) ? MORE_FOR_CONTROL * controlsIn(text) : 0;
}

function controlsIn(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 32) count++;
  return count;
}

import { Double, plainNumber } from '../base/number/double.ts';
import { type Fields, isFields, valueAt } from '../core/event.ts';

/** Makes the numbers of a document plain, in place: what everything after the pipelines knows (base/number/double.ts). */
export function plainNumbers(fields: Fields): void {
  for (const key in fields) {
    const value = valueAt(fields, key);
    if (typeof value !== 'bigint' && typeof value !== 'object') continue;
    const plain = plainValue(value);
    if (plain !== value) fields[key] = plain;
  }
}

/** The same of one value. */
export function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return plainNumber(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Double) return plainNumber(value);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      if (typeof item === 'bigint' || typeof item === 'object') value[i] = plainValue(item);
    }
  } else if (isFields(value)) plainNumbers(value);
  return value;
}

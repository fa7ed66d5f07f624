import { Double, plainNumber } from '../../base/number/double.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';

/** A value that pipelines work on, as JSON can say it. */
export function plain(value: unknown): unknown {
  if (typeof value === 'bigint' || value instanceof Double) return plainNumber(value);
  if (Array.isArray(value)) return value.map(plain);
  if (!isFields(value)) return value instanceof Uint8Array ? Buffer.from(value).toString() : value;
  const out: Fields = newFields();
  for (const key of Object.keys(value)) if (value[key] !== undefined) out[key] = plain(value[key]);
  return out;
}

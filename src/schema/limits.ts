import type { Fields } from '../core/event.ts';
import { DECLARED_FIELDS } from '../core/schema/fields.ts';
import { jsonOf } from './json.ts';
import { cutBytes } from './names.ts';
import type { Notes } from './notes.ts';
import type { EventOptions } from './options.ts';

/** Brings an event that may be too large within `max_fields` and `max_event_bytes`; declared fields first. Rare, hence exact and slow. */
export function fitEvent(fields: Fields, options: EventOptions, notes: Notes): void {
  const names = Object.keys(fields).filter(name => fields[name] !== undefined);
  names.sort((a, b) => Number(isDeclared(b)) - Number(isDeclared(a)));
  const surplus: Fields = Object.create(null) as Fields;
  let bytesLeft = options.max_event_bytes;
  let valuesLeft = options.max_fields;
  let moved = 0;
  for (const name of names) {
    const value = fields[name];
    valuesLeft -= countOf(value);
    if (valuesLeft < 0 && !isDeclared(name)) {
      surplus[name] = value;
      fields[name] = undefined;
      moved++;
      continue;
    }
    bytesLeft -= Buffer.byteLength(name) + 3;
    const bytes = bytesOf(value);
    if (bytes > bytesLeft) {
      // Always room for the names and a few words of each value: names are few and bounded by now.
      const text = typeof value === 'string' ? value : jsonOf(value);
      const kept = cutBytes(text, Math.max(bytesLeft - 3, 0));
      const isObject = isDeclared(name) && DECLARED_FIELDS[name as keyof typeof DECLARED_FIELDS] === 'object';
      fields[isObject ? `${name}_original` : name] = `${kept}…`;
      if (isObject) fields[name] = undefined;
      notes.add('event_cut', name, `cut off, the event is larger than ${options.max_event_bytes} bytes`);
      bytesLeft -= Math.min(bytes, Math.max(bytesLeft, 0));
    } else bytesLeft -= bytes;
  }
  if (moved === 0) return;
  fields['fields_overflow'] = `${cutBytes(jsonOf(surplus), Math.max(bytesLeft, 1024))}`;
  notes.add('too_many_fields', 'fields', `${moved} beyond ${options.max_fields} are kept as text in fields_overflow`);
}

function isDeclared(name: string): boolean {
  return name === '@timestamp' || Object.hasOwn(DECLARED_FIELDS, name);
}

function countOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  let count = 1;
  for (const inner of Object.values(value)) count += countOf(inner);
  return count;
}

function bytesOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value !== 'object' || value === null) return 8;
  return Buffer.byteLength(jsonOf(value));
}

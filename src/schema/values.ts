import { Double } from '../core/double.ts';
import { type Fields, isFields, valueAt } from '../core/event.ts';
import { jsonOf, quote } from './json.ts';
import { cutBytes, safeName } from './names.ts';
import type { Notes } from './notes.ts';
import type { EventOptions } from './options.ts';
import { Secrets } from './secrets.ts';

/** Makes nested values storable: plain JSON, bounded in depth, number and length, with usable names. */
export class ValueCleaner {
  readonly #options: EventOptions;
  readonly #notes: Notes;
  readonly #decoder = new TextDecoder();
  /** Undefined: they are kept. */
  readonly secrets: Secrets | undefined;
  /** Values seen in the event at hand, and about how many bytes they and their names take. */
  count = 0;
  size = 0;

  constructor(options: EventOptions, notes: Notes) {
    this.#options = options;
    this.#notes = notes;
    this.secrets = options.hide_secrets ? new Secrets(notes.isCounted) : undefined;
  }

  reset(): void {
    this.count = 0;
    this.size = 0;
  }

  /** The value as it may be stored; objects and arrays are changed in place. `path` is for the note, `depth` 1 at the top. */
  clean(value: unknown, path: string, depth: number): unknown {
    this.count++;
    switch (typeof value) {
      case 'string':
        return this.#hiddenText(value, path);
      case 'number':
        this.size += 8;
        if (Number.isFinite(value)) return value;
        this.#notes.add('type', path, `${value} is not a number that can be stored`);
        return null;
      case 'boolean':
        return value;
      case 'bigint':
        this.size += 20;
        return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
      case 'object':
        return value === null ? null : this.#object(value, path, depth);
      default:
        return undefined;
    }
  }

  /** A text cut to so many bytes. */
  text(value: string, path: string, maxBytes: number): string {
    this.size += value.length;
    if (value.length * 3 <= maxBytes) return value;
    const bytes = Buffer.byteLength(value);
    if (bytes <= maxBytes) return value;
    this.#notes.add('string_cut', path, `cut off at ${maxBytes} of ${bytes} bytes`);
    this.size += maxBytes - value.length;
    return `${cutBytes(value, maxBytes - 3)}…`;
  }

  #checked(value: string, path: string): string {
    this.count++;
    return this.text(value, path, this.#options.max_string_bytes);
  }

  #hiddenText(value: string, path: string): string {
    return this.text(this.secrets?.text(value) ?? value, path, this.#options.max_string_bytes);
  }

  #object(value: object, path: string, depth: number): unknown {
    if (value instanceof Double) return this.clean(value.value, path, depth);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (value instanceof Uint8Array) return this.#hiddenText(this.#decoder.decode(value), path);
    if (depth > this.#options.max_depth) {
      this.#notes.add('too_deep', path, `deeper than ${this.#options.max_depth} levels, kept as text`);
      return this.#hiddenText(jsonOf(value), path);
    }
    if (Array.isArray(value)) return this.#array(value, path, depth);
    return isFields(value) ? this.#fields(value, path, depth) : null;
  }

  #array(items: unknown[], path: string, depth: number): unknown {
    for (let i = 0; i < items.length; i++) {
      if (this.count >= this.#options.max_fields) {
        this.#notes.add('too_many_fields', path, `the items from ${i} on are kept as text`);
        const rest = this.#hiddenText(jsonOf(items.slice(i)), path);
        items.length = i;
        items.push(rest);
        return items;
      }
      items[i] = this.clean(items[i], path, depth + 1) ?? null;
    }
    return items;
  }

  #fields(fields: Fields, path: string, depth: number): Fields {
    let renames: string[] | undefined;
    let surplus: string[] | undefined;
    for (const key in fields) {
      if (this.count >= this.#options.max_fields) {
        surplus ??= [];
        surplus.push(key);
        continue;
      }
      this.size += key.length;
      const given = valueAt(fields, key);
      const value = this.secrets === undefined ? given : this.secrets.within(key, given);
      const clean = typeof value === 'string' ? this.#checked(value, path) : this.clean(value, path, depth + 1);
      if (clean !== given) fields[key] = clean;
      if (safeName(key, this.#options.max_name_bytes, this.#options.max_depth) !== key) {
        renames ??= [];
        renames.push(key);
      }
    }
    if (renames !== undefined) {
      for (const key of renames) {
        const name = freeName(fields, safeName(key, this.#options.max_name_bytes, this.#options.max_depth));
        fields[name] = fields[key];
        delete fields[key];
        this.#notes.add('name', path, `the name ${quote(cutBytes(key, 80))} within is kept as ${name}`);
      }
    }
    if (surplus !== undefined) {
      const rest: Fields = Object.create(null) as Fields;
      for (const key of surplus) {
        rest[key] = fields[key];
        delete fields[key];
      }
      this.#notes.add('too_many_fields', path, `${surplus.length} names within are kept as text in fields_overflow`);
      fields[freeName(fields, 'fields_overflow')] = this.#hiddenText(jsonOf(rest), path);
    }
    return fields;
  }
}

/** The name, or the name with underscores behind it until no field has it. */
export function freeName(fields: Fields, wanted: string): string {
  let name = wanted;
  while (fields[name] !== undefined) name += '_';
  return name;
}

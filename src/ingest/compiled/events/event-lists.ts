import { LEAST_CHARS } from '../../../base/secrets/may-hold.ts';
import { hideSecrets } from '../../../base/secrets/secrets.ts';
import { Double } from '../../../core/double.ts';
import type { Fields } from '../../../core/event.ts';
import { safeName } from '../../../schema/names.ts';
import { putAscii, putNumber, putText } from '../../../schema/put.ts';
import { secretName } from '../../../schema/secrets.ts';

export interface ListRules {
  readonly hidesSecrets: boolean;
  readonly maxNameBytes: number;
  readonly maxDepth: number;
  /** Characters of a text that are never too many. */
  readonly mostChars: number;
}

const MOST_ITEMS = 100;
const MAX_NAMES = 4096;
const MAX_NAME_CHARS = 200;

/** Looks at lists, and at objects in them: whether all of it may be stored as it is. */
export class EventLists {
  /** Of all that was looked at since both were set to zero: characters of texts and names, and values. */
  chars = 0;
  items = 0;
  readonly objects: Fields[] = [];
  readonly #rules: ListRules;
  /** Whether a name may be stored as it is. */
  readonly #names = new Map<string, boolean>();

  constructor(rules: ListRules) {
    this.#rules = rules;
  }

  /** `depth`: 1 at the top of the event. */
  isUsual(list: readonly unknown[], depth: number): boolean {
    if (depth > this.#rules.maxDepth) return false;
    for (let i = 0; i < list.length; i++) if (!this.#isUsualValue(list[i], depth)) return false;
    return true;
  }

  #isUsualValue(value: unknown, depth: number): boolean {
    if (++this.items > MOST_ITEMS) return false;
    switch (typeof value) {
      case 'string':
        this.chars += value.length;
        if (value.length > this.#rules.mostChars) return false;
        return !this.#rules.hidesSecrets || value.length < LEAST_CHARS || hideSecrets(value) === value;
      case 'number':
        return Number.isFinite(value);
      case 'boolean':
        return true;
      case 'bigint':
        return Number.isSafeInteger(Number(value));
      case 'object':
        if (value === null) return true;
        if (Array.isArray(value)) return this.isUsual(value, depth + 1);
        if (value instanceof Double) return Number.isFinite(value.value);
        if (value instanceof Date || value instanceof Uint8Array) return false;
        return this.#isUsualObject(value as Fields, depth + 1);
      default:
        return false;
    }
  }

  #isUsualObject(fields: Fields, depth: number): boolean {
    this.objects.push(fields);
    if (depth > this.#rules.maxDepth) return false;
    for (const key in fields) {
      this.chars += key.length;
      if (!this.#isUsualName(key) || !this.#isUsualValue(fields[key], depth)) return false;
    }
    return true;
  }

  #isUsualName(name: string): boolean {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const { hidesSecrets, maxNameBytes, maxDepth } = this.#rules;
    const isUsual =
      name.length <= MAX_NAME_CHARS &&
      safeName(name, maxNameBytes, maxDepth) === name &&
      !(hidesSecrets && secretName(name).isSecret);
    if (this.#names.size >= MAX_NAMES) this.#names.clear();
    if (name.length <= MAX_NAME_CHARS) this.#names.set(name, isUsual);
    return isUsual;
  }
}

/** Writes a value that was looked at. */
export function putUsual(b: Buffer, at: number, value: unknown): number {
  switch (typeof value) {
    case 'string':
      return putText(b, at, value);
    case 'number':
      return putNumber(b, at, value);
    case 'bigint':
      return putNumber(b, at, Number(value));
    case 'boolean':
      return putAscii(b, at, value ? 'true' : 'false');
  }
  if (value === null) return putAscii(b, at, 'null');
  if (value instanceof Double) return putNumber(b, at, value.value);
  return Array.isArray(value) ? putList(b, at, value) : putObject(b, at, value as Fields);
}

function putList(b: Buffer, at: number, list: readonly unknown[]): number {
  let p = at + 1;
  b[at] = 91;
  for (let i = 0; i < list.length; i++) {
    p = putUsual(b, p, list[i]);
    b[p++] = COMMA;
  }
  if (list.length > 0) p--;
  b[p] = 93;
  return p + 1;
}

function putObject(b: Buffer, at: number, fields: Fields): number {
  let p = at + 1;
  b[at] = 123;
  for (const key in fields) {
    p = putText(b, p, key);
    b[p++] = 58;
    p = putUsual(b, p, fields[key]);
    b[p++] = COMMA;
  }
  if (p > at + 1) p--;
  b[p] = 125;
  return p + 1;
}

const COMMA = 44;

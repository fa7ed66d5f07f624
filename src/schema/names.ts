import { DECLARED_FIELDS, type FieldType } from '../core/schema/fields.ts';
import { MAPPING, type Mapping, RESERVED_NAMES } from '../core/schema/mapping.ts';
import { TIME_NAMES } from '../core/schema/time-names.ts';
import { type SecretName, secretName } from './secrets.ts';

/** What to do with a field of this name at the top of an event. */
export interface KeyInfo {
  readonly key: string;
  /** `extra`: undeclared; `rename`: not under this name. */
  readonly kind: 'extra' | 'rename' | 'time' | FieldType;
  /** The name it may be stored under; differs from the key only for `rename`. */
  readonly name: string;
  /** Why it is renamed. */
  readonly why: string;
  /** Rows of the mapping table that may read it. */
  readonly rows: readonly Row[] | undefined;
  /** It may hold the event's time when `@timestamp` does not. */
  readonly isTime: boolean;
  readonly secret: SecretName;
}

/** One source of a row of the mapping table. */
export interface Row {
  readonly mapping: Mapping;
  readonly path: string;
  /** The whole path is one key of the event: the value itself is meant. */
  readonly isLiteral: boolean;
  /** Smaller goes first. */
  readonly rank: number;
}

const reserved = new Set<string>(RESERVED_NAMES);
const timeFields = new Set(TIME_NAMES.map(({ name }) => name));
const scalars = new Set(Object.entries(DECLARED_FIELDS).flatMap(([name, type]) => (type === 'object' ? [] : [name])));
const rowsByKey = rowsOf(MAPPING);

const MAX_KNOWN = 8192;

/** Remembers what a name is; bounded, for names come from outside. */
export class KnownKeys {
  readonly #known = new Map<string, KeyInfo>();
  readonly #places: (KeyInfo | undefined)[] = new Array(64).fill(undefined);
  readonly #maxBytes: number;
  readonly #maxDepth: number;

  constructor(maxBytes: number, maxDepth: number) {
    this.#maxBytes = maxBytes;
    this.#maxDepth = maxDepth;
  }

  of(key: string): KeyInfo {
    return this.#known.get(key) ?? this.#learn(key);
  }

  /** The same for the key at a place in the order of an event's keys: neighbours have the same keys in the same places. */
  at(place: number, key: string): KeyInfo {
    const expected = this.#places[place];
    if (expected !== undefined && expected.key === key) return expected;
    const info = this.of(key);
    if (place < 64) this.#places[place] = info;
    return info;
  }

  #learn(key: string): KeyInfo {
    const info: KeyInfo = { ...this.#describe(key), secret: secretName(key) };
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    if (key.length <= 256) this.#known.set(key, info);
    return info;
  }

  #describe(key: string): Omit<KeyInfo, 'secret'> {
    const rows = rowsByKey.get(key);
    const isTime = timeFields.has(key);
    if (key === '@timestamp') return { key, kind: 'time', name: key, why: '', rows: undefined, isTime: false };
    if (Object.hasOwn(DECLARED_FIELDS, key)) {
      return { key, kind: DECLARED_FIELDS[key as keyof typeof DECLARED_FIELDS], name: key, why: '', rows, isTime };
    }
    if (reserved.has(key)) return { key, kind: 'rename', name: `${key}_`, why: 'a reserved name', rows, isTime };
    const dot = key.indexOf('.');
    if (dot > 0 && (scalars.has(key.slice(0, dot)) || key.startsWith('@timestamp'))) {
      // `service` is a text, so nothing can be below it.
      return {
        key,
        kind: 'rename',
        name: safeName(key.replaceAll('.', '_'), this.#maxBytes, this.#maxDepth),
        why: '',
        rows,
        isTime,
      };
    }
    const name = safeName(key, this.#maxBytes, this.#maxDepth);
    if (name !== key) return { key, kind: 'rename', name, why: 'not a usable name', rows: undefined, isTime: false };
    return { key, kind: 'extra', name, why: '', rows, isTime };
  }
}

/**
 * A name that every store takes: not empty, well-formed, no control characters, no empty or blank part between dots, not
 * too long, not too many parts. The name itself where it is one.
 */
export function safeName(key: string, maxBytes: number, maxDepth: number): string {
  if (key.length <= 64 && PLAIN_NAME.test(key)) return key;
  let name = key.isWellFormed() ? key : key.toWellFormed();
  name = name.replace(CONTROL, '_');
  if (name.length * 3 > maxBytes && Buffer.byteLength(name) > maxBytes) name = `${cutBytes(name, maxBytes - 3)}…`;
  if (name.trim() === '') return `_empty${name.length === 0 ? '' : name.length}`;
  if (name.includes('.')) {
    const parts = name.split('.');
    if (parts.length > maxDepth) return name.replaceAll('.', '_');
    if (parts.some(part => part.trim() === '')) return parts.map(part => (part.trim() === '' ? '_' : part)).join('.');
  }
  return name;
}
const PLAIN_NAME = /^[\w@$/:-][\w@$/: -]*$/;
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** The longest beginning of a text that fits into so many bytes of UTF-8, never half a character. */
export function cutBytes(text: string, maxBytes: number): string {
  if (maxBytes <= 0) return '';
  const wide = text.length > maxBytes ? text.slice(0, maxBytes) : text;
  return wide.slice(0, new TextEncoder().encodeInto(wide, new Uint8Array(maxBytes)).read);
}

function rowsOf(table: readonly Mapping[]): Map<string, Row[]> {
  const byKey = new Map<string, Row[]>();
  let rank = 0;
  for (const mapping of table) {
    for (const path of mapping.from) {
      add(path, { mapping, path, isLiteral: true, rank: rank++ });
      // Every way to cut the path into a key at the top and the rest within.
      for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
        add(path.slice(0, dot), { mapping, path, isLiteral: false, rank: rank++ });
      }
    }
  }
  return byKey;

  function add(key: string, row: Row): void {
    const rows = byKey.get(key);
    if (rows === undefined) byKey.set(key, [row]);
    else rows.push(row);
  }
}

import { isDeepStrictEqual } from 'node:util';
import { type Fields, isFields, newFields } from '../../core/event.ts';
import { DECLARED_FIELDS } from '../../core/schema/fields.ts';
import { UNMAPPED, UNMAPPED_SEPARATOR, UNMAPPED_TERMS } from '../query/elasticsearch.ts';
import { fold } from '../query/text.ts';

/*
 * A document that Elasticsearch refused is sent once more with the fields that are to blame moved below `fields_unmapped`,
 * by their whole path: {"a":{"b":1}} becomes {"a":{},"fields_unmapped":{"a.b":1},"fields_unmapped_terms":["a.b␟1"]}.
 * Objects stay, even empty: they tell `moveBack` where a value belongs.
 */

/**
 * Which fields go: those the error names, those below one that the index maps as a value (where dots make objects), those that
 * the index does not map (it has no room for more), or all undeclared.
 */
export type Blame =
  | { type: 'named'; path: string }
  | { type: 'below'; path: string }
  | { type: 'unknown'; known: ReadonlySet<string> }
  | { type: 'undeclared' };

/** The field that a reason of Elasticsearch is about; undefined when it names none. */
export function fieldInReason(reason: string): string | undefined {
  const found =
    /mapper \[(.+?)\] cannot be changed/s.exec(reason) ??
    /failed to parse field \[(.+?)\] of type/s.exec(reason) ??
    /(?:object mapping for|mapping for) \[(.+?)\]/s.exec(reason) ??
    /Field \[(.+?)\] is a metadata field/s.exec(reason);
  return found?.[1];
}

/** The field that would have to be an object and a value, in products whose mappings make objects of dots; undefined for other reasons. */
export function fieldAboveInReason(reason: string): string | undefined {
  const found =
    /Existing mapping for \[(.+?)\] must be of type object/s.exec(reason) ??
    /can't merge a non object mapping \[(.+?)\] with an object mapping/s.exec(reason);
  return found?.[1];
}

/** True when the reason is that the index has all the fields that it may have. */
export const isOverBudget = (reason: string): boolean => /Limit of total fields \[\d+\] has been exceeded/.test(reason);

/** JSON with the fields moved, and how many; undefined when there was nothing to move or the document is no object. */
export function moveAside(document: string, blame: Blame): { document: string; moved: number } | undefined {
  const fields = objectOf(document);
  if (fields === undefined) return undefined;
  const plain = new Moving(blame, false);
  const result = plain.move(fields);
  // {"a":{"b":1},"a.b":2}: where names have dots, one path can be two fields.
  if (result === undefined || !plain.hasDots || comesBack(result.document, document)) return result;
  return new Moving(blame, true).move(fields);
}

function objectOf(document: string): Fields | undefined {
  try {
    const fields: unknown = JSON.parse(document);
    return isFields(fields) ? fields : undefined;
  } catch {
    return undefined;
  }
}

function comesBack(moved: string, document: string): boolean {
  const [hit, whole] = [objectOf(moved)!, objectOf(document)!];
  moveBack(hit);
  moveBack(whole);
  return isDeepStrictEqual(hit, whole);
}

class Moving {
  readonly #blame: Blame;
  /** Paths with dots in their names are written name by name. */
  readonly #exact: boolean;
  readonly #aside = newFields();
  hasDots = false;

  constructor(blame: Blame, exact: boolean) {
    this.#blame = blame;
    this.#exact = exact;
  }

  move(fields: Fields): { document: string; moved: number } | undefined {
    const kept = newFields();
    for (const key of Object.keys(fields)) {
      const value = fields[key];
      if (key === UNMAPPED && isFields(value)) Object.assign(this.#aside, value);
      else if (key === UNMAPPED) this.#move([key], value);
      else if (key !== UNMAPPED_TERMS) this.#keep(kept, [key], value);
    }
    const before = isFields(fields[UNMAPPED]) ? Object.keys(fields[UNMAPPED]).length : 0;
    const moved = Object.keys(this.#aside).length - before;
    if (moved === 0) return undefined;
    kept[UNMAPPED] = this.#aside;
    kept[UNMAPPED_TERMS] = termsOf(this.#aside);
    return { document: JSON.stringify(kept), moved };
  }

  #keep(target: Fields, keys: readonly string[], value: unknown): void {
    const path = keys.join('.');
    const key = keys.at(-1)!;
    this.hasDots ||= key.includes('.');
    if (goes(path, value, this.#blame)) {
      this.#move(keys, value);
      return;
    }
    if (!isFields(value) || ALWAYS.has(path)) {
      target[key] = value;
      return;
    }
    const inner = newFields();
    target[key] = inner;
    for (const name of Object.keys(value)) this.#keep(inner, [...keys, name], value[name]);
  }

  #move(keys: readonly string[], value: unknown): void {
    const byName = this.#exact && keys.length + keys.filter(key => key.includes('.')).length > 1;
    this.#aside[byName ? `?/${keys.map(encoded).join('/')}` : keyOf(keys.join('.'))] = value;
  }
}

const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

// A flattened field refuses blank keys and NUL in keys: such paths are written like in a URL, behind a question mark.
function keyOf(path: string): string {
  const plain = !path.startsWith('?') && !path.includes('\0') && path.split('.').every(part => part.trim() !== '');
  return plain ? path : `?${encoded(path)}`;
}

function pathOf(key: string): string {
  return keysOf(key)?.join('.') ?? decoded(key);
}

/** Undefined for a key that does not say where its path is cut. */
function keysOf(key: string): string[] | undefined {
  if (!key.startsWith('?/')) return undefined;
  return key
    .slice(2)
    .split('/')
    .map(part => decoded(`?${part}`));
}

function decoded(key: string): string {
  try {
    return key.startsWith('?') ? decodeURIComponent(key.slice(1)) : key;
  } catch {
    return key;
  }
}

const ALWAYS = new Set(['@timestamp', 'seq', ...Object.keys(DECLARED_FIELDS).filter(isScalarField)]);

function isScalarField(name: string): boolean {
  return DECLARED_FIELDS[name as keyof typeof DECLARED_FIELDS] !== 'object';
}

function goes(path: string, value: unknown, blame: Blame): boolean {
  if (ALWAYS.has(path)) return false;
  // Names that Elasticsearch takes for its own, or for none.
  if (path.split('.').some(part => part.trim() === '') || METADATA.has(path)) return true;
  switch (blame.type) {
    case 'named':
      return path === blame.path;
    case 'below':
      return path.startsWith(`${blame.path}.`) || (path === blame.path && isFields(value));
    case 'undeclared':
      return !Object.hasOwn(DECLARED_FIELDS, path);
    case 'unknown':
      // An object is looked into; a list is one value, unless it holds objects with unknown members.
      return isFields(value) ? false : !leaves(path, value).every(leaf => blame.known.has(leaf));
  }
}

const METADATA = new Set([
  ...['_id', '_index', '_source', '_routing', '_type', '_field_names', '_ignored', '_ignored_source', '_seq_no'],
  ...[
    '_version',
    '_tier',
    '_doc_count',
    '_nested_path',
    '_data_stream_timestamp',
    '_tsid',
    '_ts_routing_hash',
    '_primary_term',
  ],
  ...['_size', '_feature', '_inference_fields', '_index_mode'],
]);

function leaves(path: string, value: unknown): string[] {
  if (Array.isArray(value))
    return value.flatMap(element => (isFields(element) || Array.isArray(element) ? leaves(path, element) : [path]));
  if (isFields(value)) return Object.keys(value).flatMap(key => leaves(`${path}.${key}`, value[key]));
  return value === null ? [] : [path];
}

const MAX_TERMS = 1_000;

function termsOf(aside: Fields): string[] {
  const terms: string[] = [];
  const add = (path: string, value: unknown): void => {
    if (terms.length >= MAX_TERMS || value === null) return;
    if (Array.isArray(value)) for (const element of value) add(path, element);
    else if (isFields(value)) for (const key of Object.keys(value)) add(`${path}.${key}`, value[key]);
    else terms.push(path + UNMAPPED_SEPARATOR + fold(String(value)));
  };
  for (const key of Object.keys(aside)) add(pathOf(key), aside[key]);
  return terms;
}

/** A hit as its event came in: what was moved aside is back in its place. Changes `hit`. */
export function moveBack(hit: Fields): void {
  const aside = hit[UNMAPPED];
  if (!isFields(aside)) return;
  delete hit[UNMAPPED];
  delete hit[UNMAPPED_TERMS];
  for (const key of Object.keys(aside)) {
    const keys = keysOf(key);
    if (keys === undefined) putBack(hit, pathOf(key), aside[key]);
    else putAt(hit, keys, aside[key]);
  }
}

function putAt(hit: Fields, keys: readonly string[], value: unknown): void {
  let target = hit;
  for (const key of keys.slice(0, -1)) {
    const inner = Object.hasOwn(target, key) ? target[key] : undefined;
    if (!isFields(inner)) return;
    target = inner;
  }
  define(target, keys.at(-1)!, value);
}

function putBack(target: Fields, path: string, value: unknown): void {
  // The longest object that is there: its members can have dots in their names.
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const key = path.slice(0, dot);
    const inner = Object.hasOwn(target, key) ? target[key] : undefined;
    if (isFields(inner)) {
      putBack(inner, path.slice(dot + 1), value);
      return;
    }
  }
  define(target, path, value);
}

function define(target: Fields, path: string, value: unknown): void {
  if (Object.hasOwn(target, path)) return;
  // An object that JSON.parse made has a prototype that `__proto__` would replace.
  Object.defineProperty(target, path, { value, enumerable: true, writable: true, configurable: true });
}

import { isoTime } from '../base/time/iso.ts';
import { type Fields, fieldAt, isFields, newFields } from '../core/event.ts';
import type { RunState } from './run-state.ts';

const PLAIN = 0;
const TIME = 1;
const NESTED = 2;
const INGEST = 3;
const METADATA = 4;
/** An empty path leads nowhere. */
const NOWHERE = 5;
const MAX_CUT = 16;

/** What a document has beside its fields. */
const METADATA_NAMES: ReadonlySet<string> = new Set([
  '_id',
  '_index',
  '_routing',
  '_version',
  '_version_type',
  '_if_seq_no',
  '_if_primary_term',
  '_dynamic_templates',
]);

/**
 * A field's path, prepared once: `message`, `http.request.method`, `tags.0`, `_ingest._value`.
 * A path with dots finds nested objects and literal dotted keys alike; where both are there it means the nested one. It writes to
 * the literal key if only that is there, else makes nested objects, as Elasticsearch does. `@timestamp` reads as ISO text whatever it is inside. `_id` and the like are of the
 * document, not in it.
 */
export class FieldPath {
  readonly text: string;
  readonly #kind: number;
  /** The whole path without its prefix: the literal key. */
  readonly #key: string;
  readonly #segments: readonly string[];
  /** Undefined: it has more parts than any field has. */
  readonly #cuts: Cuts | undefined;

  constructor(text: string) {
    this.text = text;
    const ingest = text.startsWith('_ingest.');
    this.#key = ingest ? text.slice(8) : text.startsWith('_source.') ? text.slice(8) : text;
    this.#segments = segmentsOf(this.#key);
    this.#kind = ingest ? INGEST : kindOf(this.#key, this.#segments);
    this.#cuts = this.#segments.length > MAX_CUT ? undefined : cutsOf(this.#key);
  }

  /** The key at the top of the event that it is, and nothing else; undefined: it is something else. */
  get key(): string | undefined {
    return this.#kind === PLAIN && this.text === this.#key ? this.#key : undefined;
  }

  /** The value; undefined if nothing is there. */
  get(event: Fields, state: RunState): unknown {
    switch (this.#kind) {
      case PLAIN:
        return event[this.#key];
      case NESTED:
        return this.#nested(event);
      case TIME:
        return timestampOf(event, state);
      case METADATA:
        return metadataOf(state, this.#key);
      case NOWHERE:
        return undefined;
      default:
        return this.#key === 'timestamp' ? isoTime(state.meta.receivedAt) : this.#nested(state.ingest);
    }
  }

  /** Writes the value; answers why not when something on the way is not an object. */
  set(event: Fields, state: RunState, value: unknown): string | undefined {
    if (this.#kind <= TIME) {
      event[this.#key] = value;
      return undefined;
    }
    if (this.#kind === NOWHERE) return 'the name of the field to set is empty';
    const root = this.#root(event, state);
    if (Object.hasOwn(root, this.#key) && !this.#isNestedIn(root)) {
      root[this.#key] = value;
      return undefined;
    }
    return this.#setNested(root, value);
  }

  /**
   * Takes the field away; false if it was not there. At the top of the event the key stays, with undefined: deleting a key
   * makes V8 give up the object's hidden class, and everything after becomes slower.
   */
  remove(event: Fields, state: RunState): boolean {
    const root = this.#root(event, state);
    if (this.#kind === METADATA) {
      const isThere = metadataOf(state, this.#key) !== undefined;
      root[this.#key] = undefined;
      return isThere;
    }
    if (root[this.#key] !== undefined && !this.#isNestedIn(root)) {
      root[this.#key] = undefined;
      return true;
    }
    if (this.#kind !== NESTED && this.#kind !== INGEST) return false;
    const parent = this.#parent(root);
    const last = this.#segments[this.#segments.length - 1]!;
    if (Array.isArray(parent)) {
      const index = Number(last);
      if (!(index >= 0 && index < parent.length)) return false;
      parent.splice(index, 1);
      return true;
    }
    if (parent === undefined || !Object.hasOwn(parent, last) || parent[last] === undefined) return false;
    if (parent === root) parent[last] = undefined;
    else delete parent[last];
    return true;
  }

  has(event: Fields, state: RunState): boolean {
    return this.get(event, state) !== undefined;
  }

  #root(event: Fields, state: RunState): Fields {
    return this.#kind === INGEST ? state.ingest : this.#kind === METADATA ? state.metadata : event;
  }

  #nested(root: Fields): unknown {
    let value: unknown = root;
    for (let i = 0; i < this.#segments.length; i++) {
      value = child(value, this.#segments[i]!);
      if (value === undefined) return this.#cuts === undefined ? fieldAt(root, this.#key) : cutAt(root, this.#cuts);
    }
    return value;
  }

  /** What is read is what is written and taken away: where both are there, that in the objects. */
  #isNestedIn(root: Fields): boolean {
    if (this.#segments.length < 2) return false;
    let value: unknown = root;
    for (let i = 0; i < this.#segments.length; i++) value = child(value, this.#segments[i]!);
    return value !== undefined;
  }

  #parent(root: Fields): Fields | unknown[] | undefined {
    let value: unknown = root;
    for (let i = 0; i < this.#segments.length - 1; i++) {
      value = child(value, this.#segments[i]!);
      if (value === undefined) return undefined;
    }
    return isFields(value) || Array.isArray(value) ? value : undefined;
  }

  #setNested(root: Fields, value: unknown): string | undefined {
    let parent: unknown = root;
    const last = this.#segments.length - 1;
    for (let i = 0; i < last; i++) {
      const segment = this.#segments[i]!;
      let next = child(parent, segment);
      if (next === undefined || next === null) {
        if (!isFields(parent)) return `cannot set [${this.text}]: [${segment}] is not there`;
        next = newFields();
        parent[segment] = next;
      }
      parent = next;
    }
    const segment = this.#segments[last]!;
    if (Array.isArray(parent)) {
      const index = Number(segment);
      if (!(Number.isInteger(index) && index >= 0 && index < parent.length))
        return `cannot set [${this.text}]: [${segment}] is not an index of the list`;
      parent[index] = value;
      return undefined;
    }
    if (!isFields(parent)) return `cannot set [${this.text}]: [${this.#segments[last - 1]}] is not an object`;
    parent[segment] = value;
    return undefined;
  }
}

/** What the pipelines have set, or taken away; else what the document is called. */
export function metadataOf({ metadata, id }: RunState, key: string): unknown {
  if (key === '_id' && !Object.hasOwn(metadata, key)) return id === '' ? undefined : id;
  return metadata[key];
}

/** As Java splits: dots at the end are none. */
function segmentsOf(key: string): string[] {
  const segments = key.split('.');
  while (segments[segments.length - 1] === '') segments.pop();
  return segments;
}

function kindOf(key: string, segments: readonly string[]): number {
  if (key === '@timestamp') return TIME;
  if (METADATA_NAMES.has(key)) return METADATA;
  return segments.length === 0 ? NOWHERE : segments.length === 1 && segments[0] === key ? PLAIN : NESTED;
}

/** `@timestamp` as text: what the `date` processor set (epoch milliseconds), else what the record brought, else the sender's time. */
export function timestampOf(event: Fields, state: RunState): unknown {
  const value = event['@timestamp'];
  if (typeof value === 'number') return isValidTime(value) ? isoTime(Math.floor(value)) : value;
  if (value !== undefined) return value;
  const { time, receivedAt } = state.meta;
  return isoTime(Math.floor(isValidTime(time) ? time : receivedAt));
}

function isValidTime(ms: number): boolean {
  return ms >= -8.64e15 && ms <= 8.64e15;
}

/** A path as `fieldAt` cuts it: the whole of it is a key, or what stands before a dot, the last one first. */
interface Cuts {
  readonly key: string;
  readonly parts: readonly { readonly key: string; readonly rest: Cuts }[];
}

/** Each rest is there once, however many ways lead to it. */
function cutsOf(key: string, known = new Map<string, Cuts>()): Cuts {
  const before = known.get(key);
  if (before !== undefined) return before;
  const parts: Cuts['parts'][number][] = [];
  for (let dot = key.lastIndexOf('.'); dot > 0; dot = key.lastIndexOf('.', dot - 1))
    parts.push({ key: key.slice(0, dot), rest: cutsOf(key.slice(dot + 1), known) });
  const cuts = { key, parts };
  known.set(key, cuts);
  return cuts;
}

/** As `fieldAt`, for a path that was cut beforehand. */
function cutAt(fields: Fields, { key, parts }: Cuts): unknown {
  if (Object.hasOwn(fields, key)) return fields[key];
  for (let i = 0; i < parts.length; i++) {
    const { key: front, rest } = parts[i]!;
    const inner = child(fields, front);
    if (inner === undefined || !isFields(inner)) continue;
    const found = cutAt(inner, rest);
    if (found !== undefined) return found;
  }
  return undefined;
}

function child(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return value[Number(key)];
  const found = (value as Fields)[key];
  // What is inherited is a function, or the prototype.
  if (typeof found !== 'function' && key !== '__proto__') return found;
  return Object.hasOwn(value, key) ? found : undefined;
}

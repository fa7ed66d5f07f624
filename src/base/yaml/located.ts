import { newFields } from '../../core/event.ts';

/** Names in mappings and numbers of items. */
export type Path = readonly (string | number)[];

type Content = ReadonlyMap<string, Located> | readonly Located[] | string | number | boolean | null | undefined;

/** A value of a YAML text that remembers its line: every mistake in it can name `file:line`. */
export class Located {
  /** `file:line`, lines from 1. */
  readonly where: string;
  /** `file:line` of the key that this value belongs to; `where` itself in lists. */
  readonly keyWhere: string;
  /** The plain value; mappings are field maps. */
  readonly value: unknown;
  /** Of a mapping, in the order of the file. */
  readonly entries: ReadonlyMap<string, Located> | undefined;
  /** Of a list. */
  readonly items: readonly Located[] | undefined;

  constructor(content: Content, where: string, keyWhere = where) {
    this.where = where;
    this.keyWhere = keyWhere;
    this.entries = content instanceof Map ? content : undefined;
    this.items = Array.isArray(content) ? content : undefined;
    this.value = this.entries === undefined ? (this.items?.map(item => item.value) ?? content) : fieldsOf(this.entries);
  }

  get kind(): 'mapping' | 'list' | 'text' | 'number' | 'boolean' | 'nothing' {
    if (this.entries !== undefined) return 'mapping';
    if (this.items !== undefined) return 'list';
    if (this.value === null || this.value === undefined) return 'nothing';
    return typeof this.value === 'string' ? 'text' : typeof this.value === 'boolean' ? 'boolean' : 'number';
  }

  /** An entry of a mapping, an item of a list. */
  step(step: string | number): Located | undefined {
    return this.items === undefined ? this.entries?.get(String(step)) : this.items[Number(step)];
  }

  /** What a path leads to. */
  at(path: Path): Located | undefined {
    return path.reduce<Located | undefined>((at, step) => at?.step(step), this);
  }

  /** `file:line` of the key or the item that a path leads to, as far as it can be followed. */
  placeOf(path: Path): string {
    let at: Located = this;
    let place = this.where;
    for (const step of path) {
      const inner = at.step(step);
      if (inner === undefined) break;
      place = inner.keyWhere;
      at = inner;
    }
    return place;
  }

  /** The same with another value at the end of a path; mappings on the way are made. Undefined where something else stands in the way. */
  with(path: readonly string[], value: Located): Located | undefined {
    const [step, ...rest] = path;
    if (step === undefined) return value;
    const inner = (this.step(step) ?? new Located(null, value.where)).with(rest, value);
    if (inner === undefined) return undefined;
    if (this.items !== undefined) {
      const at = Number(step);
      if (!(Number.isInteger(at) && at >= 0 && at <= this.items.length)) return undefined;
      return new Located([...this.items.slice(0, at), inner, ...this.items.slice(at + 1)], this.where, this.keyWhere);
    }
    if (this.entries === undefined && this.kind !== 'nothing') return undefined;
    return new Located(new Map(this.entries).set(step, inner), this.where, this.keyWhere);
  }

  /** The same with other texts, numbers and booleans; an item of a list that becomes undefined is left out. */
  map(change: (value: unknown, where: string) => unknown): Located {
    const content =
      this.items?.map(item => item.map(change)).filter(item => item.value !== undefined) ??
      (this.entries === undefined
        ? change(this.value, this.keyWhere)
        : new Map(this.entries.entries().map(([name, inner]) => [name, inner.map(change)])));
    return new Located(content as Content, this.where, this.keyWhere);
  }
}

function fieldsOf(entries: ReadonlyMap<string, Located>): unknown {
  const value = newFields();
  for (const [name, inner] of entries) if (inner.value !== undefined) value[name] = inner.value;
  return value;
}

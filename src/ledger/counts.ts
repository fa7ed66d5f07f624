import type { Fields } from '../core/event.ts';

/** Events by container. */
export type Counts = Map<string, number>;

/** The same for files and messages: name, count, name, count, ... A name may stand in it more than once. */
export type FlatCounts = (string | number)[];

/** Where events are counted whose container is not known, or is one more than `MAX_CONTAINERS`. */
export const OTHER = 'other';
export const MAX_CONTAINERS = 1000;
const MAX_NAME_LENGTH = 200;
/** An id instead of a name: there is a new one for each start of a container. */
const ID = /[0-9a-f]{12,}/;

/** What an event is counted under: its container's name, else its service, else its tag. */
export function containerOf(fields: Fields, tag: string): string {
  const container = fields['container_name'];
  if (typeof container === 'string' && container !== '') return container;
  const service = fields['service'];
  if (typeof service === 'string' && service !== '') return service;
  return tag === '' ? OTHER : tag;
}

/** The names that are counted apart: the first `MAX_CONTAINERS` that came and are no ids. Names are senders' words, so they are bounded. */
export class ContainerNames {
  readonly #names = new Map<string, string>();
  #last = OTHER;
  #lastName = OTHER;

  /** The name to count under: always the same string object for the same name, so that comparing costs nothing. */
  of(name: string): string {
    if (name === this.#last) return this.#lastName;
    this.#last = name;
    this.#lastName = this.#names.get(name) ?? this.#learn(name);
    return this.#lastName;
  }

  #learn(name: string): string {
    const short = name.length > MAX_NAME_LENGTH ? name.slice(0, MAX_NAME_LENGTH) : name;
    const known = this.#names.get(short);
    if (known !== undefined) return known;
    if (this.#names.size >= MAX_CONTAINERS || short === OTHER || ID.test(short)) return OTHER;
    // A copy: the name may be a piece of a whole frame, which it would keep in memory.
    const own = Buffer.from(short).toString();
    this.#names.set(own, own);
    return own;
  }
}

interface Cell {
  readonly name: string;
  count: number;
}

/** Counts while events come in: those of the container that came last cost one comparison. */
export class Tally {
  #last: Cell;
  #cells: Map<string, Cell> | undefined = undefined;

  constructor(name: string, count: number) {
    this.#last = { name, count };
  }

  add(name: string, count: number): void {
    if (this.#last.name === name) this.#last.count += count;
    else this.#turn(name, count);
  }

  addAll(other: Tally): void {
    if (other.#cells === undefined) this.add(other.#last.name, other.#last.count);
    else for (const { name, count } of other.#cells.values()) this.add(name, count);
  }

  flat(): FlatCounts {
    if (this.#cells === undefined) return [this.#last.name, this.#last.count];
    const flat: FlatCounts = [];
    for (const { name, count } of this.#cells.values()) flat.push(name, count);
    return flat;
  }

  #turn(name: string, count: number): void {
    this.#cells ??= new Map([[this.#last.name, this.#last]]);
    let cell = this.#cells.get(name);
    if (cell === undefined) {
      cell = { name, count: 0 };
      this.#cells.set(name, cell);
    }
    cell.count += count;
    this.#last = cell;
  }
}

export function add(counts: Counts, name: string, count: number): void {
  const sum = (counts.get(name) ?? 0) + count;
  if (sum === 0) counts.delete(name);
  else counts.set(name, sum);
}

export function addFlat(counts: Counts, flat: FlatCounts): void {
  for (let i = 0; i + 1 < flat.length; i += 2) add(counts, String(flat[i]), Number(flat[i + 1]));
}

export function addCounts(counts: Counts, more: ReadonlyMap<string, number>): void {
  for (const [name, count] of more) add(counts, name, count);
}

export function flatOf(counts: ReadonlyMap<string, number>): FlatCounts {
  const flat: FlatCounts = [];
  for (const [name, count] of counts) flat.push(name, count);
  return flat;
}

export function countsOf(flat: FlatCounts): Counts {
  const counts: Counts = new Map();
  addFlat(counts, flat);
  return counts;
}

/** `fromEntries` makes own properties of whatever name. */
export const recordOf = (counts: ReadonlyMap<string, number>): Record<string, number> => Object.fromEntries(counts);

export const fromRecord = (record: Readonly<Record<string, number>>): Counts => new Map(Object.entries(record));

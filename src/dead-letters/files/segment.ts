import type { DeadLetterStatus } from '../../core/api/dead-letters.ts';

export const STATUSES: readonly DeadLetterStatus[] = ['open', 'replaying', 'replayed', 'discarded'];

/** Names as numbers, so that the index holds no texts; what is beyond the limit shares one. */
export class Names {
  readonly #names: string[];
  readonly #numbers = new Map<string, number>();

  constructor(other: string) {
    this.#names = [other];
    this.#numbers.set(other, 0);
  }

  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    if (this.#names.length >= 10_000) return 0;
    this.#names.push(name);
    this.#numbers.set(name, this.#names.length - 1);
    return this.#names.length - 1;
  }

  find(name: string): number | undefined {
    return this.#numbers.get(name);
  }

  at(number: number): string {
    return this.#names[number]!;
  }
}

const MAX_LETTERS = 2 ** 22;

interface Row {
  /** Upper half of the id: the event. */
  hi: number;
  lo: number;
  offset: number;
  length: number;
  type: number;
  container: number;
  events: number;
}

/**
 * What is known in memory of the letters of one file: 37 bytes each, and never their documents. A letter is a number
 * from 0 here; its position over all files is higher the younger it is, and stays the same over restarts.
 */
export class DeadLetterFile {
  readonly number: number;
  readonly path: string;
  count = 0;
  bytes = 0;
  /** When its last letter was refused, epoch milliseconds. */
  newest = 0;
  replaying = 0;
  #hi = new Uint32Array(64);
  #lo = new Uint32Array(64);
  #offset = new Uint32Array(64);
  #length = new Uint32Array(64);
  #events = new Uint32Array(64);
  #type = new Uint16Array(64);
  #container = new Uint16Array(64);
  #status = new Uint8Array(64);
  // Open addressing by `hi`: 0 is free, else the letter's number + 1.
  #slots = new Uint32Array(128);

  constructor(number: number, path: string) {
    this.number = number;
    this.path = path;
  }

  /** Whether no letter more has a position of its own. */
  get isFull(): boolean {
    return this.count === MAX_LETTERS;
  }

  position(i: number): number {
    return this.number * MAX_LETTERS + i;
  }

  add(row: Row, at: number): number {
    if (this.count === this.#hi.length) this.#grow();
    const i = this.count++;
    this.#hi[i] = row.hi;
    this.#lo[i] = row.lo;
    this.#offset[i] = row.offset;
    this.#length[i] = row.length;
    this.#events[i] = row.events;
    this.#type[i] = row.type;
    this.#container[i] = row.container;
    this.#put(i);
    if (at > this.newest) this.newest = at;
    return i;
  }

  find(hi: number, lo: number): number | undefined {
    const mask = this.#slots.length - 1;
    for (let slot = hi & mask; ; slot = (slot + 1) & mask) {
      const i = this.#slots[slot]! - 1;
      if (i === -1) return undefined;
      if (this.#hi[i] === hi && this.#lo[i] === lo) return i;
    }
  }

  /** The letters of an event, or of another whose hash begins with the same half: oldest first. */
  ofEvent(hi: number): number[] {
    const found: number[] = [];
    const mask = this.#slots.length - 1;
    for (let slot = hi & mask; ; slot = (slot + 1) & mask) {
      const i = this.#slots[slot]! - 1;
      if (i === -1) return found.sort((a, b) => a - b);
      if (this.#hi[i] === hi) found.push(i);
    }
  }

  status(i: number): DeadLetterStatus {
    return STATUSES[this.#status[i]!]!;
  }

  setStatus(i: number, status: DeadLetterStatus): void {
    if (this.status(i) === 'replaying') this.replaying--;
    if (status === 'replaying') this.replaying++;
    this.#status[i] = STATUSES.indexOf(status);
  }

  id(i: number): string {
    return hex(this.#hi[i]!) + hex(this.#lo[i]!);
  }

  row(i: number): Row {
    return {
      hi: this.#hi[i]!,
      lo: this.#lo[i]!,
      offset: this.#offset[i]!,
      length: this.#length[i]!,
      type: this.#type[i]!,
      container: this.#container[i]!,
      events: this.#events[i]!,
    };
  }

  matches(i: number, { type, container, status }: IndexFilter): boolean {
    return (
      (status === undefined || this.status(i) === status) &&
      (type === undefined || this.#type[i] === type) &&
      (container === undefined || this.#container[i] === container)
    );
  }

  #put(i: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#hi[i]! & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = i + 1;
  }

  #grow(): void {
    const size = this.#hi.length * 2;
    const longer = <T extends Uint32Array | Uint16Array | Uint8Array>(old: T, empty: T): T => {
      empty.set(old);
      return empty;
    };
    this.#hi = longer(this.#hi, new Uint32Array(size));
    this.#lo = longer(this.#lo, new Uint32Array(size));
    this.#offset = longer(this.#offset, new Uint32Array(size));
    this.#length = longer(this.#length, new Uint32Array(size));
    this.#events = longer(this.#events, new Uint32Array(size));
    this.#type = longer(this.#type, new Uint16Array(size));
    this.#container = longer(this.#container, new Uint16Array(size));
    this.#status = longer(this.#status, new Uint8Array(size));
    this.#slots = new Uint32Array(size * 2);
    for (let i = 0; i < this.count; i++) this.#put(i);
  }
}

/** Numbers of `Names`. */
export interface IndexFilter {
  type?: number | undefined;
  container?: number | undefined;
  status?: DeadLetterStatus | undefined;
}

export const hex = (half: number): string => half.toString(16).padStart(8, '0');
export const halves = (id: string): [hi: number, lo: number] => [
  Number.parseInt(id.slice(0, 8), 16),
  Number.parseInt(id.slice(8), 16),
];

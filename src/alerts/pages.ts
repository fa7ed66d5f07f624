import { parsedJson } from '../base/text/json.ts';
import { type Extent, type PartChanges, partsUnder, type SavedParts } from './state-parts.ts';

const prefixOf = (kind: string): string => `page:${kind}.`;

/** Those of one kind among all parts of a state. */
const pagesOf = (kind: string, parts: SavedParts | undefined): SavedParts => partsUnder(prefixOf(kind), parts);

/** What only goes on counting is written so often. */
const STALE_MS = 10_000;

interface Page<T> {
  readonly items: Set<T>;
  /** Goes with the next write. */
  isDirty: boolean;
  /** May wait. */
  isStale: boolean;
  writtenAt: number;
}

/** Whatever is written in pages. */
export interface Paged {
  /** What is to be written now; `now` is one of `performance.now()`. */
  take(to: PartChanges, extent: Extent, now: number): void;
  /** Names of the pages that there are, as parts of a state. */
  names(): Iterable<string>;
}

interface PagesOptions<T> {
  /** They come back as they were added. Else what is added fills the room that others left. */
  readonly isOrdered?: boolean;
  /** What of an item is written; all of it by default. */
  readonly plain?: (item: T) => unknown;
}

/** Things that are kept in pages of a few: a change of one costs the write of its page, however many there are. */
export class Pages<T> implements Paged {
  readonly #prefix: string;
  readonly #size: number;
  readonly #pages = new Map<string, Page<T>>();
  readonly #pageOf = new Map<T, string>();
  /** Pages with room. */
  readonly #open = new Set<string>();
  /** Pages that are empty since the last write. */
  readonly #gone = new Set<string>();
  #next = 0;

  readonly #kind: string;
  readonly #isOrdered: boolean;
  readonly #plain: (item: T) => unknown;

  constructor(kind: string, size: number, { isOrdered = false, plain = item => item }: PagesOptions<T> = {}) {
    this.#kind = kind;
    this.#prefix = prefixOf(kind);
    this.#size = size;
    this.#isOrdered = isOrdered;
    this.#plain = plain;
  }

  /** Of all pages, in their order. */
  items(): IterableIterator<T> {
    return this.#pageOf.keys();
  }

  add(item: T): void {
    const [name = this.#newPage()] = this.#open;
    const page = this.#pages.get(name)!;
    page.items.add(item);
    page.isDirty = true;
    this.#pageOf.set(item, name);
    if (page.items.size >= this.#size) this.#open.delete(name);
  }

  /** `mayWait`: it is enough to write it within some seconds. */
  changed(item: T, mayWait = false): void {
    const page = this.#pages.get(this.#pageOf.get(item) ?? '');
    if (page === undefined) return;
    if (mayWait) page.isStale = true;
    else page.isDirty = true;
  }

  remove(item: T): void {
    const name = this.#pageOf.get(item);
    const page = this.#pages.get(name ?? '');
    if (name === undefined || page === undefined) return;
    this.#pageOf.delete(item);
    page.items.delete(item);
    page.isDirty = true;
    if (!this.#isOrdered) this.#open.add(name);
    if (page.items.size > 0) return;
    this.#pages.delete(name);
    this.#open.delete(name);
    this.#gone.add(name);
  }

  take(to: PartChanges, extent: Extent, now: number): void {
    for (const name of this.#gone) to.drop(this.#prefix + name);
    this.#gone.clear();
    for (const [name, page] of this.#pages) {
      const isStale = page.isStale && (extent !== 'due' || now - page.writtenAt >= STALE_MS);
      if (!page.isDirty && !isStale && extent !== 'all') continue;
      to.put(this.#prefix + name, this.#linesOf(page));
      page.isDirty = false;
      page.isStale = false;
      page.writtenAt = now;
    }
  }

  *names(): IterableIterator<string> {
    for (const name of this.#pages.keys()) yield this.#prefix + name;
  }

  /** Gives the items among all parts of a state, in the order of their pages. `read` gives undefined for what is none. */
  restore(parts: SavedParts | undefined, read: (value: unknown) => T | undefined): T[] {
    const pages = Object.entries(pagesOf(this.#kind, parts));
    for (const [name, lines] of pages.sort(([a], [b]) => numberOf(a) - numberOf(b))) {
      const items = new Set(lines.map(line => read(parsedJson(line))).filter(item => item !== undefined));
      const number = numberOf(name);
      if (Number.isSafeInteger(number)) this.#next = Math.max(this.#next, number + 1);
      if (items.size === 0) {
        this.#gone.add(name);
        continue;
      }
      this.#pages.set(name, { items, isDirty: false, isStale: false, writtenAt: Number.NEGATIVE_INFINITY });
      for (const item of items) this.#pageOf.set(item, name);
      if (this.#isOrdered) this.#open.clear();
      if (items.size < this.#size) this.#open.add(name);
    }
    return [...this.#pageOf.keys()];
  }

  #linesOf({ items }: Page<T>): string[] {
    return [...items].map(item => JSON.stringify(this.#plain(item)));
  }

  #newPage(): string {
    const name = (this.#next++).toString(36);
    this.#pages.set(name, { items: new Set(), isDirty: true, isStale: false, writtenAt: Number.NEGATIVE_INFINITY });
    this.#open.add(name);
    return name;
  }
}

const numberOf = (name: string): number => Number.parseInt(name, 36);

import { type Extent, type PartChanges, partsUnder, type SavedParts } from '../state-parts.ts';

/** Pages as they are read back, by name. */
export type SavedPages = SavedParts;

const prefixOf = (kind: string): string => `page:${kind}.`;

/** Those of one kind among all parts of a state. */
export const pagesOf = (kind: string, parts: SavedParts | undefined): SavedPages => partsUnder(prefixOf(kind), parts);

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

/** Things that are kept in pages of a few: a change of one costs the write of its page, however many there are. */
export class Pages<T> {
  readonly #prefix: string;
  readonly #size: number;
  readonly #pages = new Map<string, Page<T>>();
  readonly #pageOf = new Map<T, string>();
  /** Pages with room. */
  readonly #open = new Set<string>();
  /** Pages that are empty since the last write. */
  readonly #gone = new Set<string>();
  #next = 0;

  constructor(kind: string, size: number) {
    this.#prefix = prefixOf(kind);
    this.#size = size;
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
    this.#open.add(name);
    if (page.items.size > 0) return;
    this.#pages.delete(name);
    this.#open.delete(name);
    this.#gone.add(name);
  }

  /** What is to be written now; `now` is one of `performance.now()`. */
  take(to: PartChanges, extent: Extent, now: number): void {
    for (const name of this.#gone) to.drop(this.#prefix + name);
    this.#gone.clear();
    for (const [name, page] of this.#pages) {
      const isStale = page.isStale && (extent !== 'due' || now - page.writtenAt >= STALE_MS);
      if (!page.isDirty && !isStale && extent !== 'all') continue;
      to.put(this.#prefix + name, linesOf(page));
      page.isDirty = false;
      page.isStale = false;
      page.writtenAt = now;
    }
  }

  /** Names of the pages that there are, as parts of a state. */
  *names(): IterableIterator<string> {
    for (const name of this.#pages.keys()) yield this.#prefix + name;
  }

  /** Gives the items, in the order of their pages. `read` gives undefined for what is none. */
  restore(saved: SavedPages | undefined, read: (value: unknown) => T | undefined): T[] {
    for (const [name, lines] of Object.entries(saved ?? {})) {
      const items = new Set(lines.map(line => itemOf(line, read)).filter(item => item !== undefined));
      const number = Number.parseInt(name, 36);
      if (Number.isSafeInteger(number)) this.#next = Math.max(this.#next, number + 1);
      if (items.size === 0) {
        this.#gone.add(name);
        continue;
      }
      this.#pages.set(name, { items, isDirty: false, isStale: false, writtenAt: Number.NEGATIVE_INFINITY });
      for (const item of items) this.#pageOf.set(item, name);
      if (items.size < this.#size) this.#open.add(name);
    }
    return [...this.#pageOf.keys()];
  }

  #newPage(): string {
    const name = (this.#next++).toString(36);
    this.#pages.set(name, { items: new Set(), isDirty: true, isStale: false, writtenAt: Number.NEGATIVE_INFINITY });
    this.#open.add(name);
    return name;
  }
}

const linesOf = <T>({ items }: Page<T>): string[] => [...items].map(item => JSON.stringify(item));

function itemOf<T>(line: string, read: (value: unknown) => T | undefined): T | undefined {
  try {
    return read(JSON.parse(line));
  } catch {
    return undefined;
  }
}

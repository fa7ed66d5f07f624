/** The lines of pages by name; undefined where a page stays as it was written. */
export type PageLines = ReadonlyMap<string, readonly string[] | undefined>;

/** As they are read back. */
export type SavedPages = Readonly<Record<string, readonly string[]>>;

/** Pages of several kinds, each under its own prefix. */
export function together(kinds: Readonly<Record<string, PageLines>>): PageLines {
  return new Map(
    Object.entries(kinds).flatMap(([kind, pages]) =>
      [...pages].map(([name, lines]) => [`${kind}.${name}`, lines] as const),
    ),
  );
}

/** The same of all that there is. */
export function allTogether(kinds: Readonly<Record<string, SavedPages>>): SavedPages {
  const maps = Object.entries(kinds).map(([kind, pages]) => [kind, new Map(Object.entries(pages))] as const);
  return Object.fromEntries([...together(Object.fromEntries(maps))].map(([name, lines]) => [name, lines ?? []]));
}

/** Those of one kind. */
export function pagesOf(kind: string, saved: SavedPages | undefined): SavedPages {
  return Object.fromEntries(
    Object.entries(saved ?? {}).flatMap(([name, lines]) =>
      name.startsWith(`${kind}.`) ? [[name.slice(kind.length + 1), lines] as const] : [],
    ),
  );
}

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
  readonly #size: number;
  readonly #pages = new Map<string, Page<T>>();
  readonly #pageOf = new Map<T, string>();
  /** Pages with room. */
  readonly #open = new Set<string>();
  #taken: Page<T>[] = [];
  #next = 0;

  constructor(size: number) {
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
  }

  /** What is to be written now; `now` is one of `performance.now()`. */
  take(isWhole: boolean, now: number): PageLines {
    const lines = new Map<string, readonly string[] | undefined>();
    for (const [name, page] of this.#pages) {
      const isDue = page.isDirty || (page.isStale && (isWhole || now - page.writtenAt >= STALE_MS));
      lines.set(name, isDue ? [...page.items].map(item => JSON.stringify(item)) : undefined);
      if (!isDue) continue;
      this.#taken.push(page);
      page.isDirty = false;
      page.isStale = false;
      page.writtenAt = now;
    }
    return lines;
  }

  /** All of it, whatever was written. */
  all(): Record<string, string[]> {
    return Object.fromEntries(
      [...this.#pages].map(([name, { items }]) => [name, [...items].map(item => JSON.stringify(item))]),
    );
  }

  /** What was taken is durable, or could not be written. */
  written(isDurable: boolean): void {
    const taken = this.#taken;
    this.#taken = [];
    if (isDurable) return;
    for (const page of taken) page.isDirty = true;
  }

  /** Gives the items, in the order of their pages. `read` gives undefined for what is none. */
  restore(saved: SavedPages | undefined, read: (value: unknown) => T | undefined): T[] {
    for (const [name, lines] of Object.entries(saved ?? {})) {
      const items = new Set(lines.map(line => itemOf(line, read)).filter(item => item !== undefined));
      const number = Number.parseInt(name, 36);
      if (Number.isSafeInteger(number)) this.#next = Math.max(this.#next, number + 1);
      if (items.size === 0) continue;
      // Where it is written next may be another place than where it was read.
      this.#pages.set(name, { items, isDirty: true, isStale: false, writtenAt: Number.NEGATIVE_INFINITY });
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

function itemOf<T>(line: string, read: (value: unknown) => T | undefined): T | undefined {
  try {
    return read(JSON.parse(line));
  } catch {
    return undefined;
  }
}

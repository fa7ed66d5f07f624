/** Parts of a state as they are read: lines by name. */
export type SavedParts = Readonly<Record<string, readonly string[]>>;

/** How much is written: what is worth it now, all that changed, or everything. */
export type Extent = 'due' | 'changed' | 'all';

/** What is written of the parts of a state: the new lines of those that changed, and the names of those that are no more. */
export class PartChanges {
  readonly changed = new Map<string, readonly string[]>();
  readonly gone = new Set<string>();

  put(name: string, lines: readonly string[]): void {
    this.gone.delete(name);
    this.changed.set(name, lines);
  }

  drop(name: string): void {
    this.changed.delete(name);
    this.gone.add(name);
  }

  /** Takes in what an earlier change had to write and could not. */
  addEarlier(earlier: PartChanges): void {
    for (const [name, lines] of earlier.changed)
      if (!this.changed.has(name) && !this.gone.has(name)) this.changed.set(name, lines);
    for (const name of earlier.gone) if (!this.changed.has(name)) this.gone.add(name);
  }
}

/** Parts of one kind, under their own names. */
export function partsUnder(prefix: string, parts: SavedParts | undefined): SavedParts {
  return Object.fromEntries(
    Object.entries(parts ?? {}).flatMap(([name, lines]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), lines] as const] : [],
    ),
  );
}

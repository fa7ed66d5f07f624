import { type KeyMap, keyId } from './key-map.ts';

/** A key that is gone, where its row would be. */
export interface GoneRow {
  readonly gone: string;
}

const isGone = (row: unknown): row is GoneRow =>
  typeof row === 'object' && row !== null && !Array.isArray(row) && typeof (row as GoneRow).gone === 'string';

/** Some keys of a window as rows. */
export interface TakenRows {
  /** They are all that there are of this partition. */
  readonly isAll: boolean;
  readonly rows: readonly unknown[];
}

/** The keys of a window as rows of `RuleWindow.save`, of which those that changed can be written alone. The first member of a row is the value of its key. */
export interface RowsByKey {
  /** Everything. */
  all(): unknown[];
  /** Rows that are no lists, of what is the same for all keys. */
  common(): unknown[];
  readonly partitions: number;
  /** See `KeyMap.splitInto`. */
  splitInto(partitions: number): void;
  /** How many keys of a partition there are. */
  sizeOf(index: number): number;
  /** What changed in a partition since this was called last; `isAll`: give all of it, when so many keys changed. */
  take(index: number, isAll: (changes: number) => boolean): TakenRows;
  /** Nothing of it has to be written. */
  markWritten(): void;
}

export class KeyedRows<T> implements RowsByKey {
  readonly #keys: KeyMap<T>;
  readonly #rowOf: (id: string, key: T) => unknown[];
  readonly #common: () => unknown[];

  constructor(keys: KeyMap<T>, rowOf: (id: string, key: T) => unknown[], common: () => unknown[] = () => []) {
    this.#keys = keys;
    this.#rowOf = rowOf;
    this.#common = common;
  }

  all(): unknown[] {
    const rows = this.#common();
    for (const [id, key] of this.#keys.entries()) rows.push(this.#rowOf(id, key));
    return rows;
  }

  common(): unknown[] {
    return this.#common();
  }

  get partitions(): number {
    return this.#keys.partitions;
  }

  splitInto(partitions: number): void {
    this.#keys.splitInto(partitions);
  }

  markWritten(): void {
    for (let index = 0; index < this.partitions; index++) this.#keys.takeChanged(index);
  }

  sizeOf(index: number): number {
    return this.#keys.partition(index).size;
  }

  take(index: number, isAll: (changes: number) => boolean): TakenRows {
    const changed = this.#keys.takeChanged(index);
    const keys = this.#keys.partition(index);
    if (changed === 'all' || isAll(changed.size))
      return { isAll: true, rows: [...keys].map(([id, key]) => this.#rowOf(id, key)) };
    const rows = [...changed].map(id => {
      const key = keys.get(id);
      return key === undefined ? ({ gone: id } satisfies GoneRow) : this.#rowOf(id, key);
    });
    return { isAll: false, rows };
  }
}

/** The last row of each key, where later ones replace earlier ones. */
export function latestRows(rows: Iterable<unknown>): unknown[] {
  const byKey = new Map<string, unknown>();
  for (const row of rows) {
    if (isGone(row)) byKey.delete(row.gone);
    else if (Array.isArray(row)) {
      const id = keyId(row[0]);
      byKey.delete(id);
      byKey.set(id, row);
    }
  }
  return [...byKey.values()];
}

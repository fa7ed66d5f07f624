import { type KeyMap, keyId } from './key-map.ts';

/** A key that is gone, where its row would be. */
interface GoneRow {
  readonly gone: string;
}

const isGone = (row: unknown): row is GoneRow =>
  typeof row === 'object' && row !== null && !Array.isArray(row) && typeof (row as GoneRow).gone === 'string';

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
  /** How many keys changed since they were taken. */
  readonly changes: number;
  /** Identities of the keys of a partition that changed since this was called last, also of those that are gone; `all` where it is most of them. */
  takeChanged(index: number): ReadonlySet<string> | 'all';
  /** Rows of some keys of a partition, or of all. */
  rows(index: number, ids: Iterable<string> | 'all'): unknown[];
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

  sizeOf(index: number): number {
    return this.#keys.partition(index).size;
  }

  get changes(): number {
    return this.#keys.changes;
  }

  takeChanged(index: number): ReadonlySet<string> | 'all' {
    return this.#keys.takeChanged(index);
  }

  rows(index: number, ids: Iterable<string> | 'all'): unknown[] {
    const keys = this.#keys.partition(index);
    if (ids === 'all') return [...keys].map(([id, key]) => this.#rowOf(id, key));
    return [...ids].map(id => {
      const key = keys.get(id);
      return key === undefined ? ({ gone: id } satisfies GoneRow) : this.#rowOf(id, key);
    });
  }
}

/** Identity of the key that a row is of; undefined where it is of none. */
export function idOfRow(row: unknown): string | undefined {
  if (isGone(row)) return row.gone;
  return Array.isArray(row) ? keyId(row[0]) : undefined;
}

/** The last row of each key, where later ones replace earlier ones. */
export function latestRows(rows: Iterable<unknown>): unknown[] {
  const byKey = new Map<string, unknown>();
  for (const row of rows) {
    const id = idOfRow(row);
    if (id === undefined) continue;
    byKey.delete(id);
    if (!isGone(row)) byKey.set(id, row);
  }
  return [...byKey.values()];
}

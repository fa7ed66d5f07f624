import { idOfRow, latestRows, type RowsByKey } from './types/keyed-rows.ts';

/** Of more pieces with changes one is made. */
const MAX_CHANGES = 16;
const ROWS_PER_LINE = 500;
/** So many keys are never too many for pieces with changes. */
const FEW = 32;

/** A partition of keys as it is written: all its rows, and then what changed, piece by piece. */
interface Written {
  readonly whole: string | undefined;
  changes: string[];
  /** Keys in the pieces with changes. */
  readonly changed: Set<string>;
}

/** Where pieces go. */
export interface PieceTaker {
  put(piece: string, lines: readonly string[]): void;
  drop(piece: string): void;
}

/**
 * The keys of a window in pieces: a write costs as much as there is new, however many keys there are. When most keys of
 * a partition are in pieces with changes it is written whole, and they go.
 */
export class WindowPieces {
  readonly #keyed: RowsByKey;
  readonly #written: Written[] = [];
  #next = 0;

  constructor(keyed: RowsByKey) {
    this.#keyed = keyed;
  }

  get partitions(): number {
    return this.#keyed.partitions;
  }

  take(isWhole: boolean, to: PieceTaker): void {
    for (let index = 0; index < this.#keyed.partitions; index++) this.#take(index, isWhole, to);
  }

  *names(): IterableIterator<string> {
    for (const { whole, changes } of this.#written) {
      if (whole !== undefined) yield whole;
      yield* changes;
    }
  }

  /** `pieces` by name, their lines parsed. `restore` takes rows into the empty window, a partition at a time. */
  restore(
    pieces: ReadonlyMap<string, readonly unknown[]>,
    partitions: number,
    restore: (rows: unknown[]) => void,
  ): void {
    this.#keyed.splitInto(partitions);
    const byPartition = new Map<number, { name: string; number: number; rows: readonly unknown[] }[]>();
    for (const [name, rows] of pieces) {
      const [index, number] = placeOf(name);
      if (index === undefined || number === undefined) continue;
      this.#next = Math.max(this.#next, number + 1);
      byPartition.set(index, [...(byPartition.get(index) ?? []), { name, number, rows }]);
    }
    for (const [index, unordered] of byPartition) {
      const [whole, ...changes] = unordered.toSorted((a, b) => a.number - b.number);
      restore(latestRows([whole!, ...changes].flatMap(({ rows }) => rows)));
      this.#written[index] = {
        whole: whole!.name,
        changes: changes.map(({ name }) => name),
        changed: new Set(changes.flatMap(({ rows }) => rows.map(idOfRow)).filter(id => id !== undefined)),
      };
    }
    for (let index = 0; index < this.#keyed.partitions; index++) this.#keyed.takeChanged(index);
  }

  #take(index: number, isWhole: boolean, to: PieceTaker): void {
    const written = this.#written[index];
    const changed = this.#keyed.takeChanged(index);
    if (!isWhole && changed !== 'all' && changed.size === 0) return;
    if (isWhole || changed === 'all' || written?.whole === undefined) {
      this.#writeWhole(index, to);
      return;
    }
    for (const id of changed) written.changed.add(id);
    if (written.changed.size * 2 > this.#keyed.sizeOf(index) + FEW) {
      this.#writeWhole(index, to);
      return;
    }
    const isOne = written.changes.length >= MAX_CHANGES;
    if (isOne) for (const former of written.changes) to.drop(former);
    const name = this.#put(index, this.#keyed.rows(index, isOne ? written.changed : changed), to);
    written.changes = isOne ? [name] : [...written.changes, name];
  }

  #writeWhole(index: number, to: PieceTaker): void {
    const { whole, changes = [] } = this.#written[index] ?? {};
    for (const former of changes) to.drop(former);
    if (whole !== undefined) to.drop(whole);
    const rows = this.#keyed.rows(index, 'all');
    const name = rows.length === 0 ? undefined : this.#put(index, rows, to);
    this.#written[index] = { whole: name, changes: [], changed: new Set() };
  }

  #put(index: number, rows: readonly unknown[], to: PieceTaker): string {
    const name = `k${index}.${this.#next++}`;
    to.put(name, linesOf(rows));
    return name;
  }
}

function placeOf(name: string): [index?: number, number?: number] {
  const [, index, number] = /^k(\d{1,6})\.(\d{1,15})$/.exec(name) ?? [];
  return index === undefined ? [] : [Number(index), Number(number)];
}

/** No line of it gets longer than a few hundred keys. */
export function linesOf(rows: readonly unknown[]): string[] {
  const lines: string[] = [];
  for (let at = 0; at < rows.length; at += ROWS_PER_LINE)
    lines.push(JSON.stringify(rows.slice(at, at + ROWS_PER_LINE)));
  return lines;
}

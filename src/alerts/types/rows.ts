// Numbers by event time: [time, weight, value], row after row in one flat list, sorted by time. One list of plain numbers
// a key is what a million keys can afford. Pure.

/** Numbers of a row. */
export const ROW = 3;

/** So many rows are kept as they are; of more, those of one slot become one. */
export const MAX_ROWS = 2048;
/** Slots in a window: by so small a part of it the edge can be off where there are more than `MAX_ROWS` rows. */
export const SLOTS = 1024;

/** By time, after those of the same time. Gives the place in the list. */
export function addRow(rows: number[], time: number, weight: number, value: number): number {
  const end = rows.length;
  if (end === 0 || rows[end - ROW]! <= time) {
    rows.push(time, weight, value);
    return end;
  }
  const at = rowAfter(rows, time);
  rows.splice(at, 0, time, weight, value);
  return at;
}

/** Place of the first row that is later than `time`; the length of the list when none is. */
export function rowAfter(rows: readonly number[], time: number): number {
  let low = 0;
  let high = rows.length / ROW;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle * ROW]! <= time) low = middle + 1;
    else high = middle;
  }
  return low * ROW;
}

/** Two values that become one. */
export type Merge = (a: number, b: number) => number;

/**
 * Rows of one slot become one, at the time of the latest of them: weights add up, values as `merge` says. Where `bin` is
 * given only values of one bin meet.
 */
export function coarsen(rows: number[], slotMs: number, merge: Merge, bin?: (value: number) => number): void {
  const open = new Map<number, number>();
  let slot = Number.NEGATIVE_INFINITY;
  let end = 0;
  for (let at = 0; at < rows.length; at += ROW) {
    const [time, weight, value] = [rows[at]!, rows[at + 1]!, rows[at + 2]!];
    const own = Math.floor(time / slotMs);
    if (own !== slot) {
      slot = own;
      open.clear();
    }
    const kind = bin === undefined ? 0 : bin(value);
    const into = open.get(kind);
    if (into === undefined) {
      open.set(kind, end);
      rows[end] = time;
      rows[end + 1] = weight;
      rows[end + 2] = value;
      end += ROW;
    } else {
      // In bins the earlier times stay, or the list would not be sorted: they are of the same slot.
      if (bin === undefined) rows[into] = time;
      rows[into + 1] = rows[into + 1]! + weight;
      rows[into + 2] = merge(rows[into + 2]!, value);
    }
  }
  rows.length = end;
}

/** Times after `to` become `to`: the clock was set back. */
export function clampRows(rows: number[], to: number): void {
  for (let at = rows.length - ROW; at >= 0 && rows[at]! > to; at -= ROW) rows[at] = to;
}

/** The first time, and from each to the next: much shorter as text. */
export function packRows(rows: readonly number[]): number[] {
  return rows.map((value, i) => (i % ROW === 0 && i > 0 ? value - rows[i - ROW]! : value));
}

/** Undefined where it is no such list. */
export function unpackRows(packed: unknown): number[] | undefined {
  if (!Array.isArray(packed) || packed.length % ROW !== 0 || !packed.every(Number.isFinite)) return undefined;
  let time = 0;
  return packed.map((value: number, i) => {
    if (i % ROW !== 0) return value;
    time += value;
    return time;
  });
}

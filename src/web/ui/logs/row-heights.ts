/** So many rows tell how high others may be. */
const ENOUGH = 5;

/**
 * The heights of many rows and where each begins, pixels. Rows are told apart by
 * their keys, so a measured one keeps its height when others come before it.
 */
export class RowHeights {
  readonly #measured = new Map<string, number>();
  #estimate: number;
  #keys: readonly string[] = [];
  /** `#starts[n]`: top of row n; one more than there are rows. */
  #starts = new Float64Array(1);

  constructor(estimate: number) {
    this.#estimate = estimate;
  }

  get count(): number {
    return this.#keys.length;
  }

  get total(): number {
    return this.#starts[this.#keys.length]!;
  }

  /** Other rows, in their order. */
  setKeys(keys: readonly string[]): void {
    this.#keys = keys;
    if (this.#measured.size > 4 * keys.length + 1000) this.#forgetOthers();
    if (this.#starts.length <= keys.length)
      this.#starts = new Float64Array(Math.max(keys.length + 1, this.#starts.length * 2));
    this.#sumFrom(0);
  }

  top(index: number): number {
    return this.#starts[index]!;
  }

  heightOf(index: number): number {
    return this.#starts[index + 1]! - this.#starts[index]!;
  }

  /** Takes what was measured. How much of the change lies wholly above `edge`: so far the rows in sight have moved. */
  measure(found: Iterable<readonly [index: number, height: number]>, edge: number): number {
    const all = [...found];
    // At the top of the list nothing lies above that could move: what has not been seen becomes like what is seen.
    if (edge === 0 && all.length >= ENOUGH) this.#learn(all.map(([, height]) => height));
    let moved = 0;
    let first = this.count;
    for (const [index, height] of all) {
      const key = this.#keys[index];
      if (key === undefined || Math.abs(height - this.heightOf(index)) < 0.5) {
        if (key !== undefined) this.#measured.set(key, height);
        continue;
      }
      if (this.#starts[index + 1]! <= edge) moved += height - this.heightOf(index);
      this.#measured.set(key, height);
      first = Math.min(first, index);
    }
    if (first < this.count) this.#sumFrom(first);
    return moved;
  }

  /** Rows have another form: what was measured holds no more. */
  reset(estimate: number): void {
    this.#estimate = estimate;
    this.#measured.clear();
    this.#sumFrom(0);
  }

  /** The row at this height; of a height beyond the end the last one. */
  indexAt(height: number): number {
    let [low, high] = [0, this.count - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= height) low = middle;
      else high = middle - 1;
    }
    return Math.max(0, low);
  }

  #sumFrom(first: number): void {
    const keys = this.#keys;
    const starts = this.#starts;
    for (let index = first; index < keys.length; index++)
      starts[index + 1] = starts[index]! + (this.#measured.get(keys[index]!) ?? this.#estimate);
  }

  #learn(heights: number[]): void {
    const middle = heights.sort((a, b) => a - b)[heights.length >> 1]!;
    if (Math.abs(middle - this.#estimate) < 0.5) return;
    this.#estimate = middle;
    this.#sumFrom(0);
  }

  #forgetOthers(): void {
    const kept = new Set(this.#keys);
    for (const key of this.#measured.keys()) if (!kept.has(key)) this.#measured.delete(key);
  }
}

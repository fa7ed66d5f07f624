/**
 * Values by 64-bit keys, for thousands of keys that come and go at once: neither a text nor an object for each of them.
 * Linear probing; the pair (0, 0) marks a free slot and is kept as (0, 1).
 */
export class KeyMap<T> {
  size = 0;
  #mask: number;
  #slots: Uint32Array;
  #values: (T | undefined)[];

  /** `slots`: a power of two. */
  constructor(slots = 256) {
    this.#mask = slots - 1;
    this.#slots = new Uint32Array(2 * slots);
    this.#values = new Array(slots).fill(undefined);
  }

  get(hi: number, lo: number): T | undefined {
    return this.#values[this.#find(hi, lowOf(hi, lo))];
  }

  set(hi: number, lo: number, value: T): void {
    if (2 * this.size > this.#mask) this.#grow();
    const low = lowOf(hi, lo);
    const at = this.#find(hi, low);
    if (this.#isFree(at)) this.size++;
    this.#put(at, hi, low, value);
  }

  delete(hi: number, lo: number): void {
    let free = this.#find(hi, lowOf(hi, lo));
    if (this.#isFree(free)) return;
    this.size--;
    const slots = this.#slots;
    // Those behind it that would not be found across the gap move into it.
    for (let i = (free + 1) & this.#mask; !this.#isFree(i); i = (i + 1) & this.#mask) {
      const home = slots[2 * i + 1]! & this.#mask;
      if (((i - home) & this.#mask) < ((i - free) & this.#mask)) continue;
      this.#put(free, slots[2 * i]!, slots[2 * i + 1]!, this.#values[i]);
      free = i;
    }
    this.#put(free, 0, 0, undefined);
  }

  /** Where it is, or the free slot where it would be. */
  #find(hi: number, low: number): number {
    const slots = this.#slots;
    let i = low & this.#mask;
    while ((slots[2 * i] !== hi || slots[2 * i + 1] !== low) && !this.#isFree(i)) i = (i + 1) & this.#mask;
    return i;
  }

  #isFree(i: number): boolean {
    return this.#slots[2 * i] === 0 && this.#slots[2 * i + 1] === 0;
  }

  #put(i: number, hi: number, low: number, value: T | undefined): void {
    this.#slots[2 * i] = hi;
    this.#slots[2 * i + 1] = low;
    this.#values[i] = value;
  }

  #grow(): void {
    const slots = this.#slots;
    const values = this.#values;
    this.#mask = 2 * this.#mask + 1;
    this.#slots = new Uint32Array(2 * (this.#mask + 1));
    this.#values = new Array(this.#mask + 1).fill(undefined);
    for (let i = 0; i < values.length; i++) {
      const hi = slots[2 * i]!;
      const low = slots[2 * i + 1]!;
      if (hi !== 0 || low !== 0) this.#put(this.#find(hi, low), hi, low, values[i]);
    }
  }
}

function lowOf(hi: number, lo: number): number {
  return hi === 0 && lo === 0 ? 1 : lo;
}

import { counter } from '../../core/metrics.ts';

/** Ordinals beyond the first gap that are remembered of one line. */
const MAX_BEYOND = 1000;

const forgotten = counter(
  'longshore_join_forgotten_ordinals_total',
  'Ordinals of pieces that are out and no longer remembered: such a piece that is sent again is taken for a new one.',
);

/**
 * Ordinals from 1 on that are out. Those of a whole line are one number, however many they are; beyond a gap, so many
 * are remembered, and the oldest are forgotten first.
 */
export class Ordinals {
  /** 1 to this one are all in it. */
  #upTo = 0;
  readonly #beyond = new Set<number>();
  /** The greatest that ever was in it; 0: none. */
  highest = 0;

  get isEmpty(): boolean {
    return this.highest === 0;
  }

  /** The first one that is not in it. */
  get next(): number {
    return this.#upTo + 1;
  }

  has(ordinal: number): boolean {
    return ordinal <= this.#upTo || this.#beyond.has(ordinal);
  }

  add(ordinal: number): void {
    if (this.has(ordinal)) return;
    this.highest = Math.max(this.highest, ordinal);
    if (ordinal !== this.#upTo + 1) this.#keep(ordinal);
    else for (this.#upTo = ordinal; this.#beyond.delete(this.#upTo + 1); ) this.#upTo++;
  }

  #keep(ordinal: number): void {
    this.#beyond.add(ordinal);
    if (this.#beyond.size <= MAX_BEYOND) return;
    this.#beyond.delete(this.#beyond.values().next().value!);
    forgotten.inc();
  }
}

import { hash48 } from './hash48.ts';

const BYTES = 6;

/**
 * Which events a rule has counted: the latest ids, in two generations, so that forgetting costs nothing.
 * Holds at least the last `generation` ids and at most twice as many, each as a hash of 48 bits: of 8,000 ids one in
 * 30,000 million others is taken for known.
 */
export class SeenIds {
  readonly #generation: number;
  #current = new Set<number>();
  #previous = new Set<number>();
  /** Those since they were taken last, the latest of them. */
  #fresh: number[] = [];

  constructor(generation = 4096) {
    this.#generation = generation;
  }

  /** False when it was there before. */
  add(id: string): boolean {
    return this.#add(hash48(id));
  }

  /** The latest of them, oldest first. */
  latest(count: number): readonly number[] {
    return [...this.#previous, ...this.#current].slice(-count);
  }

  /** Those that came since this was called last, oldest first; of very many the latest. */
  takeFresh(): readonly number[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  /** As base64: 8 characters each. */
  packed(ids: readonly number[]): string {
    const bytes = Buffer.alloc(ids.length * BYTES);
    for (const [i, hash] of ids.entries()) bytes.writeUIntBE(hash, i * BYTES, BYTES);
    return bytes.toString('base64');
  }

  /** Knows also what another one knows. */
  adopt(other: SeenIds): void {
    for (const hash of other.latest(Number.MAX_SAFE_INTEGER)) this.#add(hash);
  }

  restore(saved: string): void {
    const bytes = Buffer.from(saved, 'base64');
    for (let at = 0; at + BYTES <= bytes.length; at += BYTES) this.#add(bytes.readUIntBE(at, BYTES));
  }

  #add(hash: number): boolean {
    if (this.#current.has(hash) || this.#previous.has(hash)) return false;
    this.#current.add(hash);
    this.#fresh.push(hash);
    if (this.#fresh.length > 2 * this.#generation) this.#fresh.splice(0, this.#generation);
    if (this.#current.size >= this.#generation) {
      this.#previous = this.#current;
      this.#current = new Set();
    }
    return true;
  }
}

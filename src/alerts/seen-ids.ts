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

  constructor(generation = 4096) {
    this.#generation = generation;
  }

  /** False when it was there before. */
  add(id: string): boolean {
    return this.#add(hash48(id));
  }

  /** The latest of them, oldest first, as base64: 8 characters each. */
  save(latest: number): string {
    const all = [...this.#previous, ...this.#current].slice(-latest);
    const bytes = Buffer.alloc(all.length * BYTES);
    for (const [i, hash] of all.entries()) bytes.writeUIntBE(hash, i * BYTES, BYTES);
    return bytes.toString('base64');
  }

  restore(saved: string): void {
    const bytes = Buffer.from(saved, 'base64');
    for (let at = 0; at + BYTES <= bytes.length; at += BYTES) this.#add(bytes.readUIntBE(at, BYTES));
  }

  #add(hash: number): boolean {
    if (this.#current.has(hash) || this.#previous.has(hash)) return false;
    this.#current.add(hash);
    if (this.#current.size >= this.#generation) {
      this.#previous = this.#current;
      this.#current = new Set();
    }
    return true;
  }
}

/** Something that stopped reading and wants to know when it may go on. */
export interface Waiter {
  /** Called when there is room again; it stops again if it finds none. */
  goOn(): void;
}

/** A number of bytes that many share. Whoever takes may go over it; from then on the others wait. */
export class ByteBudget {
  used = 0;
  readonly limit: number;
  readonly #waiting = new Set<Waiter>();

  constructor(limit: number) {
    this.limit = limit;
  }

  get isFull(): boolean {
    return this.used >= this.limit;
  }

  /** Whether so many more bytes would stay within it. */
  fits(bytes: number): boolean {
    return this.used + bytes <= this.limit;
  }

  take(bytes: number): void {
    this.used += bytes;
  }

  /** Gives bytes back, and wakes those who wait, the longest waiting first. */
  give(bytes: number): void {
    this.used -= bytes;
    // Who finds no room waits again, at the end of the line: not a second time in this round.
    let rounds = this.#waiting.size;
    for (const waiter of this.#waiting) {
      if (this.isFull || rounds-- === 0) return;
      this.#waiting.delete(waiter);
      waiter.goOn();
    }
  }

  wait(waiter: Waiter): void {
    this.#waiting.add(waiter);
  }

  forget(waiter: Waiter): void {
    this.#waiting.delete(waiter);
  }
}

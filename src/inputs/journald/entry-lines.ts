/** Cuts what a program writes into lines. */
export class EntryLines {
  readonly #maxBytes: number;
  #held: Buffer[] = [];
  #bytes = 0;
  #isSkipping = false;
  /** Lines that were left out because they are too long. */
  skipped = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that are whole now, without their ends. */
  push(read: Buffer): Buffer[] {
    const lines: Buffer[] = [];
    let from = 0;
    for (let at = read.indexOf(LF); at !== -1; at = read.indexOf(LF, from)) {
      this.#hold(read.subarray(from, at));
      from = at + 1;
      if (!this.#isSkipping && this.#bytes > 0)
        lines.push(this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held));
      this.#held = [];
      this.#bytes = 0;
      this.#isSkipping = false;
    }
    this.#hold(read.subarray(from));
    return lines;
  }

  #hold(part: Buffer): void {
    if (part.length === 0 || this.#isSkipping) return;
    this.#bytes += part.length;
    if (this.#bytes > this.#maxBytes) {
      this.#isSkipping = true;
      this.#held = [];
      this.skipped++;
    } else this.#held.push(part);
  }
}

const LF = 0x0a;

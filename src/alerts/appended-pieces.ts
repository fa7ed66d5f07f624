import type { PieceTaker } from './window-pieces.ts';

/** Of more pieces one is made. */
const MAX_PIECES = 24;

interface Piece {
  readonly name: string;
  readonly count: number;
}

/** The latest of a list that only grows, in pieces: what came since the last write is one, and the oldest go. */
export class AppendedPieces {
  readonly #prefix: string;
  readonly #limit: number;
  #pieces: Piece[] = [];
  #next = 0;

  /** `prefix`: one letter. `limit`: so many of the latest must be there. */
  constructor(prefix: string, limit: number) {
    this.#prefix = prefix;
    this.#limit = limit;
  }

  /** `fresh`: since this was called last. `all`: the latest, `limit` of them or fewer. */
  take<T>(
    fresh: readonly T[],
    all: () => readonly T[],
    isWhole: boolean,
    text: (some: readonly T[]) => string,
    to: PieceTaker,
  ): void {
    if (isWhole || this.#pieces.length >= MAX_PIECES || fresh.length >= this.#limit) {
      this.#dropTo(0, to);
      this.#put(all(), text, to);
      return;
    }
    this.#put(fresh, text, to);
    let rest = this.#pieces.reduce((sum, { count }) => sum + count, 0);
    let gone = 0;
    while (gone < this.#pieces.length && rest - this.#pieces[gone]!.count >= this.#limit)
      rest -= this.#pieces[gone++]!.count;
    this.#dropTo(this.#pieces.length - gone, to);
  }

  /** It is over with the list. */
  drop(to: PieceTaker): void {
    this.#dropTo(0, to);
  }

  *names(): IterableIterator<string> {
    for (const { name } of this.#pieces) yield name;
  }

  /** Gives the texts of its pieces, the oldest first. `countOf`: how many a text has. */
  restore(pieces: ReadonlyMap<string, readonly string[]>, countOf: (text: string) => number): string[] {
    const own = [...pieces].flatMap(([name, [text = '']]) => {
      const number = name.startsWith(this.#prefix) ? Number(name.slice(1)) : Number.NaN;
      return Number.isSafeInteger(number) ? [{ name, number, text }] : [];
    });
    own.sort((a, b) => a.number - b.number);
    this.#pieces = own.map(({ name, text }) => ({ name, count: countOf(text) }));
    this.#next = (own.at(-1)?.number ?? -1) + 1;
    return own.map(({ text }) => text);
  }

  #put<T>(some: readonly T[], text: (some: readonly T[]) => string, to: PieceTaker): void {
    if (some.length === 0) return;
    const name = `${this.#prefix}${this.#next++}`;
    this.#pieces.push({ name, count: some.length });
    to.put(name, [text(some)]);
  }

  #dropTo(count: number, to: PieceTaker): void {
    for (const { name } of this.#pieces.splice(0, this.#pieces.length - count)) to.drop(name);
  }
}

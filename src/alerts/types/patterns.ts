/** What stands for a word that differs from line to line. */
export const WILDCARD = '<*>';

const MAX_CHARS = 2000;
const MAX_WORDS = 48;
/** Kinds of lines of one length are told apart by their first word, up to so many words. */
const MAX_FIRST_WORDS = 64;
/** Beyond it the oldest go, so many at once. */
const ROOM = 0.1;

/** A kind of line. */
export interface Pattern {
  readonly words: string[];
  /** Counts up with each line: the one used last has the highest. */
  used: number;
}

/** Lines by how many words they have, then by the first one. */
type Tree = Map<number, Map<string, Pattern[]>>;

/**
 * The kinds of lines that were seen, found by a tree of fixed depth: length, first word, then the most alike. Words with a
 * digit never count; where lines of one kind differ, their pattern has a wildcard. Pure, bounded.
 */
export class Patterns {
  readonly #tree: Tree = new Map();
  readonly #limit: number;
  readonly #alike: number;
  #size = 0;
  #clock = 0;

  /** `alike`: the share of words that two lines of one kind have in common at least, 0 to 1. */
  constructor(limit: number, alike: number) {
    this.#limit = Math.max(1, limit);
    this.#alike = alike;
  }

  get size(): number {
    return this.#size;
  }

  /** The pattern that a line began; undefined when it is of a kind that is known, or empty. */
  add(line: string): Pattern | undefined {
    const words = wordsOf(line);
    if (words.length === 0) return undefined;
    const leaf = this.#leaf(words);
    const known = this.#mostAlike(leaf, words);
    if (known === undefined) return this.#put(leaf, words);
    known.used = ++this.#clock;
    return undefined;
  }

  /** Makes room where there are too many; gives how many went. */
  forget(): number {
    if (this.#size <= this.#limit) return 0;
    const all = [...this.all()].sort((a, b) => a.used - b.used);
    const gone = new Set(all.slice(0, this.#size - Math.floor(this.#limit * (1 - ROOM))));
    for (const [length, leaves] of this.#tree) {
      for (const [word, leaf] of leaves) {
        const left = leaf.filter(pattern => !gone.has(pattern));
        if (left.length === 0) leaves.delete(word);
        else leaves.set(word, left);
      }
      if (leaves.size === 0) this.#tree.delete(length);
    }
    this.#size -= gone.size;
    return gone.size;
  }

  *all(): IterableIterator<Pattern> {
    for (const leaves of this.#tree.values()) for (const leaf of leaves.values()) yield* leaf;
  }

  /** Their leaf and words, and how lately they were used. */
  save(): [leaf: string, words: string[], used: number][] {
    const rows: [string, string[], number][] = [];
    for (const leaves of this.#tree.values())
      for (const [word, leaf] of leaves) for (const { words, used } of leaf) rows.push([word, words, used]);
    return rows;
  }

  /** Takes over one that `save` gave, after those before it. */
  restore(word: string, words: readonly string[], used: number): void {
    if (words.length === 0 || words.length > MAX_WORDS) return;
    const leaves = this.#leaves(words.length);
    const leaf = leaves.get(word) ?? [];
    leaves.set(word, leaf);
    this.#put(leaf, [...words]).used = used;
    this.#clock = Math.max(this.#clock, used);
  }

  #put(leaf: Pattern[], words: string[]): Pattern {
    const pattern = { words, used: ++this.#clock };
    leaf.push(pattern);
    this.#size++;
    return pattern;
  }

  #leaves(length: number): Map<string, Pattern[]> {
    let leaves = this.#tree.get(length);
    if (leaves === undefined) {
      leaves = new Map();
      this.#tree.set(length, leaves);
    }
    return leaves;
  }

  #leaf(words: readonly string[]): Pattern[] {
    const leaves = this.#leaves(words.length);
    const known = leaves.get(words[0]!);
    if (known !== undefined) return known;
    const word = leaves.size >= MAX_FIRST_WORDS ? WILDCARD : words[0]!;
    const leaf = leaves.get(word) ?? [];
    leaves.set(word, leaf);
    return leaf;
  }

  /** What differs becomes a wildcard. */
  #mostAlike(leaf: readonly Pattern[], words: readonly string[]): Pattern | undefined {
    const { length } = words;
    let best: Pattern | undefined;
    let most = Math.max(1, Math.ceil(this.#alike * length)) - 1;
    for (const pattern of leaf) {
      const own = pattern.words;
      let same = 0;
      let wild = 0;
      for (let i = 0; i < length; i++) {
        const word = own[i];
        if (word === words[i]) same++;
        else if (word === WILDCARD) wild++;
        // Too few are left.
        else if (same + length - i - 1 <= most) break;
      }
      if (same <= most) continue;
      if (same + wild === length) return pattern;
      best = pattern;
      most = same;
    }
    if (best === undefined) return undefined;
    const own = best.words;
    for (let i = 0; i < length; i++) if (own[i] !== words[i]) own[i] = WILDCARD;
    return best;
  }
}

/** The words of the first line of a text; a wildcard for each with a digit. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  const end = Math.min(text.length, MAX_CHARS);
  let from = -1;
  let hasDigit = false;
  for (let i = 0; i <= end; i++) {
    const code = i === end ? 32 : text.charCodeAt(i);
    const isLineEnd = code === 10 || code === 13;
    if (code === 32 || code === 9 || isLineEnd) {
      if (from >= 0) {
        words.push(hasDigit ? WILDCARD : text.slice(from, i));
        from = -1;
        hasDigit = false;
        if (words.length === MAX_WORDS) return words;
      }
      if (isLineEnd && words.length > 0) return words;
    } else {
      if (from < 0) from = i;
      if (code >= 48 && code <= 57) hasDigit = true;
    }
  }
  return words;
}

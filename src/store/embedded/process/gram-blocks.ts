import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** Times of events, epoch milliseconds, both inclusive. */
export type Span = readonly [from: number, to: number];

/** A bit for each. */
export const MOST_BLOCKS = 32;
/** Any of them, and what is in none. */
export const ANYWHERE = ~0;
/** More of them are not kept: what has so many different ones is mostly noise. */
const MAX_GRAMS = 200_000;

/**
 * In which parts of a segment its grams are: it has up to 32 blocks of messages that follow one another, each with the times of
 * its events. Grams that are in all of them are left out.
 */
export class GramBlocks {
  readonly spans: readonly Span[];
  readonly #grams: Int32Array;
  readonly #masks: Int32Array;

  /** `grams` is ascending; `masks`: in which blocks each of them is. */
  constructor(spans: readonly Span[], grams: Int32Array, masks: Int32Array) {
    this.spans = spans;
    this.#grams = grams;
    this.#masks = masks;
  }

  get bytes(): number {
    return this.#grams.byteLength * 2;
  }

  /** For a gram that the segment has. */
  maskOf(gram: number): number {
    let low = 0;
    let high = this.#grams.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#grams[middle]! < gram) low = middle + 1;
      else high = middle;
    }
    return this.#grams[low] === gram ? this.#masks[low]! : ANYWHERE;
  }

  toBytes(): Buffer {
    const both = new Int32Array(this.#grams.length * 2);
    let last = 0;
    this.#grams.forEach((gram, i) => {
      both[i] = gram - last;
      last = gram;
    });
    both.set(this.#masks, this.#grams.length);
    return zstdCompressSync(Buffer.from(both.buffer));
  }

  static fromBytes(spans: readonly Span[], bytes: Buffer): GramBlocks {
    const raw = zstdDecompressSync(bytes);
    const both = new Int32Array(raw.length / 4);
    Buffer.from(both.buffer).set(raw);
    const grams = both.slice(0, both.length / 2);
    let last = 0;
    for (let i = 0; i < grams.length; i++) {
      last += grams[i]!;
      grams[i] = last;
    }
    return new GramBlocks(spans, grams, both.slice(both.length / 2));
  }
}

/** Puts blocks together. */
export class BlocksBuilder {
  readonly #size: number;
  readonly #spans: [number, number][] = [];
  readonly #grams: Int32Array[] = [];

  /** `size`: of the set of grams, in bits. */
  constructor(size: number) {
    this.#size = size;
  }

  addSpan(block: number, [from, to]: Span): void {
    this.#spans[block] ??= [from, to];
    const span = this.#spans[block];
    span[0] = Math.min(span[0], from);
    span[1] = Math.max(span[1], to);
  }

  /** The set of the grams of a block, to be filled. */
  gramsOf(block: number): Int32Array {
    this.#grams[block] ??= new Int32Array(this.#size / 32);
    return this.#grams[block];
  }

  /** The sets of all blocks that have some. */
  get grams(): Int32Array[] {
    return this.#grams.filter(grams => grams !== undefined);
  }

  /** Those of another filter. `place`: which block here each of its blocks is. */
  addAll(grams: Int32Array, blocks: GramBlocks, place: (block: number) => number): void {
    const sets = blocks.spans.map((span, i) => {
      const at = place(i);
      this.addSpan(at, span);
      return this.gramsOf(at);
    });
    eachBit(grams, gram => {
      const mask = blocks.maskOf(gram);
      for (let i = 0; i < sets.length; i++) if ((mask & (1 << i)) !== 0) sets[i]![gram >>> 5]! |= 1 << (gram & 31);
    });
  }

  /** Undefined when they say nothing. */
  finish(): GramBlocks | undefined {
    const spans = Array.from(this.#spans);
    if (spans.length < 2 || spans.some(span => span === undefined)) return undefined;
    const masks = new Int32Array(this.#size);
    this.#grams.forEach((set, block) => {
      eachBit(set, gram => {
        masks[gram]! |= 1 << block;
      });
    });
    const all = spans.length === MOST_BLOCKS ? ANYWHERE : (1 << spans.length) - 1;
    const grams: number[] = [];
    for (let gram = 0; gram < masks.length; gram++) {
      const mask = masks[gram]!;
      if (mask !== 0 && mask !== all) grams.push(gram);
    }
    if (grams.length > MAX_GRAMS) return undefined;
    return new GramBlocks(
      spans,
      Int32Array.from(grams),
      Int32Array.from(grams, gram => masks[gram]!),
    );
  }
}

function eachBit(words: Int32Array, take: (bit: number) => void): void {
  for (let i = 0; i < words.length; i++) {
    for (let word = words[i]!; word !== 0; word &= word - 1) take(i * 32 + 31 - Math.clz32(word & -word));
  }
}

/** Between blocks that follow one another, where senders' times are whole seconds. */
const GAP_MS = 1000;

/** Spans in their order, those that touch as one. */
export function joined(spans: readonly Span[]): Span[] {
  const all: [number, number][] = [];
  for (const [from, to] of spans.toSorted((a, b) => a[0] - b[0])) {
    const last = all.at(-1);
    if (last !== undefined && from <= last[1] + GAP_MS) last[1] = Math.max(last[1], to);
    else all.push([from, to]);
  }
  return all;
}

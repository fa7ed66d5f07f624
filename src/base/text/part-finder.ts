import { fold } from './fold.ts';

/** Lengths of grams, in characters. A part is known by one of the longest that it has. */
const WIDE = 8;
const NARROW = 4;
/** Bits for each part: of so many, few are set for another's gram. */
const BITS = 64;
/** Of few parts, 2 to the power of this. */
const MIN_WIDTH = 12;
const FACTOR = 0x9e3779b1;
const WIDE_FACTOR = 0x85ebca6b;
/** Every text has numbers. */
const DIGITS_COST = 32;
const MAX_TEXTS = 0x3fff_ffff;
/** Shorter texts are copied one character at a time, longer ones into memory of their own. */
const MIN_ENCODED = 32;
const MAX_COPY = 65_536;
const NUL = 0xff;
const MAX_AT_ONCE = 1024;

/** A part that texts are searched for, and what it stands for. */
export interface Part<T> {
  /** Folded (`fold`), not empty. */
  readonly part: string;
  readonly target: T;
}

interface Entry<T> {
  /** Its characters, as `units` has them. */
  readonly codes: Uint8Array;
  /** How many of them stand before the end of its gram. */
  readonly end: number;
  readonly target: T;
  readonly next: Entry<T> | undefined;
  /** The text that had it last. */
  foundBy: number;
}

/**
 * Finds which of many parts a text has, in any case, in one pass over the text however many they are. Each part is known
 * by that gram (some neighbouring characters) of it that the fewest others have; where a text has it, the rest is compared.
 *
 * A character is one byte here: letters of ASCII in lower case are themselves, others share bytes with some more. So it
 * may find a part that is not there, if it has characters beyond ASCII; it never misses one.
 */
export class PartFinder<T> {
  /** One bit for each hash of a gram. */
  readonly #bits: Int32Array;
  readonly #shift: number;
  readonly #entries = new Map<number, Entry<T>>();
  readonly #hasWide: boolean;
  /** Of the lengths of the other grams: which of the last characters count. */
  readonly #masks: Int32Array;
  readonly #found: T[] = [];
  readonly #units = unitBytes();
  #text = 0;

  constructor(parts: readonly Part<T>[]) {
    const width = Math.max(MIN_WIDTH, Math.ceil(Math.log2(parts.length * BITS + 1)));
    this.#shift = 32 - width;
    this.#bits = new Int32Array(2 ** (width - 5));
    const all = parts.map(({ part, target }) => {
      const codes = codesOf(part, this.#units);
      return { codes, grams: gramsOf(codes), target };
    });
    const counts = new Map<number, number>();
    for (const { grams } of all) for (const { key } of grams) counts.set(key, (counts.get(key) ?? 0) + 1);
    for (const { codes, grams, target } of all) {
      let chosen = grams[0]!;
      let least = Number.POSITIVE_INFINITY;
      for (const gram of grams) {
        const cost = counts.get(gram.key)! * (gram.isNumber ? DIGITS_COST : 1);
        if (cost >= least) continue;
        least = cost;
        chosen = gram;
      }
      const { key, end } = chosen;
      this.#entries.set(key, { codes, end, target, next: this.#entries.get(key), foundBy: 0 });
      const bit = Math.imul(key, FACTOR) >>> this.#shift;
      this.#bits[bit >>> 5]! |= 1 << (bit & 31);
    }
    const lengths = new Set(all.map(({ codes }) => gramLength(codes.length)));
    this.#hasWide = lengths.delete(WIDE);
    this.#masks = Int32Array.from(lengths, length => (length === NARROW ? -1 : 2 ** (8 * length) - 1));
  }

  /** What the parts of the text stand for, each once; the list is used again for the next text. */
  find(text: string): readonly T[] {
    this.#found.length = 0;
    if (++this.#text > MAX_TEXTS) this.#forget();
    const { length } = text;
    const bytes = length <= copy.length ? copy : new Uint8Array(length);
    // Of more than ASCII it makes more than a byte each.
    const isCopied = length >= MIN_ENCODED && encoder.encodeInto(text, bytes).written === length;
    if (!isCopied) for (let i = 0; i < length; i++) bytes[i] = this.#units[text.charCodeAt(i)]!;
    let from = 0;
    while (from < length) from = this.#look(bytes, length, from);
    return this.#found;
  }

  /** Looks at so many characters as have room; where the next ones begin. */
  #look(bytes: Uint8Array, length: number, from: number): number {
    const to = Math.min(length, from + MAX_AT_ONCE);
    if (this.#hasWide) {
      const count = wideHits(bytes, from, to, this.#bits, this.#shift);
      for (let i = 0; i < count; i++) this.#compare(wideKey(bytes, hits[i]!), bytes, length, hits[i]! + 1);
    }
    for (const mask of this.#masks) {
      const count = narrowHits(bytes, from, to, this.#bits, this.#shift, mask);
      for (let i = 0; i < count; i++) this.#compare(fourAt(bytes, hits[i]!) & mask, bytes, length, hits[i]! + 1);
    }
    return to;
  }

  #forget(): void {
    for (const first of this.#entries.values())
      for (let entry: Entry<T> | undefined = first; entry !== undefined; entry = entry.next) entry.foundBy = 0;
    this.#text = 1;
  }

  /** Takes the parts that are known by the gram before `end`, and the rest of which is around it. */
  #compare(key: number, bytes: Uint8Array, length: number, end: number): void {
    for (let entry = this.#entries.get(key); entry !== undefined; entry = entry.next) {
      if (entry.foundBy === this.#text || !isAt(entry.codes, bytes, length, end - entry.end)) continue;
      entry.foundBy = this.#text;
      this.#found.push(entry.target);
    }
  }
}

function isAt(codes: Uint8Array, bytes: Uint8Array, length: number, start: number): boolean {
  if (start < 0 || start + codes.length > length) return false;
  for (let i = 0; i < codes.length; i++) if (LOWER[bytes[start + i]!] !== codes[i]) return false;
  return true;
}

/*
 * Nothing is called in these loops, which run over every character of every event: where the bit of a gram is set is noted
 * in `hits` (the place of its last character), and how often is returned.
 */

function wideHits(bytes: Uint8Array, from: number, to: number, bits: Int32Array, shift: number): number {
  let count = 0;
  let last = from === 0 ? 0 : fourAt(bytes, from - 1);
  let before = from < NARROW ? 0 : fourAt(bytes, from - 1 - NARROW);
  for (let i = from; i < to; i++) {
    before = (before << 8) | (last >>> 24);
    last = (last << 8) | LOWER[bytes[i]!]!;
    const bit = Math.imul(Math.imul(before, WIDE_FACTOR) ^ last, FACTOR) >>> shift;
    if (((bits[bit >>> 5]! >>> (bit & 31)) & 1) !== 0) hits[count++] = i;
  }
  return count;
}

function narrowHits(
  bytes: Uint8Array,
  from: number,
  to: number,
  bits: Int32Array,
  shift: number,
  mask: number,
): number {
  let count = 0;
  let last = from === 0 ? 0 : fourAt(bytes, from - 1);
  for (let i = from; i < to; i++) {
    last = (last << 8) | LOWER[bytes[i]!]!;
    const bit = Math.imul(last & mask, FACTOR) >>> shift;
    if (((bits[bit >>> 5]! >>> (bit & 31)) & 1) !== 0) hits[count++] = i;
  }
  return count;
}

/** The four characters up to this place; 0 where there are none. */
function fourAt(bytes: Uint8Array, end: number): number {
  let four = 0;
  for (let i = end - NARROW + 1; i <= end; i++) four = (four << 8) | (i < 0 ? 0 : LOWER[bytes[i]!]!);
  return four;
}

const wideKey = (bytes: Uint8Array, end: number): number =>
  Math.imul(fourAt(bytes, end - NARROW), WIDE_FACTOR) ^ fourAt(bytes, end);

const hits = new Int32Array(MAX_AT_ONCE);
const encoder = new TextEncoder();
const copy = new Uint8Array(MAX_COPY);

/** Of bytes that are ASCII or, above it, what `unitBytes` has made of others. */
const LOWER = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === 0 ? NUL : byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte,
);

const gramLength = (length: number): number => (length >= WIDE ? WIDE : Math.min(length, NARROW));

const codesOf = (part: string, units: Uint8Array): Uint8Array =>
  Uint8Array.from({ length: part.length }, (_, i) => units[part.charCodeAt(i)]!);

interface Gram {
  readonly key: number;
  readonly end: number;
  readonly isNumber: boolean;
}

/** Each once. */
function gramsOf(codes: Uint8Array): Gram[] {
  const length = gramLength(codes.length);
  const grams = new Map<number, Gram>();
  let before = 0;
  let last = 0;
  let digits = 0;
  for (const [i, code] of codes.entries()) {
    before = (before << 8) | (last >>> 24);
    last = (last << 8) | code;
    digits = code >= 0x30 && code <= 0x39 ? digits + 1 : 0;
    if (i + 1 < length) continue;
    const key = length === WIDE ? Math.imul(before, WIDE_FACTOR) ^ last : last;
    if (!grams.has(key)) grams.set(key, { key, end: i + 1, isNumber: digits >= length });
  }
  return [...grams.values()];
}

let units: Uint8Array | undefined;

/** The byte of each UTF-16 unit, never 0. Halves of pairs have one for all: folding changes them together only. */
function unitBytes(): Uint8Array {
  units ??= Uint8Array.from({ length: 0x10000 }, (_, code) => {
    if (code === 0) return NUL;
    if (code >= 0xd800 && code <= 0xdfff) return 0xfe;
    const folded = fold(String.fromCharCode(code)).charCodeAt(0);
    return folded < 0x80 ? folded : 0x80 | (folded & 0x7f);
  });
  return units;
}

import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { fold } from '../../../base/text/fold.ts';
import type { FieldTerm, Requirements } from '../../../core/contracts.ts';
import { DECLARED_FIELDS, type DeclaredField } from '../../../core/schema/fields.ts';
import { ANYWHERE, BlocksBuilder, GramBlocks, joined, type Span } from './gram-blocks.ts';

/*
 * Which words a segment may have: what its filter does not know is not in it, so that a search for a rare word reads few
 * segments and one for a word that is nowhere none. A filter has two sets of bits:
 *
 *     grams    every four letters of ASCII that follow one another in a `message`, in any case: a part of a word is found, too
 *     values   the whole values of declared keywords, in any case: ids, addresses, names
 *
 * It also has the names of undeclared fields that are in no column of the segment: a field with neither is not looked for. And in
 * which parts of a larger segment its grams are (gram-blocks.ts).
 * File: magic(8: "LSWORDS" 0x03) crc32(u32 LE of the rest) length(u32 LE: bytes of the head) length(u32 LE: bytes of grams)
 * head(JSON: {"names":[...] or null: too many,"values":bytes of values,"spans":[[from,to],...]}) grams values blocks, all compressed
 * with zstd. Of version 2 the head is the names alone, and there are no blocks; of version 1 there is no head, nor its length.
 * It is made anew from nothing but the segment: one that is missing or damaged makes searches slower, never wrong.
 */
const MAGIC = Buffer.from('LSWORDS\x03', 'latin1');
const MAGIC_2 = Buffer.from('LSWORDS\x02', 'latin1');
const MAGIC_1 = Buffer.from('LSWORDS\x01', 'latin1');
const HEAD = MAGIC.length + 12;
const HEAD_1 = MAGIC_1.length + 8;

/** Bits of each set, as powers of two. */
const GRAM_BITS = 20;
const VALUE_BITS = 21;
const GRAM = 4;
/** Bits of one value. */
const VALUE_HASHES = 3;

/** Columns whose values are kept whole. */
export const KEYWORDS = (Object.keys(DECLARED_FIELDS) as DeclaredField[]).filter(
  name => DECLARED_FIELDS[name] === 'keyword',
);
const isKeyword = new Set<string>(KEYWORDS);

/** Of a byte of UTF-8: the letter of ASCII in lower case; 0 for what is no ASCII, and parts words. */
const LOWER = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 128 ? fold(String.fromCharCode(byte)).charCodeAt(0) : 0,
);
/** The same, where the last letter of a gram is. */
const NEXT = Int32Array.from(LOWER, letter => letter << 21);
/** Characters of two and three bytes that are letters of ASCII in lower case: İ and the Kelvin sign. */
const UNLIKE: readonly (readonly [char: Buffer, letter: string])[] = [
  [Buffer.from('\u0130'), 'i'],
  [Buffer.from('\u212a'), 'k'],
];

interface Head {
  readonly names: readonly string[] | null;
  /** Bytes. */
  readonly values: number;
  /** Of the blocks; none: there are no blocks. */
  readonly spans: readonly Span[];
}

export class WordFilter {
  #grams: Int32Array | Buffer;
  #values: Int32Array | Buffer;
  /** Keys at the top of what the column `fields` has; undefined: not known. */
  names: readonly string[] | undefined;
  #blocks: GramBlocks | { spans: readonly Span[]; bytes: Buffer } | undefined;

  /** Both may be compressed still. */
  constructor(
    grams: Int32Array | Buffer = new Int32Array(2 ** (GRAM_BITS - 5)),
    values: Int32Array | Buffer = new Int32Array(2 ** (VALUE_BITS - 5)),
  ) {
    this.#grams = grams;
    this.#values = values;
  }

  /** In memory. */
  get bytes(): number {
    const blocks = this.#blocks instanceof GramBlocks ? this.#blocks.bytes : 0;
    return this.#grams.byteLength + this.#values.byteLength + blocks;
  }

  get grams(): Int32Array {
    const grams = this.#grams instanceof Int32Array ? this.#grams : wordsOf(this.#grams, GRAM_BITS);
    this.#grams = grams;
    return grams;
  }

  get values(): Int32Array {
    const values = this.#values instanceof Int32Array ? this.#values : wordsOf(this.#values, VALUE_BITS);
    this.#values = values;
    return values;
  }

  /** Undefined: not known. */
  get blocks(): GramBlocks | undefined {
    const blocks = this.#blocks;
    if (blocks === undefined || blocks instanceof GramBlocks) return blocks;
    const unpacked = GramBlocks.fromBytes(blocks.spans, blocks.bytes);
    this.#blocks = unpacked;
    return unpacked;
  }

  set blocks(blocks: GramBlocks | undefined) {
    this.#blocks = blocks;
  }

  static newBlocks(): BlocksBuilder {
    return new BlocksBuilder(2 ** GRAM_BITS);
  }

  /** What `addMessages` put into blocks. */
  addBlocks(blocks: BlocksBuilder): void {
    for (const grams of blocks.grams) addBits(this.grams, grams);
    this.#blocks = blocks.finish();
  }

  /** Messages in UTF-8, with something that is no ASCII between two of them; all are of one block, if there are blocks. */
  addMessages(bytes: Uint8Array, blocks?: BlocksBuilder, block = 0): void {
    const grams = blocks === undefined ? this.grams : blocks.gramsOf(block);
    setGrams(grams, bytes);
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (UNLIKE.some(([char]) => buffer.includes(char))) setGrams(grams, likeAscii(buffer));
  }

  /** Of a declared keyword. */
  addValue(text: string): void {
    const { values } = this;
    for (const bit of bitsOf(text)) values[bit >>> 5]! |= 1 << (bit & 31);
  }

  /** Everything that another one knows. */
  addAll(other: WordFilter): void {
    addBits(this.grams, other.grams);
    addBits(this.values, other.values);
  }

  /** False when no event of the segment has what is asked for. */
  may(asked: Asked): boolean {
    return asked.every(terms => terms.some(term => this.#has(term)));
  }

  #has([set, bits]: AskedTerm): boolean {
    return bits.every(bit => isSet(this[set], bit));
  }

  /** Times of the events that may have what is asked for; undefined: any. */
  spans(asked: Asked): readonly Span[] | undefined {
    const { blocks } = this;
    if (blocks === undefined) return undefined;
    let mask = ANYWHERE;
    for (const terms of asked) {
      let any = 0;
      for (const term of terms) {
        if (!this.#has(term)) continue;
        // Values are not told apart by block.
        any |= term[0] === 'values' ? ANYWHERE : term[1].reduce((all, gram) => all & blocks.maskOf(gram), ANYWHERE);
      }
      mask &= any;
    }
    return mask === ANYWHERE ? undefined : joined(blocks.spans.filter((_, block) => (mask & (1 << block)) !== 0));
  }

  toFile(): Buffer {
    const grams = zstdCompressSync(bytesOf(this.grams));
    const values = zstdCompressSync(bytesOf(this.values));
    const { blocks } = this;
    const about: Head = { names: this.names ?? null, values: values.length, spans: blocks?.spans ?? [] };
    const names = Buffer.from(JSON.stringify(about));
    const head = Buffer.alloc(HEAD);
    const rest = Buffer.concat([names, grams, values, ...(blocks === undefined ? [] : [blocks.toBytes()])]);
    MAGIC.copy(head);
    head.writeUInt32LE(crc32(rest), MAGIC.length);
    head.writeUInt32LE(names.length, MAGIC.length + 4);
    head.writeUInt32LE(grams.length, MAGIC.length + 8);
    return Buffer.concat([head, rest]);
  }

  /** Undefined for anything that is none. */
  static fromFile(file: Buffer): WordFilter | undefined {
    const magic = file.subarray(0, MAGIC.length);
    const isFirst = magic.equals(MAGIC_1);
    if (file.length < HEAD || !(isFirst || magic.equals(MAGIC) || magic.equals(MAGIC_2))) return undefined;
    const rest = file.subarray(isFirst ? HEAD_1 : HEAD);
    if (crc32(rest) !== file.readUInt32LE(MAGIC.length)) return undefined;
    const start = isFirst ? 0 : file.readUInt32LE(MAGIC.length + 4);
    const end = start + file.readUInt32LE(MAGIC.length + (isFirst ? 4 : 8));
    const grams = rest.subarray(start, end);
    if (isFirst) return new WordFilter(grams, rest.subarray(end));
    const about = JSON.parse(rest.toString('utf8', 0, start)) as Head | string[] | null;
    const { names, values, spans }: Head =
      about === null || Array.isArray(about) ? { names: about, values: rest.length - end, spans: [] } : about;
    const filter = new WordFilter(grams, rest.subarray(end, end + values));
    filter.names = names ?? undefined;
    if (spans.length > 0) filter.#blocks = { spans, bytes: rest.subarray(end + values) };
    return filter;
  }
}

/** Bits of one of the two sets. */
type AskedTerm = readonly [set: 'grams' | 'values', bits: readonly number[]];
/** Of each list a segment must have one. */
export type Asked = readonly (readonly AskedTerm[])[];

/** What filters can be asked about the events that a query takes; no list when there is nothing. */
export function askedOf(required: Requirements): Asked {
  return required.flatMap(terms => {
    const asked = terms.map(termOf);
    return asked.every(term => term !== undefined) ? [asked] : [];
  });
}

function termOf(term: FieldTerm): AskedTerm | undefined {
  if (term.type !== 'part' && term.type !== 'value') return undefined;
  if (term.field === 'message') {
    const grams = gramsOf(term.type === 'part' ? term.part : term.value);
    return grams.length === 0 ? undefined : ['grams', grams];
  }
  return term.type === 'value' && isKeyword.has(term.field) ? ['values', bitsOf(term.value)] : undefined;
}

function gramsOf(folded: string): number[] {
  const bits: number[] = [];
  for (let i = 0; i + GRAM <= folded.length; i++) {
    const four = folded.slice(i, i + GRAM);
    // Of a text that is folded, what else is in it may be written in other ways.
    if (!IS_ASCII.test(four)) continue;
    bits.push(bitOf(Array.from(four).reduce((gram, letter) => (gram >>> 7) | (letter.charCodeAt(0) << 21), 0)));
  }
  return bits;
}

const IS_ASCII = /^[\x01-\x7f]*$/;
const bitOf = (gram: number): number => Math.imul(gram, 0x9e3779b1) >>> (32 - GRAM_BITS);

/** Nothing but a loop: it goes through every letter that is stored. */
function setGrams(grams: Int32Array, bytes: Uint8Array): void {
  let gram = 0;
  const { length } = bytes;
  for (let i = 0; i < length; i++) {
    gram = (gram >>> 7) | NEXT[bytes[i]!]!;
    const bit = Math.imul(gram, 0x9e3779b1) >>> (32 - GRAM_BITS);
    const place = bit >>> 5;
    const word = grams[place]!;
    const mask = 1 << (bit & 31);
    // Most are known: not to write them again is a third faster.
    if ((word & mask) === 0) grams[place] = word | mask;
  }
}

function likeAscii(bytes: Buffer): Buffer {
  let text = bytes.toString('latin1');
  for (const [char, letter] of UNLIKE) text = text.replaceAll(char.toString('latin1'), letter);
  return Buffer.from(text, 'latin1');
}

/** The bits of a value, whatever its case. */
function bitsOf(text: string): number[] {
  const folded = fold(text);
  let hash = 0x811c9dc5;
  for (let i = 0; i < folded.length; i++) hash = Math.imul(hash ^ folded.charCodeAt(i), 0x01000193);
  const bits: number[] = [];
  for (let i = 0; i < VALUE_HASHES; i++) {
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d + 2 * i);
    hash = Math.imul(hash ^ (hash >>> 13), 0x297a2d39);
    bits.push((hash ^ (hash >>> 16)) >>> (32 - VALUE_BITS));
  }
  return bits;
}

const isSet = (words: Int32Array, bit: number): boolean => (words[bit >>> 5]! & (1 << (bit & 31))) !== 0;
const bytesOf = (words: Int32Array): Buffer => Buffer.from(words.buffer, words.byteOffset, words.byteLength);

function addBits(words: Int32Array, more: Int32Array): void {
  for (let i = 0; i < words.length; i++) words[i]! |= more[i]!;
}

function wordsOf(compressed: Buffer, bits: number): Int32Array<ArrayBuffer> {
  const words = new Int32Array(2 ** (bits - 5));
  bytesOf(words).set(zstdDecompressSync(compressed, { chunkSize: words.byteLength }));
  return words;
}

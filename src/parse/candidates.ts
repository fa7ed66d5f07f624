import { BEYOND_ASCII, END_OF_TEXT, type Prefix } from '../base/regexp/prefix.ts';
import type { EventMeta, Fields } from '../core/event.ts';
import { imageOf } from './image-match.ts';
import type { RunState } from './run-state.ts';
import type { PipelineChoice } from './selection.ts';

/** Something that a choice chooses. */
export interface Candidate {
  readonly choice: PipelineChoice;
}

/** No place. */
export const NONE = -1;

const MAX_IMAGES = 1024;
/** More candidates than this that the first characters allow: the next ones are looked at. */
const MANY = 3;

/**
 * Candidates in the order in which they are asked, the fallbacks after all others; places are numbers from 0, with holes. However
 * many there are, an event asks few of them: which ones an image allows is remembered, and which ones the first characters of
 * the message allow is looked up, a table for each character's place.
 */
export class Candidates<T extends Candidate> {
  readonly #at: (T | undefined)[];
  readonly #words: number;
  /** Bits of candidates that ask for the first characters. */
  readonly #prefixed: Uint32Array;
  /** At [(place * CODES + code) * words]: bits of the candidates that allow the character there. */
  readonly #tables: Uint32Array;
  readonly #places: number;
  readonly #firstPrefixed: number;
  readonly #byImage = new Map<string | undefined, Uint32Array>();
  #lastImage: string | undefined;
  #lastRow: Uint32Array | undefined;
  readonly #allowed: Uint32Array;
  readonly #open: Uint32Array;

  constructor(candidates: readonly T[]) {
    const placed = [false, true].flatMap(fallback => {
      // A place for each beginning that a candidate's messages may have.
      const ways: (Way<T> | undefined)[] = candidates
        .filter(({ choice }) => choice.fallback === fallback)
        .flatMap(candidate => candidate.choice.prefixes.map(prefix => ({ candidate, prefix })));
      // The fallbacks begin with a word of bits of their own: an event that one of the others takes looks at none of them.
      while (ways.length % 32 !== 0) ways.push(undefined);
      return ways;
    });
    this.#at = placed.map(way => way?.candidate);
    this.#words = placed.length / 32;
    this.#prefixed = new Uint32Array(this.#words);
    this.#allowed = new Uint32Array(this.#words);
    this.#open = new Uint32Array(this.#words);
    this.#places = Math.max(0, ...placed.map(way => way?.prefix.length ?? 0));
    this.#tables = new Uint32Array(this.#places * CODES * this.#words);
    const firstPlaced = placed.findIndex(way => way !== undefined && way.prefix.length > 0);
    this.#firstPrefixed = firstPlaced < 0 ? this.#words : firstPlaced >>> 5;
    placed.forEach((way, i) => {
      if (way === undefined) return;
      const [word, bit] = [i >>> 5, 1 << (i & 31)];
      if (way.prefix.length > 0) this.#prefixed[word]! |= bit;
      for (let place = 0; place < this.#places; place++) {
        const row = place * CODES;
        for (let chunk = 0; chunk < CODES; chunk += 32) {
          let codes = codesFrom(way.prefix[place], chunk);
          for (let code = chunk; codes !== 0 && code < CODES; code++, codes >>>= 1)
            if ((codes & 1) !== 0) this.#tables[(row + code) * this.#words + word]! |= bit;
        }
      }
    });
  }

  get(place: number): T | undefined {
    // To ask a list for what stands before it is slow.
    return place < 0 ? undefined : this.#at[place];
  }

  /** The first place from `from` on whose candidate is open and takes the event. */
  find(event: Fields, meta: EventMeta, state: RunState, from = 0, isOpen?: (candidate: T) => boolean): number {
    const row = this.#rowOf(imageOf(event, meta));
    let isRead = false;
    let asked: T | undefined;
    for (let word = from >>> 5; word < this.#words; word++) {
      let bits = row[word]!;
      const prefixed = this.#prefixed[word]! & bits;
      if (prefixed !== 0) {
        if (!isRead) this.#read(event['message'], row);
        isRead = true;
        bits &= this.#allowed[word]!;
      }
      while (bits !== 0) {
        const place = (word << 5) + 31 - Math.clz32(bits & -bits);
        bits &= bits - 1;
        const candidate = this.#at[place]!;
        if (place < from || candidate === asked || (isOpen !== undefined && !isOpen(candidate))) continue;
        asked = candidate;
        if (candidate.choice.holds(event, meta, state)) return place;
      }
    }
    return NONE;
  }

  /** Which candidates the first characters of the message allow, of those in `row`. */
  #read(message: unknown, row: Uint32Array): void {
    const allowed = this.#allowed;
    const prefixed = this.#prefixed;
    const words = this.#words;
    // What asks for a message's characters takes nothing but texts.
    if (typeof message !== 'string') {
      for (let word = 0; word < words; word++) allowed[word] = ~prefixed[word]!;
      return;
    }
    allowed.fill(0xffffffff);
    // The words in which a character still decides something.
    const open = this.#open;
    let count = 0;
    for (let word = this.#firstPrefixed; word < words; word++)
      if ((prefixed[word]! & row[word]!) !== 0) open[count++] = word;
    for (let place = 0; place < this.#places; place++) {
      const isBehind = place >= message.length;
      const code = isBehind ? END_OF_TEXT : message.charCodeAt(place);
      const codes = (place * CODES + (code < BEYOND_ASCII || isBehind ? code : BEYOND_ASCII)) * words;
      let left = 0;
      for (let i = 0; i < count; i++) {
        const word = open[i]!;
        const bits = allowed[word]! & this.#tables[codes + word]!;
        allowed[word] = bits;
        if ((bits & prefixed[word]! & row[word]!) !== 0) open[left++] = word;
      }
      count = left;
      // Behind the end, and behind half a character, places are not what they seem.
      if (isBehind || (code >= 0xd800 && code < 0xe000)) return;
      // To ask so few is quicker than to look on.
      if (count <= MANY && this.#areFew(count, row)) return;
    }
  }

  /** Of the candidates in the first `count` open words. */
  #areFew(count: number, row: Uint32Array): boolean {
    let few = MANY;
    for (let i = 0; i < count; i++) {
      const word = this.#open[i]!;
      for (let bits = this.#allowed[word]! & this.#prefixed[word]! & row[word]!; bits !== 0; bits &= bits - 1) {
        if (--few === 0) return false;
      }
    }
    return true;
  }

  /** Bits of the candidates that the image allows. */
  #rowOf(image: string | undefined): Uint32Array {
    if (this.#lastRow !== undefined && image === this.#lastImage) return this.#lastRow;
    let row = this.#byImage.get(image);
    if (row === undefined) {
      row = new Uint32Array(this.#words);
      for (const [i, candidate] of this.#at.entries()) {
        const wanted = candidate?.choice.image;
        if (candidate === undefined || (wanted !== undefined && (image === undefined || !wanted(image)))) continue;
        row[i >>> 5]! |= 1 << (i & 31);
      }
      if (this.#byImage.size >= MAX_IMAGES) this.#byImage.clear();
      this.#byImage.set(image, row);
    }
    this.#lastImage = image;
    this.#lastRow = row;
    return row;
  }
}

const CODES = END_OF_TEXT + 1;

/** Bits of the 32 codes from `first` on that may stand at a place. */
const codesFrom = (set: bigint | undefined, first: number): number =>
  set === undefined ? 0xffffffff : Number(BigInt.asUintN(32, set >> BigInt(first)));

interface Way<T> {
  readonly candidate: T;
  readonly prefix: Prefix;
}

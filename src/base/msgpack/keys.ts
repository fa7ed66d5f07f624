import { utf8 } from './msgpack.ts';

/** A known map key. `rank` orders the fields of a record: keys that senders write in changing order give objects of one shape. */
export interface InternedKey {
  readonly text: string;
  readonly rank: number;
  readonly bytes: Uint8Array;
}

const MAX_KEY_BYTES = 64;
const WAYS = 4;

/**
 * Turns the bytes of short texts that come again and again (map keys, container ids) into the same string object each time,
 * without decoding them again. Bounded: a slot has three neighbours, and a newcomer
 * takes the place of the one that was there first.
 */
export class KeyTable {
  readonly #slots: (InternedKey | undefined)[];
  readonly #ways: number;
  #nextRank = 0;

  /** `known` get the first ranks, in this order. `slots`: a power of two. */
  constructor(known: readonly string[], slots = 1024) {
    this.#slots = new Array(slots).fill(undefined);
    this.#ways = Math.min(WAYS, slots);
    for (const text of known) {
      const bytes = Buffer.from(text, 'utf8');
      this.#insert(hashOf(bytes, 0, bytes.length) & (slots - 1), text, bytes);
    }
  }

  /** The key in `bytes[start, end)`; undefined if it is too long or not valid UTF-8. */
  find(bytes: Buffer, start: number, end: number): InternedKey | undefined {
    const length = end - start;
    if (length === 0 || length > MAX_KEY_BYTES) return undefined;
    const slots = this.#slots;
    const slot = hashOf(bytes, start, end) & (slots.length - 1);
    const found = slots[slot];
    if (found !== undefined && isSame(found.bytes, bytes, start, length)) return found;
    for (let i = 1; i < this.#ways; i++) {
      const other = slots[slot ^ i];
      if (other !== undefined && isSame(other.bytes, bytes, start, length)) return other;
    }
    const text = utf8(bytes, start, end);
    if (text.includes('\ufffd')) return undefined;
    return this.#insert(slot, text, Uint8Array.prototype.slice.call(bytes, start, end));
  }

  #insert(slot: number, text: string, bytes: Uint8Array): InternedKey {
    // Read back from an object, the string is the one that V8 itself uses for this key: no lookup at each assignment.
    const key = { text: Object.keys({ [text]: 0 })[0]!, rank: this.#nextRank++, bytes };
    const slots = this.#slots;
    // Texts for one slot, by turns, must not push each other out each time.
    let free = 0;
    while (free < this.#ways - 1 && slots[slot ^ free] !== undefined) free++;
    for (; free > 0; free--) slots[slot ^ free] = slots[slot ^ (free - 1)];
    slots[slot] = key;
    return key;
  }
}

function isSame(known: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (known.length !== length) return false;
  let i = 0;
  while (i < length && known[i] === bytes[start + i]) i++;
  return i === length;
}

/** Of eight bytes: names of containers differ at their end. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  const quarter = length >> 2;
  let hash = length * 31 + bytes[start]!;
  hash = Math.imul(hash, 31) + bytes[start + quarter]!;
  hash = Math.imul(hash, 31) + bytes[start + (length >> 1)]!;
  hash = Math.imul(hash, 31) + bytes[end - 1 - quarter]!;
  hash = Math.imul(hash, 31) + bytes[Math.max(start, end - 4)]!;
  hash = Math.imul(hash, 31) + bytes[Math.max(start, end - 3)]!;
  hash = Math.imul(hash, 31) + bytes[Math.max(start, end - 2)]!;
  hash = Math.imul(hash, 31) + bytes[end - 1]!;
  return hash ^ (hash >>> 10) ^ (hash >>> 20);
}

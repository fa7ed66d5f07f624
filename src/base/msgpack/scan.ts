import { MsgpackError } from './msgpack.ts';

/**
 * Finds where a value ends without building it, over as many reads as it takes to arrive: each byte of a header is
 * looked at once, bodies are stepped over. It needs no stack: a container of n elements is n more values to come.
 */
export class MsgpackScanner {
  #at = 0;
  #outstanding = 1;

  /** Offset of the next header from the start of the value; may lie beyond what has arrived. After an error about where it was found. */
  get position(): number {
    return this.#at;
  }

  /** Forgets the value begun. */
  reset(): void {
    this.#at = 0;
    this.#outstanding = 1;
  }

  /** The least size in bytes that the value begun can have, as its headers claim. */
  get needed(): number {
    return this.#at + this.#outstanding;
  }

  /**
   * The length of the value that starts at `start`, or -1 if its end has not arrived yet: call again with the same value
   * at any `start`, and more bytes. `end` is exclusive. Ready for the next value after it found an end.
   * @throws MsgpackError `frame_too_large` as soon as a header claims more than `maxBytes`, `invalid_byte` for 0xc1.
   */
  scan(bytes: Uint8Array, start: number, end: number, maxBytes: number): number {
    let at = start + this.#at;
    let outstanding = this.#outstanding;
    while (outstanding > 0 && at < end) {
      const first = bytes[at]!;
      if (first < 0x80 || first >= 0xe0) at += 1;
      else if (first < 0x90) {
        outstanding += (first & 15) * 2;
        at += 1;
      } else if (first < 0xa0) {
        outstanding += first & 15;
        at += 1;
      } else if (first < 0xc0) at += 1 + (first & 31);
      else {
        const lengthBytes = LENGTH_BYTES[first - 0xc0]!;
        if (at + lengthBytes >= end) break;
        if (lengthBytes === 0) at += FIXED_BYTES[first - 0xc0]!;
        else {
          let length = bytes[at + 1]!;
          for (let i = 2; i <= lengthBytes; i++) length = length * 256 + bytes[at + i]!;
          at += 1 + lengthBytes;
          if (first >= 0xde) outstanding += length * 2;
          else if (first >= 0xdc) outstanding += length;
          else if (first >= 0xc7 && first <= 0xc9) at += 1 + length;
          else at += length;
        }
        if (first === 0xc1) {
          this.#at = at - 1 - start;
          throw new MsgpackError('invalid_byte');
        }
      }
      outstanding--;
      if (at - start + outstanding > maxBytes) throw new MsgpackError('frame_too_large');
    }
    this.#at = at - start;
    this.#outstanding = outstanding;
    if (outstanding > 0 || at > end) return -1;
    const length = this.#at;
    this.reset();
    return length;
  }
}

/** For 0xc0 + index: how many bytes of length follow the first byte. */
const LENGTH_BYTES = Uint8Array.from([
  0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4,
]);
/** For 0xc0 + index: the size of values without a length. */
const FIXED_BYTES = Uint8Array.from([
  1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 5, 9, 2, 3, 5, 9, 2, 3, 5, 9, 3, 4, 6, 10, 18, 0, 0, 0, 0, 0, 0, 0,
]);

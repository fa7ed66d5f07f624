/**
 * Reads what a receiver of the forward protocol says, which is little: HELO, PONG and `{"ack": id}`. Text may come as
 * str or bin and is given as bytes, for nonces and salts are no text. Receivers are trusted no more than senders.
 */
export type Answer = null | boolean | number | Buffer | Answer[] | Map<string, Answer>;

/** Nobody has so much to say. */
const MAX_ANSWER_BYTES = 65_536;
const MAX_ITEMS = 64;
const MAX_DEPTH = 4;

export class AnswerReader {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  push(bytes: Buffer): void {
    this.#bytes = this.#at === this.#bytes.length ? bytes : Buffer.concat([this.#bytes.subarray(this.#at), bytes]);
    this.#at = 0;
  }

  /** The next whole value, or undefined until more has arrived. @throws Error when it is no answer. */
  next(): Answer | undefined {
    if (this.#at === this.#bytes.length) return undefined;
    const start = this.#at;
    const value = this.#value(0);
    if (value !== undefined) return value;
    this.#at = start;
    if (this.#bytes.length - start > MAX_ANSWER_BYTES) throw new Error('an answer without end');
    return undefined;
  }

  #value(depth: number): Answer | undefined {
    const first = this.#number(1);
    if (first === undefined) return undefined;
    if (first < 0x80) return first;
    if (first < 0x90) return this.#map(first & 15, depth);
    if (first < 0xa0) return this.#array(first & 15, depth);
    if (first < 0xc0) return this.#raw(first & 31);
    if (first >= 0xe0) return first - 256;
    switch (first) {
      case 0xc0:
        return null;
      case 0xc2:
      case 0xc3:
        return first === 0xc3;
      case 0xc4:
      case 0xd9:
        return this.#raw(this.#number(1));
      case 0xc5:
      case 0xda:
        return this.#raw(this.#number(2));
      case 0xc6:
      case 0xdb:
        return this.#raw(this.#number(4));
      case 0xcc:
        return this.#number(1);
      case 0xcd:
        return this.#number(2);
      case 0xce:
        return this.#number(4);
      case 0xdc:
        return this.#array(this.#number(2), depth);
      case 0xde:
        return this.#map(this.#number(2), depth);
      default:
        throw new Error(`an answer with the byte 0x${first.toString(16)}`);
    }
  }

  #number(bytes: 1 | 2 | 4): number | undefined {
    if (this.#bytes.length - this.#at < bytes) return undefined;
    const value = this.#bytes.readUIntBE(this.#at, bytes);
    this.#at += bytes;
    return value;
  }

  #raw(length: number | undefined): Buffer | undefined {
    if (length === undefined) return undefined;
    if (length > MAX_ANSWER_BYTES) throw new Error('an answer without end');
    if (this.#bytes.length - this.#at < length) return undefined;
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #array(length: number | undefined, depth: number): Answer[] | undefined {
    if (length === undefined) return undefined;
    if (length > MAX_ITEMS || depth >= MAX_DEPTH) throw new Error('an answer of too many parts');
    const items: Answer[] = [];
    for (let i = 0; i < length; i++) {
      const item = this.#value(depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items;
  }

  #map(pairs: number | undefined, depth: number): Map<string, Answer> | undefined {
    if (pairs === undefined) return undefined;
    const items = this.#array(pairs * 2, depth);
    if (items === undefined) return undefined;
    const map = new Map<string, Answer>();
    for (let i = 0; i < items.length; i += 2) map.set(textOf(items[i]), items[i + 1]!);
    return map;
  }
}

/** Bytes as text; empty for whatever is none. */
export function textOf(answer: Answer | undefined): string {
  return Buffer.isBuffer(answer) ? answer.toString('utf8') : '';
}

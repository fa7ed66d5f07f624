import { quote } from './json.ts';
import { putAscii, putBytes, putCounter, putLong, putNumber, putText } from './put.ts';

/** JSON as bytes (UTF-8), one piece behind the other. The memory grows as it has to and is used again. */
export class JsonBytes {
  bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  /** Bytes written so far. */
  length = 0;

  /** Forgets what was written, and memory that one extraordinary document has asked for. */
  begin(): void {
    this.length = 0;
    if (this.bytes.length > MAX_KEPT_BYTES) this.bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  }

  /** Bytes that are JSON already. */
  raw(piece: Uint8Array): void {
    this.#room(piece.length);
    this.length = putBytes(this.bytes, this.length, piece);
  }

  /** ASCII as it is. */
  constant(text: string): void {
    this.#room(text.length);
    this.length = putAscii(this.bytes, this.length, text);
  }

  /** A short text of ASCII as it is; of anything else its UTF-8. */
  ascii(text: string): void {
    if (text.length === TIME_CHARS) this.constant(text);
    else this.text(text);
  }

  /** A text as it is. */
  text(text: string): void {
    this.#room(text.length * 3);
    this.length += this.bytes.write(text, this.length);
  }

  /** JSON of a text that has rarely anything to escape: what `quote` gives. */
  string(text: string): void {
    if (text.length > MAX_PUT) {
      this.text(quote(text));
      return;
    }
    this.#room(text.length * 6 + 2);
    this.length = putText(this.bytes, this.length, text);
  }

  /** The same of a text that most often has. */
  long(text: string): void {
    if (text.length > MAX_PUT) {
      this.text(quote(text));
      return;
    }
    this.#room(text.length * 6 + 2);
    this.length = putLong(this.bytes, this.length, text);
  }

  /** JSON of a number; those that JSON has not become null. */
  number(value: number): void {
    this.#room(NUMBER_BYTES);
    this.length = putNumber(this.bytes, this.length, value);
  }

  /** The same for numbers that count up. */
  counter(value: number): void {
    this.#room(NUMBER_BYTES);
    this.length = putCounter(this.bytes, this.length, value);
  }

  toString(): string {
    return this.bytes.toString('utf8', 0, this.length);
  }

  #room(bytes: number): void {
    const end = this.length + bytes;
    if (end <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(end, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }
}

const FIRST_BYTES = 64 * 1024;
const MAX_KEPT_BYTES = 1024 * 1024;
/** Longer texts are left to JSON.stringify. */
const MAX_PUT = 8192;
const TIME_CHARS = 24;
const NUMBER_BYTES = 32;

import { quote } from './json.ts';

/** JSON as bytes (UTF-8), one piece behind the other. The memory grows as it has to and is used again. */
export class JsonBytes {
  bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  /** Bytes written so far. */
  length = 0;
  /** The part of the last large whole number without its last three digits, and its text. */
  #thousands = -1;
  #thousandsText: Uint8Array = NOTHING;

  /** Forgets what was written, and memory that one extraordinary document has asked for. */
  begin(): void {
    this.length = 0;
    if (this.bytes.length > MAX_KEPT_BYTES) this.bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  }

  /** Bytes that are JSON already. */
  raw(piece: Uint8Array): void {
    const end = this.length + piece.length;
    if (end > this.bytes.length) this.#grow(end);
    this.bytes.set(piece, this.length);
    this.length = end;
  }

  /** A text as it is. */
  text(text: string): void {
    const most = this.length + text.length * 3;
    if (most > this.bytes.length) this.#grow(most);
    this.length += this.bytes.write(text, this.length);
  }

  /** JSON of a text: what `quote` gives. */
  string(text: string): void {
    const { length } = text;
    // Longer ones have something to escape more often than not, and JSON.stringify is quick with them.
    if (length > MAX_PLAIN) {
      this.text(quote(text));
      return;
    }
    const most = this.length + length * 3 + 2;
    if (most > this.bytes.length) this.#grow(most);
    const { bytes } = this;
    const start = this.length + 1;
    let isPlain = true;
    if (length < SHORT) {
      for (let i = 0; i < length; i++) {
        const c = text.charCodeAt(i);
        isPlain = isPlain && c >= 32 && c <= 126 && c !== 34 && c !== 92;
        bytes[start + i] = c;
      }
    } else {
      // Bytes are looked at more quickly than the characters of a piece of another text.
      isPlain = bytes.write(text, start) === length;
      for (let i = start; isPlain && i < start + length; i++) {
        const c = bytes[i]!;
        isPlain = c >= 32 && c !== 34 && c !== 92;
      }
    }
    if (!isPlain) {
      this.text(quote(text));
      return;
    }
    bytes[this.length] = 34;
    bytes[start + length] = 34;
    this.length = start + length + 1;
  }

  /** JSON of a number; those that JSON has not become null. */
  number(value: number): void {
    if (value >= 0 && value < 1000 && Math.floor(value) === value) {
      if (this.length + 3 > this.bytes.length) this.#grow(this.length + 3);
      this.#digits(value, value < 10 ? 1 : value < 100 ? 2 : 3);
    } else if (value < 1e6 && value >= 1000 && Math.floor(value) === value) {
      if (this.length + 6 > this.bytes.length) this.#grow(this.length + 6);
      const thousands = Math.floor(value / 1000);
      this.#digits(thousands, thousands < 10 ? 1 : thousands < 100 ? 2 : 3);
      this.#digits(value - thousands * 1000, 3);
    } else this.text(Number.isFinite(value) ? String(value) : 'null');
  }

  /** The same for numbers that count up: most of their digits are those of the last one. */
  counter(value: number): void {
    if (!(value >= 1000 && Number.isSafeInteger(value))) {
      this.number(value);
      return;
    }
    const thousands = Math.floor(value / 1000);
    if (thousands !== this.#thousands) {
      this.#thousands = thousands;
      this.#thousandsText = Buffer.from(String(thousands), 'latin1');
    }
    this.raw(this.#thousandsText);
    if (this.length + 3 > this.bytes.length) this.#grow(this.length + 3);
    this.#digits(value - thousands * 1000, 3);
  }

  /** A copy of what was written from `start` on. */
  copyFrom(start: number): Uint8Array {
    return Uint8Array.prototype.slice.call(this.bytes, start, this.length);
  }

  toString(): string {
    return this.bytes.toString('utf8', 0, this.length);
  }

  #digits(value: number, count: number): void {
    let rest = value;
    for (let at = this.length + count - 1; at >= this.length; at--) {
      const tens = (rest / 10) | 0;
      this.bytes[at] = 48 + rest - tens * 10;
      rest = tens;
    }
    this.length += count;
  }

  #grow(bytes: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(bytes, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }
}

const FIRST_BYTES = 64 * 1024;
const MAX_KEPT_BYTES = 1024 * 1024;
/** Up to here a loop over characters is quicker than a call. */
const SHORT = 24;
const MAX_PLAIN = 256;
const NOTHING = new Uint8Array(0);

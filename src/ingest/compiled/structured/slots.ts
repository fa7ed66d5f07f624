/** What a value is. */
export const STRING = 1;
export const NUMBER = 2;
export const TRUE = 3;
export const FALSE = 4;
export const NULL = 5;
export const OBJECT = 6;
export const ARRAY = 7;

/** A buffer, and what Node gives it for single encodings. */
export type Bytes = Buffer & {
  utf8Write(text: string, at: number): number;
  utf8Slice(from: number, to: number): string;
  latin1Slice(from: number, to: number): string;
};

export const MAX_SLOTS = 128;
const FIRST_BYTES = 32 * 1024;

/**
 * The values of a line in their order, those within opened objects behind the object. Their JSON stands in `bytes` as it is
 * going to be written: without blanks, escaped as JSON.stringify does it. Texts are without their quotes.
 */
export class Slots {
  bytes = Buffer.allocUnsafeSlow(FIRST_BYTES) as Bytes;
  count = 0;
  /** Of pairs: something in the line may be a secret, or a part of one. */
  mayHold = false;
  readonly types = new Uint8Array(MAX_SLOTS);
  readonly from = new Int32Array(MAX_SLOTS);
  readonly to = new Int32Array(MAX_SLOTS);
  /** Of those within objects: where the name begins. */
  readonly start = new Int32Array(MAX_SLOTS);
  /** Of texts: a backslash is in it. */
  readonly isEscaped = new Uint8Array(MAX_SLOTS);
  /** 1: it is no longer where it was. */
  readonly isGone = new Uint8Array(MAX_SLOTS);

  /** Room for the bytes of a text. */
  room(chars: number): void {
    if (this.bytes.length < chars * 3 + 8) this.bytes = Buffer.allocUnsafeSlow(chars * 6) as Bytes;
  }

  /** A value that is no object and no list. */
  value(slot: number): string | number | boolean | null {
    switch (this.types[slot]) {
      case STRING:
        return this.text(this.from[slot]!, this.to[slot]!, this.isEscaped[slot] === 1);
      case NUMBER:
        return Number(this.bytes.latin1Slice(this.from[slot]!, this.to[slot]!));
      case TRUE:
        return true;
      case FALSE:
        return false;
      default:
        return null;
    }
  }

  text(from: number, to: number, isEscaped: boolean): string {
    const text = this.bytes.utf8Slice(from, to);
    return isEscaped ? (JSON.parse(`"${text}"`) as string) : text;
  }
}

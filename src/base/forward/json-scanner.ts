import type { MsgpackLimits } from '../msgpack/read.ts';
import { FrameError } from './errors.ts';

/**
 * Cuts a stream of JSON texts, with or without white space between them, at the ends of the outermost brackets.
 * A connection whose first byte is `[` or `{` speaks JSON instead of msgpack, as with Fluentd.
 */
export class JsonScanner {
  #at = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #values = 0;
  readonly #limits: MsgpackLimits;

  constructor(limits: MsgpackLimits) {
    this.#limits = limits;
  }

  /** Nothing of a text has been seen. */
  get isBetween(): boolean {
    return this.#at === 0;
  }

  /** Forgets the text begun. */
  reset(): void {
    this.#at = 0;
    this.#depth = 0;
    this.#values = 0;
    this.#inString = false;
    this.#escaped = false;
  }

  /**
   * The length of the text that starts at `start` (white space before it counts), or -1 if its end has not arrived yet:
   * call again with the same text and more bytes.
   * @throws FrameError as soon as it is nested too deeply, or has too many values
   */
  scan(bytes: Uint8Array, start: number, end: number): number {
    for (let at = start + this.#at; at < end; at++) {
      const byte = bytes[at]!;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
      } else if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
        this.#count();
        // Around a record there are up to two more levels.
        if (++this.#depth > this.#limits.max_nesting_depth + 3) throw new FrameError('too_deep');
      } else if (byte === COMMA) this.#count();
      else if ((byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) && --this.#depth <= 0) {
        this.reset();
        return at + 1 - start;
      } else if (this.#depth === 0 && byte > SPACE) throw new FrameError('bad_json');
    }
    this.#at = end - start;
    return -1;
  }

  #count(): void {
    if (++this.#values > this.#limits.max_values_per_frame) throw new FrameError('too_many_values');
  }
}

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

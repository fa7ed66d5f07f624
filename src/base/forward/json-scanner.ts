import type { MsgpackLimits } from '../msgpack/read.ts';
import { BracketScanner, isOpening } from '../text/bracket-scanner.ts';
import { FrameError } from './errors.ts';

/**
 * Cuts a stream of JSON texts, with or without white space between them, at the ends of the outermost brackets.
 * A connection whose first byte is `[` or `{` speaks JSON instead of msgpack, as with Fluentd.
 */
export class JsonScanner {
  readonly #brackets = new BracketScanner();
  readonly #limits: MsgpackLimits;
  #at = 0;
  #values = 0;

  constructor(limits: MsgpackLimits) {
    this.#limits = limits;
  }

  /** Nothing of a text has been seen. */
  get isBetween(): boolean {
    return this.#at === 0;
  }

  /** Forgets the text begun. */
  reset(): void {
    this.#brackets.reset();
    this.#at = 0;
    this.#values = 0;
  }

  /**
   * The length of the text that starts at `start` (white space before it counts), or -1 if its end has not arrived yet:
   * call again with the same text and more bytes.
   * @throws FrameError as soon as it is nested too deeply, or has too many values
   */
  scan(bytes: Uint8Array, start: number, end: number): number {
    const brackets = this.#brackets;
    for (let at = start + this.#at; at < end; at++) {
      const byte = bytes[at]!;
      if (!brackets.inString) {
        if (isOpening(byte) || byte === COMMA) this.#count();
        else if (brackets.depth === 0 && byte > SPACE) throw new FrameError('bad_json');
      }
      if (brackets.ends(byte)) {
        this.reset();
        return at + 1 - start;
      }
      // Around a record there are up to two more levels.
      if (brackets.depth > this.#limits.max_nesting_depth + 3) throw new FrameError('too_deep');
    }
    this.#at = end - start;
    return -1;
  }

  #count(): void {
    if (++this.#values > this.#limits.max_values_per_frame) throw new FrameError('too_many_values');
  }
}

const SPACE = 0x20;
const COMMA = 0x2c;

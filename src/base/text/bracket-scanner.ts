/** Follows JSON by its brackets and quotes alone, in code units or bytes; what is inside is the parser's business. */
export class BracketScanner {
  /** How many brackets are open. */
  depth = 0;
  inString = false;
  #escaped = false;

  /** Whether the outermost bracket is closed by this. */
  ends(code: number): boolean {
    if (this.inString) {
      if (this.#escaped) this.#escaped = false;
      else if (code === BACKSLASH) this.#escaped = true;
      else if (code === QUOTE) this.inString = false;
    } else if (code === QUOTE) this.inString = true;
    else if (isOpening(code)) this.depth++;
    else if ((code === CLOSE_ARRAY || code === CLOSE_OBJECT) && --this.depth === 0) return true;
    return false;
  }

  reset(): void {
    this.depth = 0;
    this.inString = false;
    this.#escaped = false;
  }
}

/** Whether an object or a list begins so. */
export function isOpening(code: number): boolean {
  return code === OPEN_ARRAY || code === OPEN_OBJECT;
}

const QUOTE = 0x22;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

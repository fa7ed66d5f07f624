import { hideSecrets } from '../../../base/secrets/secrets.ts';
import { DECIDING, mayEndHere, mayHoldCard } from './secret-bytes.ts';
import { type Slots, STRING } from './slots.ts';

/** What is done for a byte within a text. */
const CLASS = new Uint8Array(256);
const CLOSES = 1;
const ESCAPES = 2;
const DECIDES = 3;
const REFUSED = 4;
CLASS.fill(REFUSED, 0, 32);
CLASS[34] = CLOSES;
CLASS[92] = ESCAPES;
for (const code of DECIDING) CLASS[code] = DECIDES;

/** In shorter texts there is no card. */
const LEAST_CARD = 15;
const LEAST_SECRET = 8;
const MOST_DIGITS = 15;

export interface ScanRules {
  readonly hidesSecrets: boolean;
  readonly maxDepth: number;
}

/**
 * Texts, numbers and words of JSON, each from where it is read to where it is written, in the same bytes: never longer than it was.
 * The answers are where reading goes on; -1: it is no JSON, or nothing that can stay as it is.
 */
export class JsonTokens {
  protected readonly slots: Slots;
  protected readonly hidesSecrets: boolean;
  /** Where writing goes on. */
  protected w = 0;
  /** What was read last. */
  protected type = 0;

  constructor(slots: Slots, hidesSecrets: boolean) {
    this.slots = slots;
    this.hidesSecrets = hidesSecrets;
  }

  protected word(r: number, word: Uint8Array): number {
    const { bytes } = this.slots;
    for (let i = 0; i < word.length; i++) {
      if (bytes[r + i] !== word[i]) return -1;
      bytes[this.w + i] = word[i]!;
    }
    this.w += word.length;
    return r + word.length;
  }

  protected hasEscape = false;

  /** The text behind the quote before `at`, with the quote that closes it. */
  protected string(at: number): number {
    const { bytes } = this.slots;
    const start = this.w;
    let w = start;
    let r = at;
    let mayHold = false;
    let hasEscape = false;
    let decides = false;
    let isBlank = false;
    for (;;) {
      const code = bytes[r++]!;
      const its = CLASS[code]!;
      if (its === 0) {
        bytes[w++] = code;
        continue;
      }
      if (its === CLOSES) break;
      if (its === DECIDES) {
        bytes[w] = code;
        decides = true;
        if (!mayHold && mayEndHere(bytes, w, start)) mayHold = true;
        w++;
        continue;
      }
      if (its === REFUSED) return -1;
      const escaped = bytes[r++]!;
      const kind = ESCAPE[escaped]!;
      if (kind === 0) return -1;
      if (kind === SLASH) {
        bytes[w++] = 47;
        continue;
      }
      hasEscape = true;
      if (kind === BLANK) isBlank = true;
      if (kind !== UNICODE) {
        bytes[w++] = 92;
        bytes[w++] = escaped;
        continue;
      }
      this.w = w;
      // What it stands for may be anything.
      mayHold = true;
      r = this.#unicode(r);
      if (r < 0) return -1;
      w = this.w;
    }
    bytes[w] = 34;
    this.w = w + 1;
    this.hasEscape = hasEscape;
    this.type = STRING;
    if (!this.hidesSecrets || w - start < LEAST_SECRET) return r;
    if (!mayHold && !(isBlank && decides) && !(w - start >= LEAST_CARD && mayHoldCard(bytes, start, w))) return r;
    const text = this.slots.text(start, w, hasEscape);
    return hideSecrets(text) === text ? r : -1;
  }

  /** The character behind `\u`, as it is written; where reading goes on. */
  #unicode(at: number): number {
    const { bytes } = this.slots;
    const first = hex(bytes, at);
    if (first < 0) return -1;
    let code = first;
    let r = at + 4;
    if (code >= 0xd800 && code < 0xe000) {
      const second = bytes[r] === 92 && bytes[r + 1] === 117 ? hex(bytes, r + 2) : -1;
      if (code >= 0xdc00 || second < 0xdc00 || second >= 0xe000) return -1;
      code = 0x10000 + ((code - 0xd800) << 10) + (second - 0xdc00);
      r += 6;
    }
    // The colours of terminals go, and what is nothing at all.
    if (code < 32 || code === 0x7f) return -1;
    if (code === 34 || code === 92) bytes[this.w++] = 92;
    this.w += bytes.utf8Write(String.fromCodePoint(code), this.w);
    return r;
  }

  protected number(at: number): number {
    const { bytes } = this.slots;
    let r = at;
    if (bytes[r] === 45) r++;
    const first = r;
    let code = bytes[r]!;
    if (code < 48 || code > 57) return -1;
    while (code >= 48 && code <= 57) code = bytes[++r]!;
    const digits = r - first;
    if (digits > 1 && bytes[first] === 48) return -1;
    let isUsual = digits <= MOST_DIGITS && (bytes[first] !== 48 || first === at);
    if (code === 46) {
      const point = r;
      code = bytes[++r]!;
      if (code < 48 || code > 57) return -1;
      while (code >= 48 && code <= 57) code = bytes[++r]!;
      // What ends in zeros, has more digits than are exact, or is very small is written in another way.
      if (bytes[r - 1] === 48 || r - first > MOST_DIGITS) isUsual = false;
      if (bytes[first] === 48 && bytes[point + 1] === 48) isUsual = false;
    }
    if (code === 101 || code === 69) {
      isUsual = false;
      code = bytes[++r]!;
      if (code === 43 || code === 45) code = bytes[++r]!;
      if (code < 48 || code > 57) return -1;
      while (code >= 48 && code <= 57) code = bytes[++r]!;
    }
    let w = this.w;
    if (isUsual) for (let i = at; i < r; i++) bytes[w++] = bytes[i]!;
    else {
      const number = Number(bytes.latin1Slice(at, r));
      if (!Number.isFinite(number) || (Number.isInteger(number) && !Number.isSafeInteger(number))) return -1;
      const text = String(number);
      if (text.length > r - at) return -1;
      for (let i = 0; i < text.length; i++) bytes[w++] = text.charCodeAt(i);
    }
    this.w = w;
    return r;
  }
}

const SLASH = 1;
const PLAIN = 2;
const BLANK = 3;
const UNICODE = 4;
const ESCAPE = new Uint8Array(256);
for (const char of '"\\b') ESCAPE[char.charCodeAt(0)] = PLAIN;
for (const char of 'nrtf') ESCAPE[char.charCodeAt(0)] = BLANK;
ESCAPE[47] = SLASH;
ESCAPE[117] = UNICODE;

/** Four hexadecimal digits; -1: they are not there. */
function hex(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = 0; i < 4; i++) {
    const code = bytes[at + i]!;
    const lower = code | 32;
    const digit = code >= 48 && code <= 57 ? code - 48 : lower >= 97 && lower <= 102 ? lower - 87 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

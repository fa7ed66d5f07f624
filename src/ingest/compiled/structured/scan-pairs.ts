import { hideSecrets } from '../../../base/secrets/secrets.ts';
import type { ScanRules } from './json-tokens.ts';
import type { Keys, Step } from './keys.ts';
import { DECIDING, mayEndHere, mayHoldCard } from './secret-bytes.ts';
import { MAX_SLOTS, type Slots, STRING } from './slots.ts';

const BLANK = 1;
const QUOTE = 2;
const BACKSLASH = 3;
const DECIDES = 4;
const REFUSED = 5;
const BEYOND = 6;
const CLASS = new Uint8Array(256);
CLASS.fill(REFUSED, 0, 32);
CLASS.fill(BEYOND, 127, 256);
for (const code of DECIDING) CLASS[code] = DECIDES;
CLASS[9] = BLANK;
CLASS[32] = BLANK;
CLASS[34] = QUOTE;
CLASS[92] = BACKSLASH;

const LEAST_PAIRS = 2;
const MAX_KEY = 100;
const LEAST_CARD = 15;
const LEAST_SECRET = 8;

/** Letters and `_`: 1; what names have behind them: 2. */
const NAME = new Uint8Array(256);
NAME.fill(2, 48, 58);
NAME.fill(1, 65, 91);
NAME.fill(1, 97, 123);
NAME[95] = 1;
for (const char of '.@/-') NAME[char.charCodeAt(0)] = 2;

/** Reads a line of `key=value` pairs and nothing else, as `pairsOfLine` (parse/automatic/pairs.ts) does; no where something is unusual. */
export class PairsScan<T> {
  readonly #keys: Keys<T>;
  readonly #slots: Slots;
  readonly #hidesSecrets: boolean;
  #r = 0;
  #w = 0;

  constructor(keys: Keys<T>, slots: Slots, rules: ScanRules) {
    this.#keys = keys;
    this.#slots = slots;
    this.#hidesSecrets = rules.hidesSecrets;
  }

  scan(line: string): Step<T> | undefined {
    const slots = this.#slots;
    slots.room(line.length);
    slots.count = 0;
    const { bytes } = slots;
    const length = bytes.utf8Write(line, 0);
    bytes[length] = 0;
    this.#w = 0;
    let step = this.#keys.root;
    let r = 0;
    while (r < length) {
      let end = r;
      if (NAME[bytes[end]!] !== 1) return undefined;
      while (NAME[bytes[end]!]! !== 0) end++;
      if (bytes[end] !== 61 || end - r > MAX_KEY) return undefined;
      const key = this.#keys.step(step, bytes, r, false);
      const slot = slots.count;
      if (key === undefined || slot >= MAX_SLOTS) return undefined;
      step = key;
      this.#r = end + 1;
      this.#w = end;
      slots.count++;
      slots.types[slot] = STRING;
      slots.isGone[slot] = 0;
      slots.from[slot] = end;
      if (bytes[end + 1] === 34 ? !this.#quoted(slot) : !this.#bare(slot, length)) return undefined;
      r = this.#r;
      if (r < length && CLASS[bytes[r]!] !== BLANK) return undefined;
      while (CLASS[bytes[r]!] === BLANK) r++;
    }
    return slots.count >= LEAST_PAIRS ? step : undefined;
  }

  /** A value without quotes. */
  #bare(slot: number, length: number): boolean {
    const { bytes } = this.#slots;
    if (bytes[this.#r] === 39) return false;
    const start = this.#w;
    let w = start;
    let r = this.#r;
    let mayHold = false;
    for (; r < length; r++) {
      const code = bytes[r]!;
      const its = CLASS[code]!;
      if (its !== 0) {
        if (its === BLANK) break;
        if (its !== DECIDES) return false;
        bytes[w] = code;
        if (!mayHold && mayEndHere(bytes, w, start)) mayHold = true;
        w++;
        continue;
      }
      bytes[w++] = code;
    }
    this.#r = r;
    return this.#done(slot, start, w, mayHold, false);
  }

  #quoted(slot: number): boolean {
    const { bytes } = this.#slots;
    const start = this.#w;
    let w = start;
    let r = this.#r + 1;
    let mayHold = false;
    let hasEscape = false;
    for (;;) {
      const code = bytes[r++]!;
      const its = CLASS[code]!;
      if (its === 0 || its === BEYOND || code === 32) {
        bytes[w++] = code;
        continue;
      }
      if (its === QUOTE) break;
      if (its === DECIDES) {
        bytes[w] = code;
        if (!mayHold && mayEndHere(bytes, w, start)) mayHold = true;
        w++;
        continue;
      }
      if (its !== BACKSLASH) return false;
      const escaped = bytes[r++]!;
      if (escaped < 32 || escaped > 126) return false;
      // What stands around it may be nearer than it looks.
      mayHold = true;
      if (escaped === 34 || escaped === 92 || escaped === 110 || escaped === 116) {
        bytes[w++] = 92;
        hasEscape = true;
      }
      bytes[w++] = escaped;
    }
    this.#r = r;
    return this.#done(slot, start, w, mayHold, hasEscape);
  }

  #done(slot: number, from: number, to: number, mayHold: boolean, isEscaped: boolean): boolean {
    const slots = this.#slots;
    slots.to[slot] = to;
    slots.isEscaped[slot] = isEscaped ? 1 : 0;
    if (!this.#hidesSecrets || to - from < LEAST_SECRET) return true;
    if (!mayHold && !(to - from >= LEAST_CARD && mayHoldCard(slots.bytes, from, to))) return true;
    const text = slots.text(from, to, isEscaped);
    return hideSecrets(text) === text;
  }
}

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
/** Begins a character that may be a blank. */
const WIDE = 6;
const CLASS = new Uint8Array(256);
CLASS.fill(REFUSED, 0, 32);
for (const code of DECIDING) CLASS[code] = DECIDES;
for (const code of [194, 225, 226, 227, 239]) CLASS[code] = WIDE;
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
  /** Where reading goes on. */
  #r = 0;

  constructor(keys: Keys<T>, slots: Slots, rules: ScanRules) {
    this.#keys = keys;
    this.#slots = slots;
    this.#hidesSecrets = rules.hidesSecrets;
  }

  scan(line: string): Step<T> | undefined {
    const slots = this.#slots;
    slots.room(line.length);
    slots.count = 0;
    slots.mayHold = false;
    const { bytes } = slots;
    const length = bytes.utf8Write(line, 0);
    bytes[length] = 0;
    let step = this.#keys.root;
    let r = 0;
    while (r < length) {
      let key = this.#keys.known(step, bytes, r);
      if (key === undefined) {
        if (nameEnd(bytes, r) < 0) return undefined;
        key = this.#keys.step(step, bytes, r, false);
        if (key === undefined) return undefined;
      } else if (key.facts.isRefused) return undefined;
      const slot = slots.count;
      if (slot >= MAX_SLOTS) return undefined;
      step = key;
      if (key.facts.mayHold) slots.mayHold = true;
      slots.count++;
      slots.types[slot] = STRING;
      slots.isGone[slot] = 0;
      r += key.bytes.length;
      if (bytes[r] === 34 ? !this.#quoted(slot, r + 1) : !this.#bare(slot, r, length)) return undefined;
      r = this.#r;
      if (r < length && CLASS[bytes[r]!] !== BLANK) return undefined;
      while (CLASS[bytes[r]!] === BLANK) r++;
    }
    return slots.count >= LEAST_PAIRS ? step : undefined;
  }

  /** A value without quotes; it stays where it is. */
  #bare(slot: number, from: number, length: number): boolean {
    const { bytes } = this.#slots;
    if (bytes[from] === 39) return false;
    let mayHold = false;
    let r = from;
    for (; r < length; r++) {
      const its = CLASS[bytes[r]!]!;
      if (its === 0) continue;
      if (its === BLANK) break;
      if (its === DECIDES) {
        if (!mayHold && mayEndHere(bytes, r, from)) mayHold = true;
      } else if (its !== WIDE || isWideBlank(bytes, r)) return false;
    }
    this.#r = r;
    return this.#done(slot, from, r, mayHold, false);
  }

  /** The value behind a quote: it stays where it is up to the first escape. */
  #quoted(slot: number, from: number): boolean {
    const { bytes } = this.#slots;
    let r = from;
    let mayHold = false;
    for (;;) {
      const its = CLASS[bytes[r]!]!;
      if (its === DECIDES) {
        if (!mayHold && mayEndHere(bytes, r, from)) mayHold = true;
      } else if (its === QUOTE) break;
      else if (its === BACKSLASH) return this.#unescaped(slot, from, r);
      else if (its === REFUSED || bytes[r] === 9) return false;
      r++;
    }
    this.#r = r + 1;
    return this.#done(slot, from, r, mayHold, false);
  }

  /** The same where the first backslash stands at `at`: what JSON escapes in another way moves to the front. */
  #unescaped(slot: number, from: number, at: number): boolean {
    const { bytes } = this.#slots;
    let w = at;
    let r = at;
    let hasEscape = false;
    for (;;) {
      const code = bytes[r++]!;
      const its = CLASS[code]!;
      if (its === QUOTE) break;
      if (its !== BACKSLASH) {
        if (its === REFUSED || code === 9) return false;
        bytes[w++] = code;
        continue;
      }
      const escaped = bytes[r++]!;
      if (escaped < 32 || escaped > 126) return false;
      if (escaped === 34 || escaped === 92 || escaped === 110 || escaped === 116) {
        bytes[w++] = 92;
        hasEscape = true;
      }
      bytes[w++] = escaped;
    }
    this.#r = r;
    // What stands around an escape may be nearer than it looks.
    return this.#done(slot, from, w, true, hasEscape);
  }

  #done(slot: number, from: number, to: number, mayHold: boolean, isEscaped: boolean): boolean {
    const slots = this.#slots;
    slots.from[slot] = from;
    slots.to[slot] = to;
    slots.isEscaped[slot] = isEscaped ? 1 : 0;
    if (!this.#hidesSecrets) return true;
    if (!mayHold && !(to - from >= LEAST_CARD && mayHoldCard(slots.bytes, from, to))) return true;
    slots.mayHold = true;
    if (to - from < LEAST_SECRET) return true;
    const text = slots.text(from, to, isEscaped);
    return hideSecrets(text) === text;
  }
}

/** Where the `=` behind the name at `at` stands; -1: there is no name. */
function nameEnd(bytes: Uint8Array, at: number): number {
  let end = at;
  if (NAME[bytes[end]!] !== 1) return -1;
  while (NAME[bytes[end]!]! !== 0) end++;
  return bytes[end] === 61 && end - at <= MAX_KEY ? end : -1;
}

/** Whether a blank beyond ASCII stands there, or something near one. */
function isWideBlank(bytes: Uint8Array, at: number): boolean {
  const second = bytes[at + 1]!;
  switch (bytes[at]) {
    case 194:
      return second === 160;
    case 225:
      return second === 154;
    case 226:
      return second === 128 || second === 129;
    case 227:
      return second === 128;
  }
  return second === 187;
}

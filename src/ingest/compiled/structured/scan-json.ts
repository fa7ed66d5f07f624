import { JsonTokens, type ScanRules } from './json-tokens.ts';
import type { Keys, Step } from './keys.ts';
import { ARRAY, FALSE, MAX_SLOTS, NULL, NUMBER, OBJECT, type Slots, STRING, TRUE } from './slots.ts';

const MAX_VALUES = 200;
const MAX_DEPTH = 12;
/**
 * Reads a line that is one JSON object, and nothing unusual in it: the same as `parseJson` would find. Where it is something
 * else, or something has to be changed in it (names, secrets, numbers that a double cannot hold), the answer is no.
 */
export class JsonScan<T> extends JsonTokens {
  readonly #keys: Keys<T>;
  readonly #maxDepth: number;
  #values = 0;

  constructor(keys: Keys<T>, slots: Slots, rules: ScanRules) {
    super(slots, rules.hidesSecrets);
    this.#keys = keys;
    this.#maxDepth = Math.min(MAX_DEPTH, rules.maxDepth);
  }

  /** The step at which the line's names end, and its values in `slots`. */
  scan(line: string): Step<T> | undefined {
    const slots = this.slots;
    slots.room(line.length);
    slots.count = 0;
    const { bytes } = slots;
    const length = bytes.utf8Write(line, 0);
    // Behind the text stands what ends every loop.
    bytes[length] = 0;
    this.w = 0;
    this.#values = 0;
    let r = 1;
    while (IS_BLANK[bytes[r]!] === 1) r++;
    this.w = 1;
    if (bytes[0] !== 123 || bytes[r] !== 34) return undefined;
    let step = this.#keys.root;
    for (;;) {
      if (bytes[r] !== 34) return undefined;
      const key = this.#keys.step(step, bytes, r + 1, false);
      if (key === undefined) return undefined;
      r = this.#colon(key, r + 1);
      if (r < 0) return undefined;
      const slot = slots.count;
      if (slot >= MAX_SLOTS) return undefined;
      if (bytes[r] === 123 && key.facts.isOpened) {
        const opened = this.#opened(key, r);
        if (opened === undefined) return undefined;
        step = opened;
        r = this.#r;
      } else {
        r = this.#slot(slot, r, 1);
        if (r < 0) return undefined;
        step = key;
      }
      while (IS_BLANK[bytes[r]!] === 1) r++;
      const code = bytes[r++];
      if (code === 125) break;
      if (code !== 44) return undefined;
      while (IS_BLANK[bytes[r]!] === 1) r++;
    }
    while (r < length && IS_BLANK[bytes[r]!] === 1) r++;
    return r === length ? step : undefined;
  }

  /** Where reading goes on behind `#opened`. */
  #r = 0;

  /** An object into which somebody looks. */
  #opened(key: Step<T>, at: number): Step<T> | undefined {
    const slots = this.slots;
    const { bytes } = slots;
    const own = slots.count++;
    slots.types[own] = OBJECT;
    slots.isGone[own] = 0;
    slots.from[own] = this.w;
    bytes[this.w++] = 123;
    if (++this.#values > MAX_VALUES || this.#maxDepth < 2) return undefined;
    let r = at + 1;
    let step = this.#keys.open(key);
    while (IS_BLANK[bytes[r]!] === 1) r++;
    if (bytes[r] === 125) {
      bytes[this.w++] = 125;
      slots.to[own] = this.w;
      this.#r = r + 1;
      return this.#keys.close(step);
    }
    for (;;) {
      if (bytes[r] !== 34) return undefined;
      const inner = this.#keys.step(step, bytes, r + 1, true);
      if (inner === undefined) return undefined;
      const slot = slots.count;
      if (slot >= MAX_SLOTS) return undefined;
      slots.start[slot] = this.w;
      r = this.#name(inner, r + 1);
      if (r < 0) return undefined;
      r = this.#slot(slot, r, 2);
      if (r < 0) return undefined;
      step = inner;
      while (IS_BLANK[bytes[r]!] === 1) r++;
      const code = bytes[r++]!;
      bytes[this.w++] = code;
      if (code === 125) break;
      if (code !== 44) return undefined;
      while (IS_BLANK[bytes[r]!] === 1) r++;
    }
    slots.to[own] = this.w;
    this.#r = r;
    return this.#keys.close(step);
  }

  /** Behind the colon of a name that is not written here. */
  #colon(key: Step<T>, at: number): number {
    const { bytes } = this.slots;
    let r = at + key.bytes.length;
    while (IS_BLANK[bytes[r]!] === 1) r++;
    if (bytes[r] !== 58) return -1;
    r++;
    while (IS_BLANK[bytes[r]!] === 1) r++;
    return r;
  }

  /** Behind the colon of a name that is written. */
  #name(key: Step<T>, at: number): number {
    const { bytes } = this.slots;
    const r = this.#colon(key, at);
    if (r < 0) return r;
    const name = key.bytes;
    let w = this.w;
    bytes[w++] = 34;
    for (let i = 0; i < name.length; i++) bytes[w++] = name[i]!;
    bytes[w++] = 58;
    this.w = w;
    return r;
  }

  /** The value at `r` as the next slot; where it ends, or -1. */
  #slot(slot: number, r: number, depth: number): number {
    const slots = this.slots;
    slots.count = slot + 1;
    slots.isGone[slot] = 0;
    if (slots.bytes[r] === 34) {
      slots.types[slot] = STRING;
      slots.bytes[this.w++] = 34;
      slots.from[slot] = this.w;
      const end = this.string(r + 1);
      slots.to[slot] = this.w - 1;
      slots.isEscaped[slot] = this.hasEscape ? 1 : 0;
      return end;
    }
    slots.from[slot] = this.w;
    const end = this.#value(r, depth);
    slots.to[slot] = this.w;
    slots.types[slot] = this.type;
    return end;
  }

  /** Writes the value at `r`; where it ends, or -1. */
  #value(r: number, depth: number): number {
    const { bytes } = this.slots;
    if (++this.#values > MAX_VALUES) return -1;
    switch (bytes[r]) {
      case 34:
        bytes[this.w++] = 34;
        return this.string(r + 1);
      case 123:
        return this.#object(r + 1, depth);
      case 91:
        return this.#array(r + 1, depth);
      case 116:
        this.type = TRUE;
        return this.word(r, TRUE_BYTES);
      case 102:
        this.type = FALSE;
        return this.word(r, FALSE_BYTES);
      case 110:
        this.type = NULL;
        return this.word(r, NULL_BYTES);
      default:
        this.type = NUMBER;
        return this.number(r);
    }
  }

  #object(at: number, depth: number): number {
    if (depth > this.#maxDepth) return -1;
    const { bytes } = this.slots;
    let r = at;
    bytes[this.w++] = 123;
    while (IS_BLANK[bytes[r]!] === 1) r++;
    if (bytes[r] === 125) {
      bytes[this.w++] = 125;
      this.type = OBJECT;
      return r + 1;
    }
    let step = this.#keys.inner;
    for (;;) {
      if (bytes[r] !== 34) return -1;
      const key = this.#keys.step(step, bytes, r + 1, true);
      if (key === undefined) return -1;
      step = key;
      r = this.#name(key, r + 1);
      if (r < 0) return -1;
      r = this.#value(r, depth + 1);
      if (r < 0) return -1;
      while (IS_BLANK[bytes[r]!] === 1) r++;
      const code = bytes[r++]!;
      bytes[this.w++] = code;
      if (code === 125) break;
      if (code !== 44) return -1;
      while (IS_BLANK[bytes[r]!] === 1) r++;
    }
    this.type = OBJECT;
    return r;
  }

  #array(at: number, depth: number): number {
    if (depth > this.#maxDepth) return -1;
    const { bytes } = this.slots;
    let r = at;
    bytes[this.w++] = 91;
    while (IS_BLANK[bytes[r]!] === 1) r++;
    if (bytes[r] === 93) {
      bytes[this.w++] = 93;
      this.type = ARRAY;
      return r + 1;
    }
    for (;;) {
      r = this.#value(r, depth + 1);
      if (r < 0) return -1;
      while (IS_BLANK[bytes[r]!] === 1) r++;
      const code = bytes[r++]!;
      bytes[this.w++] = code;
      if (code === 93) break;
      if (code !== 44) return -1;
      while (IS_BLANK[bytes[r]!] === 1) r++;
    }
    this.type = ARRAY;
    return r;
  }
}

const IS_BLANK = new Uint8Array(256);
for (const code of [32, 9, 10, 13]) IS_BLANK[code] = 1;

const TRUE_BYTES = Buffer.from('true');
const FALSE_BYTES = Buffer.from('false');
const NULL_BYTES = Buffer.from('null');

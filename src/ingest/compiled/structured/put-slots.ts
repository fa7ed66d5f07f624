import { putAscii, putBytes } from '../../../schema/put.ts';
import type { Member } from './shape.ts';
import { NULL, type Slots, STRING } from './slots.ts';

/** Longer pieces are copied by a call. */
const LONG = 64;

/** Copies values of a line into its document. */
export class PutSlots {
  readonly #slots: Slots;
  readonly #isBehind: boolean;

  /** `isBehind`: a comma stands behind each member. */
  constructor(slots: Slots, isBehind: boolean) {
    this.#slots = slots;
    this.#isBehind = isBehind;
  }

  /** Writes a declared field, if it is there. `name`: with its comma and its colon. */
  declared(b: Buffer, at: number, source: number, name: Uint8Array): number {
    const { types, from, to } = this.#slots;
    if (source < 0 || types[source] === NULL || to[source] === from[source]) return at;
    let p = putBytes(b, at, name);
    b[p++] = 34;
    p = this.#copy(b, p, from[source]!, to[source]!);
    b[p++] = 34;
    return p;
  }

  members(b: Buffer, at: number, members: readonly Member[]): number {
    const slots = this.#slots;
    const isBehind = this.#isBehind;
    let p = at;
    for (let i = 0; i < members.length; i++) {
      const { slot, bytes, inner } = members[i]!;
      if (slots.isGone[slot] === 1) continue;
      if (inner !== undefined) {
        let gone = 0;
        for (let k = 0; k < inner.length; k++) gone += slots.isGone[inner[k]!]!;
        if (gone > 0) {
          if (gone < inner.length) p = this.#object(b, p, bytes, inner);
          continue;
        }
      }
      p = putBytes(b, p, bytes);
      p = this.put(b, p, slot);
      if (isBehind) b[p++] = 44;
    }
    return p;
  }

  /** The members as an object of this name. */
  object(b: Buffer, at: number, name: string, members: readonly Member[]): number {
    let p = putAscii(b, at, this.#isBehind ? `"${name}":{` : `,"${name}":{`);
    for (let i = 0; i < members.length; i++) {
      const { slot, bytes } = members[i]!;
      p = putBytes(b, p, bytes);
      p = this.put(b, p, slot);
      b[p++] = 44;
    }
    b[p - 1] = 125;
    if (this.#isBehind) b[p++] = 44;
    return p;
  }

  /** An object of which something has gone. */
  #object(b: Buffer, at: number, name: Uint8Array, inner: readonly number[]): number {
    const { isGone, start, to, types } = this.#slots;
    let p = putBytes(b, at, name);
    b[p++] = 123;
    for (let k = 0; k < inner.length; k++) {
      const slot = inner[k]!;
      if (isGone[slot] === 1) continue;
      p = this.#copy(b, p, start[slot]!, to[slot]! + (types[slot] === STRING ? 1 : 0));
      b[p++] = 44;
    }
    b[p - 1] = 125;
    if (this.#isBehind) b[p++] = 44;
    return p;
  }

  /** The value of a slot. */
  put(b: Buffer, at: number, slot: number): number {
    const { types, from, to } = this.#slots;
    if (types[slot] !== STRING) return this.#copy(b, at, from[slot]!, to[slot]!);
    b[at] = 34;
    const p = this.#copy(b, at + 1, from[slot]!, to[slot]!);
    b[p] = 34;
    return p + 1;
  }

  #copy(b: Buffer, at: number, from: number, to: number): number {
    const { bytes } = this.#slots;
    if (to - from > LONG) {
      bytes.copy(b, at, from, to);
      return at + to - from;
    }
    let p = at;
    for (let i = from; i < to; i++) b[p++] = bytes[i]!;
    return p;
  }
}

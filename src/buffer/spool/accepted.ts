import { counter } from '../../core/metrics.ts';

const evicted = counter(
  'longshore_spool_accepted_evicted_total',
  'Chunk ids forgotten before the retry horizon because max_accepted_ids was reached',
);

/** A 64-bit key as two unsigned 32-bit halves: eight bytes of a hash, so one comparison in 10^19 is a false one. */
export interface Key {
  readonly hi: number;
  readonly lo: number;
  /** The same as 16 hex digits, where that is at hand. */
  readonly hex?: string;
}

/** Of 16 hex digits. */
export function keyOf(hex: string): Key {
  return { hi: half(hex, 0), lo: half(hex, 8), hex };
}

/** The number that eight hex digits (0-9, a-f) are. */
export function half(hex: string, from: number): number {
  let value = 0;
  for (let i = from; i < from + 8; i++) {
    const code = hex.charCodeAt(i);
    value = (value << 4) | (code < 0x3a ? code - 0x30 : code - 0x57);
  }
  return value >>> 0;
}

/** Keys of frames that are taken together, without an object for each. */
export class Keys {
  readonly #halves: number[] = [];
  /** All of them, 16 hex digits each. */
  hex = '';

  get length(): number {
    return this.#halves.length >> 1;
  }

  hi(index: number): number {
    return this.#halves[2 * index]!;
  }

  lo(index: number): number {
    return this.#halves[2 * index + 1]!;
  }

  /** `hex`: the same as 16 hex digits. */
  add(hi: number, lo: number, hex: string): void {
    this.#halves.push(hi, lo);
    this.hex += hex;
  }
}

/**
 * What was accepted within the retry horizon, so that a re-sent frame is acknowledged and not stored again.
 * Two generations of open-addressing tables: a key lives at least one horizon and at most two, unless `maxIds` bites
 * (16 bytes an id at the worst load). Time is an argument, in milliseconds of process uptime: what a restart loads
 * counts as new, because a sender that could not reach us re-sends as soon as we are back.
 */
export class AcceptedIds {
  readonly #horizonMs: number;
  readonly #perGeneration: number;
  #current = new KeySet();
  #previous = new KeySet();
  #currentSince = 0;

  constructor(options: { horizonMs: number; maxIds: number }) {
    this.#horizonMs = options.horizonMs;
    this.#perGeneration = Math.max(1, Math.floor(options.maxIds / 2));
  }

  get size(): number {
    return this.#current.size + this.#previous.size;
  }

  has(hi: number, lo: number): boolean {
    return this.#current.has(hi, lo) || this.#previous.has(hi, lo);
  }

  add(hi: number, lo: number, now: number): void {
    if (now - this.#currentSince >= this.#horizonMs) this.#rotate(now);
    else if (this.#current.size >= this.#perGeneration) {
      evicted.inc(this.#previous.size);
      this.#rotate(now);
    }
    this.#current.add(hi, lo);
  }

  /** All keys, oldest generation first, as pairs of big-endian 32-bit words. */
  dump(): Buffer {
    return Buffer.concat([this.#previous.dump(), this.#current.dump()]);
  }

  #rotate(now: number): void {
    // Nothing for two horizons: what is in `current` is out of date as well.
    this.#previous = now - this.#currentSince >= 2 * this.#horizonMs ? new KeySet() : this.#current;
    this.#current = new KeySet();
    this.#currentSince = now;
  }
}

/** Linear probing over two Uint32Arrays. The pair (0, 0) marks a free slot and is stored as (0, 1). */
class KeySet {
  size = 0;
  #mask = 255;
  #slots = new Uint32Array(512);

  has(hi: number, lo: number): boolean {
    const low = hi === 0 && lo === 0 ? 1 : lo;
    const slots = this.#slots;
    for (let i = low & this.#mask; ; i = (i + 1) & this.#mask) {
      const h = slots[2 * i]!;
      const l = slots[2 * i + 1]!;
      if (h === hi && l === low) return true;
      if (h === 0 && l === 0) return false;
    }
  }

  add(hi: number, lo: number): void {
    if (this.size * 2 > this.#mask) this.#grow();
    if (this.#insert(hi, hi === 0 && lo === 0 ? 1 : lo)) this.size++;
  }

  dump(): Buffer {
    const out = Buffer.allocUnsafe(this.size * 8);
    let offset = 0;
    for (let i = 0; i <= this.#mask; i++) {
      const h = this.#slots[2 * i]!;
      const l = this.#slots[2 * i + 1]!;
      if (h === 0 && l === 0) continue;
      out.writeUInt32BE(h, offset);
      out.writeUInt32BE(l, offset + 4);
      offset += 8;
    }
    return out;
  }

  #insert(hi: number, low: number): boolean {
    const slots = this.#slots;
    for (let i = low & this.#mask; ; i = (i + 1) & this.#mask) {
      const h = slots[2 * i]!;
      const l = slots[2 * i + 1]!;
      if (h === hi && l === low) return false;
      if (h === 0 && l === 0) {
        slots[2 * i] = hi;
        slots[2 * i + 1] = low;
        return true;
      }
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#mask = this.#mask * 2 + 1;
    this.#slots = new Uint32Array(2 * (this.#mask + 1));
    for (let i = 0; i < old.length; i += 2) {
      if (old[i] !== 0 || old[i + 1] !== 0) this.#insert(old[i]!, old[i + 1]!);
    }
  }
}

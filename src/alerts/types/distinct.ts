import { hash48 } from '../hash48.ts';
import { keyId } from './key-map.ts';

/** Up to so many are looked through; of more there is an index. */
const LINEAR = 24;
const PAIR = 2;

/**
 * Which different values were seen, each with the time of its latest event. A value is kept as a hash of 48 bits: two
 * numbers each, whatever its length. Of more than `cap` values the ones seen longest ago go.
 */
export class Distinct {
  /** [hash, time], in any order. */
  #pairs: number[] = [];
  #places: Map<number, number> | undefined;

  get size(): number {
    return this.#pairs.length / PAIR;
  }

  /** The least of the times; undefined where there is no value. */
  get oldest(): number | undefined {
    let oldest: number | undefined;
    for (let at = 1; at < this.#pairs.length; at += PAIR)
      oldest = Math.min(oldest ?? this.#pairs[at]!, this.#pairs[at]!);
    return oldest;
  }

  /** Gives by how many values there are more now. */
  add(value: unknown, time: number, cap: number): number {
    const before = this.size;
    this.#put(hash48(keyId(value)), time);
    // Cut at twice as many, so that it is seldom.
    if (this.size > 2 * cap + LINEAR) this.#keepLatest(cap);
    return this.size - before;
  }

  /** The time a value was seen last; undefined when it is not known. */
  lastOf(value: unknown): number | undefined {
    const at = this.#placeOf(hash48(keyId(value)));
    return at < 0 ? undefined : this.#pairs[at + 1]!;
  }

  /** Those whose latest time is in [from, to]. */
  count(from: number, to: number): number {
    let count = 0;
    for (let at = 1; at < this.#pairs.length; at += PAIR)
      if (this.#pairs[at]! >= from && this.#pairs[at]! <= to) count++;
    return count;
  }

  /** Forgets what was seen last before this. Gives by how many values there are less. */
  forgetBefore(time: number): number {
    return this.#keep(last => last >= time);
  }

  setBack(to: number): void {
    for (let at = 1; at < this.#pairs.length; at += PAIR) if (this.#pairs[at]! > to) this.#pairs[at] = to;
  }

  /** Hashes, each with its time. */
  save(): number[] {
    return [...this.#pairs];
  }

  /** False where it is no such list. */
  restore(saved: unknown): boolean {
    if (!Array.isArray(saved) || saved.length % PAIR !== 0 || !saved.every(Number.isFinite)) return false;
    for (let at = 0; at < saved.length; at += PAIR) this.#put(saved[at], saved[at + 1]);
    return true;
  }

  #put(hash: number, time: number): void {
    const at = this.#placeOf(hash);
    if (at >= 0) {
      // What comes late tells nothing of when it was seen last.
      if (time > this.#pairs[at + 1]!) this.#pairs[at + 1] = time;
      return;
    }
    this.#places?.set(hash, this.#pairs.length);
    // A list that begins with `push` has room for 17: most have one value.
    if (this.#pairs.length === 0) this.#pairs = [hash, time];
    else this.#pairs.push(hash, time);
    if (this.#places === undefined && this.size > LINEAR) this.#index();
  }

  #placeOf(hash: number): number {
    if (this.#places !== undefined) return this.#places.get(hash) ?? -1;
    for (let at = 0; at < this.#pairs.length; at += PAIR) if (this.#pairs[at] === hash) return at;
    return -1;
  }

  #keepLatest(cap: number): void {
    const times: number[] = [];
    for (let at = 1; at < this.#pairs.length; at += PAIR) times.push(this.#pairs[at]!);
    times.sort((a, b) => b - a);
    let spare = cap - times.filter(time => time > times[cap - 1]!).length;
    this.#keep(last => last > times[cap - 1]! || (last === times[cap - 1] && spare-- > 0));
  }

  #keep(isKept: (time: number) => boolean): number {
    const before = this.size;
    let end = 0;
    for (let at = 0; at < this.#pairs.length; at += PAIR) {
      if (!isKept(this.#pairs[at + 1]!)) continue;
      this.#pairs[end] = this.#pairs[at]!;
      this.#pairs[end + 1] = this.#pairs[at + 1]!;
      end += PAIR;
    }
    this.#pairs.length = end;
    if (this.size < before) {
      this.#places = undefined;
      if (this.size > LINEAR) this.#index();
    }
    return before - this.size;
  }

  #index(): void {
    this.#places = new Map();
    for (let at = 0; at < this.#pairs.length; at += PAIR) this.#places.set(this.#pairs[at]!, at);
  }
}

import { SECOND_MS } from '../../base/time/duration.ts';
import { pythonStr } from '../python/str.ts';

/**
 * Identity of a query key value: 1 and "1" are different groups, missing and null are one, lists and objects count by
 * their text. (Python takes false for 0 and true for 1; here they are different groups.)
 */
export function keyId(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'number') return `n${value}`;
  if (typeof value === 'boolean') return `b${value}`;
  return `s${typeof value === 'string' ? value : pythonStr(value)}`;
}

/** The value of an identity; undefined where it does not tell: a text may stand for itself, for a list or an object. */
export function valueOfKeyId(id: string): unknown {
  if (id === 'null') return null;
  const text = id.slice(1);
  if (id.startsWith('n')) return Number(text);
  return id.startsWith('b') ? text === 'true' : text;
}

/** Whether `valueOfKeyId` gives this value back. */
export const isPlainKey = (value: unknown): boolean => typeof value !== 'object' || value === null;

/** Identity of an alert in its rule: the key, and the level where there are several. */
export const alertId = ({ key, level }: { readonly key?: unknown; readonly level?: string | undefined }): string =>
  level === undefined ? keyId(key) : `${keyId(key)}\0${level}`;

/** Judging the keys of a partition takes a millisecond or two: so often they have their turn, and at most so long they wait. */
const TURN_MS = 100;
const MAX_TURN_MS = 10_000;

/** So many keys share a partition, more or less. */
const PER_PARTITION = 4096;
/** Of fewer changed keys it is known which they are. */
const FEW_CHANGED = 64;

interface Partition<T> {
  readonly map: Map<string, T>;
  /** Identities of keys that changed since this was taken last. */
  readonly changed: Set<string>;
  /** Most of them did. */
  isAllChanged: boolean;
}

/**
 * What is kept per key, bounded: touching a key makes it the last to go. Many keys are split over partitions by a hash
 * (linear hashing: one partition is split at a time), so that no step takes long, whatever the number of keys: then which
 * goes first is right within its partition. It knows which keys changed since they were written.
 */
export class KeyMap<T> {
  readonly #partitions: Partition<T>[] = [newPartition()];
  readonly #limit: number;
  readonly #onEvict: (value: T) => void;
  #size = 0;
  #nextToEvict = 0;
  #nextToSweep = 0;
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(limit: number, onEvict: (value: T) => void = () => {}) {
    this.#limit = Math.max(1, limit);
    this.#onEvict = onEvict;
  }

  get size(): number {
    return this.#size;
  }

  get(id: string): T | undefined {
    return this.#of(id).map.get(id);
  }

  touch(id: string, value: T): void {
    const partition = this.#of(id);
    const { map } = partition;
    const before = map.size;
    if (before > 1) map.delete(id);
    map.set(id, value);
    markChanged(partition, id);
    if (map.size === before) return;
    this.#size++;
    if (this.#size > this.#limit) this.evictOldest();
    else if (this.#size > PER_PARTITION * this.#partitions.length) this.#split();
  }

  /** What is kept of it is other than it was; its turn to go stays. */
  changed(id: string): void {
    markChanged(this.#of(id), id);
  }

  changedAll(): void {
    for (const partition of this.#partitions) markAllChanged(partition);
  }

  delete(id: string): void {
    const partition = this.#of(id);
    if (!partition.map.delete(id)) return;
    this.#size--;
    markChanged(partition, id);
  }

  evictOldest(): void {
    for (let tried = 0; tried < this.#partitions.length; tried++) {
      this.#nextToEvict = (this.#nextToEvict + 1) % this.#partitions.length;
      const partition = this.#partitions[this.#nextToEvict]!;
      for (const [id, value] of partition.map) {
        partition.map.delete(id);
        this.#size--;
        markChanged(partition, id);
        this.#onEvict(value);
        return;
      }
    }
  }

  *entries(): IterableIterator<[string, T]> {
    for (const { map } of this.#partitions) yield* map;
  }

  /** From the ones not touched for longest on, partition by partition, each until `visit` says that it is enough. */
  fromOldest(visit: (id: string, value: T) => boolean): void {
    for (const { map } of this.#partitions) for (const [id, value] of map) if (!visit(id, value)) break;
  }

  /** Keys to look through at a tick: all of them once in so many milliseconds, some at each call. */
  *sweep(time: number, everyMs: number): IterableIterator<[string, T]> {
    const count = this.#partitions.length;
    // The clock may have been set back.
    const share = Math.abs(time - this.#sweptAt) / everyMs;
    const due = count === 1 ? (share >= 1 ? 1 : 0) : Math.min(count, Math.ceil(share * count));
    if (due < 1) return;
    this.#sweptAt = time;
    for (let done = 0; done < due; done++) {
      this.#nextToSweep = (this.#nextToSweep + 1) % count;
      yield* this.#partitions[this.#nextToSweep]!.map;
    }
  }

  /** Keys to judge at a tick: all of them, or of very many all within ten seconds. */
  judged(time: number): IterableIterator<[string, T]> {
    if (this.isJudgedAtOnce) return this.entries();
    if (this.#sweptAt === Number.NEGATIVE_INFINITY) this.#sweptAt = time - SECOND_MS;
    return this.sweep(time, Math.min(MAX_TURN_MS, this.#partitions.length * TURN_MS));
  }

  /** Whether each tick of a second judges all. */
  get isJudgedAtOnce(): boolean {
    return this.#partitions.length * TURN_MS <= SECOND_MS;
  }

  /** The next `sweep` looks at all. */
  sweepSoon(): void {
    this.#sweptAt = Number.NEGATIVE_INFINITY;
  }

  get partitions(): number {
    return this.#partitions.length;
  }

  partition(index: number): ReadonlyMap<string, T> {
    return this.#partitions[index]!.map;
  }

  /** Which keys of a partition changed since this was called last, also those that are gone; `all` where it is most of them. */
  takeChanged(index: number): ReadonlySet<string> | 'all' {
    const partition = this.#partitions[index]!;
    const changed = partition.isAllChanged ? 'all' : new Set(partition.changed);
    partition.isAllChanged = false;
    partition.changed.clear();
    return changed;
  }

  /** How many keys changed since they were taken. */
  get changes(): number {
    let count = 0;
    for (const { changed, isAllChanged, map } of this.#partitions) count += isAllChanged ? map.size : changed.size;
    return count;
  }

  /** An empty one takes as many partitions as another had: then the same keys are together. */
  splitInto(partitions: number): void {
    while (this.#size === 0 && this.#partitions.length < partitions) this.#partitions.push(newPartition());
  }

  #of(id: string): Partition<T> {
    const count = this.#partitions.length;
    return count === 1 ? this.#partitions[0]! : this.#partitions[placeOf(hashOf(id), count)]!;
  }

  #split(): void {
    const count = this.#partitions.length;
    const from = this.#partitions[count - powerBelow(count)]!;
    const into = newPartition<T>();
    this.#partitions.push(into);
    for (const [id, value] of from.map) {
      if (placeOf(hashOf(id), count + 1) !== count) continue;
      from.map.delete(id);
      into.map.set(id, value);
    }
    markAllChanged(from);
    markAllChanged(into);
  }
}

const newPartition = <T>(): Partition<T> => ({ map: new Map(), changed: new Set(), isAllChanged: false });

function markChanged<T>(partition: Partition<T>, id: string): void {
  if (partition.isAllChanged) return;
  const { changed, map } = partition;
  changed.add(id);
  if (changed.size > FEW_CHANGED && changed.size * 2 > map.size) markAllChanged(partition);
}

function markAllChanged<T>(partition: Partition<T>): void {
  partition.isAllChanged = true;
  partition.changed.clear();
}

/** The greatest power of two that is not more. */
const powerBelow = (count: number): number => 2 ** (31 - Math.clz32(count));

function placeOf(hash: number, count: number): number {
  const power = powerBelow(count);
  const wide = hash & (power * 2 - 1);
  return wide < count ? wide : hash & (power - 1);
}

/** FNV-1a over UTF-16 units, mixed: also low bits tell texts apart that differ in one character. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}

import { asKept, DocumentBudget, type Kept } from './kept-documents.ts';
import { KeyMap, keyId } from './key-map.ts';
import { KeyedRows, type RowsByKey } from './keyed-rows.ts';
import type { WindowLimits } from './kind.ts';
import { addRow, clampRows, coarsen, MAX_ROWS, ROW, rowAfter, SLOTS, unpackRows } from './rows.ts';
import { type SpikeKey as Key, newKey, rowOf } from './spike-key.ts';
import { firstAfter, packTimes, unpackTimes } from './times.ts';

/** What of a window is compared: how many there are, or the total, mean, least or greatest of their values. */
export type Measure = 'count' | 'sum' | 'mean' | 'min' | 'max';

export interface SpikeOptions {
  readonly timeframeMs: number;
  readonly height: number;
  readonly up: boolean;
  readonly down: boolean;
  /** A window below its threshold is not judged. */
  readonly thresholdCurrent: number;
  readonly thresholdReference: number;
  readonly measure: Measure;
  /** Windows that are empty, or whose measure is 0, are not judged. */
  readonly needsValues: boolean;
  /** `alert_on_new_data`: once one key was observed for long enough, new keys are judged at once. */
  readonly judgesNewKeys: boolean;
}

/** A spike of a key. */
export interface Spike {
  readonly value: unknown;
  /** Measure of the latest timeframe, and of the one before. */
  readonly current: number;
  readonly reference: number;
  /** Time of the oldest event of the latest timeframe; where there is none, of what moved the windows. */
  readonly from: number;
  /** The oldest event of the latest timeframe of those that were kept. */
  readonly document: Kept | undefined;
}

/** A gap of less than one part in so many of a timeframe changes no spike. */
const SMALL_PART = 10;
/** So many numbers that are gone are taken out of a list at once. */
const GONE = 256 * ROW;

/**
 * Two windows a key: the latest timeframe, and the one before it, which ends with the latest event or tick that has left
 * the first. Half open: what is exactly one timeframe old has left. After a spike the reference starts anew, and the key is
 * observed for two timeframes before it is judged again. Keeps numbers, and a few documents.
 */
export class SpikeWindows {
  readonly keyed: RowsByKey;
  readonly #keys: KeyMap<Key>;
  readonly #options: SpikeOptions;
  readonly #limits: WindowLimits;
  readonly #documents: DocumentBudget;
  /** Ticks of two timeframes, thinned: they end the reference where no event does. */
  readonly #ticks: number[] = [];
  /** Some key was observed for long enough. */
  #isWarm = false;
  #rows = 0;
  #forgotten = 0;
  isChanged = false;

  constructor(options: SpikeOptions, limits: WindowLimits) {
    this.#options = options;
    this.#limits = limits;
    this.#documents = new DocumentBudget(limits.max_related_events);
    this.#keys = new KeyMap(limits.max_keys_per_rule, key => {
      this.#drop(key);
      this.#forgotten++;
    });
    this.keyed = new KeyedRows(
      this.#keys,
      (_, key) => rowOf(key),
      () => [{ ticks: packTimes(this.#ticks), isWarm: this.#isWarm }],
    );
  }

  get isJudgedInTurns(): boolean {
    return !this.#keys.isJudgedAtOnce;
  }

  get keys(): number {
    return this.#keys.size;
  }

  get forgotten(): number {
    return this.#forgotten;
  }

  has(value: unknown): boolean {
    return this.#keys.get(keyId(value)) !== undefined;
  }

  /** An event, or a sample of a metric. */
  add(value: unknown, time: number, weight: number, amount: number, document?: Kept): Spike | undefined {
    const id = keyId(value);
    const key = this.#keys.get(id) ?? newKey(value);
    const at = key.rows.length === 0 ? 0 : addRow(key.rows, time, weight, amount);
    if (key.rows.length === 0) key.rows = [time, weight, amount];
    this.#rows++;
    if (at < key.head) key.head += ROW;
    if (at < key.split) {
      key.split += ROW;
      if (at >= key.head) key.reference += weight;
    } else key.current += weight;
    if (document !== undefined) key.documents = this.#documents.add(key.documents, document);
    if (key.rows.length > 2 * MAX_ROWS * ROW) this.#coarsen(key);
    const now = Math.max(key.rows.at(-ROW)!, this.#ticks.at(-1) ?? time);
    key.first ??= now;
    const spike = this.#judge(key, now);
    this.#keys.touch(id, key);
    while (this.#rows > this.#limits.max_window_events && this.#keys.size > 1) this.#keys.evictOldest();
    return spike;
  }

  /** `isSingle`: there is one key, which is not forgotten when it is empty. */
  tick(time: number, isSingle: boolean): Spike[] {
    this.#addTick(time);
    const spikes: Spike[] = [];
    for (const [id, key] of this.#keys.judged(time)) {
      if (!isSingle && key.head === key.rows.length) {
        // A fall to nothing is remembered, so that it can be told when it is over.
        if (this.#lasts(key, time)) this.#observeFrom(id, key, undefined);
        else {
          this.#drop(key);
          this.#keys.delete(id);
          this.isChanged = true;
        }
        continue;
      }
      if (key.first === undefined) this.#observeFrom(id, key, time);
      const spike = this.#judge(key, Math.max(time, key.rows.at(-ROW) ?? time));
      if (spike === undefined) continue;
      this.#keys.changed(id);
      spikes.push(spike);
    }
    return spikes;
  }

  /** Whether the spike that was told last still lasts. */
  holds(value: unknown, time: number): boolean {
    const key = this.#keys.get(keyId(value));
    return key !== undefined && this.#lasts(key, time);
  }

  /** Both windows are filled anew, unless what is missing is a small part of one. */
  blind(from: number, to: number): void {
    const { timeframeMs } = this.#options;
    if (to - from < timeframeMs / SMALL_PART) return;
    const span = 2 * timeframeMs;
    this.#keys.changedAll();
    for (const [, key] of this.#keys.entries()) {
      key.first = Math.max(key.first ?? to, to);
      key.notBefore = Math.max(key.notBefore, to + span);
    }
  }

  setBack(to: number): void {
    for (let i = this.#ticks.length - 1; i >= 0 && this.#ticks[i]! > to; i--) this.#ticks[i] = to;
    this.#keys.changedAll();
    for (const [, key] of this.#keys.entries()) {
      clampRows(key.rows, to);
      if (key.first !== undefined) key.first = Math.min(key.first, to);
      key.notBefore = Math.min(key.notBefore, to + 2 * this.#options.timeframeMs);
      this.#recount(key);
    }
  }

  restore(saved: unknown): void {
    for (const row of Array.isArray(saved) ? saved : []) {
      if (Array.isArray(row)) this.#restoreKey(row);
      else if (typeof row === 'object' && row !== null) {
        const { ticks, isWarm } = row as Record<string, unknown>;
        this.#ticks.push(...(unpackTimes(ticks) ?? []).filter(Number.isFinite));
        this.#isWarm = isWarm === true;
      }
    }
  }

  #restoreKey([value, packed, split, first, notBefore, documents, told]: unknown[]): void {
    const rows = unpackRows(packed);
    if (rows === undefined) return;
    const key: Key = { ...newKey(value), rows };
    key.split = Number.isInteger(split) ? Math.min(rows.length, Number(split)) : 0;
    key.first = Number.isFinite(first) ? Number(first) : undefined;
    key.notBefore = Number.isFinite(notBefore) ? Number(notBefore) : 0;
    for (const document of Array.isArray(documents) ? documents : []) {
      const kept = asKept(document);
      if (kept !== undefined) key.documents = this.#documents.add(key.documents, kept);
    }
    const { isUp, reference } = (told ?? {}) as Record<string, unknown>;
    if (typeof isUp === 'boolean' && typeof reference === 'number') key.told = { isUp, reference };
    this.#weigh(key);
    this.#rows += rows.length / ROW;
    this.#keys.touch(keyId(value), key);
  }

  #addTick(time: number): void {
    const ticks = this.#ticks;
    const span = this.#options.timeframeMs;
    const last = ticks.at(-1);
    if (last !== undefined && time <= last) return;
    // The latest one stays as it is; of those before it one a slot.
    if (ticks.length > 1 && last! - ticks.at(-2)! < span / SLOTS) ticks[ticks.length - 1] = time;
    else ticks.push(time);
    const out = firstAfter(ticks, time - 2 * span) - 1;
    if (out > 64) ticks.splice(0, out);
  }

  /** Moves what has left the latest timeframe into the reference, and what has left that away. */
  #advance(key: Key, now: number): void {
    const { rows } = key;
    const { timeframeMs } = this.#options;
    const edge = now - timeframeMs;
    while (key.split < rows.length && rows[key.split]! <= edge) {
      key.reference += rows[key.split + 1]!;
      key.current -= rows[key.split + 1]!;
      key.split += ROW;
    }
    this.#documents.expire(key.documents, edge);
    if (key.split === key.head) return;
    const tick = firstAfter(this.#ticks, edge);
    const end = Math.max(rows[key.split - ROW]!, tick === 0 ? Number.NEGATIVE_INFINITY : this.#ticks[tick - 1]!);
    while (key.head < key.split && rows[key.head]! <= end - timeframeMs) {
      key.reference -= rows[key.head + 1]!;
      key.head += ROW;
    }
    if (key.head >= GONE || key.head * 2 >= rows.length) this.#trim(key);
  }

  #trim(key: Key): void {
    if (key.head === 0) return;
    key.rows.splice(0, key.head);
    key.split -= key.head;
    this.#rows -= key.head / ROW;
    key.head = 0;
  }

  #observeFrom(id: string, key: Key, first: number | undefined): void {
    if (key.first === first) return;
    key.first = first;
    this.#keys.changed(id);
    this.isChanged = true;
  }

  #judge(key: Key, now: number): Spike | undefined {
    const { timeframeMs, judgesNewKeys } = this.#options;
    this.#advance(key, now);
    if (now - key.first! < 2 * timeframeMs) {
      if (!this.#isWarm || !judgesNewKeys || now < key.notBefore) return undefined;
    } else if (!this.#isWarm) {
      this.#isWarm = true;
      this.isChanged = true;
    }
    const reference = this.#measure(key, key.head, key.split, key.reference);
    const current = this.#measure(key, key.split, key.rows.length, key.current);
    if (reference === undefined || current === undefined) return undefined;
    const isUp = this.#isUp(current, reference);
    if (!isUp && !this.#isDown(current, reference)) return undefined;
    const document = key.documents?.[0];
    const from = this.#firstTime(key) ?? now;
    this.#startAnew(key, from + 2 * timeframeMs);
    key.told = { isUp, reference };
    this.isChanged = true;
    return { value: key.value, current, reference, from, document };
  }

  #isUp(current: number, reference: number): boolean {
    return this.#options.up && this.#isJudged(current, reference) && current >= reference * this.#options.height;
  }

  #isDown(current: number, reference: number): boolean {
    return this.#options.down && this.#isJudged(current, reference) && current <= reference / this.#options.height;
  }

  /** Nothing after nothing is no spike. */
  #isJudged(current: number, reference: number): boolean {
    const { needsValues, thresholdCurrent, thresholdReference } = this.#options;
    if (needsValues) return current !== 0 && reference !== 0;
    return current >= thresholdCurrent && reference >= thresholdReference && (current !== 0 || reference !== 0);
  }

  #lasts(key: Key, time: number): boolean {
    if (key.told === undefined) return false;
    const from = rowAfter(key.rows, time - this.#options.timeframeMs);
    const to = rowAfter(key.rows, time);
    let weight = 0;
    for (let at = from; at < to; at += ROW) weight += key.rows[at + 1]!;
    const current = this.#measure(key, from, to, weight) ?? 0;
    const { isUp, reference } = key.told;
    const { height, thresholdCurrent } = this.#options;
    if (isUp) return current !== 0 && current >= thresholdCurrent && current >= reference * height;
    return current <= reference / height;
  }

  /** Of rows of a key whose weights are known; undefined where none has a value. */
  #measure({ rows }: Key, from: number, to: number, weight: number): number | undefined {
    const { measure } = this.#options;
    if (measure === 'count') return weight;
    let result: number | undefined;
    for (let at = from; at < to; at += ROW) {
      const value = rows[at + 2]!;
      if (result === undefined) result = value;
      else if (measure === 'min') result = Math.min(result, value);
      else if (measure === 'max') result = Math.max(result, value);
      else result += value;
    }
    if (measure === 'sum') return result ?? 0;
    return measure === 'mean' && result !== undefined ? result / weight : result;
  }

  /** Where the latest timeframe begins: with its oldest event, or its oldest sample that is not 0. */
  #firstTime({ rows, split }: Key): number | undefined {
    const { measure, needsValues } = this.#options;
    let at = split;
    if (measure !== 'count' && !needsValues) while (at < rows.length && rows[at + 2] === 0) at += ROW;
    return rows[at];
  }

  #startAnew(key: Key, notBefore: number): void {
    this.#rows -= key.split / ROW;
    key.rows.splice(0, key.split);
    key.head = 0;
    key.split = 0;
    key.reference = 0;
    key.first = undefined;
    key.notBefore = notBefore;
  }

  #coarsen(key: Key): void {
    const { measure, timeframeMs } = this.#options;
    this.#trim(key);
    const before = key.rows.length;
    const merge = measure === 'min' ? Math.min : measure === 'max' ? Math.max : add;
    coarsen(key.rows, timeframeMs / SLOTS, merge);
    this.#rows -= (before - key.rows.length) / ROW;
    this.#recount(key);
  }

  /** Sets the split by the times, after those have changed. */
  #recount(key: Key): void {
    const newest = Math.max(
      key.rows.at(-ROW) ?? Number.NEGATIVE_INFINITY,
      this.#ticks.at(-1) ?? Number.NEGATIVE_INFINITY,
    );
    key.split = rowAfter(key.rows, newest - this.#options.timeframeMs);
    this.#weigh(key);
  }

  #weigh(key: Key): void {
    key.reference = 0;
    key.current = 0;
    for (let at = 0; at < key.rows.length; at += ROW) {
      if (at < key.head) continue;
      if (at < key.split) key.reference += key.rows[at + 1]!;
      else key.current += key.rows[at + 1]!;
    }
  }

  #drop(key: Key): void {
    this.#rows -= key.rows.length / ROW;
    this.#documents.drop(key.documents);
  }
}

const add = (a: number, b: number): number => a + b;

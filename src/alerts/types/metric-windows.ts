import { type Fields, newFields } from '../../core/event.ts';
import { lookup } from '../lookup.ts';
import { pythonStr } from '../python/str.ts';
import type { Rule } from '../rules/rule.ts';
import { Distinct } from './distinct.ts';
import { KeyMap, keyId } from './key-map.ts';
import { KeyedRows, type RowsByKey } from './keyed-rows.ts';
import type { Seen, WindowLimits } from './kind.ts';
import {
  addRow,
  clampRows,
  coarsen,
  MAX_ROWS,
  type Merge,
  packRows,
  ROW,
  rowAfter,
  SLOTS,
  unpackRows,
} from './rows.ts';

/** What is made of the values of a window. `share`: how many in a hundred of the events are of one kind. */
export const METRIC_TYPES = ['min', 'max', 'avg', 'sum', 'cardinality', 'value_count', 'percentiles'] as const;
export type MetricType = (typeof METRIC_TYPES)[number] | 'share';

export interface MetricOptions {
  readonly type: MetricType;
  /** How long a value counts, milliseconds. */
  readonly spanMs: number;
  /** The values of an event; for `share` one: 1 or 0. */
  readonly valuesOf: (event: Fields) => readonly unknown[];
  /** Of `percentiles`: 0 to 100. */
  readonly percent: number;
  /** With a query key: fewer events than this are not judged. */
  readonly minDocuments: number;
}

/** The metric, and the number of values it was made of. */
export interface Measured {
  readonly metric: number;
  readonly count: number;
}

/** The values of one key. */
export interface MetricKey {
  readonly value: unknown;
  /** The values of the parts of the query key. */
  readonly parts: readonly unknown[];
  rows: number[];
  /** Of `cardinality`, instead of rows. */
  readonly distinct: Distinct | undefined;
  /** All events, also those without a value; where it matters how many there are. */
  readonly documents: number[] | undefined;
  /** At so many numbers the rows are made fewer. */
  limit: number;
  /** Time of the latest event. */
  newest: number;
  /** What was measured last stands: nothing came or left since. */
  isMeasured: boolean;
  measured: Measured | undefined;
  /** The threshold was crossed when it was looked at last. */
  isCrossed: boolean;
}

/** Different values of one key. */
const MAX_DISTINCT = 100_000;
/** Of more values than `MAX_ROWS` those that differ by less than this are one, for percentiles, within one of so many parts of the window. */
const BIN = Math.log(1.01);
const BIN_SLOTS = 64;
/** Values of so many sizes that there are more than this differ by more. */
const MAX_BINS = 30_000;

/**
 * The values of a sliding window, for each key: exact up to 2,048 rows a key, of more as `coarsen` says. Without a query
 * key there is one key. Events that lack a part of the query key do not count.
 */
export class MetricWindows {
  readonly #options: MetricOptions;
  readonly #limits: WindowLimits;
  readonly #queryKey: readonly string[];
  readonly keyed: RowsByKey;
  readonly #keys: KeyMap<MetricKey>;
  #held = 0;
  #forgotten = 0;

  /** `common`: what a window adds that is the same for all keys. */
  constructor(rule: Rule, options: MetricOptions, limits: WindowLimits, common: () => unknown[] = () => []) {
    this.#options = options;
    this.#limits = limits;
    this.#queryKey = rule.queryKey;
    this.#keys = new KeyMap(limits.max_keys_per_rule, key => {
      this.#held -= sizeOf(key);
      this.#forgotten++;
    });
    this.keyed = new KeyedRows(this.#keys, (_, key) => rowOf(key), common);
  }

  get size(): number {
    return this.#keys.size;
  }

  get forgotten(): number {
    return this.#forgotten;
  }

  get isKeyed(): boolean {
    return this.#queryKey.length > 0;
  }

  /** See `KeyMap.judged`. */
  judged(time: number): IterableIterator<[string, MetricKey]> {
    return this.#keys.judged(time);
  }

  get isJudgedInTurns(): boolean {
    return !this.#keys.isJudgedAtOnce;
  }

  entries(): IterableIterator<[string, MetricKey]> {
    return this.#keys.entries();
  }

  get(value: unknown): MetricKey | undefined {
    return this.#keys.get(keyId(this.isKeyed ? value : null));
  }

  /** Times of the oldest value and of the latest event. */
  spanOf(key: MetricKey): readonly [number, number] {
    return [key.distinct?.oldest ?? key.rows[0] ?? key.newest, key.newest];
  }

  /** False: it does not count. */
  add({ time, key: value, event }: Seen): boolean {
    if (!this.#hasKey(event, value)) return false;
    const own = this.isKeyed ? value : null;
    const id = keyId(own);
    const key = this.#keys.get(id) ?? this.#newKey(own, this.#partsOf(event));
    const before = sizeOf(key);
    for (const one of this.#options.valuesOf(event)) this.#put(key, time, one);
    if (key.documents !== undefined) this.#addRow(key.documents, time, 0);
    key.newest = Math.max(key.newest, time);
    key.isMeasured = false;
    this.#held += sizeOf(key) - before;
    this.#keys.touch(id, key);
    while (this.#held > this.#limits.max_window_events && this.#keys.size > 1) this.#keys.evictOldest();
    return true;
  }

  /** The one key of a rule without query key, which is there before any event. */
  only(): MetricKey {
    const id = keyId(null);
    const key = this.#keys.get(id) ?? this.#newKey(null, []);
    this.#keys.touch(id, key);
    return key;
  }

  delete(id: string): void {
    const key = this.#keys.get(id);
    if (key !== undefined) this.#held -= sizeOf(key);
    this.#keys.delete(id);
  }

  /** Forgets what is `spanMs` old at this time. False: nothing is left. */
  expire(key: MetricKey, time: number): boolean {
    const before = sizeOf(key);
    const edge = time - this.#options.spanMs;
    for (const rows of [key.rows, key.documents]) {
      const out = rows === undefined || rows.length === 0 || rows[0]! > edge ? 0 : rowAfter(rows, edge);
      if (out > 0) rows!.splice(0, out);
    }
    key.distinct?.forgetBefore(edge + 1);
    const less = before - sizeOf(key);
    if (less > 0) key.isMeasured = false;
    this.#held -= less;
    return key.newest > edge;
  }

  /** Of the whole window that ends then, after `expire`. */
  measureNow(key: MetricKey, time: number): Measured | undefined {
    if (key.isMeasured) return key.measured;
    key.measured = this.measure(key, time - this.#options.spanMs, time);
    // What is ahead of this time is not in it yet.
    key.isMeasured = key.newest <= time;
    return key.measured;
  }

  /** Of what is later than `from` and not later than `to`. Undefined where there is nothing to tell. */
  measure(key: MetricKey, from: number, to: number): Measured | undefined {
    const { type, minDocuments, percent } = this.#options;
    if (key.documents !== undefined && this.isKeyed && weigh(key.documents, from, to) < minDocuments) return undefined;
    if (key.distinct !== undefined) {
      // Of a value only the latest time is known, so those after `to` are in.
      const count = key.distinct.count(from + 1, Number.POSITIVE_INFINITY);
      return count === 0 && this.isKeyed ? undefined : { metric: count, count };
    }
    const { rows } = key;
    const start = rowAfter(rows, from);
    const end = rowAfter(rows, to);
    const count = weigh(rows, from, to);
    if (type === 'value_count') return count === 0 && this.isKeyed ? undefined : { metric: count, count };
    if (start === end) return type === 'sum' && !this.isKeyed ? { metric: 0, count } : undefined;
    if (type === 'percentiles') return { metric: percentile(rows, start, end, count, percent), count };
    let metric = rows[start + 2]!;
    for (let at = start + ROW; at < end; at += ROW) metric = this.#merge(metric, rows[at + 2]!);
    if (type === 'avg') metric /= count;
    if (type === 'share') metric = (metric / count) * 100;
    return { metric, count };
  }

  setBack(to: number): void {
    this.#keys.changedAll();
    for (const [, key] of this.#keys.entries()) {
      clampRows(key.rows, to);
      if (key.documents !== undefined) clampRows(key.documents, to);
      key.distinct?.setBack(to);
      key.newest = Math.min(key.newest, to);
      key.isMeasured = false;
    }
  }

  /** Something of it changed beside its values. */
  changed(id: string): void {
    this.#keys.changed(id);
  }

  restoreKey([value, parts, packed, distinct, documents, newest, isCrossed]: unknown[]): void {
    const rows = unpackRows(packed);
    if (rows === undefined || !Array.isArray(parts) || !Number.isFinite(newest)) return;
    const key: MetricKey = { ...this.#newKey(value, parts), rows };
    key.distinct?.restore(distinct);
    key.documents?.push(...(unpackRows(documents) ?? []));
    key.newest = Number(newest);
    key.isCrossed = isCrossed === true;
    key.limit = Math.max(key.limit, 2 * rows.length);
    this.#held += sizeOf(key);
    this.#keys.touch(keyId(value), key);
  }

  #hasKey(event: Fields, value: unknown): boolean {
    // Of several parts the value is a text in any case.
    if (this.#queryKey.length > 1) return !this.#partsOf(event).includes(null);
    return !this.isKeyed || (value !== undefined && value !== null);
  }

  #partsOf(event: Fields): unknown[] {
    return this.#queryKey.map(part => lookup(event, part) ?? null);
  }

  #newKey(value: unknown, parts: readonly unknown[]): MetricKey {
    const { type, minDocuments } = this.#options;
    return {
      value,
      parts,
      rows: [],
      distinct: type === 'cardinality' ? new Distinct() : undefined,
      documents: minDocuments > 1 ? [] : undefined,
      limit: MAX_ROWS * ROW,
      newest: Number.MIN_SAFE_INTEGER,
      isMeasured: false,
      measured: undefined,
      isCrossed: false,
    };
  }

  #put(key: MetricKey, time: number, value: unknown): void {
    if (key.distinct !== undefined) {
      key.distinct.add(value, time, MAX_DISTINCT);
      return;
    }
    const number = this.#options.type === 'value_count' ? 0 : numberOf(value);
    if (number === undefined) return;
    if (key.rows.length === 0) key.rows = [time, 1, number];
    else addRow(key.rows, time, 1, number);
    if (key.rows.length <= key.limit) return;
    const { spanMs, type } = this.#options;
    if (type === 'percentiles') {
      for (let width = BIN; width === BIN || key.rows.length > MAX_BINS * ROW; width *= 2)
        coarsen(key.rows, spanMs / BIN_SLOTS, first, one => binOf(one, width));
    } else coarsen(key.rows, spanMs / SLOTS, this.#merge);
    key.limit = Math.max(MAX_ROWS * ROW, 2 * key.rows.length);
  }

  #addRow(rows: number[], time: number, value: number): void {
    addRow(rows, time, 1, value);
    if (rows.length > MAX_ROWS * ROW) coarsen(rows, this.#options.spanMs / SLOTS, sum);
  }

  get #merge(): Merge {
    const { type } = this.#options;
    return type === 'min' ? Math.min : type === 'max' ? Math.max : sum;
  }
}

const NONE: readonly unknown[] = [];
const sum: Merge = (a, b) => a + b;
const first: Merge = a => a;
const binOf = (value: number, width: number): number =>
  Math.sign(value) * (1e6 + Math.floor(Math.log(Math.abs(value) || 1) / width));
const sizeOf = ({ rows, distinct, documents }: MetricKey): number =>
  (rows.length + (documents?.length ?? 0)) / ROW + (distinct?.size ?? 0);

function weigh(rows: readonly number[], from: number, to: number): number {
  const end = rowAfter(rows, to);
  let weight = 0;
  for (let at = rowAfter(rows, from); at < end; at += ROW) weight += rows[at + 1]!;
  return weight;
}

/** Between the two nearest values where it lies between them, as Elasticsearch does for few values. */
function percentile(rows: readonly number[], start: number, end: number, count: number, percent: number): number {
  const places: number[] = [];
  for (let at = start; at < end; at += ROW) places.push(at);
  places.sort((a, b) => rows[a + 2]! - rows[b + 2]!);
  const rank = (percent / 100) * (count - 1);
  const [low, high] = [Math.floor(rank), Math.ceil(rank)];
  let before = 0;
  let lower: number | undefined;
  for (const at of places) {
    before += rows[at + 1]!;
    if (lower === undefined && before > low) lower = rows[at + 2]!;
    if (lower !== undefined && before > high) return lower + (rows[at + 2]! - lower) * (rank - low);
  }
  return lower ?? Number.NaN;
}

/** A number, a text that is one, or 1 and 0 for true and false. Undefined else. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** The values of a field: those of a list each by itself, without what is null. */
export function valuesOf(field: string): (event: Fields) => readonly unknown[] {
  return event => {
    const value = lookup(event, field) ?? null;
    if (value === null) return NONE;
    return Array.isArray(value) ? value.flat(3).filter(one => one !== null && one !== undefined) : [value];
  };
}

/** The parts of the query key as fields of a match, `docker.name` as `{ docker: { name } }`. */
export function keyFields(rule: Rule, parts: readonly unknown[], into: Fields): void {
  for (const [i, name] of rule.queryKey.entries()) {
    const steps = name.replace(/\.keyword$/, '').split('.');
    let place = into;
    for (const step of steps.slice(0, -1)) {
      const next = place[step];
      const inner = typeof next === 'object' && next !== null && !Array.isArray(next) ? (next as Fields) : newFields();
      place[step] = inner;
      place = inner;
    }
    place[steps.at(-1)!] = parts[i];
  }
}

/** `metric_<field>_<type>`, the name of the metric in a match. */
export const metricName = (options: Fields): string =>
  `metric_${pythonStr(options['metric_agg_key'])}_${pythonStr(options['metric_agg_type'])}`;

const rowOf = ({ value, parts, rows, distinct, documents, newest, isCrossed }: MetricKey): unknown[] => [
  value,
  parts,
  packRows(rows),
  distinct?.save() ?? null,
  documents === undefined ? null : packRows(documents),
  newest,
  isCrossed,
];

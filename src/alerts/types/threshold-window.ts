import { SECOND_MS } from '../../base/time/duration.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';
import { durationMs } from '../rules/duration.ts';
import type { OptionTable } from '../rules/options.ts';
import type { Problems } from '../rules/problems.ts';
import type { Rule } from '../rules/rule.ts';
import type { RowsByKey } from './keyed-rows.ts';
import type { Match, RuleWindow, Seen, WindowLimits } from './kind.ts';
import { keyFields, type Measured, type MetricKey, type MetricOptions, MetricWindows } from './metric-windows.ts';

/** Options of the types that compare what is computed of a sliding window. */
export const SLIDING_OPTIONS = {
  min_doc_count: 'integer',
  use_run_every_query_size: 'boolean',
  allow_buffer_time_overlap: 'boolean',
  bucket_interval: 'duration',
  sync_bucket_interval: 'boolean',
} as const satisfies OptionTable;

/** Shorter intervals would be judged more often than there are ticks. */
export function checkInterval(options: Fields, problems: Problems): void {
  const ms = isFields(options['bucket_interval']) ? durationMs(options['bucket_interval']) : undefined;
  if (typeof ms !== 'number' || ms >= SECOND_MS) return;
  problems.error('LS_ALERTS_OPTION', 'bucket_interval must be at least a second.', {
    option: 'bucket_interval',
    fix: 'For example bucket_interval: { minutes: 5 }',
  });
}

/** Those of them that decide what is kept. */
export const SLIDING_WINDOW_OPTIONS = ['buffer_time', 'bucket_interval', 'use_run_every_query_size', 'min_doc_count'];

/** How long a value counts: `buffer_time`, or `run_every` with `use_run_every_query_size`. */
export const slidingMs = (rule: Rule): number =>
  rule.options['use_run_every_query_size'] === true ? rule.runEveryMs : rule.bufferMs;

export interface Threshold {
  /** Crossed above it. */
  readonly max: number | undefined;
  /** Crossed below it. */
  readonly min: number | undefined;
  /** Fewer values are not judged. */
  readonly minCount: number;
  /** Nothing at all counts as 0: it is judged only after the window has been watched for its whole length. */
  readonly isAdditive: boolean;
  /** What a match has beside its key. */
  readonly fieldsOf: (metric: number, count: number) => Fields;
}

/**
 * A metric of a sliding window, judged at each tick: it matches as long as it is above `max` or below `min`, without an
 * event of its own. With `bucket_interval` it is that of each interval, aligned to the clock, judged once, when the
 * interval is over, and told with the time at which it began.
 */
export class ThresholdWindow implements RuleWindow {
  readonly #rule: Rule;
  readonly #windows: MetricWindows;
  readonly #threshold: Threshold;
  readonly #spanMs: number;
  readonly #bucketMs: number | undefined;
  /** Since when it is watched without a gap. */
  #since: number | undefined;
  /** End of the latest interval that was judged. */
  #judged: number | undefined;
  isChanged = false;

  constructor(
    rule: Rule,
    metric: Omit<MetricOptions, 'spanMs' | 'minDocuments'>,
    threshold: Threshold,
    limits: WindowLimits,
  ) {
    this.#rule = rule;
    this.#threshold = threshold;
    const bucket = isFields(rule.options['bucket_interval']) ? durationMs(rule.options['bucket_interval']) : undefined;
    this.#bucketMs = typeof bucket === 'number' && bucket > 0 ? bucket : undefined;
    this.#spanMs = this.#bucketMs ?? slidingMs(rule);
    const minDocuments = Number(rule.options['min_doc_count'] ?? 1);
    // An interval that is over may wait for a tick.
    const spanMs = this.#bucketMs === undefined ? this.#spanMs : this.#bucketMs + Math.max(slidingMs(rule), 60_000);
    const common = (): unknown[] => [{ since: this.#since ?? null, judged: this.#judged ?? null }];
    this.#windows = new MetricWindows(rule, { ...metric, spanMs, minDocuments }, limits, common);
  }

  get keyed(): RowsByKey {
    return this.#windows.keyed;
  }

  get isJudgedInTurns(): boolean {
    return this.#bucketMs === undefined && this.#windows.isJudgedInTurns;
  }

  get keys(): number {
    return this.#windows.size;
  }

  get forgotten(): number {
    return this.#windows.forgotten;
  }

  add(seen: Seen): undefined {
    this.#since = Math.min(this.#since ?? seen.time, seen.time);
    this.#windows.add(seen);
  }

  tick(time: number): Match[] {
    if (this.#since === undefined) {
      this.#since = time;
      this.isChanged = true;
    }
    if (!this.#windows.isKeyed && this.#windows.size === 0) this.#windows.only();
    if (this.#bucketMs !== undefined) return this.#judgeIntervals(time, this.#bucketMs);
    const matches: Match[] = [];
    for (const [id, key] of this.#windows.judged(time)) {
      const isLeft = this.#windows.expire(key, time);
      if (!isLeft && this.#windows.isKeyed) {
        this.#windows.delete(id);
        this.isChanged = true;
        continue;
      }
      const match = this.#judge(key, this.#windows.measureNow(key, time), time - this.#spanMs, time);
      const isCrossed = match !== undefined;
      if (isCrossed !== key.isCrossed) {
        this.isChanged = true;
        this.#windows.changed(id);
      }
      key.isCrossed = isCrossed;
      if (match !== undefined) matches.push(match);
    }
    return matches;
  }

  holds(value: unknown, time: number): boolean | undefined {
    if (this.#bucketMs !== undefined) return undefined;
    const key = this.#windows.get(value);
    if (key === undefined) return false;
    const from = time - this.#spanMs;
    return this.#judge(key, this.#windows.measure(key, from, time), from, time) !== undefined;
  }

  /** What came while nobody listened is missing: too little means nothing for the length of the window. */
  blind(_from: number, to: number): void {
    if (this.#since !== undefined) this.#since = Math.max(this.#since, to);
  }

  setBack(to: number): void {
    if (this.#since !== undefined) this.#since = Math.min(this.#since, to);
    if (this.#judged !== undefined) this.#judged = Math.min(this.#judged, to);
    this.#windows.setBack(to);
  }

  /** First what is common to all keys, then a row for each. */
  save(): unknown[] {
    return this.keyed.all();
  }

  restore(saved: unknown): void {
    for (const row of Array.isArray(saved) ? saved : []) {
      if (Array.isArray(row)) this.#windows.restoreKey(row);
      else if (isFields(row)) {
        this.#since = Number.isFinite(row['since']) ? Number(row['since']) : undefined;
        this.#judged = Number.isFinite(row['judged']) ? Number(row['judged']) : undefined;
      }
    }
  }

  #judgeIntervals(time: number, length: number): Match[] {
    const matches: Match[] = [];
    const end = Math.floor(time / length) * length;
    const judged = this.#judged ?? Math.floor(this.#since! / length) * length;
    // Of a long silence only what is kept can be told.
    const from = Math.max(judged, end - Math.max(1, Math.ceil(slidingMs(this.#rule) / length)) * length);
    const isOver = end > judged || this.#judged === undefined;
    const keys = isOver ? this.#windows.entries() : this.#windows.judged(time);
    for (const [id, key] of keys) {
      // Without a query key nothing may be something: 0 is too few.
      const [oldest, newest] = this.#windows.isKeyed ? this.#windows.spanOf(key) : [from, end];
      const first = Math.max(from, Math.floor(oldest / length) * length);
      for (let start = first; start < end && start <= newest; start += length) {
        const measured = this.#windows.measure(key, start - 1, start + length - 1);
        const match = this.#judge(key, measured, start - 1, start);
        if (match !== undefined) matches.push(match);
      }
      if (!this.#windows.expire(key, time) && this.#windows.isKeyed) this.#windows.delete(id);
    }
    if (isOver) this.isChanged = true;
    this.#judged = Math.max(judged, end);
    return matches;
  }

  /** What was measured of what is later than `from`. */
  #judge(key: MetricKey, measured: Measured | undefined, from: number, at: number): Match | undefined {
    if (measured === undefined) return undefined;
    const { metric, count } = measured;
    const { max, min, minCount, isAdditive } = this.#threshold;
    if (count < minCount) return undefined;
    const isWatched = !isAdditive || (this.#since !== undefined && from >= this.#since);
    const isCrossed = (max !== undefined && metric > max) || (min !== undefined && metric < min && isWatched);
    if (!isCrossed) return undefined;
    const fields = Object.assign(newFields(), this.#threshold.fieldsOf(metric, count));
    keyFields(this.#rule, key.parts, fields);
    return { time: at, key: this.#windows.isKeyed ? key.value : undefined, fields };
  }
}

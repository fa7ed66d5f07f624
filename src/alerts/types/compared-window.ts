import { isoTime } from '../../base/time/iso.ts';
import { isFields, newFields } from '../../core/event.ts';
import type { Rule } from '../rules/rule.ts';
import { DocumentBudget, type Kept } from './kept-documents.ts';
import { keyId } from './key-map.ts';
import type { RowsByKey } from './keyed-rows.ts';
import type { Match, RuleWindow, Seen, WindowLimits } from './kind.ts';
import { keyFields, type MetricKey, type MetricOptions, MetricWindows } from './metric-windows.ts';
import { judgeEveryMs, type Reference, type ReferenceWindow, referenceKey } from './reference.ts';
import type { SpikeOptions } from './spike-windows.ts';

export interface ComparedOptions extends Omit<SpikeOptions, 'measure'> {
  readonly metric: Omit<MetricOptions, 'spanMs' | 'minDocuments'>;
  /** Nothing at all counts as 0. */
  readonly isAdditive: boolean;
}

/** What is known of a key in both windows. */
interface Pair {
  /** As `Match.key`. */
  readonly value: unknown;
  readonly parts: readonly unknown[];
  readonly current: number | undefined;
  readonly reference: number | undefined;
  /** It had no events then. */
  readonly isNew: boolean;
}

/**
 * `spike` and `spike_aggregation` with `compare_to`: the latest timeframe against the same time some days or weeks ago, for
 * each key of either. Judged at whole multiples of `judgeEveryMs`, when the reference is known: both windows hold exactly
 * one timeframe that ends there. It matches each time as long as it lasts.
 */
export class ComparedWindow implements RuleWindow {
  readonly #rule: Rule;
  readonly #options: ComparedOptions;
  readonly #reference: Reference;
  readonly #everyMs: number;
  readonly #windows: MetricWindows;
  readonly #documents: DocumentBudget;
  /** Some events of the latest timeframe, by key. */
  readonly #kept = new Map<string, Kept[]>();
  /** Since when it is watched without a gap; before the first tick, what the past goes back to. */
  #since: number | undefined;
  #isWatching = false;
  /** End of the latest window that was judged. */
  #judged: number | undefined;
  /** Keys that it found too high or too low. */
  #crossed = new Set<string>();
  quietUntil = 0;
  isChanged = false;

  constructor(rule: Rule, options: ComparedOptions, reference: Reference, limits: WindowLimits) {
    this.#rule = rule;
    this.#options = options;
    this.#reference = reference;
    this.#everyMs = judgeEveryMs(rule);
    // What is judged late has to be there then.
    const spanMs = options.timeframeMs + this.#everyMs;
    this.#windows = new MetricWindows(rule, { ...options.metric, spanMs, minDocuments: 1 }, limits, () => [
      { since: this.#since ?? null, judged: this.#judged ?? null, crossed: [...this.#crossed] },
    ]);
    this.#documents = new DocumentBudget(limits.max_related_events);
  }

  get keys(): number {
    return this.#windows.size;
  }

  get forgotten(): number {
    return this.#windows.forgotten;
  }

  /** An event counts from the end of its part of the timeframe on, so that a key has few numbers, and those are exact. */
  add(seen: Seen): undefined {
    if (!this.#isWatching) this.#since = Math.min(this.#since ?? seen.time, seen.time);
    const time = Math.ceil(seen.time / this.#everyMs) * this.#everyMs;
    if (!this.#windows.add({ ...seen, time })) return;
    const id = keyId(this.#windows.isKeyed ? seen.key : null);
    const kept = this.#documents.add(this.#kept.get(id), seen);
    if (kept !== undefined) this.#kept.set(id, kept);
  }

  tick(time: number): Match[] {
    if (!this.#isWatching) {
      this.#since ??= time;
      this.#isWatching = true;
      this.isChanged = true;
    }
    const end = Math.floor(time / this.#everyMs) * this.#everyMs;
    this.quietUntil = end + this.#everyMs;
    if (this.#judged !== undefined && end <= this.#judged) return [];
    const past = this.#reference.at(end);
    if (past === 'unknown') {
      this.quietUntil = 0;
      return [];
    }
    this.#judged = end;
    this.isChanged = true;
    const matches = past === 'none' ? [] : this.#judge(past, end);
    this.#crossed = new Set(matches.map(({ key }) => keyId(key)));
    this.#expire(end);
    return matches;
  }

  holds(key: unknown): boolean {
    return this.#crossed.has(keyId(key));
  }

  /** What came while nobody listened is missing: too little means nothing for a timeframe. */
  blind(_from: number, to: number): void {
    if (this.#since !== undefined) this.#since = Math.max(this.#since, to);
  }

  setBack(to: number): void {
    if (this.#since !== undefined) this.#since = Math.min(this.#since, to);
    if (this.#judged !== undefined) this.#judged = Math.min(this.#judged, to);
    this.#windows.setBack(Math.ceil(to / this.#everyMs) * this.#everyMs);
    this.quietUntil = 0;
  }

  /** First what is common to all keys, then a row for each. Events that were kept as examples are not written. */
  save(): unknown[] {
    return this.keyed.all();
  }

  get keyed(): RowsByKey {
    return this.#windows.keyed;
  }

  restore(saved: unknown): void {
    for (const row of Array.isArray(saved) ? saved : []) {
      if (Array.isArray(row)) this.#windows.restoreKey(row);
      else if (isFields(row)) {
        const { since, judged, crossed } = row;
        this.#isWatching = Number.isFinite(since);
        this.#since = this.#isWatching ? Number(since) : undefined;
        this.#judged = Number.isFinite(judged) ? Number(judged) : undefined;
        this.#crossed = new Set(Array.isArray(crossed) ? crossed.filter(one => typeof one === 'string') : []);
      }
    }
  }

  #judge(past: ReferenceWindow, end: number): Match[] {
    const matches: Match[] = [];
    for (const pair of this.#pairs(past, end)) {
      const { current, reference } = pair;
      if (current === undefined || reference === undefined || !this.#isCrossed(pair, end)) continue;
      matches.push(this.#match(pair, past, end));
    }
    return matches;
  }

  *#pairs(past: ReferenceWindow, end: number): Generator<Pair> {
    const { timeframeMs, isAdditive } = this.#options;
    const nothing = isAdditive ? 0 : undefined;
    const seen = new Set<string>();
    if (!this.#windows.isKeyed) this.#windows.only();
    for (const [, key] of this.#windows.entries()) {
      const id = referenceKey(key.parts);
      const then = past.keys.get(id);
      const current = this.#currentOf(key, end - timeframeMs, end) ?? nothing;
      seen.add(id);
      const isNew = this.#windows.isKeyed && then === undefined;
      yield { value: key.value, parts: key.parts, current, reference: then?.measure ?? nothing, isNew };
    }
    if (nothing === undefined) return;
    for (const [id, { parts, measure }] of past.keys) {
      if (seen.has(id) || measure === undefined) continue;
      const value = parts.length === 1 ? parts[0] : parts.join(', ');
      yield { value, parts, current: nothing, reference: measure, isNew: false };
    }
  }

  #currentOf(key: MetricKey, from: number, to: number): number | undefined {
    return this.#windows.measure(key, from, to)?.metric;
  }

  #isCrossed({ current = 0, reference = 0, isNew }: Pair, end: number): boolean {
    const { up, down, height, thresholdCurrent, thresholdReference, needsValues, judgesNewKeys } = this.#options;
    if (isNew && !judgesNewKeys) return false;
    if (needsValues ? current === 0 || reference === 0 : current === 0 && reference === 0) return false;
    if (current < thresholdCurrent || reference < thresholdReference) return false;
    if (up && current >= reference * height) return true;
    const isWatched = !this.#options.isAdditive || end - this.#options.timeframeMs >= this.#since!;
    return down && isWatched && current <= reference / height;
  }

  #match({ value, parts, current, reference }: Pair, past: ReferenceWindow, end: number): Match {
    const { timeframeMs, metric } = this.#options;
    const key = this.#windows.isKeyed ? value : undefined;
    const document = this.#kept.get(keyId(key ?? null))?.find(({ time }) => time > end - timeframeMs && time <= end);
    const fields = newFields();
    if (parts.length > 0) keyFields(this.#rule, parts, fields);
    // The match is about the window; its event is one of many.
    fields['@timestamp'] = isoTime(end);
    fields['spike_count'] = current;
    fields['reference_count'] = reference;
    fields['window_start'] = isoTime(end - timeframeMs);
    fields['window_end'] = isoTime(end);
    fields['reference_start'] = isoTime(past.from);
    fields['reference_end'] = isoTime(past.to);
    fields['reference_age_seconds'] = (end - past.to) / 1000;
    const count = metric.type === 'value_count' ? Math.max(1, current ?? 0) : undefined;
    return { time: end, key, id: document?.id, event: document?.event, count, fields };
  }

  #expire(end: number): void {
    const edge = end - this.#options.timeframeMs;
    for (const [id, key] of this.#windows.entries())
      if (!this.#windows.expire(key, end) && this.#windows.isKeyed) this.#windows.delete(id);
    for (const [id, kept] of this.#kept) {
      this.#documents.expire(kept, edge);
      if (kept.length === 0) this.#kept.delete(id);
    }
  }
}

import { isFields, newFields } from '../../core/event.ts';
import { pythonStr } from '../python/str.ts';
import { timedeltaText } from '../python/time.ts';
import type { Rule } from '../rules/rule.ts';
import type { Match, RuleKind, RuleWindow, Seen, WindowLimits } from './kind.ts';
import { checkMetric, METRIC_OPTIONS, metricOptions } from './metric-aggregation.ts';
import { keyFields, MetricWindows } from './metric-windows.ts';
import {
  checkSpike,
  comparedSentence,
  comparedSpike,
  SPIKE_OPTIONS,
  SPIKE_THRESHOLDS,
  spikeFields,
  spikeOptions,
} from './spike.ts';
import { type Measure, type Spike, SpikeWindows } from './spike-windows.ts';
import { slidingMs } from './threshold-window.ts';

/** `spike_aggregation`: what is computed of a field jumps, or falls, against the timeframe before, per key. */
export const spikeAggregation: RuleKind = {
  type: 'spike_aggregation',
  required: ['metric_agg_key', 'metric_agg_type', 'spike_height', 'spike_type', 'timeframe'],
  options: {
    ...METRIC_OPTIONS,
    ...SPIKE_OPTIONS,
    threshold_ref: 'number',
    threshold_cur: 'number',
    min_doc_count: 'integer',
    use_run_every_query_size: 'boolean',
  },
  windowOptions: [
    ...['metric_agg_key', 'metric_agg_type', 'percentile_range', 'min_doc_count'],
    ...['buffer_time', 'run_every', 'use_run_every_query_size'],
  ],
  thresholdOptions: SPIKE_THRESHOLDS,
  fieldOptions: ['metric_agg_key'],
  compared: ({ metric_agg_key: field, metric_agg_type: type }) => ({
    as: type === 'value_count' ? 'values' : (type as 'avg' | 'sum' | 'min' | 'max'),
    field: pythonStr(field),
  }),
  check: (options, problems) => {
    checkSpike(options, problems);
    checkMetric(options, problems);
    if (isFields(options['bucket_interval']))
      problems.error('LS_ALERTS_OPTION', 'bucket_interval is no option of spike_aggregation.', {
        option: 'bucket_interval',
        fix: 'The windows are those of timeframe; run_every says how often the metric is taken.',
      });
    const type = pythonStr(options['metric_agg_type']);
    if ((options['compare_to'] ?? null) !== null && ['cardinality', 'percentiles'].includes(type))
      problems.error('LS_ALERTS_OPTION', `${type} cannot be compared with the past.`, {
        option: 'metric_agg_type',
        fix: 'Use avg, sum, min, max or value_count with compare_to.',
      });
  },
  fillMs: rule => (rule.compareTo === undefined ? 2 * rule.timeframeMs + slidingMs(rule) : rule.timeframeMs),
  open: (rule, limits, reference) =>
    reference === undefined
      ? new SpikeAggregationWindow(rule, limits)
      : comparedSpike(rule, metricOptions(rule.options), false, reference, limits),
  sentence: (match, options, timeframeMs, pretty) => {
    const what = `${pythonStr(options['metric_agg_type'])} of ${pythonStr(options['metric_agg_key'])}`;
    const compared = comparedSentence(match, what, timeframeMs, pretty);
    if (compared !== undefined) return compared;
    const [current, reference] = [match['spike_count'], match['reference_count']].map(twoDigits);
    return (
      `An abnormal ${what} (${current}) occurred around ${pretty(0)}.\n` +
      `Preceding that time, there was a ${what} of (${reference}) within ${timedeltaText(timeframeMs)}\n\n`
    );
  },
};

const twoDigits = (value: unknown): string =>
  pythonStr(typeof value === 'number' ? Math.round(value * 100) / 100 : value);

const MEASURES: Readonly<Record<string, Measure>> = { avg: 'mean', min: 'min', max: 'max' };

/**
 * The metric of the last `buffer_time` is taken each `run_every`, aligned to the clock, and what was taken goes through
 * the two windows of a spike: their mean, least or greatest for `avg`, `min` and `max`, their total else. The match is at
 * the oldest of what was taken in the latest timeframe, without an event.
 */
class SpikeAggregationWindow implements RuleWindow {
  readonly #rule: Rule;
  readonly #metrics: MetricWindows;
  readonly #spikes: SpikeWindows;
  readonly #spanMs: number;
  readonly #everyMs: number;
  /** When the metric was taken last. */
  #taken: number | undefined;
  /** When it was taken first, by a window that began with nothing. */
  #begunAt = Number.NEGATIVE_INFINITY;
  isChanged = false;

  constructor(rule: Rule, limits: WindowLimits) {
    const { options } = rule;
    this.#rule = rule;
    this.#spanMs = slidingMs(rule);
    this.#everyMs = rule.runEveryMs;
    const minDocuments = Number(options['min_doc_count'] ?? 1);
    // What waits for the next time has to be there then.
    const spanMs = this.#spanMs + this.#everyMs;
    this.#metrics = new MetricWindows(rule, { ...metricOptions(options), spanMs, minDocuments }, limits);
    const measure = MEASURES[String(options['metric_agg_type'])] ?? 'sum';
    this.#spikes = new SpikeWindows(spikeOptions(rule, measure, false), limits);
  }

  get keys(): number {
    return Math.max(this.#metrics.size, this.#spikes.keys);
  }

  get forgotten(): number {
    return this.#metrics.forgotten + this.#spikes.forgotten;
  }

  add(seen: Seen): undefined {
    this.#metrics.add(seen);
  }

  tick(time: number): Match[] {
    const at = Math.floor(time / this.#everyMs) * this.#everyMs;
    const matches: Match[] = [];
    if (this.#taken === undefined) this.#begunAt = at;
    if (this.#taken === undefined || at > this.#taken) {
      this.#taken = at;
      this.isChanged = true;
      if (!this.#metrics.isKeyed && this.#metrics.size === 0) this.#metrics.only();
      for (const [id, key] of this.#metrics.entries()) {
        const measured = this.#metrics.measure(key, at - this.#spanMs, at);
        if (measured !== undefined) {
          const spike = this.#spikes.add(key.value, at, 1, measured.metric);
          if (spike !== undefined) matches.push(this.#match(spike, key.parts));
        }
        // The parts of the key are told as long as the key may have a spike.
        const isLeft = this.#metrics.expire(key, time) || this.#spikes.has(key.value);
        if (!isLeft && this.#metrics.isKeyed) this.#metrics.delete(id);
      }
    }
    for (const spike of this.#spikes.tick(time, !this.#metrics.isKeyed))
      matches.push(this.#match(spike, this.#metrics.get(spike.value)?.parts ?? []));
    if (this.#spikes.isChanged) this.isChanged = true;
    return matches;
  }

  /** The past that fills a window anew gives it no metric of that time: it cannot say before it has watched for as long. */
  holds(key: unknown, time: number): boolean | undefined {
    if (time < this.#begunAt + 2 * this.#rule.timeframeMs) return undefined;
    return this.#spikes.holds(this.#metrics.isKeyed ? key : null, time);
  }

  blind(from: number, to: number): void {
    this.#spikes.blind(from, to);
  }

  setBack(to: number): void {
    this.#metrics.setBack(to);
    this.#spikes.setBack(to);
    if (this.#taken !== undefined) this.#taken = Math.min(this.#taken, to);
    this.#begunAt = Math.min(this.#begunAt, to);
  }

  /** What is common, with the rows of the spikes; then a row for each key of the metric. */
  save(): unknown[] {
    this.#spikes.isChanged = false;
    const spikes = this.#spikes.keyed.all().map(row => ({ spike: row }));
    return [{ taken: this.#taken ?? null }, ...spikes, ...this.#metrics.keyed.all()];
  }

  restore(saved: unknown): void {
    for (const row of Array.isArray(saved) ? saved : []) {
      if (Array.isArray(row)) this.#metrics.restoreKey(row);
      else if (isFields(row) && row['spike'] !== undefined) this.#spikes.restore([row['spike']]);
      else if (isFields(row) && Number.isFinite(row['taken'])) this.#taken = Number(row['taken']);
    }
  }

  #match(spike: Spike, parts: readonly unknown[]): Match {
    const fields = Object.assign(newFields(), spikeFields(spike));
    if (parts.length > 0) keyFields(this.#rule, parts, fields);
    return { time: spike.from, key: this.#metrics.isKeyed ? spike.value : undefined, fields };
  }
}

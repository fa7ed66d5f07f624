import { DAY_MS } from '../../base/time/duration.ts';
import { type Fields, newFields } from '../../core/event.ts';
import { lookup } from '../lookup.ts';
import { formatNumber } from '../python/format-number.ts';
import { pythonStr } from '../python/str.ts';
import { timedeltaText } from '../python/time.ts';
import { daysText } from '../rules/compare-to.ts';
import type { OptionTable } from '../rules/options.ts';
import type { Problems } from '../rules/problems.ts';
import type { Rule } from '../rules/rule.ts';
import { type ComparedOptions, ComparedWindow } from './compared-window.ts';
import type { RowsByKey } from './keyed-rows.ts';
import type { Match, RuleKind, RuleWindow, Seen, WindowLimits } from './kind.ts';
import { valuesOf } from './metric-windows.ts';
import type { Reference } from './reference.ts';
import { type Measure, type Spike, type SpikeOptions, SpikeWindows } from './spike-windows.ts';

export const SPIKE_OPTIONS = {
  spike_height: 'number',
  spike_type: ['up', 'down', 'both'],
  alert_on_new_data: 'boolean',
} as const satisfies OptionTable;

/** Those that say how much is a spike. */
export const SPIKE_THRESHOLDS = ['spike_height', 'threshold_ref', 'threshold_cur'];

/** `spike`: the latest timeframe has `spike_height` times as many events as the one before, or as few, per key. */
export const spike: RuleKind = {
  type: 'spike',
  required: ['spike_height', 'spike_type', 'timeframe'],
  options: { ...SPIKE_OPTIONS, threshold_ref: 'integer', threshold_cur: 'integer', field_value: 'text' },
  windowOptions: ['field_value'],
  thresholdOptions: SPIKE_THRESHOLDS,
  fieldOptions: ['field_value'],
  check: checkSpike,
  compared: ({ field_value: field }) => (typeof field === 'string' ? { as: 'avg', field } : { as: 'count' }),
  fillMs: rule => (rule.compareTo === undefined ? 2 : 1) * rule.timeframeMs,
  open: (rule, limits, reference) => {
    if (reference === undefined) return new SpikeWindow(rule, limits);
    const field = rule.options['field_value'];
    return typeof field === 'string'
      ? comparedSpike(rule, { type: 'avg', valuesOf: valuesOf(field), percent: 0 }, true, reference, limits)
      : comparedSpike(rule, { type: 'value_count', valuesOf: () => ONE, percent: 0 }, false, reference, limits);
  },
  sentence: (match, options, timeframeMs, pretty) => {
    const { spike_count: current, reference_count: reference } = match;
    const field = options['field_value'];
    const timeframe = timedeltaText(timeframeMs);
    const what = field === undefined ? 'number of events' : `average value of field '${pythonStr(field)}'`;
    const compared = comparedSentence(match, what, timeframeMs, pretty);
    if (compared !== undefined) return compared;
    if (field === undefined)
      return (
        `An abnormal number (${whole(current)}) of events occurred around ${pretty(0)}.\n` +
        `Preceding that time, there were only ${whole(reference)} events within ${timeframe}\n\n`
      );
    return (
      `An abnormal average value (${twoDigits(current)}) of field '${pythonStr(field)}' occurred around ${pretty(0)}.\n` +
      `Preceding that time, the field had an average value of (${twoDigits(reference)}) within ${timeframe}\n\n`
    );
  },
};

const ONE: readonly unknown[] = [1];

/** The window of a rule with `compare_to`. `needsValues`: what is empty or 0 is not judged. */
export function comparedSpike(
  rule: Rule,
  metric: ComparedOptions['metric'],
  needsValues: boolean,
  reference: Reference,
  limits: WindowLimits,
): RuleWindow {
  const isAdditive = metric.type === 'value_count' || metric.type === 'sum';
  return new ComparedWindow(
    rule,
    { ...spikeOptions(rule, 'count', needsValues), metric, isAdditive },
    reference,
    limits,
  );
}

/** What a match with `compare_to` says; undefined for one without. */
export function comparedSentence(
  match: Fields,
  what: string,
  timeframeMs: number,
  pretty: (offsetMs: number) => string,
): string | undefined {
  const { spike_count: current, reference_count: reference, reference_age_seconds: age } = match;
  if (typeof age !== 'number') return undefined;
  const ageMs = age * 1000;
  // Where clocks were changed in between it is an hour more or less.
  const ago = daysText(Math.round(ageMs / DAY_MS)).replace(/^a/, 'A');
  return (
    `An abnormal ${what} (${shortNumber(current)}) occurred between ${pretty(-timeframeMs)} and ${pretty(0)}.\n` +
    `${ago} before, between ${pretty(-ageMs - timeframeMs)} and ${pretty(-ageMs)}, it was ${shortNumber(reference)}.\n\n`
  );
}

const shortNumber = (value: unknown): string =>
  typeof value === 'number' ? String(Math.round(value * 100) / 100) : pythonStr(value);

export function checkSpike(options: Fields, problems: Problems): void {
  const { spike_height: height } = options;
  if (typeof height === 'number' && !(height > 0))
    problems.error('LS_ALERTS_OPTION', 'spike_height must be more than 0.', {
      option: 'spike_height',
      fix: 'For example spike_height: 3, for three times as many.',
    });
}

export function spikeOptions(rule: Rule, measure: Measure, needsValues: boolean): SpikeOptions {
  const { options } = rule;
  const type = options['spike_type'];
  return {
    timeframeMs: rule.timeframeMs,
    height: Number(options['spike_height']),
    up: type !== 'down',
    down: type !== 'up',
    thresholdCurrent: needsValues ? 0 : Number(options['threshold_cur'] ?? 0),
    thresholdReference: needsValues ? 0 : Number(options['threshold_ref'] ?? 0),
    measure,
    needsValues,
    judgesNewKeys: rule.queryKey.length > 0 && options['alert_on_new_data'] === true,
  };
}

export function spikeFields({ current, reference }: Spike): Fields {
  const fields = newFields();
  fields['spike_count'] = current;
  fields['reference_count'] = reference;
  return fields;
}

/** The match shows the oldest event of the latest timeframe that was kept: where the spike begins. */
class SpikeWindow implements RuleWindow {
  readonly #windows: SpikeWindows;
  readonly #keyed: boolean;
  readonly #field: string | undefined;

  constructor(rule: Rule, limits: WindowLimits) {
    const field = rule.options['field_value'];
    this.#field = typeof field === 'string' ? field : undefined;
    this.#keyed = rule.queryKey.length > 0;
    const hasField = this.#field !== undefined;
    this.#windows = new SpikeWindows(spikeOptions(rule, hasField ? 'mean' : 'count', hasField), limits);
  }

  get isJudgedInTurns(): boolean {
    return this.#windows.isJudgedInTurns;
  }

  get keys(): number {
    return this.#windows.keys;
  }

  get forgotten(): number {
    return this.#windows.forgotten;
  }

  get keyed(): RowsByKey {
    return this.#windows.keyed;
  }

  get isChanged(): boolean {
    return this.#windows.isChanged;
  }

  set isChanged(value: boolean) {
    this.#windows.isChanged = value;
  }

  add(seen: Seen): Match | undefined {
    const amount = this.#field === undefined ? 0 : numberOf(lookup(seen.event, this.#field));
    if (amount === undefined) return undefined;
    const found = this.#windows.add(this.#keyed ? (seen.key ?? null) : null, seen.time, 1, amount, seen);
    return found && this.#match(found, seen.time, seen);
  }

  tick(time: number): Match[] {
    return this.#windows.tick(time, !this.#keyed).map(found => this.#match(found, time, undefined));
  }

  holds(key: unknown, time: number): boolean {
    return this.#windows.holds(this.#keyed ? key : null, time);
  }

  blind(from: number, to: number): void {
    this.#windows.blind(from, to);
  }

  setBack(to: number): void {
    this.#windows.setBack(to);
  }

  save(): unknown[] {
    return this.#windows.keyed.all();
  }

  restore(saved: unknown): void {
    this.#windows.restore(saved);
  }

  #match(found: Spike, time: number, seen: Seen | undefined): Match {
    const shown = found.document ?? seen;
    const key = this.#keyed ? found.value : undefined;
    const count = this.#field === undefined ? Math.max(1, found.current) : undefined;
    return { time: shown?.time ?? time, key, id: shown?.id, event: shown?.event, count, fields: spikeFields(found) };
  }
}

/** A number, or a text that is one; whole, as it is counted. Undefined else. */
function numberOf(value: unknown): number | undefined {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return undefined;
  const number = Math.trunc(Number(value));
  return Number.isFinite(number) ? number : undefined;
}

const whole = (value: unknown): string => formatNumber('%d', value);
const twoDigits = (value: unknown): string => formatNumber('%.2f', value);

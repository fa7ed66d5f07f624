import type { Fields } from '../../core/event.ts';
import { lookup } from '../lookup.ts';
import { pythonStr } from '../python/str.ts';
import type { Problems } from '../rules/problems.ts';
import type { Rule } from '../rules/rule.ts';
import { Distinct } from './distinct.ts';
import { KeyMap, keyId } from './key-map.ts';
import { KeyedRows, type RowsByKey } from './keyed-rows.ts';
import type { Match, RuleKind, RuleWindow, Seen, WindowLimits } from './kind.ts';
import { metricText, numberOption } from './measured.ts';

/** `cardinality`: a field has more than `max_cardinality` or fewer than `min_cardinality` values within `timeframe`, per key. */
export const cardinality: RuleKind = {
  type: 'cardinality',
  required: ['cardinality_field', 'timeframe'],
  options: { cardinality_field: 'text', max_cardinality: 'integer', min_cardinality: 'integer' },
  windowOptions: ['cardinality_field'],
  thresholdOptions: ['max_cardinality', 'min_cardinality'],
  fieldOptions: ['cardinality_field'],
  check: checkBounds('max_cardinality', 'min_cardinality'),
  measured: options => ({
    metric: metricText('uniq', pythonStr(options['cardinality_field'])),
    above: numberOption(options['max_cardinality']),
    below: numberOption(options['min_cardinality']),
  }),
  fillMs: rule => rule.timeframeMs,
  open: (rule, limits) => new CardinalityWindow(rule, limits),
  sentence: (_, options, timeframeMs, pretty) => {
    const max = options['max_cardinality'];
    const many =
      max === undefined ? `Less than ${pythonStr(options['min_cardinality'])}` : `A maximum of ${pythonStr(max)}`;
    const field = pythonStr(options['cardinality_field']);
    return `${many} unique ${field}(s) occurred since last alert or between ${pretty(-timeframeMs)} and ${pretty(0)}\n\n`;
  },
};

/** One of two bounds must be there. */
export function checkBounds(max: string, min: string): (options: Fields, problems: Problems) => void {
  return (options, problems) => {
    if ((options[max] ?? options[min] ?? null) !== null) return;
    problems.error('LS_ALERTS_MISSING', `${max} and ${min} are missing.`, {
      fix: `At least one of them is required for a ${pythonStr(options['type'])} rule.`,
    });
  };
}

interface Key {
  readonly value: unknown;
  readonly values: Distinct;
  /** Since when it is observed: too few are not judged for one timeframe. Undefined until the next event. */
  first: number | undefined;
  newest: number;
  /** Nothing is forgotten before this: others that came late with the latest of them may be on their way. */
  lateUntil: number;
}

/**
 * Exactly one timeframe old still counts. Above the maximum every event with a value matches; `realert` thins the alerts.
 * Too few values are told once, by an event or a tick, and again when the key was observed for another timeframe after
 * its next event. Keeps a hash and a time for each value, and no more values than the bounds ask about.
 */
class CardinalityWindow implements RuleWindow {
  readonly keyed: RowsByKey;
  readonly #keys: KeyMap<Key>;
  readonly #field: string;
  readonly #timeframe: number;
  readonly #max: number;
  readonly #min: number;
  readonly #cap: number;
  readonly #keyed: boolean;
  readonly #limits: WindowLimits;
  #values = 0;
  #forgotten = 0;
  isChanged = false;

  constructor(rule: Rule, limits: WindowLimits) {
    const { max_cardinality: max, min_cardinality: min } = rule.options;
    this.#field = pythonStr(rule.options['cardinality_field']);
    this.#timeframe = rule.timeframeMs;
    this.#max = typeof max === 'number' ? max : Number.POSITIVE_INFINITY;
    this.#min = typeof min === 'number' ? min : Number.NEGATIVE_INFINITY;
    const asked = Math.max(
      1,
      Number.isFinite(this.#max) ? this.#max + 1 : 1,
      Number.isFinite(this.#min) ? this.#min : 1,
    );
    // As many again of a time that is told late.
    this.#cap = Math.min(2 * asked, limits.max_window_events);
    this.#keyed = rule.queryKey.length > 0;
    this.#limits = limits;
    this.#keys = new KeyMap(limits.max_keys_per_rule, key => {
      this.#values -= key.values.size;
      this.#forgotten++;
    });
    this.keyed = new KeyedRows(this.#keys, (_, { value, values, first, newest, lateUntil }) => [
      value,
      values.save(),
      first ?? null,
      newest,
      lateUntil,
    ]);
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

  add(seen: Seen): Match | undefined {
    const value = this.#keyed ? (seen.key ?? null) : null;
    const id = keyId(value);
    const key = this.#keys.get(id) ?? newKey(value, seen.time);
    key.first ??= seen.time;
    key.newest = Math.max(key.newest, seen.time);
    const isLate = seen.time < key.newest - this.#timeframe;
    if (isLate) key.lateUntil = key.newest + this.#timeframe;
    this.#keys.touch(id, key);
    const counted = lookup(seen.event, this.#field) ?? null;
    if (counted === null) return undefined;
    this.#values += key.values.add(counted, seen.time, this.#cap);
    while (this.#values > this.#limits.max_window_events && this.#keys.size > 1) this.#keys.evictOldest();
    if (key.values.size > this.#max && this.#countAt(key, isLate ? seen.time : key.newest) > this.#max) {
      key.first = undefined;
      return { time: seen.time, key: seen.key, id: seen.id, event: seen.event };
    }
    // What is not forgotten yet is enough until the next tick.
    return key.values.size < this.#min ? this.#judgeFew(key, key.newest) : undefined;
  }

  tick(time: number): Match[] {
    const matches: Match[] = [];
    for (const [id, key] of this.#keys.judged(time)) {
      const few = this.#judgeFew(key, time);
      if (few !== undefined) {
        this.#keys.changed(id);
        matches.push(few);
      }
      this.#forget(key, time);
      const isJudged = Number.isFinite(this.#min) && key.first !== undefined;
      if (key.values.size === 0 && !isJudged) this.#keys.delete(id);
    }
    return matches;
  }

  holds(value: unknown, time: number): boolean {
    const key = this.#keys.get(keyId(this.#keyed ? value : null));
    const count = key?.values.count(time - this.#timeframe, time) ?? 0;
    return count > this.#max || count < this.#min;
  }

  blind(_from: number, to: number): void {
    this.#keys.changedAll();
    for (const [, key] of this.#keys.entries()) if (key.first !== undefined) key.first = Math.max(key.first, to);
  }

  setBack(to: number): void {
    this.#keys.changedAll();
    for (const [, key] of this.#keys.entries()) {
      key.values.setBack(to);
      key.newest = Math.min(key.newest, to);
      key.lateUntil = Math.min(key.lateUntil, to);
      if (key.first !== undefined) key.first = Math.min(key.first, to);
    }
  }

  save(): unknown[] {
    return this.keyed.all();
  }

  restore(saved: unknown): void {
    for (const row of Array.isArray(saved) ? saved : []) {
      if (!Array.isArray(row)) continue;
      const [value, written, first, newest, lateUntil] = row;
      const key = newKey(value, newest);
      if (!Number.isFinite(newest) || !key.values.restore(written)) continue;
      key.first = Number.isFinite(first) ? first : undefined;
      if (Number.isFinite(lateUntil)) key.lateUntil = lateUntil;
      this.#values += key.values.size;
      this.#keys.touch(keyId(value), key);
    }
  }

  #judgeFew(key: Key, now: number): Match | undefined {
    if (!Number.isFinite(this.#min) || key.first === undefined || now - key.first <= this.#timeframe) return undefined;
    if (this.#countAt(key, now) >= this.#min) return undefined;
    key.first = undefined;
    this.isChanged = true;
    return { time: now, key: this.#keyed ? key.value : undefined };
  }

  /** How many different values there are in the timeframe that ends then. */
  #countAt(key: Key, time: number): number {
    this.#forget(key, Math.max(time, key.newest));
    return key.values.count(time - this.#timeframe, time);
  }

  #forget(key: Key, now: number): void {
    if (now >= key.lateUntil) this.#values -= key.values.forgetBefore(now - this.#timeframe);
  }
}

const newKey = (value: unknown, time: number): Key => ({
  value,
  values: new Distinct(),
  first: undefined,
  newest: time,
  lateUntil: Number.MIN_SAFE_INTEGER,
});

import { newFields } from '../../core/event.ts';
import { pythonStr } from '../python/str.ts';
import type { Rule } from '../rules/rule.ts';
import { KeyMap, keyId } from './key-map.ts';
import { KeyedRows, type RowsByKey } from './keyed-rows.ts';
import type { Match, RuleKind, RuleWindow, Seen, WindowLimits } from './kind.ts';
import { numberOption } from './measured.ts';
import { firstAfter, insertTime, packTimes, unpackTimes } from './times.ts';

/** `flatline`: fewer than `threshold` events within `timeframe`, per key, or overall without one. */
export const flatline: RuleKind = {
  type: 'flatline',
  required: ['threshold', 'timeframe'],
  options: { threshold: 'integer', forget_keys: 'boolean' },
  thresholdOptions: ['threshold'],
  measured: options => ({ metric: 'count', below: numberOption(options['threshold']) }),
  fillMs: rule => rule.timeframeMs,
  open: (rule, limits) => new FlatlineWindow(rule, limits),
  sentence: (_, options, timeframeMs, pretty) =>
    `An abnormally low number of events occurred around ${pretty(0)}.\n` +
    `Between ${pretty(-timeframeMs)} and ${pretty(0)}, there were less than ${pythonStr(options['threshold'])} events.\n\n`,
};

interface Key {
  readonly value: unknown;
  /** Event times, sorted. */
  times: number[];
  /** First tick that knew the key: nothing is judged before `first` + timeframe. Undefined until then. */
  first: number | undefined;
  /** The last tick found it. */
  isLow: boolean;
}

/**
 * Checked on ticks only, over the timeframe before the tick: no event's own time moves the window. A check for each
 * event would find "the first event after a gap is alone in its window". Without query key the one key `all` exists from
 * the first tick on, so that silence from the very start is noticed; with one, a key is known once it was seen. Keeps
 * times, no documents.
 */
class FlatlineWindow implements RuleWindow {
  readonly keyed: RowsByKey;
  readonly #keys: KeyMap<Key>;
  readonly #threshold: number;
  readonly #timeframe: number;
  readonly #forget: boolean;
  readonly #keyed: boolean;
  readonly #limits: WindowLimits;
  /** The latest tick. */
  #clock = 0;
  #events = 0;
  #forgotten = 0;
  quietUntil = 0;
  isChanged = false;

  constructor(rule: Rule, limits: WindowLimits) {
    this.#threshold = Number(rule.options['threshold']);
    this.#timeframe = rule.timeframeMs;
    this.#forget = rule.options['forget_keys'] === true;
    this.#keyed = rule.queryKey.length > 0;
    this.#limits = limits;
    this.#keys = new KeyMap(limits.max_keys_per_rule, key => {
      this.#events -= key.times.length;
      this.#forgotten++;
    });
    this.keyed = new KeyedRows(this.#keys, (_, key) => [key.value, packTimes(key.times), key.first ?? null]);
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

  add(seen: Seen): undefined {
    const value = this.#keyed ? (seen.key ?? null) : 'all';
    const id = keyId(value);
    const key = this.#keys.get(id) ?? { value, times: [], first: undefined, isLow: false };
    if (key.first === undefined || key.isLow) this.quietUntil = 0;
    // Older ones make the key known, and no more.
    if (seen.time > this.#clock - this.#timeframe) {
      // Most keys have few: a list that grows takes room for many.
      if (key.times.length === 0) key.times = [seen.time];
      else insertTime(key.times, seen.time);
      this.#events++;
    }
    // Only "fewer than threshold" is asked: older ones leave the window first, so the newest `threshold` times are enough.
    const { times } = key;
    const spare = times.length - Math.max(1, this.#threshold);
    if (spare > 64 + this.#threshold) {
      times.splice(0, spare);
      this.#events -= spare;
    }
    this.#keys.touch(id, key);
    while (this.#events > this.#limits.max_window_events && this.#keys.size > 1) this.#keys.evictOldest();
  }

  tick(time: number): Match[] {
    this.#clock = Math.max(this.#clock, time);
    if (!this.#keyed && this.#keys.size === 0) {
      this.#keys.touch(keyId('all'), { value: 'all', times: [], first: time, isLow: false });
      this.isChanged = true;
    }
    const matches: Match[] = [];
    this.quietUntil = this.isJudgedInTurns ? 0 : Number.POSITIVE_INFINITY;
    for (const [id, key] of this.#keys.judged(time)) {
      if (key.first === undefined) {
        this.isChanged = true;
        key.first = time;
        this.#keys.changed(id);
      }
      this.#expire(key, time);
      const count = key.times.length;
      key.isLow = time - key.first >= this.#timeframe && count < this.#threshold;
      if (!key.isLow) {
        this.quietUntil = Math.min(this.quietUntil, this.#lowAt(key));
        continue;
      }
      const fields = newFields();
      fields['key'] = key.value;
      fields['count'] = count;
      fields['threshold'] = this.#threshold;
      this.isChanged = true;
      matches.push({ time, key: key.value, count, fields });
      if (this.#forget) {
        this.#events -= count;
        this.#keys.delete(id);
        this.quietUntil = 0;
      } else {
        // It goes on matching at each tick until there are enough events again; `realert` thins the alerts.
        key.first = time - this.#timeframe;
        this.#keys.changed(id);
      }
    }
    return matches;
  }

  holds(value: unknown, time: number): boolean {
    const key = this.#keys.get(keyId(value));
    // With `forget_keys` a key is told once, and known again when it is seen.
    if (key === undefined) return true;
    return firstAfter(key.times, time) - firstAfter(key.times, time - this.#timeframe) < this.#threshold;
  }

  /** Silence while nobody listened is no silence: the timeframe starts anew. */
  blind(_from: number, to: number): void {
    this.quietUntil = 0;
    this.#keys.changedAll();
    for (const [, key] of this.#keys.entries()) key.first = Math.max(key.first ?? to, to);
  }

  setBack(to: number): void {
    this.#clock = Math.min(this.#clock, to);
    this.#keys.changedAll();
    for (const [, key] of this.#keys.entries()) {
      const { times } = key;
      for (let i = times.length - 1; i >= 0 && times[i]! > to; i--) times[i] = to;
      key.first = to;
    }
    this.quietUntil = 0;
  }

  save(): unknown[] {
    return this.keyed.all();
  }

  restore(saved: unknown): void {
    for (const row of Array.isArray(saved) ? saved : []) {
      if (!Array.isArray(row)) continue;
      const [value, written, first] = row;
      const times = unpackTimes(written);
      if (times === undefined || !times.every(Number.isFinite)) continue;
      this.#events += times.length;
      this.#keys.touch(keyId(value), { value, times, first: Number.isFinite(first) ? first : undefined, isLow: false });
    }
  }

  /** When there are too few, if no event comes. */
  #lowAt({ times, first }: Key): number {
    const lastNeeded = times[times.length - this.#threshold];
    return Math.max(first ?? 0, lastNeeded ?? Number.NEGATIVE_INFINITY) + this.#timeframe;
  }

  #expire(key: Key, now: number): void {
    const out = firstAfter(key.times, now - this.#timeframe);
    if (out === 0) return;
    key.times.splice(0, out);
    this.#events -= out;
  }
}

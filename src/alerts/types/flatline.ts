import { newFields } from '../../core/event.ts';
import { pythonStr } from '../python/str.ts';
import type { Rule } from '../rules/rule.ts';
import { KeyMap, keyId } from './key-map.ts';
import type { Match, RuleKind, RuleWindow, Seen, WindowLimits } from './kind.ts';

/** `flatline`: fewer than `threshold` events within `timeframe`, per key, or overall without one. */
export const flatline: RuleKind = {
  type: 'flatline',
  required: ['threshold', 'timeframe'],
  options: { threshold: 'integer', forget_keys: 'boolean' },
  fillMs: rule => rule.timeframeMs,
  open: (rule, limits) => new FlatlineWindow(rule, limits),
  sentence: (_, options, timeframeMs, pretty) =>
    `An abnormally low number of events occurred around ${pretty(0)}.\n` +
    `Between ${pretty(-timeframeMs)} and ${pretty(0)}, there were less than ${pythonStr(options['threshold'])} events.\n\n`,
};

interface Key {
  readonly value: unknown;
  /** Event times, sorted, within the timeframe before `newest`. */
  readonly times: number[];
  /** Event or tick. */
  newest: number;
  /** First tick that knew the key: nothing is judged before `first` + timeframe. Undefined until then. */
  first: number | undefined;
}

/**
 * Checked on ticks only: a check for each event would find "the first event after a gap is alone in its window".
 * Without query key the one key `all` exists from the first tick on, so that silence from the very start is noticed;
 * with one, a key is known once it was seen. Keeps times, no documents.
 */
class FlatlineWindow implements RuleWindow {
  readonly #keys: KeyMap<Key>;
  readonly #threshold: number;
  readonly #timeframe: number;
  readonly #forget: boolean;
  readonly #keyed: boolean;
  readonly #limits: WindowLimits;
  #events = 0;

  constructor(rule: Rule, limits: WindowLimits) {
    this.#threshold = Number(rule.options['threshold']);
    this.#timeframe = rule.timeframeMs;
    this.#forget = rule.options['forget_keys'] === true;
    this.#keyed = rule.queryKey.length > 0;
    this.#limits = limits;
    this.#keys = new KeyMap(limits.max_keys_per_rule, key => {
      this.#events -= key.times.length;
    });
  }

  get keys(): number {
    return this.#keys.size;
  }

  get evicted(): number {
    return this.#keys.evicted;
  }

  add(seen: Seen): undefined {
    const value = this.#keyed ? (seen.key ?? null) : 'all';
    const id = keyId(value);
    const { time } = seen;
    const key = this.#keys.get(id) ?? { value, times: [], newest: time, first: undefined };
    const { times } = key;
    let at = times.length;
    while (at > 0 && times[at - 1]! > time) at--;
    times.splice(at, 0, time);
    this.#events++;
    if (time > key.newest) key.newest = time;
    this.#expire(key);
    // Only "fewer than threshold" is asked: older ones leave the window first, so the newest `threshold` times are enough.
    const spare = times.length - Math.max(1, this.#threshold);
    if (spare > 64 + this.#threshold) {
      times.splice(0, spare);
      this.#events -= spare;
    }
    this.#keys.touch(id, key);
    while (this.#events > this.#limits.max_window_events && this.#keys.size > 1) this.#keys.evictOldest();
  }

  tick(time: number): Match[] {
    if (!this.#keyed && this.#keys.size === 0) {
      this.#keys.touch(keyId('all'), { value: 'all', times: [], newest: time, first: time });
    }
    const matches: Match[] = [];
    for (const [id, key] of this.#keys.entries()) {
      if (time > key.newest) key.newest = time;
      key.first ??= time;
      this.#expire(key);
      const count = key.times.length;
      if (key.newest - key.first < this.#timeframe || count >= this.#threshold) continue;
      const fields = newFields();
      fields['key'] = key.value;
      fields['count'] = count;
      fields['threshold'] = this.#threshold;
      matches.push({ time: key.newest, key: key.value, count, fields });
      if (this.#forget) {
        this.#events -= count;
        this.#keys.delete(id);
      } else {
        // It goes on matching at each tick until there are enough events again; `realert` thins the alerts.
        key.first = key.newest - this.#timeframe;
      }
    }
    return matches;
  }

  /** Silence while nobody listened is no silence: the timeframe starts anew. */
  blind(_from: number, to: number): void {
    for (const [, key] of this.#keys.entries()) key.first = Math.max(key.first ?? to, to);
  }

  save(): unknown {
    return [...this.#keys.entries()].map(([, key]) => [key.value, key.times, key.newest, key.first ?? null]);
  }

  restore(saved: unknown): void {
    for (const entry of Array.isArray(saved) ? saved : []) {
      const [value, times, newest, first] = Array.isArray(entry) ? entry : [];
      if (!Array.isArray(times) || !times.every(Number.isFinite)) continue;
      if (!Number.isFinite(newest)) continue;
      this.#events += times.length;
      this.#keys.touch(keyId(value), { value, times, newest, first: Number.isFinite(first) ? first : undefined });
    }
  }

  #expire(key: Key): void {
    const { times } = key;
    let out = 0;
    while (out < times.length && key.newest - times[out]! >= this.#timeframe) out++;
    if (out === 0) return;
    times.splice(0, out);
    this.#events -= out;
  }
}

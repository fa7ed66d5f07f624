import { type Fields, isFields } from '../../core/event.ts';
import { pythonStr } from '../python/str.ts';
import type { Rule } from '../rules/rule.ts';
import { KeyMap, keyId } from './key-map.ts';
import type { Match, Related, RuleKind, RuleWindow, Seen, WindowLimits } from './kind.ts';

/** `frequency`: at least `num_events` within `timeframe`, per key. */
export const frequency: RuleKind = {
  type: 'frequency',
  required: ['num_events', 'timeframe'],
  options: { num_events: 'integer' },
  fillMs: rule => rule.timeframeMs,
  open: (rule, limits) => new FrequencyWindow(rule, limits),
  sentence: (_, options, timeframeMs, pretty) =>
    `At least ${pythonStr(options['num_events'])} events occurred between ${pretty(-timeframeMs)} and ${pretty(0)}\n\n`,
};

/** The events of one key within the timeframe, by event time. Documents: the newest, and more only for `attach_related`. */
interface Key {
  readonly value: unknown;
  readonly times: number[];
  newest: Related & { event: Fields };
  /** Parallel to `times` when the rule attaches related events. */
  readonly related: Related[] | undefined;
}

class FrequencyWindow implements RuleWindow {
  readonly #keys: KeyMap<Key>;
  readonly #needed: number;
  readonly #timeframe: number;
  readonly #attach: boolean;
  readonly #limits: WindowLimits;
  #events = 0;
  #documents = 0;

  constructor(rule: Rule, limits: WindowLimits) {
    this.#needed = Number(rule.options['num_events']);
    this.#timeframe = rule.timeframeMs;
    this.#attach = rule.attachRelated;
    this.#limits = limits;
    this.#keys = new KeyMap(limits.max_keys_per_rule, key => this.#forget(key));
  }

  get keys(): number {
    return this.#keys.size;
  }

  get evicted(): number {
    return this.#keys.evicted;
  }

  add(seen: Seen): Match | undefined {
    const id = keyId(seen.key);
    let key = this.#keys.get(id);
    if (key === undefined) {
      key = { value: seen.key ?? null, times: [], newest: seen, related: this.#attach ? [] : undefined };
    }
    this.#insert(key, seen);
    this.#expire(key);
    if (key.times.length >= this.#needed) {
      this.#keys.delete(id);
      this.#forget(key);
      return matchOf(key);
    }
    this.#keys.touch(id, key);
    while (this.#events > this.#limits.max_window_events && this.#keys.size > 1) this.#keys.evictOldest();
    return undefined;
  }

  tick(time: number): Match[] {
    for (const [id, key] of this.#keys.entries()) {
      if (time - key.newest.time <= this.#timeframe) continue;
      this.#keys.delete(id);
      this.#forget(key);
    }
    return [];
  }

  blind(): void {}

  save(): unknown {
    return [...this.#keys.entries()].map(([, key]) => [
      key.value,
      key.times,
      { id: key.newest.id, time: key.newest.time, event: key.newest.event },
      key.related ?? null,
    ]);
  }

  restore(saved: unknown): void {
    for (const entry of Array.isArray(saved) ? saved : []) {
      const [value, times, newest, related] = Array.isArray(entry) ? entry : [];
      if (!Array.isArray(times) || !times.every(Number.isFinite) || times.length === 0 || !isRelated(newest)) continue;
      if (newest.event === undefined) continue;
      const documents = this.#attach ? (Array.isArray(related) ? related.filter(isRelated) : []) : undefined;
      // Windows written while the rule attached nothing know the times only.
      const complete = documents !== undefined && documents.length !== times.length ? times.map(blank) : documents;
      const key: Key = { value, times, newest: { ...newest, event: newest.event }, related: complete };
      this.#events += times.length;
      this.#documents += complete?.length ?? 0;
      this.#keys.touch(keyId(value), key);
    }
  }

  /** By time; equal times in the order they came. */
  #insert(key: Key, seen: Seen): void {
    const { times, related } = key;
    let at = times.length;
    while (at > 0 && times[at - 1]! > seen.time) at--;
    if (at === times.length) {
      times.push(seen.time);
      key.newest = seen;
    } else {
      times.splice(at, 0, seen.time);
    }
    this.#events++;
    if (related === undefined) return;
    const full = this.#documents >= this.#limits.max_related_events;
    const { id, time, event } = seen;
    related.splice(at, 0, full ? { id, time } : { id, time, event });
    this.#documents++;
  }

  /** The window is half open: an event exactly `timeframe` older than the newest is out. A late one may evict itself. */
  #expire(key: Key): void {
    const { times, related } = key;
    const newest = times[times.length - 1]!;
    let out = 0;
    while (out < times.length - 1 && newest - times[out]! >= this.#timeframe) out++;
    if (out === 0) return;
    if (out === 1) times.shift();
    else times.splice(0, out);
    this.#events -= out;
    if (related === undefined) return;
    related.splice(0, out);
    this.#documents -= out;
  }

  #forget(key: Key): void {
    this.#events -= key.times.length;
    this.#documents -= key.related?.length ?? 0;
  }
}

/** The match carries the newest event by time, also when a late one completed the count. */
function matchOf(key: Key): Match {
  const { newest, related, value } = key;
  const match = { time: newest.time, key: value, id: newest.id, event: newest.event, count: key.times.length };
  return related === undefined ? match : { ...match, related: related.slice(0, -1) };
}

const blank = (time: number): Related => ({ id: '', time });

const isRelated = (value: unknown): value is Related =>
  isFields(value) && typeof value['id'] === 'string' && typeof value['time'] === 'number';

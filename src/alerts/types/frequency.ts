import { type Fields, isFields } from '../../core/event.ts';
import { pythonStr } from '../python/str.ts';
import type { Rule } from '../rules/rule.ts';
import { KeyMap, keyId } from './key-map.ts';
import type { Match, Related, RuleKind, RuleWindow, Seen, WindowLimits } from './kind.ts';
import { firstAfter, insertTime, packTimes, unpackTimes, windowOf } from './times.ts';

/** `frequency`: at least `num_events` within `timeframe`, per key. */
export const frequency: RuleKind = {
  type: 'frequency',
  required: ['num_events', 'timeframe'],
  options: { num_events: 'integer' },
  thresholdOptions: ['num_events'],
  fillMs: rule => rule.timeframeMs,
  open: (rule, limits) => new FrequencyWindow(rule, limits),
  sentence: (_, options, timeframeMs, pretty) =>
    `At least ${pythonStr(options['num_events'])} events occurred between ${pretty(-timeframeMs)} and ${pretty(0)}\n\n`,
};

/** The events of one key, by event time. */
interface Key {
  readonly value: unknown;
  readonly times: number[];
  /** Document of the newest event; undefined after a match took it away. */
  newest: Document | undefined;
  /** Document of the newest of the latest events that came late. */
  late: Document | undefined;
  /** Nothing is forgotten before the clock has reached this: the rest of a late burst may be on its way. */
  lateUntil: number;
  /** Parallel to `times` when the rule attaches related events. */
  readonly related: Related[] | undefined;
}

type Document = Related & { readonly event: Fields };

/** Late events that wait for others of their kind; beyond this the old ones go. */
const MAX_LATE_FACTOR = 4;
const MAX_LATE_EXTRA = 1024;
/** A tick looks through all keys for what is too old at most so often. */
const MIN_SWEEP_MS = 1000;
const MAX_SWEEP_MS = 60_000;
/** Making room frees so much of the limit at once. */
const ROOM = 0.1;

/**
 * A match is found wherever events lie within one timeframe, so that late ones count where they belong; for events in
 * order that is the window before the newest. Events stay for `buffer_time` after their timeframe for that; when memory
 * gets tight those go first.
 */
class FrequencyWindow implements RuleWindow {
  readonly #keys: KeyMap<Key>;
  readonly #needed: number;
  readonly #timeframe: number;
  readonly #lateness: number;
  readonly #attach: boolean;
  readonly #limits: WindowLimits;
  /** The latest event time or tick. */
  #clock = 0;
  #events = 0;
  #documents = 0;
  #forgotten = 0;
  /** Ticks before this look through nothing. */
  #sweepAt = 0;
  isChanged = false;

  constructor(rule: Rule, limits: WindowLimits) {
    this.#needed = Number(rule.options['num_events']);
    this.#timeframe = rule.timeframeMs;
    this.#lateness = rule.bufferMs;
    this.#attach = rule.attachRelated;
    this.#limits = limits;
    this.#keys = new KeyMap(limits.max_keys_per_rule, key => {
      this.#drop(key);
      // One whose timeframe is over could have mattered for late events only.
      if (key.times.length > 0 && key.times.at(-1)! > this.#clock - this.#timeframe) this.#forgotten++;
    });
  }

  get keys(): number {
    return this.#keys.size;
  }

  get forgotten(): number {
    return this.#forgotten;
  }

  add(seen: Seen): Match | undefined {
    const id = keyId(seen.key);
    const key = this.#keys.get(id) ?? this.#newKey(seen.key ?? null);
    const at = this.#insert(key, seen);
    if (seen.time > this.#clock) this.#clock = seen.time;
    const window = windowOf(key.times, at, this.#needed, this.#timeframe);
    if (window !== undefined) {
      const match = this.#take(key, window, seen);
      if (key.times.length === 0) this.#keys.delete(id);
      else this.#keys.touch(id, key);
      return match;
    }
    if (at === key.times.length - 1) this.#expire(key, seen.time, this.#lateness);
    this.#keys.touch(id, key);
    if (this.#events > this.#limits.max_window_events) this.#makeRoom();
    return undefined;
  }

  tick(time: number): Match[] {
    if (time > this.#clock) this.#clock = time;
    if (time < this.#sweepAt) return [];
    this.#sweepAt = time + Math.min(MAX_SWEEP_MS, Math.max(MIN_SWEEP_MS, (this.#timeframe + this.#lateness) / 16));
    for (const [id, key] of this.#keys.entries()) {
      if (time - key.times[0]! < this.#timeframe + this.#lateness) continue;
      this.#expire(key, time, this.#lateness);
      if (key.times.length === 0) this.#keys.delete(id);
    }
    return [];
  }

  blind(): void {}

  setBack(to: number): void {
    this.#clock = Math.min(this.#clock, to);
    this.#sweepAt = 0;
    for (const [, { times }] of this.#keys.entries())
      for (let i = times.length - 1; i >= 0 && times[i]! > to; i--) times[i] = to;
  }

  save(): unknown[] {
    const rows: unknown[] = [];
    for (const [, { value, times, newest, late, lateUntil, related }] of this.#keys.entries())
      rows.push([value, packTimes(times), [plain(newest), plain(late)], related ?? null, lateUntil]);
    return rows;
  }

  restore(saved: unknown): void {
    for (const row of Array.isArray(saved) ? saved : []) {
      const [value, written, documents, related, lateUntil] = Array.isArray(row) ? row : [];
      // An earlier form: times as they are, and the one document by itself.
      const [newest, late] = Array.isArray(documents) ? documents : [documents];
      const times = Array.isArray(documents) ? unpackTimes(written) : written;
      if (!Array.isArray(times) || !times.every(Number.isFinite) || times.length === 0) continue;
      const known = this.#attach ? (Array.isArray(related) ? related.filter(isRelated) : []) : undefined;
      const key: Key = {
        value,
        times,
        newest: isDocument(newest) ? newest : undefined,
        late: isDocument(late) ? late : undefined,
        lateUntil: Number.isFinite(lateUntil) ? lateUntil : 0,
        // Windows written while the rule attached nothing know the times only.
        related: known !== undefined && known.length !== times.length ? times.map(blank) : known,
      };
      this.#events += times.length;
      this.#documents += key.related?.length ?? 0;
      this.#clock = Math.max(this.#clock, times.at(-1)!);
      this.#keys.touch(keyId(value), key);
    }
  }

  #newKey(value: unknown): Key {
    const related = this.#attach ? [] : undefined;
    return { value, times: [], newest: undefined, late: undefined, lateUntil: 0, related };
  }

  /** Gives the place it got. */
  #insert(key: Key, seen: Seen): number {
    const { times, related } = key;
    const { id, time, event } = seen;
    const at = insertTime(times, time);
    this.#events++;
    const isNewest = at === times.length - 1;
    if (isNewest) key.newest = seen;
    else {
      const { late } = key;
      if (late === undefined || time >= late.time || late.time - time >= this.#timeframe) key.late = seen;
    }
    if (!isNewest || time <= this.#clock - this.#timeframe) key.lateUntil = this.#clock + this.#timeframe;
    if (related !== undefined) {
      const full = this.#documents >= this.#limits.max_related_events;
      related.splice(at, 0, full ? { id, time } : { id, time, event });
      this.#documents++;
    }
    return at;
  }

  /** The match carries the newest event of its window, also when an older one completed it; the window is emptied. */
  #take(key: Key, [from, to]: readonly [number, number], seen: Seen): Match {
    const { times, related, value } = key;
    const time = times[to - 1]!;
    const shown = [key.newest, key.late].find(document => document?.time === time) ?? seen;
    const others = related?.slice(from, to - 1);
    const match = { time: shown.time, key: value, id: shown.id, event: shown.event, count: to - from };
    times.splice(from, to - from);
    related?.splice(from, to - from);
    this.#events -= match.count;
    this.#documents -= related === undefined ? 0 : match.count;
    if (to > times.length + match.count - 1) key.newest = undefined;
    key.late = undefined;
    return others === undefined ? match : { ...match, related: others };
  }

  /** Half open: an event exactly so old is out. */
  #expire(key: Key, now: number, lateness: number): void {
    const { times, related } = key;
    if (now < key.lateUntil && times.length <= this.#needed * MAX_LATE_FACTOR + MAX_LATE_EXTRA) return;
    const out = firstAfter(times, now - this.#timeframe - lateness);
    if (out === 0) return;
    if (out === 1) times.shift();
    else times.splice(0, out);
    this.#events -= out;
    if (related === undefined) return;
    related.splice(0, out);
    this.#documents -= out;
  }

  /** What only late events could need goes first, then the keys not seen for longest. */
  #makeRoom(): void {
    const aim = this.#limits.max_window_events * (1 - ROOM);
    for (const [id, key] of this.#keys.entries()) {
      key.lateUntil = 0;
      this.#expire(key, this.#clock, 0);
      if (key.times.length === 0) this.#keys.delete(id);
    }
    while (this.#events > aim && this.#keys.size > 1) this.#keys.evictOldest();
  }

  #drop(key: Key): void {
    this.#events -= key.times.length;
    this.#documents -= key.related?.length ?? 0;
  }
}

const blank = (time: number): Related => ({ id: '', time });
const plain = (document: Document | undefined): Document | null =>
  document === undefined ? null : { id: document.id, time: document.time, event: document.event };

const isRelated = (value: unknown): value is Related =>
  isFields(value) && typeof value['id'] === 'string' && typeof value['time'] === 'number';
const isDocument = (value: unknown): value is Document => isRelated(value) && value.event !== undefined;

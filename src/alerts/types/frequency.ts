import { isFields } from '../../core/event.ts';
import { pythonStr } from '../python/str.ts';
import type { Rule } from '../rules/rule.ts';
import { isPlainKey, KeyMap, keyId, valueOfKeyId } from './key-map.ts';
import { KeyedRows, type RowsByKey } from './keyed-rows.ts';
import type { Match, Related, RuleKind, RuleWindow, Seen, WindowLimits } from './kind.ts';
import { type Document, LatestDocuments } from './latest-documents.ts';
import { numberOption } from './measured.ts';
import { firstAfter, insertTime, packTimes, unpackTimes, windowOf } from './times.ts';

/** `frequency`: at least `num_events` within `timeframe`, per key. */
export const frequency: RuleKind = {
  type: 'frequency',
  required: ['num_events', 'timeframe'],
  options: { num_events: 'integer' },
  thresholdOptions: ['num_events'],
  measured: options => ({ metric: 'count', at_least: numberOption(options['num_events']) }),
  fillMs: rule => rule.timeframeMs,
  open: (rule, limits) => new FrequencyWindow(rule, limits),
  sentence: (_, options, timeframeMs, pretty) =>
    `At least ${pythonStr(options['num_events'])} events occurred between ${pretty(-timeframeMs)} and ${pretty(0)}\n\n`,
};

/** The events of one key, by event time. There may be a million of them: what most do not need is in `more`. */
interface Key {
  times: number[];
  more: More | undefined;
}

interface More {
  /** Value of the key, where its identity does not tell. */
  readonly value: unknown;
  /** Document of the newest of the latest events that came late. */
  late: Document | undefined;
  /** Nothing is forgotten before the clock has reached this: the rest of a late burst may be on its way. */
  lateUntil: number;
  /** Parallel to `times` when the rule attaches related events. */
  readonly related: Related[] | undefined;
}

/** Late events that wait for others of their kind; beyond this the old ones go. */
const MAX_LATE_FACTOR = 4;
const MAX_LATE_EXTRA = 1024;
/** A tick looks through all keys for what is too old at most so often. */
const MIN_SWEEP_MS = 1000;
const MAX_SWEEP_MS = 60_000;
/** Making room frees so much of the limit at once. */
const ROOM = 0.1;

/** Lists of so few times are copied when they grow: room for more would be most of what a key takes. */
const SHORT = 4;

/**
 * A match is found wherever events lie within one timeframe, so that late ones count where they belong; for events in
 * order that is the window before the newest. Events stay for `buffer_time` after their timeframe for that; when memory
 * gets tight those go first. Keeps times, and the documents of a few keys.
 */
class FrequencyWindow implements RuleWindow {
  readonly keyed: RowsByKey;
  readonly #keys: KeyMap<Key>;
  readonly #newest = new LatestDocuments();
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
    this.keyed = new KeyedRows(this.#keys, (id, key) => this.#rowOf(id, key));
  }

  get keys(): number {
    return this.#keys.size;
  }

  get isIdle(): boolean {
    return this.#keys.size === 0;
  }

  get forgotten(): number {
    return this.#forgotten;
  }

  add(seen: Seen): Match | undefined {
    const id = keyId(seen.key);
    const key = this.#keys.get(id) ?? this.#newKey(seen.key);
    const at = this.#insert(id, key, seen);
    if (seen.time > this.#clock) this.#clock = seen.time;
    const window = windowOf(key.times, at, this.#needed, this.#timeframe);
    if (window !== undefined) {
      const match = this.#take(id, key, window, seen);
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
    const every = Math.min(MAX_SWEEP_MS, Math.max(MIN_SWEEP_MS, (this.#timeframe + this.#lateness) / 16));
    for (const [id, key] of this.#keys.sweep(time, every)) {
      if (time - key.times[0]! < this.#timeframe + this.#lateness) continue;
      this.#expire(key, time, this.#lateness);
      if (key.times.length === 0) this.#keys.delete(id);
    }
    return [];
  }

  blind(): void {}

  setBack(to: number): void {
    this.#clock = Math.min(this.#clock, to);
    this.#keys.sweepSoon();
    this.#keys.changedAll();
    for (const [, { times }] of this.#keys.entries())
      for (let i = times.length - 1; i >= 0 && times[i]! > to; i--) times[i] = to;
  }

  save(): unknown[] {
    return this.keyed.all();
  }

  restore(saved: unknown): void {
    for (const row of Array.isArray(saved) ? saved : []) {
      const [value, written, documents, related, lateUntil] = Array.isArray(row) ? row : [];
      const [newest, late] = Array.isArray(documents) ? documents : [];
      const times = unpackTimes(written);
      if (times === undefined || !times.every(Number.isFinite) || times.length === 0) continue;
      const id = keyId(value);
      const key = this.#newKey(value);
      key.times = times;
      if (isDocument(newest)) this.#newest.set(id, newest);
      if (isDocument(late) || Number.isFinite(lateUntil)) {
        const more = this.#moreOf(id, key);
        more.late = isDocument(late) ? late : undefined;
        more.lateUntil = Number.isFinite(lateUntil) ? lateUntil : 0;
      }
      if (key.more?.related !== undefined) {
        const known = Array.isArray(related) ? related.filter(isRelated) : [];
        // Windows written while the rule attached nothing know the times only.
        key.more.related.push(...(known.length === times.length ? known : times.map(blank)));
        this.#documents += times.length;
      }
      this.#events += times.length;
      this.#clock = Math.max(this.#clock, times.at(-1)!);
      this.#keys.touch(id, key);
    }
  }

  #newKey(value: unknown): Key {
    const needsMore = this.#attach || !isPlainKey(value);
    return { times: [], more: needsMore ? this.#newMore(value ?? null) : undefined };
  }

  #newMore(value: unknown): More {
    return { value, late: undefined, lateUntil: 0, related: this.#attach ? [] : undefined };
  }

  #moreOf(id: string, key: Key): More {
    key.more ??= this.#newMore(valueOfKeyId(id));
    return key.more;
  }

  #rowOf(id: string, { times, more }: Key): unknown[] {
    const newest = this.#newest.get(id);
    const row: unknown[] = [more === undefined ? valueOfKeyId(id) : more.value, packTimes(times)];
    if (newest === undefined && more === undefined) return row;
    row.push([plain(newest), plain(more?.late)]);
    if (more !== undefined) row.push(more.related ?? null, more.lateUntil);
    return row;
  }

  /** Gives the place it got. */
  #insert(id: string, key: Key, seen: Seen): number {
    const { time, event } = seen;
    const at = this.#insertTime(key, time);
    this.#events++;
    const isNewest = at === key.times.length - 1;
    if (isNewest) this.#newest.set(id, seen);
    else {
      const more = this.#moreOf(id, key);
      if (more.late === undefined || time >= more.late.time || more.late.time - time >= this.#timeframe)
        more.late = seen;
    }
    if (!isNewest || time <= this.#clock - this.#timeframe)
      this.#moreOf(id, key).lateUntil = this.#clock + this.#timeframe;
    const related = key.more?.related;
    if (related !== undefined) {
      const full = this.#documents >= this.#limits.max_related_events;
      related.splice(at, 0, full ? { id: seen.id, time } : { id: seen.id, time, event });
      this.#documents++;
    }
    return at;
  }

  #insertTime(key: Key, time: number): number {
    const { times } = key;
    if (times.length === 0) key.times = [time];
    else if (times.length < SHORT && times.at(-1)! <= time) key.times = appended(times, time);
    else return insertTime(times, time);
    return times.length;
  }

  /** The match carries the newest event of its window, also when an older one completed it; the window is emptied. */
  #take(id: string, key: Key, [from, to]: readonly [number, number], seen: Seen): Match {
    const { times, more } = key;
    const time = times[to - 1]!;
    const shown = [this.#newest.get(id), more?.late].find(document => document?.time === time) ?? seen;
    const others = more?.related?.slice(from, to - 1);
    const value = more === undefined ? valueOfKeyId(id) : more.value;
    const match = {
      time: shown.time,
      key: value,
      id: shown.id,
      event: shown.event,
      count: to - from,
    };
    times.splice(from, to - from);
    more?.related?.splice(from, to - from);
    this.#events -= match.count;
    if (more?.related !== undefined) this.#documents -= match.count;
    if (to > times.length + match.count - 1) this.#newest.delete(id);
    if (more !== undefined) more.late = undefined;
    return others === undefined ? match : { ...match, related: others };
  }

  /** Half open: an event exactly so old is out. */
  #expire(key: Key, now: number, lateness: number): void {
    const { times, more } = key;
    const isWaiting = more !== undefined && now < more.lateUntil;
    if (isWaiting && times.length <= this.#needed * MAX_LATE_FACTOR + MAX_LATE_EXTRA) return;
    const out = firstAfter(times, now - this.#timeframe - lateness);
    if (out === 0) return;
    if (out === 1) times.shift();
    else times.splice(0, out);
    this.#events -= out;
    if (more?.related === undefined) return;
    more.related.splice(0, out);
    this.#documents -= out;
  }

  /** What only late events could need goes first, then the keys not seen for longest. */
  #makeRoom(): void {
    const aim = this.#limits.max_window_events * (1 - ROOM);
    for (const [id, key] of this.#keys.entries()) {
      if (key.more !== undefined) key.more.lateUntil = 0;
      this.#expire(key, this.#clock, 0);
      if (key.times.length === 0) this.#keys.delete(id);
    }
    while (this.#events > aim && this.#keys.size > 1) this.#keys.evictOldest();
  }

  #drop(key: Key): void {
    this.#events -= key.times.length;
    this.#documents -= key.more?.related?.length ?? 0;
  }
}

/** No longer than it has to be. */
function appended(times: readonly number[], time: number): number[] {
  const [first, second, third] = times;
  if (second === undefined) return [first!, time];
  return third === undefined ? [first!, second, time] : [first!, second, third, time];
}

const blank = (time: number): Related => ({ id: '', time });
const plain = (document: Document | undefined): Document | null =>
  document === undefined ? null : { id: document.id, time: document.time, event: document.event };

const isRelated = (value: unknown): value is Related =>
  isFields(value) && typeof value['id'] === 'string' && typeof value['time'] === 'number';
const isDocument = (value: unknown): value is Document => isRelated(value) && isFields(value.event);

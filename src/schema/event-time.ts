import type { EventMeta, Fields } from '../core/event.ts';
import { isFields } from '../core/event.ts';
import { TIME_FIELDS, TIME_FIELDS_DROPPED } from '../core/mapping.ts';
import { isoTime } from '../core/time.ts';
import { jsonOf } from './json.ts';
import type { Notes } from './notes.ts';
import type { EventOptions } from './options.ts';
import { epochOf, parseTimeText } from './time-text.ts';
import { type ZoneClock, zoneClock } from './timezone.ts';
import { freeName } from './values.ts';

const DAY_MS = 86_400_000;
// A bare number in a field called `time` or `ts` is a duration more often than a date outside of these years.
const EARLIEST_PLAUSIBLE = Date.UTC(2000, 0, 1);
const LATEST_PLAUSIBLE = Date.UTC(2100, 0, 1);
const RANK: ReadonlyMap<string, number> = new Map(TIME_FIELDS.map((name, rank) => [name, rank]));

/** Finds an event's time, in whole epoch milliseconds, and takes the fields away that only repeat it. */
export class EventTime {
  readonly #clock: ZoneClock;
  readonly #notes: Notes;
  readonly #pastMs: number;
  readonly #futureMs: number;
  readonly #options: EventOptions;
  // Neighbours share their second: the last text and what it meant.
  #lastText = '';
  #lastTime = Number.NaN;
  #lastNow = Number.NaN;

  constructor(options: EventOptions, notes: Notes) {
    this.#options = options;
    this.#clock = zoneClock(options.timezone);
    this.#notes = notes;
    this.#pastMs = options.clamp_past_days * DAY_MS;
    this.#futureMs = options.clamp_future_minutes * 60_000;
  }

  /**
   * The pipeline's `@timestamp`, else the record's own (`candidates`: those of TIME_FIELDS that are there), else the sender's,
   * else the time of arrival; replaced by the time of arrival when it is out of range.
   */
  resolve(fields: Fields, meta: EventMeta, candidates: string[]): number {
    const now = Math.floor(meta.receivedAt);
    let time = Number.NaN;
    const given = fields['@timestamp'];
    if (given !== undefined && given !== null) {
      time = this.#read(given, now);
      if (Number.isNaN(time)) {
        fields[freeName(fields, 'timestamp_original')] = given;
        this.#notes.add('time_unreadable', '@timestamp', 'not a date, kept as timestamp_original');
      }
    }
    if (candidates.length > 0) time = this.#candidates(fields, candidates, now, time);
    if (Number.isNaN(time)) time = Number.isFinite(meta.time) ? meta.time : now;
    return this.#clamp(fields, Math.floor(time), now);
  }

  /** The first candidate's time if there is none yet; drops the candidates that say the same as `time`. */
  #candidates(fields: Fields, names: string[], now: number, known: number): number {
    let time = known;
    if (names.length > 1) names.sort((a, b) => RANK.get(a)! - RANK.get(b)!);
    for (const name of names) {
      const i = RANK.get(name)!;
      const value = fields[name];
      if (value === undefined || value === null) continue;
      const isKnown = !Number.isNaN(time);
      if (isKnown && i >= TIME_FIELDS_DROPPED) break;
      const read = this.#read(value, now);
      if (Number.isNaN(read) || read < EARLIEST_PLAUSIBLE || read > LATEST_PLAUSIBLE) {
        // A written date that is far off is a date; a number that is far off is something else.
        if (Number.isNaN(read) || typeof value === 'number' || isKnown || i >= TIME_FIELDS_DROPPED) continue;
      }
      if (!isKnown) time = read;
      if (i < TIME_FIELDS_DROPPED && saysTheSame(read, time)) fields[name] = undefined;
    }
    return time;
  }

  #read(value: unknown, now: number): number {
    if (typeof value === 'number') return epochOf(value);
    if (typeof value === 'string') {
      if (value === this.#lastText && now - this.#lastNow < DAY_MS) return this.#lastTime;
      this.#lastText = value;
      this.#lastNow = now;
      this.#lastTime = parseTimeText(value, now, this.#clock);
      return this.#lastTime;
    }
    if (value instanceof Date) return value.getTime();
    if (typeof value === 'bigint') return epochOf(Number(value));
    if (isFields(value)) {
      // MongoDB's {"$date": ...}, log4j's {"epochSecond", "nanoOfSecond"}, protobuf's {"seconds", "nanos"}.
      if (value['$date'] !== undefined) return isFields(value['$date']) ? Number.NaN : this.#read(value['$date'], now);
      const seconds = Number(value['epochSecond'] ?? value['seconds'] ?? Number.NaN);
      return seconds * 1000 + Number(value['nanoOfSecond'] ?? value['nanos'] ?? 0) / 1e6;
    }
    return Number.NaN;
  }

  #clamp(fields: Fields, time: number, now: number): number {
    if (time >= now - this.#pastMs && time <= now + this.#futureMs) return time;
    const original = Math.abs(time) < 8.64e15 && time > -6.2e13 && time < 2.5e14 ? isoTime(time) : jsonOf(time);
    const limit =
      time < now ? `${this.#options.clamp_past_days} days past` : `${this.#options.clamp_future_minutes} minutes ahead`;
    fields[freeName(fields, 'event_time_original')] = original;
    this.#notes.add('time_clamped', '@timestamp', `${original} is more than ${limit}, replaced by the time of arrival`);
    return now;
  }
}

/** True when `text` (the time a field gives) adds nothing to the stored time: equal to the millisecond, or a whole second within which it lies. */
function saysTheSame(text: number, time: number): boolean {
  const stored = Math.floor(time);
  return text === stored || (text % 1000 === 0 && Math.floor(stored / 1000) * 1000 === text);
}

import { DAY_MS, HOUR_MS } from '../base/time/duration.ts';
import { epochOf, ofNanos } from '../base/time/epoch.ts';
import { isoTime } from '../base/time/iso.ts';
import { type Leading, readLeading, readTime } from '../base/time/text.ts';
import { wallTime } from '../base/time/wall.ts';
import { findZone, type Zone } from '../base/time/zone.ts';
import { Double } from '../core/double.ts';
import { LongshoreError } from '../core/errors.ts';
import type { EventMeta, Fields } from '../core/event.ts';
import { isFields } from '../core/event.ts';
import { TIME_NAMES, type TimeName } from '../core/schema/time-names.ts';
import { jsonOf } from './json.ts';
import type { Notes } from './notes.ts';
import type { EventOptions } from './options.ts';
import { freeName, type ValueCleaner } from './values.ts';

// A bare number in a field called `time` or `ts` is a duration more often than a date outside of these years.
const EARLIEST_PLAUSIBLE = Date.UTC(2000, 0, 1);
const LATEST_PLAUSIBLE = Date.UTC(2100, 0, 1);
const RANK: ReadonlyMap<string, number> = new Map(TIME_NAMES.map(({ name }, rank) => [name, rank]));
/** The tag of an event whose `date` processor found no time. */
export const FAILED_DATE = '_dateparsefailure';
/** A text without a zone is no time in it. */
const NO_ZONE: Zone = { name: '', offsetAt: () => Number.NaN, offsetAtLocal: () => Number.NaN };

/** Finds an event's time, in whole epoch milliseconds, and takes the fields away that only repeat it. */
export class EventTime {
  readonly #zone: Zone;
  readonly #notes: Notes;
  readonly #cleaner: ValueCleaner;
  readonly #pastMs: number;
  readonly #futureMs: number;
  readonly #options: EventOptions;
  // Neighbours share their second: the last text and what it meant.
  #lastText = '';
  #lastTime = Number.NaN;
  #lastNow = Number.NaN;
  #lastZone: Zone | undefined;

  /** Throws LS_SCHEMA_TIMEZONE for a zone that the platform does not know. */
  constructor(options: EventOptions, notes: Notes, cleaner: ValueCleaner) {
    this.#cleaner = cleaner;
    this.#options = options;
    this.#zone = zoneOfSetting(options.timezone);
    this.#notes = notes;
    this.#pastMs = options.clamp_past_days * DAY_MS;
    this.#futureMs = options.clamp_future_minutes * 60_000;
  }

  /**
   * The pipeline's `@timestamp`, else the record's own (`candidates`: those of TIME_NAMES that are there), else the one that
   * the message starts with, else the sender's, else the time of arrival; replaced by the time of arrival when it is out of range.
   */
  resolve(fields: Fields, meta: EventMeta, candidates: string[]): number {
    const now = Math.floor(meta.receivedAt);
    let time = Number.NaN;
    const given = fields['@timestamp'];
    if (given !== undefined && given !== null) {
      time = this.#read(given, now, this.#zone);
      if (Number.isNaN(time)) {
        fields[freeName(fields, 'timestamp_original')] = this.#cleaner.clean(given, '@timestamp', 1);
        this.#notes.add('time_unreadable', '@timestamp', 'not a date, kept as timestamp_original');
      }
    }
    if (candidates.length > 0) time = this.#candidates(fields, candidates, meta, time);
    if (Number.isNaN(time)) time = hasFailedDate(fields) ? Number.NaN : this.#leading(fields['message'], meta, now);
    if (Number.isNaN(time)) time = Number.isFinite(meta.time) ? meta.time : now;
    return this.#clamp(fields, Math.floor(time), now);
  }

  /**
   * The same for an event whose pipeline has found `found` (epoch milliseconds; NaN: nothing) and that has no other field
   * that tells a time. NaN: it is out of range.
   */
  ofLine(found: number, message: string, meta: EventMeta): number {
    const time = epochOf(found);
    return this.within(Number.isNaN(time) ? this.ofMessage(message, meta) : time, meta);
  }

  /** What `@timestamp` and the candidates tell; NaN: nothing. Undefined: there is something to be noted. */
  ofFields(fields: Fields, meta: EventMeta, candidates: string[]): number | undefined {
    const given = fields['@timestamp'];
    let time = Number.NaN;
    if (given !== undefined && given !== null) {
      time = this.#read(given, Math.floor(meta.receivedAt), this.#zone);
      if (Number.isNaN(time)) return undefined;
    }
    return candidates.length > 0 ? this.#candidates(fields, candidates, meta, time) : time;
  }

  /** What the only candidate tells, a text with its zone that says `read`; NaN: nothing. */
  ofText(read: number, use: TimeName['use'], meta: EventMeta): number {
    if (use === 'repeats') return read;
    const isPlausible = read >= EARLIEST_PLAUSIBLE && read <= LATEST_PLAUSIBLE;
    return isPlausible && (use === 'own' || isNear(read, meta)) ? read : Number.NaN;
  }

  /** The time that the message starts with; NaN: none. */
  ofMessage(message: string, meta: EventMeta): number {
    return this.#leading(message, meta, Math.floor(meta.receivedAt));
  }

  /** The time of an event that tells `found`, or nothing (NaN). NaN: it is out of range. */
  within(found: number, meta: EventMeta): number {
    const now = Math.floor(meta.receivedAt);
    const time = Math.floor(Number.isNaN(found) ? (Number.isFinite(meta.time) ? meta.time : now) : found);
    return time >= now - this.#pastMs && time <= now + this.#futureMs ? time : Number.NaN;
  }

  /** The first candidate's time if there is none yet; drops the candidates that say the same as `time`. */
  #candidates(fields: Fields, names: string[], meta: EventMeta, known: number): number {
    const now = Math.floor(meta.receivedAt);
    let time = known;
    if (names.length > 1) names.sort((a, b) => RANK.get(a)! - RANK.get(b)!);
    // What a pipeline could not read had a format; without a zone in it, its zone is not known here.
    const zone = hasFailedDate(fields) ? NO_ZONE : this.#zone;
    for (const name of names) {
      const { use } = TIME_NAMES[RANK.get(name)!]!;
      const value = fields[name];
      if (value === undefined || value === null) continue;
      const isKnown = !Number.isNaN(time);
      if (isKnown && use !== 'repeats') break;
      // A day is not when something happened.
      if (isDay(value) && (use === 'weak' || name === 'date')) continue;
      const read = this.#read(value, now, zone);
      if (Number.isNaN(read)) continue;
      // A written date that is far off is a date; a number that is far off is something else.
      const isPlausible = read >= EARLIEST_PLAUSIBLE && read <= LATEST_PLAUSIBLE;
      if (!isPlausible && (typeof value === 'number' || isKnown || use !== 'repeats')) continue;
      if (use === 'weak' && !isNear(read, meta)) continue;
      if (!isKnown) time = read;
      // Fluent Bit's `date` is no finer than what it sends as time elsewhere.
      const told = name === 'date' && typeof value === 'number' ? Math.floor(read) : read;
      if (use === 'repeats' && saysTheSame(told, time)) fields[name] = undefined;
    }
    return Number.isNaN(time) && names.length > 1 ? this.#dayAndClock(fields, now, zone) : time;
  }

  /** A day and a clock in two fields, `date=2026-11-20 time=13:55:36`, with the offset in a third (FortiGate: `tz="-0500"`). */
  #dayAndClock({ date, time, tz }: Fields, now: number, zone: Zone): number {
    if (typeof date !== 'string' || typeof time !== 'string' || !DAY.test(date) || !CLOCK_ALONE.test(time))
      return Number.NaN;
    const offset = typeof tz === 'string' && OFFSET.test(tz) ? tz : '';
    const read = readTime(`${date} ${time}${offset}`, now, zone);
    return read >= now - this.#pastMs && read <= now + this.#futureMs ? read : Number.NaN;
  }

  /**
   * The time at the start of the message, NaN if there is none. Without a zone in it, it may show the clock of another
   * zone: then it has to agree with the sender's time, which it only makes finer.
   */
  #leading(message: unknown, meta: EventMeta, now: number): number {
    if (typeof message !== 'string' || message.length < 14) return Number.NaN;
    const found = readLeading(message, now, this.#zone) ?? this.#behindLevel(message, now);
    if (found === undefined) return this.#clock(message, meta, now);
    const { ms } = found;
    if (ms < now - this.#pastMs || ms > now + this.#futureMs) return Number.NaN;
    if (!found.hasZone && Number.isFinite(meta.time) && Math.abs(ms - meta.time) > LEADING_REACH_MS) return Number.NaN;
    return ms;
  }

  /** The time behind a level or an opening bracket: `ERROR 2026-11-20 13:55:36`, `[INFO ] [2026-11-20T13:55:36Z]`, `(2026-...)`. */
  #behindLevel(message: string, now: number): Leading | undefined {
    const first = message.charCodeAt(0);
    const mayBe = (first >= 65 && first <= 90) || OPENING.includes(first);
    const before = mayBe ? BEFORE_TIME.exec(message) : null;
    return before === null ? undefined : readLeading(message.slice(before[0].length, 120), now, this.#zone);
  }

  /** A clock without a day, `13:55:36.123 ...` or `[13:55:36] ...`: of the day on which it agrees with the sender's time. */
  #clock(message: string, meta: EventMeta, now: number): number {
    const at = message.charCodeAt(0) === OPEN_SQUARE ? 3 : 2;
    if (message.charCodeAt(at) !== COLON) return Number.NaN;
    const [, hours, minutes, seconds, fraction = '0'] = CLOCK.exec(message) ?? [];
    if (hours === undefined) return Number.NaN;
    const known = Number.isFinite(meta.time) ? meta.time : now;
    const clock = ((+hours * 60 + +minutes!) * 60 + +seconds!) * 1000 + Math.floor(Number(`0.${fraction}`) * 1000);
    const local = known + this.#zone.offsetAt(known);
    const midnight = local - (((local % DAY_MS) + DAY_MS) % DAY_MS);
    const ms = known + nearest(midnight + clock - local);
    return Math.abs(ms - known) > LEADING_REACH_MS ? Number.NaN : ms;
  }

  #read(value: unknown, now: number, zone: Zone): number {
    if (typeof value === 'number') return epochOf(value);
    if (typeof value === 'string') {
      if (value === this.#lastText && zone === this.#lastZone && Math.abs(now - this.#lastNow) < 60_000)
        return this.#lastTime;
      this.#lastText = value;
      this.#lastNow = now;
      this.#lastZone = zone;
      this.#lastTime = readTime(value, now, zone);
      return this.#lastTime;
    }
    if (value instanceof Date) return value.getTime();
    if (typeof value === 'bigint' || value instanceof Double) return epochOf(Number(value));
    // Jackson's LocalDateTime.
    if (Array.isArray(value)) return wallTime(value, zone);
    if (isFields(value)) {
      // MongoDB's {"$date": ...}, log4j's {"epochSecond", "nanoOfSecond"}, protobuf's {"seconds", "nanos"}.
      const date = value['$date'];
      if (date !== undefined) {
        if (isFields(date)) return numberOf(date['$numberLong']);
        return this.#read(date, now, zone);
      }
      // Loguru's `record`.
      const { time } = value;
      if (isFields(time) && time['timestamp'] !== undefined) return this.#read(time['timestamp'], now, zone);
      const seconds = numberOf(value['epochSecond'] ?? value['seconds']);
      return ofNanos(seconds, numberOf(value['nanoOfSecond'] ?? value['nanos'] ?? 0));
    }
    return Number.NaN;
  }

  #clamp(fields: Fields, time: number, now: number): number {
    if (time >= now - this.#pastMs && time <= now + this.#futureMs) return time;
    const original = time >= YEAR_0 && time < YEAR_10000 ? isoTime(time) : jsonOf(time);
    const limit =
      time < now ? `${this.#options.clamp_past_days} days past` : `${this.#options.clamp_future_minutes} minutes ahead`;
    fields[freeName(fields, 'event_time_original')] = original;
    this.#notes.add('time_clamped', '@timestamp', `${original} is more than ${limit}, replaced by the time of arrival`);
    return now;
  }
}

/** NaN for objects and lists: those from outside cannot even be asked for a number, they throw. */
const numberOf = (value: unknown): number =>
  typeof value === 'object' && !(value instanceof Double) ? Number.NaN : Number(value);

/** ( < [ { " */
const OPENING = [40, 60, 91, 123, 34];
const BEFORE_TIME =
  /^[[(<]?(?:(?:TRACE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERROR|ERR|SEVERE|CRITICAL|CRIT|FATAL|[CDEFINTVW])[ \t]*[\])>]?[:,]?[ \t]*(?:[|-] *)?)?[[(<{"]? *(?=\d{2,4}[-/.]\d\d[-/. ]\d|\d\d [A-Z][a-z]{2} \d)/i;

const DAY = /^\d{4}[-/]\d\d[-/]\d\d$/;
const CLOCK_ALONE = /^\d\d:\d\d:\d\d(?:\.\d{1,9})?$/;
const OFFSET = /^[-+]\d\d:?\d\d$/;
const OPEN_SQUARE = 91;
const COLON = 58;
const CLOCK = /^\[?(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?=[\]\s|,]|$)/;
/** Of clocks that are a day apart the one that is nearer. */
const nearest = (apart: number): number => apart - Math.round(apart / DAY_MS) * DAY_MS;

/** What four digits of a year can say. */
const YEAR_0 = -62_167_219_200_000;
const YEAR_10000 = 253_402_300_800_000;

/** Clocks of one machine agree better than this, zones differ by more. */
const LEADING_REACH_MS = 10 * 60_000;

function zoneOfSetting(timezone: string): Zone {
  const zone = findZone(timezone);
  if (zone !== undefined) return zone;
  throw new LongshoreError('LS_SCHEMA_TIMEZONE', `'${timezone}' is not a time zone.`, {
    where: 'event.timezone',
    fix: "Use an IANA name such as 'Europe/Berlin' or 'UTC'.",
  });
}

function isDay(value: unknown): boolean {
  return typeof value === 'string' && value.length <= 10 && !/^\d+$/.test(value);
}

/** True when a pipeline's `date` failed on this event. */
function hasFailedDate(fields: Fields): boolean {
  const tags = fields['tags'];
  return Array.isArray(tags) ? tags.includes(FAILED_DATE) : tags === FAILED_DATE;
}

/** True within an hour of the sender's time, which is the better one anyway; without one, within a day before arrival. */
function isNear(time: number, meta: EventMeta): boolean {
  if (Number.isFinite(meta.time)) return Math.abs(time - meta.time) <= HOUR_MS;
  return time >= meta.receivedAt - DAY_MS && time <= meta.receivedAt + HOUR_MS;
}

/** True when `text` (the time a field gives) adds nothing to the stored time: equal to the millisecond, or a whole second within which it lies. */
function saysTheSame(text: number, time: number): boolean {
  const stored = Math.floor(time);
  return text === stored || (text % 1000 === 0 && Math.floor(stored / 1000) * 1000 === text);
}

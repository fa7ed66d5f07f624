import { messageOf } from '../core/errors.ts';
import type { Fields } from '../core/event.ts';
import { logger } from '../core/log.ts';
import { Comparison } from './comparison/comparison.ts';
import { keepable, queryKeyOf } from './document.ts';
import { eventTime } from './event-time.ts';
import { FirstLines, showsFirstLine } from './first-lines.ts';
import { FutureEvents } from './future-events.ts';
import { HitCounter } from './hit-counter.ts';
import { groupingOf, type Instance } from './instances/instance.ts';
import { hitsTotal, limitedTotal, ruleErrorsTotal } from './metrics.ts';
import { RulePart } from './rule-part.ts';
import { type RuleMemory, RuleState } from './rule-state.ts';
import type { Rule } from './rules/rule.ts';
import { SeenIds } from './seen-ids.ts';
import type { AlertSettings } from './settings.ts';
import type { RuleCounters } from './state.ts';
import { TopCounts } from './top-counts.ts';
import { alertId } from './types/key-map.ts';
import type { Match, RuleWindow } from './types/kind.ts';

const log = logger('alerts');

const lastErrors = new WeakMap<Rule, { readonly at: number; readonly what: string }>();
const MAX_ERROR_CHARS = 500;

/** What failed of a rule last, since it was loaded; epoch milliseconds. */
export const lastErrorOf = (rule: Rule): { readonly at: number; readonly what: string } | undefined =>
  lastErrors.get(rule);

/** Counts and logs a failure of one rule, which goes on with the next event. */
export function ruleFailed(rule: Rule, error: unknown): void {
  lastErrors.set(rule, { at: Date.now(), what: messageOf(error).slice(0, MAX_ERROR_CHARS).toWellFormed() });
  ruleErrorsTotal.inc({ rule: rule.name });
  log.error({ rule: rule.name, error: messageOf(error) }, 'a rule failed on an event; it goes on with the next');
}

export interface Pending {
  readonly id: string;
  readonly event: Fields;
}

export const NO_COUNTERS: RuleCounters = { hits: 0, matches: 0, alerts: 0, suppressed: 0, late: 0 };

const NONE: readonly Match[] = [];
const isMany = (found: Match | readonly Match[]): found is readonly Match[] => Array.isArray(found);

/** An event of a type without a timeframe is late beyond this. */
const MIN_LATE_MS = 60_000;
/** Matches of a filled window that may still have to be told of. */
const MAX_FILLED = 100;
/** So often the log says that keys are forgotten, or that events wait for their time. */
const TELL_AGAIN_MS = 600_000;

/** One rule at work: its window, the ids it has counted, its numbers. Pure but for the log: the time is an argument. */
export class RuleRuntime {
  #rule: Rule;
  readonly top: TopCounts;
  readonly hitCounter: HitCounter;
  /** Undefined where no message shows one. */
  readonly firstLines: FirstLines | undefined;
  /** What it compares with, where it does. */
  readonly comparison: Comparison | undefined;
  readonly #window: RuleWindow;
  readonly #seen = new SeenIds();
  readonly #future: FutureEvents;
  readonly #settings: AlertSettings;
  readonly #hits;
  readonly #told = new Map<string, number>();
  /** What is durable of it. */
  readonly part = new RulePart();
  /** The same as parts of the state. */
  readonly state: RuleState;
  lastEvaluationAt: number | undefined;
  /** Events that wait while the past is read from the store; undefined when it is not. */
  waiting: Pending[] | undefined;
  readonly #memory: RuleMemory;
  /** What was completed while filling, by the id of the event that completed it: its hit may still be on its way. */
  readonly #filled: Map<string, Match[]>;
  /** Keys forgotten before the start. */
  #forgottenBefore = 0;
  #forgotten = 0;
  /** Last match of a key found by a tick: those repeat as long as the state lasts. */
  readonly #lastTickMatch: Map<string, number>;
  /** The keys that the last tick found are not told of again before. */
  #repeatAt = 0;

  constructor(rule: Rule, settings: AlertSettings) {
    this.#rule = rule;
    this.#settings = settings;
    const { compareTo, kind } = rule;
    if (compareTo !== undefined) this.comparison = new Comparison(rule, compareTo, kind.compared!(rule.options));
    this.#window = kind.open(rule, settings, this.comparison);
    this.#future = new FutureEvents(settings);
    this.top = new TopCounts(rule);
    this.hitCounter = new HitCounter(rule.bufferMs);
    this.firstLines = showsFirstLine(rule) ? new FirstLines(rule.timeframeMs) : undefined;
    this.#hits = hitsTotal.labels({ rule: rule.name });
    this.#memory = {
      fingerprint: rule.windowFingerprint,
      window: this.#window,
      seen: this.#seen,
      hits: this.hitCounter,
      top: this.top,
      future: this.#future,
      ticks: new Map(),
      filled: new Map(),
      forgotten: 0,
      counters: { ...NO_COUNTERS },
    };
    this.#filled = this.#memory.filled;
    this.#lastTickMatch = this.#memory.ticks;
    this.state = new RuleState(rule.name, this.#memory);
  }

  get rule(): Rule {
    return this.#rule;
  }

  get counters(): RuleCounters {
    return this.#memory.counters;
  }

  get keys(): number {
    return this.#window.keys;
  }

  /** Keys that a limit pushed out since the first start though they still mattered. */
  get forgottenKeys(): number {
    return this.#forgottenBefore + this.#window.forgotten;
  }

  /** Events whose own time is still to come. */
  get futureEvents(): number {
    return this.#future.size;
  }

  /** Outside the minutes of `limit_execution` matches wait, or with `limit_execution_coverage` events do not count. */
  isPaused(now: number): boolean {
    return this.rule.activeAt !== undefined && !this.rule.activeAt.matches(now);
  }

  /** Takes an event of the past in. What it completes is raised only when the event comes in the stream, too: then nobody has told of it yet. */
  fill(id: string, event: Fields, now: number): void {
    const matches = this.add(id, event, now);
    if (matches.length === 0) return;
    this.#filled.set(id, [...matches]);
    this.state.filledChanged = true;
    if (this.#filled.size > MAX_FILLED) this.#filled.delete(this.#filled.keys().next().value!);
  }

  /** Takes an event in, once by its id. One of the future waits until its time. */
  add(id: string, event: Fields, now: number): readonly Match[] {
    if (!this.#seen.add(id)) return this.#takeFilled(id);
    const { rule } = this;
    this.part.isChanged = true;
    this.counters.hits++;
    this.#hits.inc();
    if (rule.activeOnly && this.isPaused(now)) return NONE;
    const kept = keepable(event, this.#settings.max_field_chars);
    const time = eventTime(rule, event, now);
    if (time - now <= this.#settings.future_skew_ms) return this.#count(id, kept, Math.min(time, now), now);
    this.#tell('future', now, 'an event is ahead of the clock of this machine and waits until its time', {
      ahead_ms: time - now,
    });
    const matches: Match[] = [];
    for (const one of this.#future.add(time, id, kept)) {
      limitedTotal.inc({ limit: 'max_future_events', rule: rule.name });
      matches.push(...this.#count(one.id, one.event, now, now));
    }
    return matches;
  }

  #takeFilled(id: string): readonly Match[] {
    const matches = this.#filled.get(id);
    if (matches === undefined) return NONE;
    this.#filled.delete(id);
    this.state.filledChanged = true;
    this.part.isChanged = true;
    return matches;
  }

  /** Counts the events whose time has come. */
  addDue(now: number): Match[] {
    const due = this.#future.due(now);
    if (due.length > 0) this.part.isChanged = true;
    return due.flatMap(({ id, event }) => this.#count(id, event, Math.min(eventTime(this.rule, event, now), now), now));
  }

  /** Takes over the events of the future of this rule as it was, where the filter still holds for them. */
  adoptFuture(former: RuleRuntime): void {
    for (const [time, id, text] of former.#future.save()) {
      if (!this.rule.predicate(JSON.parse(text)) || !this.#seen.add(id)) continue;
      this.#future.restore([[time, id, text]]);
    }
  }

  /** What the rule as it was has told of a lasting state is not told again before its time. */
  adoptTold(former: RuleRuntime): void {
    if (groupingOf(former.rule) !== groupingOf(this.rule)) return;
    for (const [key, time] of former.#lastTickMatch) this.#lastTickMatch.set(key, time);
  }

  #count(id: string, event: Fields, time: number, now: number): readonly Match[] {
    this.lastEvaluationAt = now;
    if (now - time > Math.max(this.rule.timeframeMs, MIN_LATE_MS)) this.counters.late++;
    const seen = { id, time, key: queryKeyOf(this.rule, event), event };
    this.hitCounter.add(time);
    this.top.add(seen);
    this.firstLines?.add(seen);
    const found = this.#window.add(seen);
    const { forgotten } = this.#window;
    if (forgotten > this.#forgotten) {
      limitedTotal.inc({ limit: 'max_keys_per_rule', rule: this.rule.name }, forgotten - this.#forgotten);
      this.#forgotten = forgotten;
      this.#memory.forgotten = this.forgottenKeys;
      this.#tell(
        'forgotten',
        now,
        'this rule has more keys than it may keep and forgets the ones not seen for longest',
        {
          keys: this.keys,
          forgotten: this.forgottenKeys,
          fix: 'Raise alerts.max_keys_per_rule or alerts.max_window_events, or choose a query_key with fewer values.',
        },
      );
    }
    if (found === undefined) return NONE;
    return isMany(found) ? found : [found];
  }

  /** Whether what a match told of lasts; undefined where the type of the rule cannot say. */
  holds({ key, level }: Pick<Instance, 'key' | 'level'>, watermark: number): boolean | undefined {
    return this.#window.holds?.(key, watermark - this.rule.queryDelayMs, level);
  }

  /** Found by time alone. A state that lasts matches at most once in `run_every` for each key. */
  tick(watermark: number, now: number): Match[] {
    const { rule } = this;
    if (this.isPaused(now)) return [];
    this.lastEvaluationAt = now;
    const time = watermark - rule.queryDelayMs;
    if (time < this.#repeatAt && time < (this.#window.quietUntil ?? 0)) return [];
    const matches = this.#window.tick(time);
    if (this.#window.isChanged) this.part.isChanged = true;
    if (matches.length === 0) {
      if (this.#window.isJudgedInTurns !== true) this.#forgetTicks();
      this.#repeatAt = Number.POSITIVE_INFINITY;
      return matches;
    }
    const fresh = matches.filter(match => {
      const last = this.#lastTickMatch.get(alertId(match));
      return last === undefined || match.time - last >= rule.runEveryMs;
    });
    for (const match of fresh) this.#lastTickMatch.set(alertId(match), match.time);
    if (fresh.length > 0) this.state.ticksChanged = true;
    this.#repeatAt = Number.POSITIVE_INFINITY;
    for (const match of matches)
      this.#repeatAt = Math.min(this.#repeatAt, (this.#lastTickMatch.get(alertId(match)) ?? 0) + rule.runEveryMs);
    if (this.#lastTickMatch.size > this.#settings.max_keys_per_rule) this.#forgetTicks();
    return fresh;
  }

  /** Without further events ticks come to nothing, and change nothing of what a later event comes to. */
  get isIdle(): boolean {
    return (
      this.waiting === undefined &&
      this.#future.size === 0 &&
      this.comparison === undefined &&
      this.#window.isIdle === true
    );
  }

  blind(from: number, to: number): void {
    this.part.isChanged = true;
    this.#repeatAt = 0;
    this.#window.blind(from, to);
  }

  /** The clock was set back to this. */
  setBack(to: number): void {
    this.part.isChanged = true;
    this.#window.setBack(to);
    this.#forgetTicks();
    this.#repeatAt = 0;
  }

  /** Takes over what was written of it. False: that is of another window. `isOwn`: it stays where it was read. */
  restore(pieces: ReadonlyMap<string, readonly string[]>, isOwn: boolean): boolean {
    const broken = (piece: string, error: unknown): void =>
      log.error(
        { rule: this.rule.name, piece, error: messageOf(error) },
        'a part of the state of a rule is damaged; what it had is missing',
      );
    if (!this.state.restore(pieces, broken)) return false;
    this.#forgottenBefore = this.#memory.forgotten;
    this.part.isChanged = !isOwn;
    return true;
  }

  /** Takes over what it knew under a former text that counts the same events. */
  adopt(former: RuleRuntime): void {
    this.state.adopt(former.state);
    this.#forgottenBefore = this.#memory.forgotten;
  }

  /** The rule was read again, and nothing in it counts otherwise. */
  follow(rule: Rule): void {
    this.#rule = rule;
  }

  #forgetTicks(): void {
    if (this.#lastTickMatch.size === 0) return;
    this.#lastTickMatch.clear();
    this.state.ticksChanged = true;
  }

  /** Says something that may go on for long, once in ten minutes. */
  #tell(what: string, now: number, message: string, details: object): void {
    const last = this.#told.get(what);
    if (last !== undefined && Math.abs(now - last) < TELL_AGAIN_MS) return;
    this.#told.set(what, now);
    log.warn({ rule: this.rule.name, ...details }, message);
  }
}

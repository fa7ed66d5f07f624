import type { Hit, Lifecycle, QueryNode } from '../core/contracts.ts';
import { messageOf } from '../core/errors.ts';
import { type Fields, newFields } from '../core/event.ts';
import { logger } from '../core/log.ts';
import { Aggregates, type Group } from './aggregates.ts';
import { Announcer } from './announcer.ts';
import { matchDocument } from './document.ts';
import { compileMatcher, type Matcher } from './match.ts';
import { limitedTotal, matchesTotal, suppressedTotal } from './metrics.ts';
import { RuleRuntime, ruleFailed } from './rule-runtime.ts';
import type { Rule } from './rules/rule.ts';
import { type AlertSettings, defaultAlertSettings } from './settings.ts';
import { Silences, silenceKey } from './silences.ts';
import { type AlertState, readState, stateVersion } from './state.ts';
import { StateWriter } from './state-writer.ts';
import type { Match } from './types/kind.ts';
import { type AlertView, type RuleStatus, ruleStatus } from './views.ts';

const log = logger('alerts');

/** An event that is durable and that a rule's filter held for. */
export interface AlertHit {
  readonly rule: string;
  /** The event's `_id`: a rule counts it once. */
  readonly id: string;
  readonly event: Fields & { '@timestamp': string };
}

export interface AlertEngineDependencies {
  /** Folder of the state. */
  readonly dir: string;
  readonly rules: readonly Rule[];
  readonly settings?: Partial<AlertSettings>;
  readonly fetch?: typeof fetch;
  /** Events of the past for the window of a new or edited rule; `from` and `to` are epoch milliseconds. */
  readonly fill?: (rule: Rule, query: QueryNode, from: number, to: number) => Promise<Hit[]>;
  readonly now?: () => number;
  readonly random?: () => number;
  /**
   * Identity of the log that positions count in. With it, hits at or before the saved position are known to be counted,
   * however many there are; without it, or when it is another log, only the latest ids of each rule are known.
   */
  readonly positionsOf?: string;
  /** Called after each durable write of the state. */
  readonly onPersisted?: (position: number) => void;
}

/**
 * Evaluates rules on the stream. Hits come in order of their positions; windows run on event time, silences on the wall
 * clock. What it decides becomes durable in one write, and only then are notifications sent. See `state.ts`.
 */
export class AlertEngine implements Lifecycle {
  readonly #deps: AlertEngineDependencies;
  readonly #settings: AlertSettings;
  readonly #now: () => number;
  readonly #silences: Silences;
  readonly #aggregates: Aggregates;
  readonly #writer: StateWriter;
  readonly #announcer: Announcer;
  readonly #runtimes = new Map<string, RuleRuntime>();
  #rules: readonly Rule[];
  #matcher: Matcher;
  #started = false;
  #position = 0;
  #restoredPosition = 0;
  #watermark = 0;
  onPersisted: ((position: number) => void) | undefined;

  constructor(deps: AlertEngineDependencies) {
    this.#deps = deps;
    this.#settings = { ...defaultAlertSettings, ...deps.settings };
    this.#now = deps.now ?? Date.now;
    this.onPersisted = deps.onPersisted;
    this.#silences = new Silences(this.#settings.max_silences, () => limitedTotal.inc({ limit: 'max_silences' }));
    this.#aggregates = new Aggregates(this.#settings.max_aggregation, () =>
      limitedTotal.inc({ limit: 'max_aggregation' }),
    );
    this.#announcer = new Announcer({
      settings: this.#settings,
      fetch: deps.fetch ?? fetch,
      now: this.#now,
      random: deps.random ?? Math.random,
      rules: () => this.#rules,
      onRaised: () => this.#writer.touchNow(),
      onDelivery: () => this.#writer.touch(),
    });
    this.#writer = new StateWriter({
      dir: deps.dir,
      intervalMs: this.#settings.state_write_interval_ms,
      state: () => this.#state(),
      onWritten: position => this.onPersisted?.(position),
      release: ids => this.#announcer.release(ids),
    });
    this.#rules = deps.rules;
    this.#matcher = compileMatcher(deps.rules);
  }

  /** Position of the last durable state: hits after it must come again after a restart. */
  get persistedPosition(): number {
    return this.#writer.position;
  }

  /** Reads the state; await it before the first `consume`. */
  async start(): Promise<void> {
    if (this.#started) return;
    const state = await readState(this.#deps.dir, this.#now());
    if (state !== undefined) this.#restore(state);
    this.#started = true;
    this.#open(this.#rules, state?.rules ?? {});
    this.#writer.start(this.#position);
    this.#announcer.start();
  }

  async stop(signal: AbortSignal): Promise<void> {
    if (!this.#started) return;
    this.#started = false;
    await this.#announcer.stop(signal);
    await this.#writer.stop();
  }

  /** Names of the rules whose filter holds; undefined when none does. Hot. */
  match(event: Fields): readonly string[] | undefined {
    return this.#matcher(event);
  }

  /** Durable hits, in order; all of one position together. */
  consume(hits: readonly AlertHit[], position: number): void {
    const now = this.#now();
    this.#sendDue(now);
    const counted = this.#restoredPosition > 0 && position <= this.#restoredPosition;
    for (const hit of counted ? [] : hits) {
      const runtime = this.#runtimes.get(hit.rule);
      if (runtime === undefined) continue;
      if (runtime.waiting === undefined) this.#add(runtime, hit.id, hit.event, now);
      else if (runtime.waiting.length < this.#settings.max_fill_events) runtime.waiting.push(hit);
      else limitedTotal.inc({ limit: 'max_fill_events' });
    }
    if (position > this.#position) this.#position = position;
    this.#writer.touch();
  }

  /** Everything received before `watermark` (epoch milliseconds) has been consumed. Called each second, also when idle. */
  advance(watermark: number): void {
    const now = this.#now();
    this.#sendDue(now);
    if (watermark <= this.#watermark) return;
    const blind = this.#watermark > 0 && watermark - this.#watermark > this.#settings.blind_after_ms;
    for (const runtime of this.#runtimes.values()) {
      if (runtime.waiting !== undefined) continue;
      try {
        if (blind) runtime.blind(this.#watermark, watermark);
        for (const match of runtime.tick(watermark, now)) this.#matched(runtime, match, now);
      } catch (error) {
        ruleFailed(runtime.rule, error);
      }
    }
    this.#watermark = watermark;
    this.#writer.touchLater();
  }

  /** Swaps the rules. Windows stay where the rule still counts the same events; others fill from the store. */
  replaceRules(rules: readonly Rule[]): void {
    const saved = Object.fromEntries([...this.#runtimes].map(([name, runtime]) => [name, runtime.save()]));
    const waiting = new Map([...this.#runtimes].map(([name, runtime]) => [name, runtime.waiting]));
    // Windows that were still being filled are not complete.
    for (const [name, events] of waiting) if (events !== undefined) delete saved[name];
    this.#runtimes.clear();
    this.#rules = rules;
    this.#matcher = compileMatcher(rules);
    this.#open(rules, saved);
    const now = this.#now();
    for (const [name, events] of waiting) {
      const runtime = this.#runtimes.get(name);
      if (runtime === undefined || events === undefined) continue;
      if (runtime.waiting !== undefined) runtime.waiting.push(...events);
      else for (const { id, event } of events) this.#add(runtime, id, event, now);
    }
    this.#writer.touch();
  }

  /** The latest alerts, newest first. */
  recent(limit = 100): AlertView[] {
    return this.#announcer.recent(limit);
  }

  rulesStatus(): RuleStatus[] {
    const silenced = [...this.#silences.active(this.#now())];
    return this.#rules.map(rule => ruleStatus(rule, this.#runtimes.get(rule.name), silenced));
  }

  /** Writes the state now. */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  #open(rules: readonly Rule[], saved: AlertState['rules']): void {
    for (const rule of rules) {
      if (!rule.enabled) continue;
      const runtime = new RuleRuntime(rule, this.#settings);
      this.#runtimes.set(rule.name, runtime);
      const before = Object.hasOwn(saved, rule.name) ? saved[rule.name] : undefined;
      if (before?.fingerprint === rule.windowFingerprint) runtime.restore(before);
      else if (this.#started) this.#fill(runtime);
    }
  }

  /** Reads the past into a new window. Hits that arrive meanwhile wait; the same event from both sides counts once. */
  #fill(runtime: RuleRuntime): void {
    const { rule } = runtime;
    const { fill } = this.#deps;
    const span = rule.kind.fillMs(rule);
    if (fill === undefined || span <= 0) return;
    runtime.waiting = [];
    const to = this.#now();
    const done = (events: readonly Hit[]): void => {
      const waiting = runtime.waiting ?? [];
      runtime.waiting = undefined;
      // The rules were swapped meanwhile.
      if (this.#runtimes.get(rule.name) !== runtime) return;
      const now = this.#now();
      const past = events
        .slice(-this.#settings.max_fill_events)
        .toSorted((a, b) => a['@timestamp'].localeCompare(b['@timestamp']));
      for (const event of past) this.#add(runtime, event._id, withoutIdentity(event), now);
      for (const { id, event } of waiting) this.#add(runtime, id, event, now);
      this.#writer.touch();
    };
    fill(rule, rule.query, to - span, to).then(done, (error: unknown) => {
      log.warn(
        { rule: rule.name, error: messageOf(error) },
        'the past of a rule cannot be read; its window starts empty',
      );
      done([]);
    });
  }

  #add(runtime: RuleRuntime, id: string, event: Fields, now: number): void {
    try {
      const match = runtime.add(id, event, now);
      if (match !== undefined) this.#matched(runtime, match, now);
    } catch (error) {
      ruleFailed(runtime.rule, error);
    }
  }

  #matched(runtime: RuleRuntime, match: Match, now: number): void {
    const { rule } = runtime;
    runtime.counters.matches++;
    matchesTotal.inc({ rule: rule.name });
    const key = silenceKey(rule, match.key);
    if (rule.realertMs > 0 && this.#silences.silenced(key, now)) {
      runtime.counters.suppressed++;
      suppressedTotal.inc({ rule: rule.name });
      return;
    }
    this.#silences.set(rule, key, now);
    const document = matchDocument(rule, match, {
      // Events older than `buffer_time` are not counted there, but those that made the match were hits.
      numHits: Math.max(runtime.hitCounter.total(now), match.count ?? 1),
      topCounts: rule.topCountKeys.length === 0 ? newFields() : runtime.top.counts(match.time, match.key),
      maxFieldChars: this.#settings.max_field_chars,
    });
    if (rule.aggregation === undefined) this.#announcer.raise(runtime, [document], match, now);
    else this.#aggregates.add(rule, document, match.time, now);
  }

  #sendDue(now: number): void {
    for (const group of this.#aggregates.due(now)) this.#sendGroup(group, now);
  }

  #sendGroup(group: Group, now: number): void {
    const runtime = this.#runtimes.get(group.rule);
    if (runtime === undefined) {
      log.warn({ rule: group.rule, matches: group.matches.length }, 'matches of a rule that is gone were dropped');
      return;
    }
    if (group.left_out > 0)
      log.warn({ rule: group.rule, left_out: group.left_out }, 'matches were left out of an aggregated alert');
    if (runtime.rule.ruleParametersInFirstOnly) {
      for (const match of group.matches.slice(1))
        for (const name of runtime.rule.ruleParameters) delete match[`rule_param_${name}`];
    }
    try {
      this.#announcer.raise(runtime, group.matches, undefined, now);
    } catch (error) {
      ruleFailed(runtime.rule, error);
    }
  }

  #state(): AlertState {
    const rules: Record<string, ReturnType<RuleRuntime['save']>> = Object.create(null);
    // A window that is being filled is not complete: after a restart it fills again.
    for (const [name, runtime] of this.#runtimes) if (runtime.waiting === undefined) rules[name] = runtime.save();
    return {
      version: stateVersion,
      positionsOf: this.#deps.positionsOf ?? '',
      position: this.#position,
      watermark: this.#watermark,
      savedAt: this.#now(),
      rules,
      silences: this.#silences.save(),
      groups: this.#aggregates.save(),
      ...this.#announcer.save(),
    };
  }

  #restore(state: AlertState): void {
    const same = this.#deps.positionsOf !== undefined && this.#deps.positionsOf === state.positionsOf;
    const otherLog = this.#deps.positionsOf !== undefined && !same;
    this.#position = otherLog ? 0 : state.position;
    this.#restoredPosition = same ? state.position : 0;
    this.#watermark = state.watermark;
    this.#silences.restore(state.silences, this.#now());
    this.#aggregates.restore(state.groups);
    this.#announcer.restore(state);
  }
}

function withoutIdentity(hit: Hit): Fields {
  const event = newFields();
  for (const key of Object.keys(hit)) if (key !== '_id' && key !== '_index' && key !== 'seq') event[key] = hit[key];
  return event;
}

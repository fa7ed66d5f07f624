import type { Hit, Lifecycle, QueryNode } from '../core/contracts.ts';
import { messageOf } from '../core/errors.ts';
import { type Fields, newFields } from '../core/event.ts';
import { logger } from '../core/log.ts';
import { Aggregates, type Group } from './aggregates.ts';
import { Announcer } from './announcer.ts';
import { matchDocument } from './document.ts';
import { RuleMatcher } from './match.ts';
import { limitedTotal, matchesTotal, suppressedTotal } from './metrics.ts';
import { RuleRuntime, ruleFailed } from './rule-runtime.ts';
import type { Rule } from './rules/rule.ts';
import { type AlertSettings, defaultAlertSettings } from './settings.ts';
import { Silences, silenceKey } from './silences.ts';
import { type AlertState, type StateStore, stateVersion } from './state.ts';
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
  /** Where the state is kept: a folder (`FileStateStore`) or Redis. */
  readonly store: StateStore;
  readonly rules: readonly Rule[];
  readonly settings?: Partial<AlertSettings>;
  readonly fetch?: typeof fetch;
  /** Events of the past for the window of a new or edited rule; `from` and `to` are epoch milliseconds. */
  readonly fill?: (rule: Rule, query: QueryNode, from: number, to: number) => Promise<Hit[]>;
  readonly now?: () => number;
  readonly random?: () => number;
  /** Names that sources had in older states -> their names now. */
  readonly formerSources?: Readonly<Record<string, string>>;
  /** Called after each durable write of the state, with the position of each source in it. */
  readonly onPersisted?: (positions: Readonly<Record<string, number>>) => void;
  /** Asked before each notification: false keeps it back. */
  readonly mayNotify?: () => boolean;
}

/** A clock that goes back by less is only unsteady. */
const CLOCK_TOLERANCE_MS = 1000;

/**
 * Evaluates rules on the stream. Hits come in order of their positions, source by source; windows run on event time, silences on the wall
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
  readonly #matcher: RuleMatcher;
  #started = false;
  /** Of each source, the one heard of last at the end. */
  readonly #positions = new Map<string, number>();
  #watermark = 0;
  /** The latest wall-clock time seen. */
  #latest = 0;

  constructor(deps: AlertEngineDependencies) {
    this.#deps = deps;
    this.#settings = { ...defaultAlertSettings, ...deps.settings };
    this.#now = deps.now ?? Date.now;
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
      maySend: deps.mayNotify,
      onRaised: () => this.#writer.touchNow(),
      // Whoever goes on after a crash sends what is not known to be sent.
      onDelivery: outcome => (outcome === 'sent' ? this.#writer.touchNow() : this.#writer.touch()),
    });
    this.#writer = new StateWriter({
      store: deps.store,
      intervalMs: this.#settings.state_write_interval_ms,
      state: () => this.#state(),
      onWritten: positions => deps.onPersisted?.(positions),
      release: ids => this.#announcer.release(ids),
    });
    this.#rules = deps.rules;
    this.#matcher = new RuleMatcher(deps.rules);
  }

  /** Position of a source in the last durable state: its hits after it must come again after a restart. */
  persistedPosition(source = 'w0'): number {
    const { positions } = this.#writer;
    return Object.hasOwn(positions, source) ? positions[source]! : 0;
  }

  /** Reads the state; await it before the first `consume`. */
  async start(): Promise<void> {
    if (this.#started) return;
    const state = await this.#deps.store.read();
    if (state !== undefined) this.#restore(state);
    this.#started = true;
    this.#open(this.#rules, state?.rules ?? {});
    this.#writer.start(Object.fromEntries(this.#positions));
    this.#announcer.start();
  }

  async stop(signal: AbortSignal): Promise<void> {
    if (!this.#started) return;
    this.#started = false;
    await this.#announcer.stop(signal);
    await this.#writer.stop();
  }

  /** Ends without writing or sending anything more. Gives the state, for the case that nobody else goes on meanwhile. */
  async abandon(): Promise<string | undefined> {
    if (!this.#started) return undefined;
    this.#started = false;
    this.#writer.abandon();
    await this.#announcer.stop(AbortSignal.abort());
    return JSON.stringify(this.#state());
  }

  /** Names of the rules whose filter holds; undefined when none does. Hot. */
  match(event: Fields): readonly string[] | undefined {
    return this.#matcher.match(event);
  }

  /** Durable hits, in order of the positions of their source; all of one position together. What came before counts once. */
  consume(hits: readonly AlertHit[], position: number, source = 'w0'): void {
    const now = this.#readClock();
    this.#sendDue(now);
    if (position <= (this.#positions.get(source) ?? 0)) return;
    for (const hit of hits) {
      const runtime = this.#runtimes.get(hit.rule);
      if (runtime === undefined) continue;
      if (runtime.waiting === undefined) this.#add(runtime, hit.id, hit.event, now);
      else if (runtime.waiting.length < this.#settings.max_fill_events) runtime.waiting.push(hit);
      else limitedTotal.inc({ limit: 'max_fill_events' });
    }
    this.#moveTo(source, position);
    this.#writer.touch();
  }

  /** Everything received before `watermark` (epoch milliseconds) has been consumed. Called each second, also when idle. */
  advance(watermark: number): void {
    const now = this.#readClock();
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
    this.#matcher.replaceRules(rules);
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
      positions: Object.fromEntries(this.#positions),
      watermark: this.#watermark,
      savedAt: this.#now(),
      rules,
      silences: this.#silences.save(),
      groups: this.#aggregates.save(),
      ...this.#announcer.save(),
    };
  }

  #restore(state: AlertState): void {
    const { formerSources = {} } = this.#deps;
    for (const [name, position] of Object.entries(state.positions)) {
      const source = Object.hasOwn(formerSources, name) ? formerSources[name]! : name;
      this.#moveTo(source, Math.max(position, this.#positions.get(source) ?? 0));
    }
    this.#watermark = state.watermark;
    this.#silences.restore(state.silences, Math.min(state.savedAt, this.#now()));
    this.#aggregates.restore(state.groups);
    this.#announcer.restore(state);
    this.#latest = state.savedAt;
    this.#readClock();
  }

  #moveTo(source: string, position: number): void {
    this.#positions.delete(source);
    this.#positions.set(source, position);
    if (this.#positions.size <= this.#settings.max_sources) return;
    limitedTotal.inc({ limit: 'max_sources' });
    this.#positions.delete(this.#positions.keys().next().value!);
  }

  /** Silences and waits are on the wall clock. When that is set back they go with it, or they would last that much longer. */
  #readClock(): number {
    const now = this.#now();
    const backMs = this.#latest - now;
    if (backMs > 0 && backMs <= CLOCK_TOLERANCE_MS) return now;
    this.#latest = now;
    if (backMs <= 0) return now;
    log.warn({ back_ms: backMs }, 'the clock was set back; silences and waits go with it');
    this.#silences.setBack(backMs);
    this.#aggregates.setBack(backMs);
    this.#announcer.setBack(backMs);
    return now;
  }
}

function withoutIdentity(hit: Hit): Fields {
  const event = newFields();
  for (const key of Object.keys(hit)) if (key !== '_id' && key !== '_index' && key !== 'seq') event[key] = hit[key];
  return event;
}

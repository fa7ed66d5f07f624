import type { AlertView, NotificationState, NotificationView, RuleStatus } from '../core/api/alerts.ts';
import type { Lifecycle } from '../core/contracts.ts';
import type { Fields } from '../core/event.ts';
import { logger } from '../core/log.ts';
import { Announcer } from './announcer.ts';
import { Comparisons } from './comparison/comparisons.ts';
import { Composites } from './composites.ts';
import { type AlertEngineDependencies, type AlertHit, noSilences } from './engine-dependencies.ts';
import { Filler } from './filler.ts';
import type { Instance } from './instances/instance.ts';
import { Lives } from './instances/lives.ts';
import { Matches } from './matches.ts';
import { limitedTotal } from './metrics.ts';
import type { Paged } from './pages.ts';
import { Progress } from './progress.ts';
import { RuleCounts } from './rule-counts.ts';
import { countsAlike, dropUnknown, takeRules } from './rule-parts.ts';
import { RuleRuntime, ruleFailed } from './rule-runtime.ts';
import { piecesByRule } from './rule-state.ts';
import type { Rule } from './rules/rule.ts';
import { type AlertSettings, alertSettings } from './settings.ts';
import { type AlertState, type MainState, stateVersion } from './state.ts';
import { type Extent, PartChanges } from './state-parts.ts';
import { type PlannedChange, StateWriter } from './state-writer.ts';
import { alertId } from './types/key-map.ts';
import type { Match } from './types/kind.ts';
import { figuresOf, ruleStatus } from './views.ts';

export type { AlertEngineDependencies, AlertHit } from './engine-dependencies.ts';

const log = logger('alerts');

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
  readonly #matches: Matches;
  readonly #lives: Lives;
  readonly #writer: StateWriter;
  readonly #announcer: Announcer;
  readonly #filler: Filler;
  readonly #comparisons: Comparisons;
  readonly #composites = new Composites();
  readonly #counts = new RuleCounts();
  /** What is written in pages. */
  readonly #pages: readonly Paged[];
  readonly #runtimes = new Map<string, RuleRuntime>();
  #rules: readonly Rule[];
  #started = false;
  readonly #progress: Progress;
  #watermark = 0;
  #heardAt = 0;
  /** The clock was set back, and intake has not been heard of since. */
  #isSetBack = false;
  /** The latest wall-clock time seen. */
  #latest = 0;
  /** Nothing is written yet where it is to be written. */
  #isNew = true;
  /** Parts that are no more since the last write. */
  #gone: PartChanges = new PartChanges();

  constructor(deps: AlertEngineDependencies) {
    this.#deps = deps;
    this.#settings = alertSettings(deps.settings);
    this.#now = deps.now ?? Date.now;
    this.#progress = new Progress(this.#settings.max_sources);
    this.#announcer = new Announcer({
      settings: this.#settings,
      fetch: deps.fetch ?? fetch,
      now: this.#now,
      random: deps.random ?? Math.random,
      rules: () => this.#rules,
      links: deps.links,
      maySend: deps.mayNotify,
      onRaised: () => this.#writer.touchNow(),
      // Whoever goes on after a crash sends what is not known to be sent.
      onDelivery: outcome => (outcome === 'sent' ? this.#writer.touchNow() : this.#writer.touch()),
    });
    this.#writer = new StateWriter({
      store: deps.store,
      intervalMs: this.#settings.state_write_interval_ms,
      change: extent => this.#change(extent),
      onWritten: positions => deps.onPersisted?.(positions),
      release: written => this.#announcer.release(written),
    });
    this.#lives = new Lives({
      settings: this.#settings,
      silences: deps.silences ?? noSilences(this.#settings),
      isIncident: deps.isIncident,
    });
    this.#matches = new Matches({
      settings: this.#settings,
      announcer: this.#announcer,
      lives: this.#lives,
      rule: name => this.#rules.find(rule => rule.name === name),
      runtime: name => this.#runtimes.get(name),
      runtimes: () => this.#runtimes.values(),
    });
    this.#pages = [this.#lives.instances.pages, ...this.#matches.pages, ...this.#announcer.pages, this.#counts.pages];
    this.#filler = new Filler({
      read: deps.fill,
      maxEvents: this.#settings.max_fill_events,
      now: this.#now,
      isCurrent: runtime => this.#runtimes.get(runtime.rule.name) === runtime,
      take: (runtime, { id, event }) => this.#add(runtime, id, event, this.#now()),
      onFilled: () => this.#writer.touch(),
    });
    this.#comparisons = new Comparisons(deps.askPast, this.#now);
    this.#rules = deps.rules;
  }

  /** Position of a source in the last durable state: its hits after it must come again after a restart. */
  persistedPosition(source = 'w0'): number {
    return Object.hasOwn(this.#writer.positions, source) ? this.#writer.positions[source]! : 0;
  }

  /** Reads the state; await it before the first `consume`. */
  async start(): Promise<void> {
    if (this.#started) return;
    const state = await this.#deps.store.read();
    if (state !== undefined) this.#restore(state);
    this.#started = true;
    this.#isNew = state === undefined || state.isForeign === true;
    this.#open(this.#rules, state);
    if (state !== undefined && !this.#isNew) dropUnknown(state, this.#pages, this.#runtimes.values(), this.#gone);
    this.#lives.follow(this.#rules, this.#watermark, this.#now());
    this.#writer.start(this.#progress.save());
    this.#announcer.start();
  }

  async stop(signal: AbortSignal): Promise<void> {
    if (!this.#started) return;
    this.#started = false;
    await this.#announcer.stop(signal);
    await this.#writer.stop();
    await this.#deps.store.close?.();
  }

  /** Ends without writing or sending anything more. Gives the state, for the case that nobody else goes on meanwhile. */
  async abandon(): Promise<string | undefined> {
    if (!this.#started) return undefined;
    this.#started = false;
    this.#writer.abandon();
    await this.#announcer.stop(AbortSignal.abort());
    const { main, parts } = this.#change('all');
    return JSON.stringify({ ...main, parts: Object.fromEntries(parts.changed) });
  }

  /**
   * Durable hits, in order of the positions of their source; all of one position together. What came before counts once.
   * `heardAt`: when another machine took them, by its clock.
   */
  consume(hits: readonly AlertHit[], position: number, source = 'w0', heardAt = 0): void {
    const now = this.#readClock();
    this.#heardAt = Math.max(this.#heardAt, heardAt);
    this.#sendDue(now);
    if (position <= this.#progress.of(source)) return;
    for (const hit of hits) {
      const runtime = this.#runtimes.get(hit.rule);
      if (runtime === undefined || this.#progress.isCounted(hit.rule, source, position)) continue;
      if (runtime.waiting === undefined) this.#add(runtime, hit.id, hit.event, now);
      else if (runtime.waiting.length < this.#settings.max_fill_events) runtime.waiting.push(hit);
      else limitedTotal.inc({ limit: 'max_fill_events', rule: hit.rule });
    }
    this.#progress.moveTo(source, position);
    this.#writer.touch();
  }

  /** Everything received before `watermark` (epoch milliseconds) has been consumed. Called each second, also when idle. */
  advance(watermark: number): void {
    const now = this.#readClock();
    this.#sendDue(now);
    if (this.#isSetBack && watermark > 0) this.#setBack(watermark);
    if (watermark <= this.#watermark) return;
    const blind = this.#watermark > 0 && watermark - this.#watermark > this.#settings.blind_after_ms;
    for (const runtime of this.#runtimes.values()) {
      if (runtime.waiting !== undefined) continue;
      try {
        if (blind) runtime.blind(this.#watermark, watermark);
        this.#comparisons.prepare(runtime.comparison, watermark - runtime.rule.queryDelayMs);
        for (const match of runtime.tick(watermark, now)) this.#matched(runtime, match, now);
        if (blind) this.#lives.blind(runtime.rule.name, watermark);
        else if (this.#lives.judge(runtime, watermark, now)) this.#writer.touch();
      } catch (error) {
        ruleFailed(runtime.rule, error);
      }
    }
    this.#watermark = watermark;
    this.#matches.sendDue(now);
    this.#lives.count(now);
    this.#writer.touchLater();
  }

  /** Swaps the rules. Windows stay where the rule still counts the same events; others fill from the store. */
  replaceRules(rules: readonly Rule[]): void {
    const former = new Map(this.#runtimes);
    this.#runtimes.clear();
    this.#rules = rules;
    this.#reopen(rules, former);
    this.#matches.forgetGone();
    const now = this.#now();
    this.#lives.follow(rules, this.#watermark, now);
    for (const [name, { waiting }] of former) {
      const runtime = this.#runtimes.get(name);
      if (runtime === undefined || runtime === former.get(name)) continue;
      if (runtime.rule.windowFingerprint !== former.get(name)!.rule.windowFingerprint) {
        runtime.adoptFuture(former.get(name)!);
        runtime.adoptTold(former.get(name)!);
      }
      if (waiting === undefined) continue;
      if (runtime.waiting !== undefined) runtime.waiting.push(...waiting);
      else for (const { id, event } of waiting) this.#add(runtime, id, event, now);
    }
    this.#writer.touch();
  }

  /** Without further events nothing happens, however much time passes. */
  get isIdle(): boolean {
    return this.#lives.isIdle && this.#matches.isIdle && this.#runtimes.values().every(one => one.isIdle);
  }

  /** The latest alerts, newest first. */
  recent(limit = 100): AlertView[] {
    return this.#announcer.recent(limit);
  }

  /** The alerts that there are, then those that are over, the latest last. */
  *instances(): IterableIterator<Instance> {
    yield* this.#lives.instances.active();
    yield* this.#lives.instances.ended();
  }

  /** See `Instances.takeChanged`. */
  takeChangedInstances(): Iterable<Instance> {
    return this.#lives.instances.takeChanged();
  }

  /** Notifications on their way, and what became of the latest; newest first. */
  notifications(state: NotificationState | undefined, limit = 100): NotificationView[] {
    return this.#announcer.notifications(state, limit);
  }

  /** Sends one again that was given up or pushed out; false when there is none of this id. */
  retryNotification(id: string): boolean {
    return this.#announcer.retry(id);
  }

  rulesStatus(): RuleStatus[] {
    const silenced = [...this.#matches.silences.active(this.#now())];
    return this.#rules.map(rule =>
      ruleStatus(
        rule,
        rule.enabled ? this.#runtimes.get(rule.name) : undefined,
        silenced,
        this.#lives.instances.countOf(rule.name),
        this.#matches.nextDue(rule, this.#now()),
      ),
    );
  }

  flush(): Promise<void> {
    return this.#writer.flush();
  }

  #open(rules: readonly Rule[], state: AlertState | undefined): void {
    const pieces = piecesByRule(state?.parts ?? {});
    for (const rule of rules) {
      if (!rule.enabled) continue;
      const runtime = new RuleRuntime(rule, this.#settings);
      this.#runtimes.set(rule.name, runtime);
      const before = pieces.get(rule.name);
      if (before === undefined || !runtime.restore(before, !this.#isNew)) this.#filler.fill(runtime, before);
      else if (Object.hasOwn(state!.behind, rule.name)) runtime.part.restore(state!.behind[rule.name]!);
    }
    this.#composites.follow(this.#runtimes.values());
  }

  #reopen(rules: readonly Rule[], former: ReadonlyMap<string, RuleRuntime>): void {
    for (const rule of rules) {
      if (!rule.enabled) continue;
      const before = former.get(rule.name);
      if (before !== undefined && countsAlike(before.rule, rule)) {
        before.follow(rule);
        this.#runtimes.set(rule.name, before);
        continue;
      }
      const runtime = new RuleRuntime(rule, this.#settings);
      this.#runtimes.set(rule.name, runtime);
      // Windows that were still being filled are not complete.
      const isKept = before?.waiting === undefined && before?.rule.windowFingerprint === rule.windowFingerprint;
      if (isKept) runtime.adopt(before);
      else this.#filler.fill(runtime);
    }
    for (const [name, runtime] of former)
      if (this.#runtimes.get(name) !== runtime) for (const part of runtime.state.names()) this.#gone.drop(part);
    this.#composites.follow(this.#runtimes.values());
  }

  #add(runtime: RuleRuntime, id: string, event: Fields, now: number): void {
    try {
      for (const match of runtime.add(id, event, this.#present(now))) this.#matched(runtime, match, now);
    } catch (error) {
      ruleFailed(runtime.rule, error);
    }
  }

  #matched(runtime: RuleRuntime, match: Match, now: number): void {
    const part = match.part === undefined ? '' : ` ${match.part}`;
    if (!runtime.part.matched(`${match.id ?? ''} ${match.time} ${alertId(match)}${part}`)) return;
    this.#matches.take(runtime, match, now);
    for (const hit of this.#composites.hitsOf(runtime.rule, match)) this.#add(hit.runtime, hit.id, hit.event, now);
  }

  /** What waited for its time. */
  #sendDue(now: number): void {
    for (const runtime of this.#runtimes.values()) {
      if (runtime.futureEvents === 0 || runtime.waiting !== undefined) continue;
      try {
        const matches = runtime.addDue(this.#present(now));
        for (const match of matches) this.#matched(runtime, match, now);
        if (matches.length > 0) this.#writer.touch();
      } catch (error) {
        ruleFailed(runtime.rule, error);
      }
    }
    this.#matches.sendDue(now);
  }

  #main(behind: MainState['behind'] = {}): MainState {
    return {
      version: stateVersion,
      positions: this.#progress.save(),
      watermark: this.#watermark,
      savedAt: this.#now(),
      behind,
      ...this.#matches.save(),
    };
  }

  #change(wanted: Extent): PlannedChange {
    const extent = this.#isNew ? 'all' : wanted;
    this.#isNew = false;
    const parts = this.#gone;
    this.#gone = new PartChanges();
    const asked = { to: parts, extent, mayLag: this.#deps.store.mayLag };
    const { behind, ...rules } = takeRules(this.#runtimes, this.#progress.save(), asked);
    this.#counts.follow(this.#runtimes, one => figuresOf(one.rule, one), extent !== 'due');
    for (const pages of this.#pages) pages.take(parts, extent, performance.now());
    const [awaiting, main] = [this.#announcer.unwritten, this.#main(behind)];
    return { ...rules, main, parts, awaiting, isAll: extent === 'all' };
  }

  #restore(state: AlertState): void {
    this.#progress.restore(state);
    this.#watermark = state.watermark;
    this.#matches.restore(state, Math.min(state.savedAt, this.#now()));
    this.#announcer.restore(state);
    this.#lives.restore(state.parts);
    this.#latest = state.savedAt;
    this.#readClock();
  }

  /** Silences and waits are on the wall clock. When that is set back they go with it, or they would last that much longer. */
  #readClock(): number {
    const now = this.#now();
    const backMs = this.#latest - now;
    if (backMs > 0 && backMs <= CLOCK_TOLERANCE_MS) return now;
    this.#latest = now;
    if (backMs <= 0) return now;
    log.warn({ back_ms: backMs }, 'the clock was set back; silences and waits go with it');
    this.#matches.setBack(backMs);
    this.#announcer.setBack(backMs);
    this.#isSetBack = true;
    return now;
  }

  /** Whether an event is ahead is judged by whichever clock is: that of this machine, or that of intake on another. */
  #present(now: number): number {
    return Math.max(now, this.#watermark, this.#heardAt);
  }

  /** Where intake went back with the clock, absence is judged from there on; intake elsewhere may have gone on. */
  #setBack(watermark: number): void {
    this.#isSetBack = false;
    if (watermark >= this.#watermark - CLOCK_TOLERANCE_MS) return;
    this.#watermark = watermark;
    for (const [name, runtime] of this.#runtimes) {
      runtime.setBack(watermark);
      this.#lives.setBack(name, watermark);
    }
  }
}

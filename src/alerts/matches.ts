import { isoTime } from '../base/time/iso.ts';
import type { AlertView } from '../core/api/alerts.ts';
import { type Fields, newFields } from '../core/event.ts';
import { logger } from '../core/log.ts';
import { Aggregates, type Group } from './aggregates.ts';
import type { Announcer } from './announcer.ts';
import { matchDocument } from './document.ts';
import { HeldMatches } from './held-matches.ts';
import type { Instance, Told } from './instances/instance.ts';
import type { Lives } from './instances/lives.ts';
import { limitedTotal, matchesTotal, suppressedTotal } from './metrics.ts';
import type { Paged } from './pages.ts';
import { isInside } from './routing/time-intervals.ts';
import { type RuleRuntime, ruleFailed } from './rule-runtime.ts';
import type { Rule } from './rules/rule.ts';
import type { AlertSettings } from './settings.ts';
import { Silences, silenceKey } from './silences.ts';
import type { AlertState } from './state.ts';
import { copyFields } from './text/alert-fields.ts';
import type { Match } from './types/kind.ts';

const log = logger('alerts');
const GONE = 'matches of a rule that is gone were dropped';

export interface MatchesDependencies {
  readonly settings: AlertSettings;
  readonly announcer: Announcer;
  readonly lives: Lives;
  /** Also of rules that are disabled. */
  readonly rule: (name: string) => Rule | undefined;
  readonly runtime: (rule: string) => RuleRuntime | undefined;
  readonly runtimes: () => Iterable<RuleRuntime>;
}

/** What one message tells. */
interface Message {
  readonly matches: Fields[];
  /** Further matches that are only counted. */
  readonly leftOut: number;
  /** Where it is about one match. */
  readonly told?: Told | undefined;
  /** Ids of the alerts that it tells of. */
  readonly instances: readonly string[];
}

/**
 * From a match to an alert: `limit_execution` may hold it back, `realert` may silence it, `aggregation` may collect it,
 * and when a rule raises more alerts than its receivers take, the rest becomes one alert with their number.
 */
export class Matches {
  readonly #deps: MatchesDependencies;
  readonly silences: Silences;
  readonly #aggregates: Aggregates;
  readonly #held: HeldMatches;
  /** Alerts of rules that are only logged, within an interval. */
  readonly #logged = new Map<string, { since: number; alerts: number }>();
  /** Rules whose storm goes on. */
  readonly #storms = new Map<string, number>();

  constructor(deps: MatchesDependencies) {
    const { settings } = deps;
    this.#deps = deps;
    this.silences = new Silences(settings.max_silences, () => limitedTotal.inc({ limit: 'max_silences' }));
    const onLimit = (rule: string): void => limitedTotal.inc({ limit: 'max_aggregation', rule });
    this.#aggregates = new Aggregates(settings.max_aggregation, onLimit);
    this.#held = new HeldMatches(settings.max_aggregation, onLimit);
  }

  take(runtime: RuleRuntime, match: Match, now: number): void {
    const { rule } = runtime;
    runtime.counters.matches++;
    matchesTotal.inc({ rule: rule.name });
    const { lives } = this.#deps;
    const instance = lives.matched(rule, match, now);
    const isPending = instance?.isFiring === false;
    const silence = silenceKey(rule, match);
    const isPaused = runtime.isPaused(now);
    // While the rule pauses only the first of a silence can become an alert.
    const isSilent =
      (rule.onlyOn !== undefined && !isInside(rule.onlyOn, match.time)) ||
      lives.isOutranked(rule, match) ||
      (isPaused ? this.#held.isSilencing(rule, silence) : this.#isSilenced(runtime, silence, now));
    const isSilenced = !isPending && !isSilent && lives.isSilenced(rule, match, instance, now);
    if (isPending || isSilent || isSilenced) {
      this.#suppressed(runtime);
      if (isSilenced && instance !== undefined && isWorthKeeping(instance, match))
        lives.keepUntold(instance, { document: this.#documentOf(runtime, match, now), told: toldOf(match) });
      return;
    }
    const document = this.#documentOf(runtime, match, now);
    const told = toldOf(match);
    if (isPaused) this.#held.add({ rule: rule.name, silence, document, told, instance: instance?.id });
    else this.#pass(runtime, silence, document, told, now, instance?.id);
  }

  /** What waited and may go on now. */
  sendDue(now: number): void {
    const { lives } = this.#deps;
    for (const runtime of this.#deps.runtimes()) {
      if (!this.#held.has(runtime.rule.name) || runtime.isPaused(now)) continue;
      const { matches, leftOut } = this.#held.takeOut(runtime.rule.name);
      for (const { silence, document, told, instance } of matches) {
        if (this.#isSilenced(runtime, silence, now) || lives.keepIfSilenced(instance, { document, told }, now))
          this.#suppressed(runtime);
        else this.#pass(runtime, silence, document, told, now, instance);
      }
      const last = matches.at(-1);
      if (leftOut > 0 && last !== undefined)
        this.#collect(
          runtime,
          { matches: [last.document], leftOut: leftOut - 1, instances: idsOf(last.instance) },
          now,
        );
    }
    this.#tellUnsilenced(now);
    const isFull = (group: Group): boolean => group.storm === true && this.#isFull(group.rule);
    for (const group of this.#aggregates.due(now, isFull)) this.#sendGroup(group, now);
    for (const instance of lives.takeOwing(rule => !this.#isFull(rule))) {
      const rule = this.#deps.rule(instance.rule);
      if (rule !== undefined) this.#deps.announcer.resolved(rule, instance, now);
    }
  }

  /** A silence of somebody has ended, and what it kept quiet still lasts. */
  #tellUnsilenced(now: number): void {
    for (const { instance, tellable } of this.#deps.lives.takeTellable(now)) {
      const runtime = this.#deps.runtime(instance.rule);
      if (runtime === undefined) continue;
      const { document, told } = tellable;
      const silence = silenceKey(runtime.rule, { key: told.key, level: instance.level });
      if (this.#isSilenced(runtime, silence, now)) continue;
      if (runtime.isPaused(now))
        this.#held.add({ rule: instance.rule, silence, document, told, instance: instance.id });
      else this.#pass(runtime, silence, document, told, now, instance.id);
    }
  }

  #documentOf(runtime: RuleRuntime, match: Match, now: number): Fields {
    const { rule } = runtime;
    const document = matchDocument(rule, match, {
      // Events older than `buffer_time` are not counted there, but those that made the match were hits.
      numHits: Math.max(runtime.hitCounter.total(now), match.count ?? 1),
      topCounts: rule.topCountKeys.length === 0 ? newFields() : runtime.top.counts(match.time, match.key),
      maxFieldChars: this.#deps.settings.max_field_chars,
    });
    const first = match.event === undefined ? undefined : runtime.firstLines?.take(match.key, match.time);
    if (first !== undefined) copyFields({ first_message: first.message, first_time: isoTime(first.time) }, document);
    return document;
  }

  /** When something of a rule is due without a further event: a common alert, or the end of a pause. */
  nextDue(rule: Rule, now: number): number | undefined {
    const times = this.#aggregates.timesOf(rule.name);
    if (this.#held.has(rule.name) && rule.activeAt !== undefined) times.push(rule.activeAt.next(now));
    const next = Math.min(...times.filter(time => !Number.isNaN(time)));
    return Number.isFinite(next) ? Math.max(next, now) : undefined;
  }

  /** Nothing waits here. */
  get isIdle(): boolean {
    return this.#aggregates.isEmpty && this.#held.rules().length === 0;
  }

  /** The rules were swapped: what waits for one that is gone waits for nothing. */
  forgetGone(): void {
    for (const rule of this.#held.rules()) {
      if (this.#deps.runtime(rule) !== undefined) continue;
      const { matches, leftOut } = this.#held.takeOut(rule);
      log.warn({ rule, matches: matches.length + leftOut }, GONE);
    }
  }

  setBack(byMs: number): void {
    this.silences.setBack(byMs);
    this.#aggregates.setBack(byMs);
    this.#storms.clear();
    this.#logged.clear();
  }

  /** What is to be written in pages. */
  get pages(): readonly Paged[] {
    return [this.silences.pages, ...this.#aggregates.pages, this.#held.pages];
  }

  /** And what is not. */
  save(): Pick<AlertState, 'held'> {
    return { held: this.#held.save() };
  }

  restore({ silences, groups, held, parts }: AlertState, now: number): void {
    this.silences.restore(parts, silences, now);
    this.#aggregates.restore(parts, groups);
    this.#held.restore(parts, held);
  }

  #isKept(id: string | undefined, document: Fields, now: number): boolean {
    const { lives } = this.#deps;
    const instance = lives.instances.byId(id ?? '');
    if (instance === undefined) return false;
    const told = { time: instance.lastAt, key: instance.key ?? undefined, id: instance.events.at(-1) };
    return lives.keepIfSilenced(id, { document, told }, now);
  }

  #isSilenced({ rule }: RuleRuntime, silence: string, now: number): boolean {
    return rule.realertMs > 0 && this.silences.silenced(silence, now);
  }

  #suppressed(runtime: RuleRuntime): void {
    runtime.counters.suppressed++;
    suppressedTotal.inc({ rule: runtime.rule.name });
  }

  #pass(
    runtime: RuleRuntime,
    silence: string,
    document: Fields,
    told: Told,
    now: number,
    instance: string | undefined,
  ): void {
    const { rule } = runtime;
    if (rule.aggregation !== undefined) this.#aggregates.add(rule, document, told.time, now, instance);
    // What nobody could be told silences nothing.
    else if (!this.#raise(runtime, { matches: [document], leftOut: 0, told, instances: idsOf(instance) }, now)) return;
    this.silences.set(rule, silence, now);
  }

  #sendGroup(group: Group, now: number): void {
    const { rule: name, matches: all, left_out: leftOut, instances = [], others = [] } = group;
    // Who silenced some of them since does not want to hear of those.
    const isTold = all.map((match, i) => group.storm === true || !this.#isKept(instances[i], match, now));
    const matches = all.filter((_, i) => isTold[i]);
    const message: Message = {
      matches,
      leftOut,
      instances: idsOf(...instances.filter((_, i) => isTold[i]), ...others),
    };
    const runtime = this.#deps.runtime(name);
    if (runtime === undefined) {
      log.warn({ rule: name, matches: matches.length + leftOut }, GONE);
      return;
    }
    if (runtime.rule.ruleParametersInFirstOnly) {
      for (const match of matches.slice(1))
        for (const parameter of runtime.rule.ruleParameters) delete match[`rule_param_${parameter}`];
    }
    if (matches.length === 0 && all.length > 0) return;
    if (group.storm !== true) {
      this.#raise(runtime, message, now);
      return;
    }
    const { max_waiting_per_rule, storm_interval_ms } = this.#deps.settings;
    if (matches.length + leftOut > max_waiting_per_rule) this.#storms.set(name, now + storm_interval_ms);
    this.#announce(runtime, message, now);
  }

  #raise(runtime: RuleRuntime, message: Message, now: number): boolean {
    if (!this.#isStorm(runtime, now)) return this.#announce(runtime, message, now);
    this.#collect(runtime, message, now);
    return true;
  }

  #announce(runtime: RuleRuntime, { matches, leftOut, told, instances }: Message, now: number): boolean {
    const { announcer, lives } = this.#deps;
    try {
      const view = announcer.raise(runtime, matches, leftOut, told, now, lives.incidentOf(instances));
      if (view === undefined) return false;
      lives.told(runtime.rule, instances, matches[0] ?? newFields(), annotationsOf(view));
      return true;
    } catch (error) {
      ruleFailed(runtime.rule, error);
      return false;
    }
  }

  #collect({ rule }: RuleRuntime, { matches, leftOut, instances }: Message, now: number): void {
    limitedTotal.inc({ limit: 'max_waiting_per_rule', rule: rule.name }, matches.length + leftOut);
    const { storm_interval_ms } = this.#deps.settings;
    const isNew = this.#aggregates.addToStorm(rule, matches, leftOut, now + storm_interval_ms, instances);
    if (isNew)
      log.warn(
        { rule: rule.name, seconds: storm_interval_ms / 1000 },
        'a rule raises more alerts than can be delivered; the next ones become one alert with their number',
      );
  }

  #isFull(rule: string): boolean {
    return this.#deps.announcer.waiting(rule) >= this.#deps.settings.max_waiting_per_rule;
  }

  #isStorm({ rule }: RuleRuntime, now: number): boolean {
    const { max_waiting_per_rule, storm_interval_ms } = this.#deps.settings;
    if (this.#aggregates.hasStorm(rule.name) || this.#isFull(rule.name)) return true;
    const until = this.#storms.get(rule.name);
    if (until !== undefined && now < until) return true;
    this.#storms.delete(rule.name);
    if (rule.alerters.some(alerter => alerter.missing === undefined)) return false;
    const logged = this.#logged.get(rule.name);
    if (logged !== undefined && now - logged.since < storm_interval_ms) return ++logged.alerts > max_waiting_per_rule;
    this.#logged.set(rule.name, { since: now, alerts: 1 });
    return false;
  }
}

const toldOf = ({ time, key, id }: Match): Told => ({ time, key, id });

const idsOf = (...ids: readonly (string | undefined)[]): string[] =>
  [...new Set(ids.filter(id => id !== undefined && id !== ''))] as string[];

/** Making a document of each match of a storm that nobody hears of would be waste. */
const KEEP_AGAIN_MS = 60_000;
const isWorthKeeping = ({ untold }: Instance, { time }: Match): boolean =>
  untold === undefined || Math.abs(time - untold.told.time) >= KEEP_AGAIN_MS;

const SUMMARY_LINES = 5;
const SUMMARY_CHARS = 1000;

/** What people read of an alert in a list: title, and the first lines of its text. */
function annotationsOf({ title, body }: AlertView): Record<string, string> {
  const lines = body.split('\n').filter(line => line.trim() !== '');
  return { title, summary: lines.slice(0, SUMMARY_LINES).join('\n').slice(0, SUMMARY_CHARS).toWellFormed() };
}

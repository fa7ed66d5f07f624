import { type Fields, newFields } from '../core/event.ts';
import { logger } from '../core/log.ts';
import { Aggregates, type Group } from './aggregates.ts';
import type { Announcer } from './announcer.ts';
import { matchDocument } from './document.ts';
import { HeldMatches, type SavedHeld } from './held-matches.ts';
import { limitedTotal, matchesTotal, suppressedTotal } from './metrics.ts';
import { type RuleRuntime, ruleFailed } from './rule-runtime.ts';
import type { AlertSettings } from './settings.ts';
import { type SavedSilence, Silences, silenceKey } from './silences.ts';
import type { Match } from './types/kind.ts';

const log = logger('alerts');
const GONE = 'matches of a rule that is gone were dropped';

export interface MatchesDependencies {
  readonly settings: AlertSettings;
  readonly announcer: Announcer;
  readonly runtime: (rule: string) => RuleRuntime | undefined;
  readonly runtimes: () => Iterable<RuleRuntime>;
}

export interface SavedMatches {
  readonly silences: readonly SavedSilence[];
  readonly groups: readonly Group[];
  readonly held: readonly SavedHeld[];
}

/** What an alert tells of a match beside its document. */
type Told = Pick<Match, 'time' | 'key' | 'id'>;

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
    const onLimit = (): void => limitedTotal.inc({ limit: 'max_aggregation' });
    this.#aggregates = new Aggregates(settings.max_aggregation, onLimit);
    this.#held = new HeldMatches(settings.max_aggregation, onLimit);
  }

  take(runtime: RuleRuntime, match: Match, now: number): void {
    const { rule } = runtime;
    runtime.counters.matches++;
    matchesTotal.inc({ rule: rule.name });
    const silence = silenceKey(rule, match.key);
    const isPaused = runtime.isPaused(now);
    // While the rule pauses only the first of a silence can become an alert.
    const isSilent = isPaused ? this.#held.isSilencing(rule, silence) : this.#isSilenced(runtime, silence, now);
    if (isSilent) {
      this.#suppressed(runtime);
      return;
    }
    const document = matchDocument(rule, match, {
      // Events older than `buffer_time` are not counted there, but those that made the match were hits.
      numHits: Math.max(runtime.hitCounter.total(now), match.count ?? 1),
      topCounts: rule.topCountKeys.length === 0 ? newFields() : runtime.top.counts(match.time, match.key),
      maxFieldChars: this.#deps.settings.max_field_chars,
    });
    const { time, key, id } = match;
    if (isPaused) this.#held.add({ rule: rule.name, silence, document, told: { time, key, id } });
    else this.#pass(runtime, silence, document, { time, key, id }, now);
  }

  /** What waited and may go on now. */
  sendDue(now: number): void {
    for (const runtime of this.#deps.runtimes()) {
      if (!this.#held.has(runtime.rule.name) || runtime.isPaused(now)) continue;
      const { matches, leftOut } = this.#held.takeOut(runtime.rule.name);
      for (const { silence, document, told } of matches) {
        if (this.#isSilenced(runtime, silence, now)) this.#suppressed(runtime);
        else this.#pass(runtime, silence, document, told, now);
      }
      const last = matches.at(-1);
      if (leftOut > 0 && last !== undefined) this.#collect(runtime, [last.document], leftOut - 1, now);
    }
    const isFull = (group: Group): boolean => group.storm === true && this.#isFull(group.rule);
    for (const group of this.#aggregates.due(now, isFull)) this.#sendGroup(group, now);
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

  save(): SavedMatches {
    return { silences: this.silences.save(), groups: this.#aggregates.save(), held: this.#held.save() };
  }

  restore({ silences, groups, held }: SavedMatches, now: number): void {
    this.silences.restore(silences, now);
    this.#aggregates.restore(groups);
    this.#held.restore(held);
  }

  #isSilenced({ rule }: RuleRuntime, silence: string, now: number): boolean {
    return rule.realertMs > 0 && this.silences.silenced(silence, now);
  }

  #suppressed(runtime: RuleRuntime): void {
    runtime.counters.suppressed++;
    suppressedTotal.inc({ rule: runtime.rule.name });
  }

  #pass(runtime: RuleRuntime, silence: string, document: Fields, told: Told, now: number): void {
    const { rule } = runtime;
    if (rule.aggregation !== undefined) this.#aggregates.add(rule, document, told.time, now);
    // What nobody could be told silences nothing.
    else if (!this.#raise(runtime, [document], 0, told, now)) return;
    this.silences.set(rule, silence, now);
  }

  #sendGroup(group: Group, now: number): void {
    const { rule: name, matches, left_out: leftOut } = group;
    const runtime = this.#deps.runtime(name);
    if (runtime === undefined) {
      log.warn({ rule: name, matches: matches.length + leftOut }, GONE);
      return;
    }
    if (runtime.rule.ruleParametersInFirstOnly) {
      for (const match of matches.slice(1))
        for (const parameter of runtime.rule.ruleParameters) delete match[`rule_param_${parameter}`];
    }
    if (group.storm !== true) {
      this.#raise(runtime, matches, leftOut, undefined, now);
      return;
    }
    const { max_waiting_per_rule, storm_interval_ms } = this.#deps.settings;
    if (matches.length + leftOut > max_waiting_per_rule) this.#storms.set(name, now + storm_interval_ms);
    this.#announce(runtime, matches, leftOut, undefined, now);
  }

  #raise(runtime: RuleRuntime, matches: Fields[], leftOut: number, told: Told | undefined, now: number): boolean {
    if (!this.#isStorm(runtime, now)) return this.#announce(runtime, matches, leftOut, told, now);
    this.#collect(runtime, matches, leftOut, now);
    return true;
  }

  #announce(runtime: RuleRuntime, matches: Fields[], leftOut: number, told: Told | undefined, now: number): boolean {
    try {
      return this.#deps.announcer.raise(runtime, matches, leftOut, told, now);
    } catch (error) {
      ruleFailed(runtime.rule, error);
      return false;
    }
  }

  #collect({ rule }: RuleRuntime, matches: Fields[], leftOut: number, now: number): void {
    limitedTotal.inc({ limit: 'max_waiting_per_rule' }, matches.length + leftOut);
    const { storm_interval_ms } = this.#deps.settings;
    const isNew = this.#aggregates.addToStorm(rule, matches, leftOut, now + storm_interval_ms);
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

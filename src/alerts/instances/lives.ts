import type { Fields } from '../../core/event.ts';
import { logger } from '../../core/log.ts';
import { partsHold } from '../composites.ts';
import { instancesGauge, limitedTotal } from '../metrics.ts';
import type { RuleRuntime } from '../rule-runtime.ts';
import type { Rule } from '../rules/rule.ts';
import type { SilenceStore } from '../silencing/silence-store.ts';
import type { SavedParts } from '../state-parts.ts';
import type { Match } from '../types/kind.ts';
import { type EndReason, endOf, groupingOf, hasLevel, type Instance, type Tellable } from './instance.ts';
import { type InstanceLimits, Instances } from './instances.ts';
import { keyLabels, type LabelSet, labelsOf } from './labels.ts';

const log = logger('alerts');

const LOOK_AGAIN_MS = 1000;
const COUNT_AGAIN_MS = 2000;
/** So often the log says that a rule has too many alerts. */
const TELL_AGAIN_MS = 600_000;
/** Larger documents of matches are not kept: only the first fields go into the message that an alert is over. */
const MAX_KEPT_CHARS = 32_768;

export interface LivesDependencies {
  readonly settings: InstanceLimits;
  /** Those that people made. */
  readonly silences: SilenceStore;
  /** By the labels of an alert; see `Instances`. */
  readonly isIncident?: ((labels: LabelSet) => boolean) | undefined;
}

/**
 * The life of alerts: a match begins one or goes on with it; on the engine's ticks it is over when its rule's window says
 * that what it told of does not last, or when nothing has matched for `resolve_after`; in event time, and never because
 * nobody listened. It knows which alerts were told of, and which still have to be.
 */
export class Lives {
  readonly instances: Instances;
  readonly #silences: SilenceStore;
  /** Over and told of: the messages that say so are to be made. */
  readonly #owing = new Map<string, Set<Instance>>();
  /** With a match that a silence kept quiet. */
  readonly #untold = new Set<Instance>();
  /** When that was looked at last: wall clock, and version of the silences. */
  #lookedAt: readonly [number, number] = [0, 0];
  readonly #told = new Map<string, number>();
  #countedAt = 0;
  #counted = new Map<string, Readonly<Record<string, number>>>();

  constructor({ settings, silences, isIncident }: LivesDependencies) {
    this.instances = new Instances(settings, isIncident);
    this.#silences = silences;
  }

  /** Undefined: the rule has too many alerts, and this match belongs to none. */
  matched(rule: Rule, match: Match, now: number): Instance | undefined {
    const instance = this.instances.matched(rule, match, now);
    if (instance === undefined) this.#tooMany(rule, now);
    return instance;
  }

  /** Whether a silence of somebody keeps a match quiet. */
  isSilenced(rule: Rule, match: Match, instance: Instance | undefined, now: number): boolean {
    if (!this.#silences.isAnyActive(now)) return false;
    return (
      this.#silences.silencing(instance?.labels ?? labelsOf(rule, keyLabels(rule, match), match.level), now).length > 0
    );
  }

  /** Whether an alert of the same key fires at a higher level: then nobody wants to hear of the lower one. */
  isOutranked({ name, kind }: Rule, { key, level }: Match): boolean {
    const { levels = [] } = kind;
    if (level === undefined) return false;
    const higher = levels.slice(levels.indexOf(level) + 1);
    return higher.some(one => this.instances.find(name, { key, level: one })?.isFiring === true);
  }

  /** A match was kept quiet by a silence: it is told when that ends, if the alert lasts until then. */
  keepUntold(instance: Instance, tellable: Tellable): void {
    instance.untold = tellable;
    this.#untold.add(instance);
    this.instances.changed(instance, true);
  }

  /** The same for one that waited. False: no silence holds for it. */
  keepIfSilenced(id: string | undefined, tellable: Tellable, now: number): boolean {
    const instance = id === undefined ? undefined : this.instances.byId(id);
    if (instance === undefined || !this.#silences.isAnyActive(now)) return false;
    if (this.#silences.silencing(instance.labels, now).length === 0) return false;
    if (instance.endsAt === undefined) this.keepUntold(instance, tellable);
    return true;
  }

  /** What silences kept quiet and do not any more. */
  takeTellable(now: number): { instance: Instance; tellable: Tellable }[] {
    const found: { instance: Instance; tellable: Tellable }[] = [];
    const [at, version] = this.#lookedAt;
    const isSoon = this.#silences.version === version && Math.abs(now - at) < LOOK_AGAIN_MS;
    if (this.#untold.size === 0 || isSoon) return found;
    this.#lookedAt = [now, this.#silences.version];
    for (const instance of this.#untold) {
      const { untold: tellable, labels } = instance;
      if (tellable !== undefined && this.#silences.silencing(labels, now).length > 0) continue;
      this.#untold.delete(instance);
      if (tellable === undefined) continue;
      delete instance.untold;
      this.instances.changed(instance);
      found.push({ instance, tellable });
    }
    return found;
  }

  /** Nothing lasts, and nothing is still to be told. */
  get isIdle(): boolean {
    return this.#untold.size === 0 && this.#owing.size === 0 && this.instances.active().next().done === true;
  }

  /** What one message on these alerts is known by. */
  incidentOf(ids: readonly string[]): string | undefined {
    const known = ids.map(id => this.instances.byId(id)?.incident).find(incident => incident !== undefined);
    return known ?? ids[0];
  }

  /** A message told of these alerts. `last`: the match that the message that they are over is made from. */
  told(rule: Rule, ids: readonly string[], last: Fields, annotations: Readonly<Record<string, string>>): void {
    const incident = this.incidentOf(ids);
    const wantsResolved = rule.alerters.some(({ sendResolved }) => sendResolved === true);
    let kept = wantsResolved ? keepable(last) : undefined;
    for (const id of ids) {
      const instance = this.instances.byId(id);
      if (instance === undefined || incident === undefined) continue;
      instance.incident ??= incident;
      instance.annotations = { ...instance.annotations, ...annotations };
      // One of them has it for all, and hands it on.
      if (kept !== undefined) instance.last = kept;
      kept = undefined;
      this.instances.changed(instance);
      // It was over before its common message went out.
      if (instance.endsAt !== undefined && wantsResolved) this.#owe(instance);
    }
  }

  /** Everything received before `watermark` has been evaluated. True: something is over. */
  judge(runtime: RuleRuntime, watermark: number, now: number): boolean {
    const { rule } = runtime;
    if (this.instances.countOf(rule.name) === 0) return false;
    const time = watermark - rule.queryDelayMs;
    const isPaused = runtime.isPaused(now);
    const waits = { quietMs: rule.resolveAfterMs, keepMs: rule.keepFiringMs };
    let isAny = false;
    for (const instance of this.instances.ofRule(rule.name)) {
      if (isPaused) {
        // With `limit_execution_coverage` nobody listens meanwhile.
        if (rule.activeOnly) this.#hold(instance, time);
        continue;
      }
      const isOfParts = rule.kind.isFedByRules === true;
      const holds = isOfParts ? partsHold(rule, instance, this.instances) : runtime.holds(instance, watermark);
      if (holds === true && (isOfParts || waits.keepMs > 0)) this.#hold(instance, time);
      const end = endOf(instance, holds, waits, time);
      if (end === undefined) continue;
      this.#end(rule, instance, end.endsAt, end.reason, now);
      isAny = true;
    }
    return isAny;
  }

  /** Nothing was received until `to`: that nothing matched means nothing. */
  blind(rule: string, to: number): void {
    for (const instance of this.instances.ofRule(rule)) this.#hold(instance, to);
  }

  /** The clock was set back to this. */
  setBack(rule: string, to: number): void {
    for (const instance of this.instances.ofRule(rule)) {
      if (instance.heldAt <= to && instance.lastAt <= to) continue;
      instance.heldAt = Math.min(instance.heldAt, to);
      instance.lastAt = Math.min(instance.lastAt, to);
      this.instances.changed(instance);
    }
  }

  /** The rules are these now. `at`: event time. */
  follow(rules: readonly Rule[], at: number, now: number): void {
    const known = new Map(rules.map(rule => [rule.name, rule]));
    for (const instance of [...this.instances.active()]) {
      const rule = known.get(instance.rule);
      const reason: EndReason | undefined =
        rule === undefined
          ? 'rule_removed'
          : !rule.enabled
            ? 'rule_disabled'
            : instance.by !== groupingOf(rule) || !hasLevel(rule, instance.level)
              ? 'rule_changed'
              : undefined;
      if (reason === undefined) this.instances.relabel(instance, rule!);
      else this.#end(rule, instance, Math.max(at, instance.startsAt), reason, now);
    }
  }

  /** Those that are over and whose message may be made now. */
  *takeOwing(mayTell: (rule: string) => boolean): IterableIterator<Instance> {
    for (const [rule, instances] of this.#owing) {
      for (const instance of instances) {
        if (!mayTell(rule)) break;
        instances.delete(instance);
        delete instance.owesResolved;
        this.instances.changed(instance);
        yield instance;
      }
      if (instances.size === 0) this.#owing.delete(rule);
    }
  }

  restore(parts: SavedParts | undefined): void {
    this.instances.restore(parts);
    for (const instance of this.instances.active()) if (instance.untold !== undefined) this.#untold.add(instance);
    for (const instance of this.instances.ended()) if (instance.owesResolved === true) this.#owe(instance);
  }

  /** Sets the gauges: rules have them while they have alerts. */
  count(now: number): void {
    if (Math.abs(now - this.#countedAt) < COUNT_AGAIN_MS) return;
    this.#countedAt = now;
    const counts = new Map<string, Record<string, number>>();
    const areSilenced = this.#silences.isAnyActive(now);
    for (const instance of this.instances.active()) {
      const state = !instance.isFiring
        ? 'pending'
        : areSilenced && this.#silences.silencing(instance.labels, now).length > 0
          ? 'suppressed'
          : 'firing';
      const ofRule = counts.get(instance.rule) ?? {};
      ofRule[state] = (ofRule[state] ?? 0) + 1;
      counts.set(instance.rule, ofRule);
    }
    for (const [rule, states] of this.#counted)
      for (const state of Object.keys(states))
        if (counts.get(rule)?.[state] === undefined) instancesGauge.remove({ rule, state });
    for (const [rule, states] of counts)
      for (const [state, count] of Object.entries(states)) instancesGauge.set({ rule, state }, count);
    this.#counted = counts;
  }

  #hold(instance: Instance, at: number): void {
    if (at <= instance.heldAt) return;
    instance.heldAt = at;
    this.instances.changed(instance, true);
  }

  #end(rule: Rule | undefined, instance: Instance, endsAt: number, reason: EndReason, now: number): void {
    const { incident } = instance;
    this.instances.end(instance, endsAt, reason, now);
    this.#untold.delete(instance);
    if (!instance.isFiring) return;
    const { rule: name, id: alert, startsAt, matches, labels } = instance;
    log.info({ rule: name, alert, labels, seconds: (endsAt - startsAt) / 1000, matches, reason }, 'alert is over');
    if (incident === undefined) return;
    const other = [...this.instances.ofRule(name)].find(one => one.incident === incident);
    if (other !== undefined) {
      const sums = [instance, other.carried ?? { startsAt, matches: 0 }, instance.carried ?? { startsAt, matches: 0 }];
      other.carried = {
        startsAt: Math.min(...sums.map(one => one.startsAt)),
        matches: sums.reduce((sum, one) => sum + one.matches, 0),
      };
      if (other.last === undefined && instance.last !== undefined) other.last = instance.last;
      this.instances.changed(other);
    } else if (rule?.alerters.some(({ sendResolved }) => sendResolved === true)) this.#owe(instance);
  }

  #owe(instance: Instance): void {
    instance.owesResolved = true;
    const ofRule = this.#owing.get(instance.rule) ?? new Set();
    this.#owing.set(instance.rule, ofRule.add(instance));
    this.instances.changed(instance);
  }

  #tooMany({ name }: Rule, now: number): void {
    limitedTotal.inc({ limit: 'max_active_alerts', rule: name });
    const last = this.#told.get(name);
    if (last !== undefined && Math.abs(now - last) < TELL_AGAIN_MS) return;
    this.#told.set(name, now);
    log.warn(
      { rule: name, fix: 'Raise alerts.max_active_alerts, or choose a query_key with fewer values.' },
      'this rule has as many alerts at once as it may; further keys alert, but nobody is told when that is over',
    );
  }
}

function keepable(document: Fields): Fields {
  return JSON.stringify(document).length <= MAX_KEPT_CHARS ? document : firstFields(document);
}

function firstFields(document: Fields): Fields {
  const out: Fields = Object.create(null);
  let chars = 0;
  for (const [name, value] of Object.entries(document)) {
    const size = name.length + (JSON.stringify(value)?.length ?? 0);
    if (chars + size > MAX_KEPT_CHARS) continue;
    chars += size;
    out[name] = value;
  }
  return out;
}

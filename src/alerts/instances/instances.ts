import { isFields } from '../../core/event.ts';
import { Pages } from '../pages.ts';
import type { Rule } from '../rules/rule.ts';
import type { SavedParts } from '../state-parts.ts';
import { alertId } from '../types/key-map.ts';
import type { Match } from '../types/kind.ts';
import { fingerprint } from './fingerprint.ts';
import { addMatch, type EndReason, groupingOf, type Instance } from './instance.ts';
import { keyLabels, type LabelSet, labelsOf } from './labels.ts';

export interface InstanceLimits {
  readonly max_active_alerts: number;
  /** Alerts that are over, over all rules. */
  readonly max_ended_alerts: number;
  /** Of those that are incidents, beside the others. */
  readonly max_ended_incidents: number;
}

const PER_PAGE = 16;
const KIND = 'alerts';

/** The alerts that there are, by rule and key, and the latest of those that are over. Bounded; pure but for ids. */
export class Instances {
  readonly #limits: InstanceLimits;
  readonly #active = new Map<string, Map<string, Instance>>();
  /** The one that ended first at the beginning. */
  readonly #ended = new Set<Instance>();
  /** Of what is over these are kept for longer: figures are made of them. */
  readonly #incidents = new Set<Instance>();
  readonly #isIncident: (labels: LabelSet) => boolean;
  readonly #byId = new Map<string, Instance>();
  readonly pages = new Pages<Instance>(KIND, PER_PAGE);
  /** Those that are not as they were when this was taken. */
  #changed = new Set<Instance>();

  constructor(limits: InstanceLimits, isIncident: (labels: LabelSet) => boolean = () => false) {
    this.#limits = limits;
    this.#isIncident = isIncident;
  }

  /** The alert that a match belongs to, with the match; undefined: the rule has as many as it may. */
  matched(rule: Rule, match: Match, now: number): Instance | undefined {
    const ofRule = this.#active.get(rule.name) ?? new Map<string, Instance>();
    const id = alertId(match);
    const known = ofRule.get(id);
    if (known !== undefined) {
      const was = known.isFiring;
      addMatch(known, match, rule.forMs, now);
      this.changed(known, known.isFiring === was);
      return known;
    }
    if (ofRule.size >= this.#limits.max_active_alerts) return undefined;
    const instance = this.#begin(rule, match, now);
    addMatch(instance, match, rule.forMs, now);
    ofRule.set(id, instance);
    this.#active.set(rule.name, ofRule);
    this.#byId.set(instance.id, instance);
    this.pages.add(instance);
    this.#changed.add(instance);
    return instance;
  }

  find(rule: string, of: Pick<Match, 'key' | 'level'>): Instance | undefined {
    return this.#active.get(rule)?.get(alertId(of));
  }

  byId(id: string): Instance | undefined {
    return this.#byId.get(id);
  }

  /** Names of rules that have alerts. */
  rules(): string[] {
    return [...this.#active.keys()];
  }

  ofRule(rule: string): IterableIterator<Instance> {
    return (this.#active.get(rule) ?? new Map<string, Instance>()).values();
  }

  countOf(rule: string): number {
    return this.#active.get(rule)?.size ?? 0;
  }

  *active(): IterableIterator<Instance> {
    for (const ofRule of this.#active.values()) yield* ofRule.values();
  }

  /** Those that are over, the latest last. */
  ended(): Instance[] {
    if (this.#incidents.size === 0) return [...this.#ended];
    return [...this.#incidents, ...this.#ended].sort((a, b) => a.endsAt! - b.endsAt!);
  }

  /** It is over. One that never fired leaves no trace. */
  end(instance: Instance, endsAt: number, reason: EndReason, now: number): void {
    const ofRule = this.#active.get(instance.rule);
    if (ofRule?.get(instance.keyId) !== instance) return;
    ofRule.delete(instance.keyId);
    if (ofRule.size === 0) this.#active.delete(instance.rule);
    delete instance.untold;
    if (!instance.isFiring) {
      this.#drop(instance);
      return;
    }
    Object.assign(instance, { endsAt, reason, updatedAt: now });
    this.#ended.add(instance);
    this.changed(instance);
    this.#prune();
  }

  /** `mayWait`: it only goes on, or is counted on. */
  changed(instance: Instance, mayWait = false): void {
    this.pages.changed(instance, mayWait);
    if (!mayWait) this.#changed.add(instance);
  }

  /** Those that began, fired, were told, got other labels or are over since this was called last, each once. For one caller. */
  takeChanged(): Iterable<Instance> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  /** The rule was edited: what the alert is known by may be another now. */
  relabel(instance: Instance, rule: Rule): void {
    const labels = labelsOf(rule, instance.keyLabels, instance.level);
    const annotations = { ...instance.annotations, ...descriptionOf(rule) };
    const print = fingerprint(labels);
    if (print === instance.fingerprint && annotations['description'] === instance.annotations['description']) return;
    Object.assign(instance, { labels, annotations, fingerprint: print });
    this.changed(instance);
  }

  /** `parts`: of a state. */
  restore(parts: SavedParts | undefined): void {
    const all = this.pages.restore(parts, instanceOf);
    for (const instance of all) {
      if (this.#byId.has(instance.id)) {
        this.pages.remove(instance);
        continue;
      }
      this.#byId.set(instance.id, instance);
      this.#changed.add(instance);
      if (instance.endsAt !== undefined) continue;
      const ofRule = this.#active.get(instance.rule) ?? new Map<string, Instance>();
      this.#active.set(instance.rule, ofRule.set(instance.keyId, instance));
    }
    const ended = all.filter(({ endsAt }) => endsAt !== undefined);
    for (const instance of ended.sort((a, b) => a.endsAt! - b.endsAt!)) this.#ended.add(instance);
    this.#prune();
  }

  #begin(rule: Rule, match: Match, now: number): Instance {
    const ofKey = keyLabels(rule, match);
    const labels = labelsOf(rule, ofKey, match.level);
    const print = fingerprint(labels);
    return {
      id: this.#newId(`${print}-${match.time.toString(36)}`),
      rule: rule.name,
      keyId: alertId(match),
      key: match.key ?? null,
      ...(match.level === undefined ? {} : { level: match.level }),
      by: groupingOf(rule),
      keyLabels: ofKey,
      labels,
      fingerprint: print,
      annotations: { title: rule.name, ...descriptionOf(rule) },
      startsAt: match.time,
      lastAt: match.time,
      heldAt: match.time,
      updatedAt: now,
      ...{ matches: 0, hits: 0, value: 0, isFiring: false, events: [], samples: [] },
    };
  }

  #newId(wanted: string): string {
    let id = wanted;
    for (let n = 2; this.#byId.has(id); n++) id = `${wanted}-${n}`;
    return id;
  }

  #prune(): void {
    for (const instance of this.#ended) {
      if (this.#ended.size <= this.#limits.max_ended_alerts) break;
      if (instance.owesResolved === true) continue;
      if (this.#isIncident(instance.labels)) this.#keepFigures(instance);
      else this.#drop(instance);
    }
    for (const instance of this.#incidents) {
      if (this.#incidents.size <= this.#limits.max_ended_incidents) return;
      this.#drop(instance);
    }
  }

  /** What caused it is forgotten; when it was, and what of, is kept. */
  #keepFigures(instance: Instance): void {
    this.#ended.delete(instance);
    this.#incidents.add(instance);
    if (instance.events.length === 0 && instance.samples.length === 0) return;
    delete instance.last;
    Object.assign(instance, { events: [], samples: [] });
    this.pages.changed(instance, true);
  }

  #drop(instance: Instance): void {
    this.#ended.delete(instance);
    this.#incidents.delete(instance);
    this.#byId.delete(instance.id);
    this.#changed.delete(instance);
    this.pages.remove(instance);
  }
}

/** What the parts of a state have: the alerts that there are, then those that are over, the latest last. */
export function instancesOf(parts: SavedParts | undefined): Instance[] {
  const all = Number.MAX_SAFE_INTEGER;
  const read = new Instances({ max_active_alerts: all, max_ended_alerts: all, max_ended_incidents: all });
  read.restore(parts);
  return [...read.active(), ...read.ended()];
}

function descriptionOf({ options }: Rule): { description?: string } {
  const { description } = options;
  return typeof description === 'string' && description !== '' ? { description } : {};
}

/** One as it was written; undefined for something else. */
function instanceOf(value: unknown): Instance | undefined {
  if (!isFields(value)) return undefined;
  const texts = ['id', 'rule', 'keyId', 'by', 'fingerprint'].every(name => typeof value[name] === 'string');
  const numbers = ['startsAt', 'lastAt', 'heldAt', 'updatedAt', 'matches', 'hits'].every(name =>
    Number.isFinite(value[name]),
  );
  const maps = ['labels', 'keyLabels', 'annotations'].every(name => isFields(value[name]));
  const lists = ['events', 'samples'].every(name => Array.isArray(value[name]));
  return texts && numbers && maps && lists ? (value as unknown as Instance) : undefined;
}

import type { LabelPredicate, Labels } from '../silencing/matcher.ts';

/** While an alert fires that `source` holds for, those that `target` holds for are not told, where the labels `equal` are. */
export interface InhibitRule {
  readonly source: LabelPredicate;
  readonly target: LabelPredicate;
  readonly equal: readonly string[];
}

/** An alert as far as inhibition asks. */
interface Source {
  readonly labels: Labels;
  readonly fingerprint: string;
  readonly endsAt: number;
}

/** The alerts that may inhibit others, by rule and by their values of `equal`. */
export class Inhibitor {
  readonly #rules: readonly { readonly rule: InhibitRule; readonly sources: Map<string, Map<string, Source>> }[];

  constructor(rules: readonly InhibitRule[]) {
    this.#rules = rules.map(rule => ({ rule, sources: new Map() }));
  }

  /** An alert is there, or has changed. */
  take(alert: Source): void {
    for (const { rule, sources } of this.#rules) {
      if (!rule.source(alert.labels)) continue;
      const key = keyOf(rule, alert.labels);
      const same = sources.get(key);
      if (same === undefined) sources.set(key, new Map([[alert.fingerprint, alert]]));
      else same.set(alert.fingerprint, alert);
    }
  }

  forget({ labels, fingerprint }: Pick<Source, 'labels' | 'fingerprint'>): void {
    for (const { rule, sources } of this.#rules) {
      const key = keyOf(rule, labels);
      const same = sources.get(key);
      if (same?.delete(fingerprint) === true && same.size === 0) sources.delete(key);
    }
  }

  /** Fingerprints of alerts that fire and inhibit one with these labels, one a rule. */
  inhibiting(labels: Labels, now: number): string[] {
    const found: string[] = [];
    for (const { rule, sources } of this.#rules) {
      const same = sources.get(keyOf(rule, labels));
      if (same === undefined || !rule.target(labels)) continue;
      // Alerts that are both do not inhibit each other.
      const isBoth = rule.source(labels);
      for (const source of same.values()) {
        if (source.endsAt <= now || (isBoth && rule.target(source.labels))) continue;
        found.push(source.fingerprint);
        break;
      }
    }
    return found;
  }
}

/** A label that is not there is as good as an empty one. */
function keyOf({ equal }: InhibitRule, labels: Labels): string {
  return JSON.stringify(equal.map(name => (Object.hasOwn(labels, name) ? labels[name] : '')));
}

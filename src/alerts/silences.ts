import { pythonStr } from './python/str.ts';
import type { Rule } from './rules/rule.ts';

interface Silence {
  /** Epoch milliseconds; suppressed while now is before it. */
  until: number;
  exponent: number;
  /** Epoch milliseconds when it cannot matter any more. */
  forgetAt: number;
}

export type SavedSilence = [key: string, until: number, exponent: number, forgetAt: number];

/** What an alert silences: the rule's `realert_key`, with the text of the query key if there is one. */
export function silenceKey(rule: Rule, key: unknown): string {
  return key === undefined || key === null ? rule.realertKey : `${rule.realertKey}.${pythonStr(key)}`;
}

/** `realert` and `exponential_realert`: wall-clock silence after an alert, per key. Pure; bounded. */
export class Silences {
  readonly #silences = new Map<string, Silence>();
  readonly #limit: number;
  readonly #onEvict: () => void;
  #pruneAt = 256;

  constructor(limit: number, onEvict: () => void = () => {}) {
    this.#limit = limit;
    this.#onEvict = onEvict;
  }

  /** `until` itself is free. */
  silenced(key: string, now: number): boolean {
    const silence = this.#silences.get(key);
    return silence !== undefined && now < silence.until;
  }

  /** Keys silent now, those of one rule's key first seen first. */
  *active(now: number): IterableIterator<[string, number]> {
    for (const [key, silence] of this.#silences) if (now < silence.until) yield [key, silence.until];
  }

  /** After an alert at `now`. */
  set(rule: Rule, key: string, now: number): void {
    if (rule.realertMs === 0) return;
    const { wait, exponent } = this.#next(rule, key, now);
    const until = now + wait;
    // With a growing wait, the time it takes to fall back to the first one counts, too.
    const memory = rule.exponentialRealertMs === undefined ? 0 : rule.realertMs * 2 ** (Math.max(0, exponent) + 1);
    this.#silences.delete(key);
    this.#silences.set(key, { until, exponent, forgetAt: until + memory });
    this.#prune(now);
  }

  save(): SavedSilence[] {
    return [...this.#silences].map(([key, { until, exponent, forgetAt }]) => [key, until, exponent, forgetAt]);
  }

  restore(saved: readonly SavedSilence[], now: number): void {
    for (const [key, until, exponent, forgetAt] of saved) {
      if (forgetAt > now) this.#silences.set(key, { until, exponent, forgetAt });
    }
  }

  /** The wall clock was set back by so many milliseconds: what is left of each silence stays. */
  setBack(byMs: number): void {
    for (const silence of this.#silences.values()) {
      silence.until -= byMs;
      silence.forgetAt -= byMs;
    }
  }

  /**
   * The wait doubles when the last silence ended less than the present wait ago, and falls a step for each wait that
   * has gone by quietly. It never exceeds the cap, and the exponent never falls below zero.
   */
  #next(rule: Rule, key: string, now: number): { wait: number; exponent: number } {
    const cap = rule.exponentialRealertMs;
    if (cap === undefined) return { wait: rule.realertMs, exponent: 0 };
    const last = this.#silences.get(key);
    if (last === undefined) return { wait: Math.min(rule.realertMs, cap), exponent: 0 };
    const base = Math.floor(rule.realertMs / 1000);
    let { exponent } = last;
    let quiet = Math.floor((now - last.until) / 1000);
    if (quiet < base * 2 ** exponent) {
      exponent++;
    } else {
      while (exponent > 0 && quiet > base * 2 ** exponent) {
        quiet -= base * 2 ** exponent;
        exponent--;
      }
    }
    const wait = base * 1000 * 2 ** exponent || rule.realertMs;
    return wait >= cap ? { wait: cap, exponent: Math.max(0, exponent - 1) } : { wait, exponent };
  }

  #prune(now: number): void {
    if (this.#silences.size < this.#pruneAt && this.#silences.size <= this.#limit) return;
    for (const [key, silence] of this.#silences) if (silence.forgetAt <= now) this.#silences.delete(key);
    this.#pruneAt = Math.max(256, this.#silences.size * 2);
    while (this.#silences.size > this.#limit) {
      const oldest = this.#silences.keys().next();
      if (oldest.done === true) return;
      this.#silences.delete(oldest.value);
      this.#onEvict();
    }
  }
}

import { Pages } from './pages.ts';
import { pythonStr } from './python/str.ts';
import type { Rule } from './rules/rule.ts';
import type { SavedParts } from './state-parts.ts';
import type { Match } from './types/kind.ts';

/** Suppressed while now is before `until`; it cannot matter any more at `forgetAt`. Epoch milliseconds. */
export type SavedSilence = [key: string, until: number, exponent: number, forgetAt: number];

const PER_PAGE = 256;
const KIND = 'silences';

/** What an alert silences: the rule's `realert_key`, with the text of the query key if there is one, and the level. */
export function silenceKey(rule: Rule, { key, level }: Pick<Match, 'key' | 'level'>): string {
  const texts = key === undefined || key === null ? [] : [pythonStr(key)];
  if (level !== undefined) texts.push(`severity=${level}`);
  return [rule.realertKey, ...(texts.length === 0 ? [] : [texts.join(', ')])].join('.');
}

/** `realert` and `exponential_realert`: wall-clock silence after an alert, per key. Pure; bounded. */
export class Silences {
  readonly #silences = new Map<string, SavedSilence>();
  /** One that is new costs the write of its page, however many there are. */
  readonly #pages = new Pages<SavedSilence>(KIND, PER_PAGE);
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
    return silence !== undefined && now < silence[1];
  }

  /** Keys silent now, those of one rule's key first seen first. */
  *active(now: number): IterableIterator<[string, number]> {
    for (const [key, until] of this.#silences.values()) if (now < until) yield [key, until];
  }

  /** After an alert at `now`. */
  set(rule: Rule, key: string, now: number): void {
    if (rule.realertMs === 0) return;
    const { wait, exponent } = this.#next(rule, key, now);
    const until = now + wait;
    // With a growing wait, the time it takes to fall back to the first one counts, too.
    const memory = rule.exponentialRealertMs === undefined ? 0 : rule.realertMs * 2 ** (Math.max(0, exponent) + 1);
    this.#put([key, until, exponent, until + memory]);
    this.#prune(now);
  }

  /** What is to be written, in pages; see `Pages`. */
  get pages(): Pages<SavedSilence> {
    return this.#pages;
  }

  /** `former`: those of a state that had them all in one list. */
  restore(parts: SavedParts, former: readonly SavedSilence[] | undefined, now: number): void {
    const all = this.#pages.restore(parts, silenceOf);
    for (const silence of all.sort(([, a], [, b]) => a - b)) {
      if (silence[3] > now && !this.#silences.has(silence[0])) this.#silences.set(silence[0], silence);
      else this.#pages.remove(silence);
    }
    for (const silence of former ?? []) if (silence[3] > now) this.#put([...silence]);
  }

  /** The wall clock was set back by so many milliseconds: what is left of each silence stays. */
  setBack(byMs: number): void {
    for (const silence of this.#silences.values()) {
      silence[1] -= byMs;
      silence[3] -= byMs;
      this.#pages.changed(silence);
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
    const until = last[1];
    let exponent = last[2];
    let quiet = Math.floor((now - until) / 1000);
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
    for (const silence of this.#silences.values()) if (silence[3] <= now) this.#drop(silence);
    this.#pruneAt = Math.max(256, this.#silences.size * 2);
    while (this.#silences.size > this.#limit) {
      const oldest = this.#silences.values().next();
      if (oldest.done === true) return;
      this.#drop(oldest.value);
      this.#onEvict();
    }
  }

  #put(silence: SavedSilence): void {
    const [key] = silence;
    const former = this.#silences.get(key);
    if (former !== undefined) this.#drop(former);
    this.#silences.set(key, silence);
    this.#pages.add(silence);
  }

  #drop(silence: SavedSilence): void {
    this.#silences.delete(silence[0]);
    this.#pages.remove(silence);
  }
}

/** One as it was written; undefined for something else. */
function silenceOf(value: unknown): SavedSilence | undefined {
  if (!Array.isArray(value) || typeof value[0] !== 'string') return undefined;
  return value.length === 4 && value.slice(1).every(Number.isFinite) ? (value as SavedSilence) : undefined;
}

/** All that a state has. */
export function silencesOf(state: {
  readonly silences?: readonly SavedSilence[];
  readonly parts: SavedParts;
}): SavedSilence[] {
  const paged = new Pages<SavedSilence>(KIND, PER_PAGE).restore(state.parts, silenceOf);
  return [...(state.silences ?? []), ...paged];
}

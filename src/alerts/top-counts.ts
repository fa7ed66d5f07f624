import type { Fields } from '../core/event.ts';
import { newFields } from '../core/event.ts';
import { lookup } from './lookup.ts';
import { pythonStr } from './python/str.ts';
import type { Rule } from './rules/rule.ts';
import { keyId } from './types/key-map.ts';
import type { Seen } from './types/kind.ts';

const MAX_ENTRIES = 5000;
const DEFAULT_SPAN_MS = 600_000;

export type TopEntry = [time: number, key: string, ...values: (string | null)[]];

/** `top_count_keys`: the most frequent values of some fields among a rule's latest hits, per query key. */
export class TopCounts {
  readonly #fields: readonly string[];
  readonly #number: number;
  readonly #spanMs: number;
  #entries: TopEntry[] = [];
  /** So many of them came since they were taken last. */
  #fresh = 0;

  constructor(rule: Rule) {
    this.#fields = rule.topCountKeys;
    this.#number = rule.topCountNumber;
    this.#spanMs = rule.timeframeMs === 0 ? DEFAULT_SPAN_MS : rule.timeframeMs;
  }

  add(seen: Seen): void {
    if (this.#fields.length === 0) return;
    const values = this.#fields.map(field => {
      const value = lookup(seen.event, field);
      return value === undefined || value === null ? null : pythonStr(value).slice(0, 200);
    });
    this.#entries.push([seen.time, keyId(seen.key), ...values]);
    this.#fresh++;
    if (this.#entries.length > MAX_ENTRIES * 2) this.#entries = this.#entries.slice(-MAX_ENTRIES);
  }

  /** `top_events_<field>` for each field: the timeframe before the match and what came after it so far. */
  counts(time: number, key: unknown): Fields {
    const out = newFields();
    const id = keyId(key);
    for (const [i, field] of this.#fields.entries()) {
      const counts = new Map<string, number>();
      for (const entry of this.#entries) {
        const value = entry[i + 2];
        if (typeof value !== 'string' || entry[1] !== id || entry[0] < time - this.#spanMs) continue;
        counts.set(value, (counts.get(value) ?? 0) + 1);
      }
      const top = newFields();
      for (const [value, count] of [...counts].sort((a, b) => b[1] - a[1]).slice(0, this.#number)) top[value] = count;
      out[`top_events_${field}`] = top;
    }
    return out;
  }

  /** So many of the latest are enough to know. */
  get limit(): number {
    return MAX_ENTRIES;
  }

  latest(): readonly TopEntry[] {
    return this.#entries.slice(-MAX_ENTRIES);
  }

  /** Those that came since this was called last. */
  takeFresh(): readonly TopEntry[] {
    const fresh = this.#fresh === 0 ? [] : this.#entries.slice(-this.#fresh);
    this.#fresh = 0;
    return fresh;
  }

  /** Later ones after earlier ones. */
  restore(saved: readonly TopEntry[]): void {
    for (const entry of saved) if (entry.length === this.#fields.length + 2) this.#entries.push(entry);
  }
}

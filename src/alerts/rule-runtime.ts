import { messageOf } from '../core/errors.ts';
import type { Fields } from '../core/event.ts';
import { logger } from '../core/log.ts';
import { keepable, queryKeyOf } from './document.ts';
import { eventTime } from './event-time.ts';
import { HitCounter } from './hit-counter.ts';
import { hitsTotal, limitedTotal, ruleErrorsTotal } from './metrics.ts';
import type { Rule } from './rules/rule.ts';
import { SeenIds } from './seen-ids.ts';
import type { AlertSettings } from './settings.ts';
import type { SavedRule } from './state.ts';
import { TopCounts } from './top-counts.ts';
import { keyId } from './types/key-map.ts';
import type { Match, RuleWindow } from './types/kind.ts';

const log = logger('alerts');

/** Counts and logs a failure of one rule, which goes on with the next event. */
export function ruleFailed(rule: Rule, error: unknown): void {
  ruleErrorsTotal.inc({ rule: rule.name });
  log.error({ rule: rule.name, error: messageOf(error) }, 'a rule failed on an event; it goes on with the next');
}

export interface Pending {
  readonly id: string;
  readonly event: Fields;
}

/** One rule at work: its window, the ids it has counted, its numbers. Pure: the time is an argument. */
export class RuleRuntime {
  readonly rule: Rule;
  readonly top: TopCounts;
  readonly hitCounter: HitCounter;
  readonly #window: RuleWindow;
  readonly #seen = new SeenIds();
  readonly #settings: AlertSettings;
  readonly #hits;
  counters = { hits: 0, matches: 0, alerts: 0, suppressed: 0 };
  lastAlertAt: number | undefined;
  /** Events that wait while the past is read from the store; undefined when it is not. */
  waiting: Pending[] | undefined;
  #evicted = 0;
  /** Last match of a key found by a tick: those repeat as long as the state lasts. */
  readonly #lastTickMatch = new Map<string, number>();

  constructor(rule: Rule, settings: AlertSettings) {
    this.rule = rule;
    this.#settings = settings;
    this.#window = rule.kind.open(rule, settings);
    this.top = new TopCounts(rule);
    this.hitCounter = new HitCounter(rule.bufferMs);
    this.#hits = hitsTotal.labels({ rule: rule.name });
  }

  get keys(): number {
    return this.#window.keys;
  }

  /** Takes an event in, once by its id. */
  add(id: string, event: Fields, now: number): Match | undefined {
    if (!this.#seen.add(id)) return undefined;
    const { rule } = this;
    this.counters.hits++;
    this.#hits.inc();
    if (rule.activeAt !== undefined && !rule.activeAt.matches(now)) return undefined;
    const seen = {
      id,
      time: eventTime(rule, event, now),
      key: queryKeyOf(rule, event),
      event: keepable(event, this.#settings.max_field_chars),
    };
    this.hitCounter.add(seen.time);
    this.top.add(seen);
    const match = this.#window.add(seen);
    if (this.#window.evicted > this.#evicted) {
      limitedTotal.inc({ limit: 'max_keys_per_rule' }, this.#window.evicted - this.#evicted);
      this.#evicted = this.#window.evicted;
    }
    return match;
  }

  /** Found by time alone. A state that lasts matches at most once in `run_every` for each key. */
  tick(watermark: number, now: number): Match[] {
    const { rule } = this;
    const matches = this.#window.tick(watermark - rule.queryDelayMs);
    if (matches.length === 0) {
      this.#lastTickMatch.clear();
      return matches;
    }
    if (rule.activeAt !== undefined && !rule.activeAt.matches(now)) return [];
    const fresh = matches.filter(match => {
      const last = this.#lastTickMatch.get(keyId(match.key));
      return last === undefined || match.time - last >= rule.runEveryMs;
    });
    for (const match of fresh) this.#lastTickMatch.set(keyId(match.key), match.time);
    if (this.#lastTickMatch.size > this.#settings.max_keys_per_rule) this.#lastTickMatch.clear();
    return fresh;
  }

  blind(from: number, to: number): void {
    this.#window.blind(from, to);
  }

  save(): SavedRule {
    return {
      fingerprint: this.rule.windowFingerprint,
      window: this.#window.save(),
      seen: this.#seen.save(),
      hits: this.hitCounter.save(),
      top: this.top.save(),
      counters: this.counters,
    };
  }

  restore(saved: SavedRule): void {
    this.#window.restore(saved.window);
    this.#seen.restore(saved.seen);
    this.hitCounter.restore(saved.hits);
    this.top.restore(saved.top as ReturnType<TopCounts['save']>);
    this.counters = { ...this.counters, ...saved.counters };
  }
}

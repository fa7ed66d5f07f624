import { durationText } from '../../base/time/duration.ts';
import { isoTime } from '../../base/time/iso.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';
import { durationMs } from '../rules/duration.ts';
import type { Problems } from '../rules/problems.ts';
import type { Rule } from '../rules/rule.ts';
import { KeyMap, keyId } from './key-map.ts';
import type { Match, RuleKind, RuleWindow, Seen, WindowLimits } from './kind.ts';

/** The field of what a composite rule counts that names the rule that matched. */
export const MATCHED_RULE = 'matched_rule';

const MAX_PARTS = 16;
/** Times that are remembered of one part for one key, and waits for an absence. */
const MAX_TIMES = 16;
const MAX_WAITS = 16;

const ID_END = '\0';

/** What a match of a part is counted by: the event and what tells it from other matches of that. */
export const partHitId = (event: string | undefined, match: string): string => `${event ?? ''}${ID_END}${match}`;

/** Undefined where the match had no event. */
const eventIdOf = (hit: string): string | undefined => hit.split(ID_END, 1)[0] || undefined;

export interface Parts {
  readonly all: readonly string[];
  readonly any: readonly string[];
  readonly not: readonly string[];
}

export const partsOf = (options: Fields): Parts => ({
  all: texts(options['all']),
  any: texts(options['any']),
  not: texts(options['not']),
});

export const namesOf = ({ all, any, not }: Parts): string[] => [...new Set([...all, ...any, ...not])];

/** `composite`: other rules have matched within a time, together or one after the other, and others have not, per key. */
export const composite: RuleKind = {
  type: 'composite',
  required: ['within'],
  options: { all: 'texts', any: 'texts', not: 'texts', in_order: 'boolean', within: 'duration' },
  windowOptions: ['all', 'any', 'not', 'in_order'],
  isFedByRules: true,
  check,
  fillMs: () => 0,
  open: (rule, limits) => new CompositeWindow(rule, limits),
  sentence: (match, options, _, pretty) => {
    const names = (given: unknown): string => texts(given).join(', ');
    const { not } = partsOf(options);
    const missing = not.length === 0 ? '' : `, but not ${not.join(', ')}`;
    const how = options['in_order'] === true ? ', in this order' : '';
    const within = durationText(withinOf(options));
    return `Within ${within} before ${pretty(0)} these rules matched${how}: ${names(match['matched_rules'])}${missing}.\n\n`;
  },
};

function check(options: Fields, problems: Problems): void {
  const { all, any, not } = partsOf(options);
  const isGiven = (name: string): boolean => (options[name] ?? null) !== null && !isEmpty(options[name]);
  if (!isGiven('all') && !isGiven('any'))
    problems.error('LS_ALERTS_MISSING', 'all and any are missing.', {
      fix: 'A composite rule names at least one rule that must match, for example all: [rule a, rule b]',
    });
  if (all.length + any.length + not.length > MAX_PARTS)
    problems.error('LS_ALERTS_OPTION', `a composite rule has at most ${MAX_PARTS} parts.`, {
      option: 'all',
      fix: 'Put some of them into another composite rule, and name that.',
    });
  const twice = [...all, ...any].find(name => not.includes(name));
  if (twice !== undefined)
    problems.error('LS_ALERTS_OPTION', `${JSON.stringify(twice)} must match and must not.`, { option: 'not' });
  for (const option of ['filter', 'timeframe'])
    if ((options[option] ?? null) !== null)
      problems.warn(`${option} does nothing in a composite rule: its parts have their own.`, { option });
}

/** Rules that have matched, and when the first of them did. */
interface Found {
  readonly first: number;
  readonly last: number;
  readonly rules: readonly string[];
}

/** All that must match has; nothing that must not may come until `due`. */
interface Wait extends Found {
  /** What came since then keeps it from matching. */
  readonly from: number;
  readonly due: number;
  readonly id: string | undefined;
  readonly event: Fields;
}

interface Key {
  readonly value: unknown;
  /** By part: when it matched, sorted. */
  readonly times: Map<string, number[]>;
  waits: Wait[];
}

/**
 * Remembers for each key when its parts matched. What completes the list matches at once, or when there are parts that must
 * not match, as soon as the time for these is over. Then it begins anew.
 */
class CompositeWindow implements RuleWindow {
  readonly #keys: KeyMap<Key>;
  readonly #parts: Parts;
  /** One rule of each of them must have matched. */
  readonly #groups: readonly (readonly string[])[];
  readonly #within: number;
  readonly #isOrdered: boolean;
  /** Nothing older is of use. */
  #clock = 0;
  /** Waits over all keys: each keeps an event. */
  #waits = 0;
  readonly #maxWaits: number;
  #forgotten = 0;
  isChanged = false;

  constructor({ options }: Rule, limits: WindowLimits) {
    this.#parts = partsOf(options);
    const { all, any } = this.#parts;
    this.#groups = [...all.map(name => [name]), ...(any.length === 0 ? [] : [any])];
    this.#within = withinOf(options);
    this.#isOrdered = options['in_order'] === true;
    this.#maxWaits = limits.max_related_events;
    this.#keys = new KeyMap(limits.max_keys_per_rule, ({ waits }) => {
      this.#waits -= waits.length;
      this.#forgotten++;
    });
  }

  get keys(): number {
    return this.#keys.size;
  }

  get forgotten(): number {
    return this.#forgotten;
  }

  add({ id: hit, time, key: value, event }: Seen): Match | undefined {
    const id = eventIdOf(hit);
    const part = String(event[MATCHED_RULE]);
    const keyOf = keyId(value);
    const key: Key = this.#keys.get(keyOf) ?? { value: value ?? null, times: new Map(), waits: [] };
    this.#clock = Math.max(this.#clock, time);
    this.#keys.touch(keyOf, key);
    const times = key.times.get(part) ?? [];
    times.push(time);
    times.sort((a, b) => a - b);
    if (times.length > MAX_TIMES) times.shift();
    key.times.set(part, times);
    if (this.#parts.not.includes(part)) {
      this.#keepWaits(key, ({ from, due }) => time < from || time > due);
      return undefined;
    }
    const found = this.#find(key, time);
    if (found === undefined) return undefined;
    // What made this match makes no other.
    for (const name of this.#groups.flat()) key.times.delete(name);
    if (this.#parts.not.length === 0) return matchOf(key, found, { time: found.last, id, event });
    const from = this.#isOrdered ? found.first : found.last - this.#within;
    const due = found.first + this.#within;
    const isKept = this.#parts.not.some(name => key.times.get(name)?.some(at => at >= from && at <= due));
    if (isKept) return undefined;
    if (key.waits.length >= MAX_WAITS || this.#waits >= this.#maxWaits) {
      this.#forgotten++;
      return undefined;
    }
    key.waits.push({ ...found, from, due, id, event });
    this.#waits++;
    return undefined;
  }

  tick(time: number): Match[] {
    this.#clock = Math.max(this.#clock, time);
    const matches: Match[] = [];
    for (const [id, key] of this.#keys.entries()) {
      const due = key.waits.filter(wait => wait.due < time);
      if (due.length > 0) {
        this.#keepWaits(key, wait => wait.due >= time);
        this.isChanged = true;
        for (const wait of due) matches.push(matchOf(key, wait, { time: wait.due, id: wait.id, event: wait.event }));
      }
      for (const [name, times] of key.times) {
        // Parts that must not match count for as long before as after.
        while (times.length > 0 && times[0]! < time - 2 * this.#within) times.shift();
        if (times.length === 0) key.times.delete(name);
      }
      if (key.times.size === 0 && key.waits.length === 0) this.#keys.delete(id);
    }
    return matches;
  }

  /** Parts that must not match may have while nobody listened. */
  blind(from: number): void {
    for (const [, key] of this.#keys.entries()) this.#keepWaits(key, ({ due }) => due < from);
    this.isChanged = true;
  }

  setBack(to: number): void {
    this.#clock = Math.min(this.#clock, to);
    for (const [, key] of this.#keys.entries()) {
      for (const [name, times] of key.times)
        key.times.set(
          name,
          times.map(time => Math.min(time, to)),
        );
      key.waits = key.waits.map(wait => ({ ...wait, due: Math.min(wait.due, to + this.#within) }));
    }
  }

  save(): unknown[] {
    return [...this.#keys.entries()].map(([, { value, times, waits }]) => [value, [...times], waits]);
  }

  restore(saved: unknown): void {
    for (const row of Array.isArray(saved) ? saved : []) {
      if (!Array.isArray(row)) continue;
      const [value, times, waits] = row;
      if (!Array.isArray(times) || !times.every(isTimes) || !Array.isArray(waits) || !waits.every(isWait)) continue;
      this.#waits += waits.length;
      this.#keys.touch(keyId(value), { value: value ?? null, times: new Map(times), waits });
    }
  }

  #keepWaits(key: Key, isKept: (wait: Wait) => boolean): void {
    if (key.waits.length === 0) return;
    const kept = key.waits.filter(isKept);
    this.#waits -= key.waits.length - kept.length;
    key.waits = kept;
  }

  /** The latest list of matches of all parts that lie within the time, the one at `at` among them. */
  #find(key: Key, at: number): Found | undefined {
    let best: Found | undefined;
    for (const start of this.#starts(key, at)) {
      const found = this.#from(key, start);
      if (found !== undefined && found.first <= at && at <= found.last) best = found;
    }
    return best;
  }

  #starts({ times }: Key, at: number): number[] {
    const groups = this.#isOrdered ? this.#groups.slice(0, 1) : this.#groups;
    const starts = groups.flat().flatMap(name => times.get(name) ?? []);
    return starts.filter(time => time <= at && at - time <= this.#within).sort((a, b) => a - b);
  }

  #from({ times }: Key, start: number): Found | undefined {
    let at = start;
    let last = start;
    const rules: string[] = [];
    for (const group of this.#groups) {
      let next: readonly [number, string] | undefined;
      for (const name of group) {
        const time = times.get(name)?.find(one => one >= at);
        if (time !== undefined && (next === undefined || time < next[0])) next = [time, name];
      }
      if (next === undefined || next[0] - start > this.#within) return undefined;
      rules.push(next[1]);
      last = Math.max(last, next[0]);
      if (this.#isOrdered) at = next[0];
    }
    return { first: start, last, rules };
  }
}

function matchOf({ value }: Key, { first, rules }: Found, of: Pick<Match, 'time' | 'id' | 'event'>): Match {
  const fields = newFields();
  fields['matched_rules'] = [...rules];
  fields['matched_since'] = isoTime(first);
  return { ...of, key: value ?? undefined, count: rules.length, fields };
}

function withinOf(options: Fields): number {
  const ms = durationMs(options['within']);
  return typeof ms === 'number' ? ms : 0;
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? [...new Set(value.filter(one => typeof one === 'string'))] : [];

const isTimes = (value: unknown): value is [string, number[]] =>
  Array.isArray(value) &&
  value.length === 2 &&
  typeof value[0] === 'string' &&
  Array.isArray(value[1]) &&
  value[1].every(Number.isFinite);

const isWait = (value: unknown): value is Wait =>
  isFields(value) &&
  ['first', 'last', 'from', 'due'].every(name => Number.isFinite(value[name])) &&
  Array.isArray(value['rules']) &&
  ['string', 'undefined'].includes(typeof value['id']) &&
  isFields(value['event']);
